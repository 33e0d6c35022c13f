"""Well-posed random tasks: the examples tell, shorter programs do not do, and the sets stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from eval.posed import posed_tasks, rivals_of, telling
from eval.sets import draw
from synth.domains import domain
from synth.errors import InputError
from synth.text import parse
from synth.tree import unparse


def test_examples_are_chosen_so_that_the_fewest_rivals_are_left() -> None:
    agree = np.array([[1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 1, 1], [1, 1, 1, 0]], dtype=bool)
    assert telling(agree, 2) == [1, 2]  # the second leaves two rivals, the third then one of them
    assert telling(agree, 4) == [0, 1, 2, 3]
    assert len(telling(agree[:0], 3)) == 3


def test_a_shorter_rival_is_found() -> None:
    lists = domain("lists")
    task = lists.task([(([3, 1, 2],), [1, 2]), (([7, 7],), [7]), (([5, 4, 9, 0],), [4, 9, 0])])
    rivals = rivals_of(lists, parse(task.grammar, "(drop 1 (reverse (reverse x1)))").ids, task)
    assert rivals.operations[rivals.agree.all(axis=1)].min() == 1  # (drop 1 x1)
    assert (rivals.bits > 3).all()


def test_posed_tasks_are_met_by_their_programs_and_drawn_again_alike() -> None:
    lists = domain("lists")
    first, again = (posed_tasks(lists, np.random.default_rng(4), 2, (3, 3)) for _ in range(2))
    for (ids, task), (other, copy) in zip(first, again, strict=True):
        assert ids == other and task.spec == copy.spec
        assert sum(task.grammar.primitive[p] for p in ids) == 3
        assert len(task.spec) == 5 and len(task.spec.holdout) == 5
        assert lists.measures(task, ids) == {"examples": 1.0, "holdout": 1.0}
        assert not {i for i, _ in task.spec.holdout} & set(task.spec.inputs)


def test_the_test_set_has_not_changed() -> None:
    """Whoever changes how programs are drawn changes what the figures of record were measured on."""
    ids, task = draw(domain("lists"), "posed", 1, (3, 3))[0]
    assert unparse(task.grammar, ids) == "(sort (unique (zipwith (lambda x y (min (% x x) y)) x1 x2)))"


def test_pictures_have_no_examples_to_choose() -> None:
    with pytest.raises(InputError, match="domains of examples"):
        posed_tasks(domain("csg2d"), np.random.default_rng(0), 1)
