"""The forward process: small valid edits that change the program."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.edit import Edit
from synth.grammar import Grammar
from synth.noise import NoiseConfig, corrupt, perturb
from synth.text import parse, parse_grammar
from synth.tree import Ids, validate
from tests.helpers import CSG, GRAMMARS, PLAIN, SCOPE, programs, seeds, sigma


def holes(edit: Edit) -> bool:
    """Whether one side of an edit holds the other: the rest is a pattern around a hole."""
    long, short = sorted((edit.removed, edit.inserted), key=len, reverse=True)
    return any(long[k : k + len(short)] == short for k in range(1, len(long) - len(short) + 1))


def changed(grammar: Grammar, ids: Ids, rng: np.random.Generator, config: NoiseConfig) -> Edit:
    edit = perturb(grammar, ids, rng, config)
    assert edit is not None
    return edit


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds, small=st.integers(1, 3))
def test_a_step_is_a_small_edit_that_changes_the_program(name: str, data: st.DataObject, seed: int, small: int) -> None:
    grammar = GRAMMARS[name]
    ids = data.draw(programs(grammar))
    edit = changed(grammar, ids, np.random.default_rng(seed), NoiseConfig(small=small))
    after = edit.splice(ids)
    validate(grammar, after, grammar.start)
    assert after != ids
    removed, inserted = sigma(grammar, edit.removed), sigma(grammar, edit.inserted)
    if len(edit.removed) == len(edit.inserted) and edit.removed[1:] == edit.inserted[1:]:
        return  # another label around children that stay
    if not holes(edit):
        assert removed <= small and inserted <= small
    else:  # what stays counts as one primitive
        assert removed - inserted <= max(small - 1, 0)


@given(programs(CSG), seeds, st.integers(1, 8))
def test_a_chain_leads_away_in_few_steps(ids: Ids, seed: int, steps: int) -> None:
    chain = corrupt(CSG, ids, np.random.default_rng(seed), NoiseConfig(steps=steps))
    assert 1 <= len(chain) <= steps
    for edit in chain:
        assert ids[edit.position : edit.position + len(edit.removed)] == edit.removed
        ids = edit.splice(ids)
        validate(CSG, ids, CSG.start)


def test_all_lengths_up_to_five_are_as_likely() -> None:
    rng = np.random.default_rng(0)
    ids = parse(CSG, "(union (circle 2 2 2) (circle 8 8 4))").ids
    lengths = Counter(len(corrupt(CSG, ids, rng, NoiseConfig())) for _ in range(1000))
    assert set(lengths) == {1, 2, 3, 4, 5} and min(lengths.values()) > 150


@given(programs(SCOPE), seeds)
def test_the_generator_alone_decides(ids: Ids, seed: int) -> None:
    first, again = (corrupt(SCOPE, ids, np.random.default_rng(seed), NoiseConfig()) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("kind", range(4))
def test_kinds_can_be_chosen(kind: int) -> None:
    ids = parse(CSG, "(union (circle 2 2 2) (difference (circle 4 4 4) (circle 6 6 6)))").ids
    config = NoiseConfig(kinds=tuple(float(k == kind) for k in range(4)))  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    edits = [changed(CSG, ids, rng, config) for _ in range(40)]
    grown = {sigma(CSG, e.inserted) - sigma(CSG, e.removed) for e in edits}
    # a relabelling keeps, an insertion adds and a deletion takes away one shape
    assert grown == [{-1, 0, 1}, {0}, {1}, {-1}][kind]


def test_noise_reaches_every_program_of_a_size() -> None:
    """Nothing is out of reach: operators change, and large parts come under new ones."""
    rng = np.random.default_rng(0)
    ids = parse(PLAIN, "(box 0)").ids
    seen = set()
    for _ in range(8000):
        edit = changed(PLAIN, ids, rng, NoiseConfig())
        if sigma(PLAIN, edit.splice(ids)) <= 3:
            ids = edit.splice(ids)
            seen.add(ids)
    assert len(seen) > 0.95 * (4 + 2 * 4**2 + 2 * 2 * 2 * 4**3)


def test_a_program_that_cannot_change_is_left() -> None:
    only = parse_grammar('//! primitive x\nstart: e\ne: "x"', "only")
    assert perturb(only, (0,), np.random.default_rng(0), NoiseConfig()) is None
    assert corrupt(only, (0,), np.random.default_rng(0), NoiseConfig()) == []
