"""Random programs: exact sizes, weights, determinism."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import InputError
from synth.sample import sample
from synth.text import parse_grammar
from synth.tree import validate
from tests.helpers import CALLS, CSG, GRAMMARS, SCOPE, WRAPPED, seeds, sigma


@pytest.mark.parametrize("name", GRAMMARS)
@given(seed=seeds, least=st.integers(1, 9), more=st.integers(0, 6))
def test_sizes_are_as_asked(name: str, seed: int, least: int, more: int) -> None:
    grammar = GRAMMARS[name]
    ids = sample(grammar, np.random.default_rng(seed), least, least + more)
    validate(grammar, ids, grammar.start)
    assert least <= sigma(grammar, ids) <= least + more
    assert sigma(grammar, sample(grammar, np.random.default_rng(seed), least)) == least


def test_all_sizes_of_a_range_are_as_likely() -> None:
    rng = np.random.default_rng(0)
    sizes = Counter(sigma(CSG, sample(CSG, rng, 2, 5)) for _ in range(1200))
    assert set(sizes) == {2, 3, 4, 5}
    assert min(sizes.values()) > 240  # 300 expected; 240 is four standard deviations away


@pytest.mark.parametrize(("least", "most"), [(0, None), (0, 0), (-1, None), (-3, -1), (3, 2)])
def test_impossible_sizes_are_refused(least: int, most: int | None) -> None:
    with pytest.raises(InputError, match="grammar csg2d: no shape has"):
        sample(CSG, np.random.default_rng(0), least, most)


def test_impossible_parts_of_a_range_are_left_out() -> None:
    pairs = parse_grammar('//! primitive two\nstart: e\ne: "(" e e ")" -> both | "x" x -> two\nx: "1"', "pairs")
    assert sigma(pairs, sample(pairs, np.random.default_rng(0), -2, 1)) == 1
    even = parse_grammar('//! primitive p\nstart: e\ne: p p -> two | p p e -> more\np: "x" -> p', "even")
    rng = np.random.default_rng(0)
    assert {sigma(even, sample(even, rng, 3, 7)) for _ in range(60)} == {4, 6}
    with pytest.raises(InputError, match="no e has 5 to 5 primitives"):
        sample(even, rng, 5)


def test_parts_of_a_program_can_be_drawn() -> None:
    rng = np.random.default_rng(0)
    angles = {CSG.names[sample(CSG, rng, 0, None, CSG.category("angle"))[0]] for _ in range(60)}
    assert angles == {"0", "45"}  # the others have weight 0


@given(seeds)
def test_productions_of_weight_zero_and_open_ones_are_never_drawn(seed: int) -> None:
    for grammar in (CSG, SCOPE):
        proposed = {p for group in grammar.proposed for p in group}
        assert set(sample(grammar, np.random.default_rng(seed), 1, 12)) <= proposed


def test_weights_are_shares() -> None:
    rng = np.random.default_rng(1)
    roots = Counter(CSG.names[sample(CSG, rng, 2)[0]] for _ in range(1800))
    expected = {"union": 800, "difference": 800, "intersection": 200}  # weights 1, 1, 1/4
    assert set(roots) == set(expected)
    assert all(abs(roots[name] - n) < 4 * n**0.5 for name, n in expected.items())


def test_open_categories_need_leaves() -> None:
    rng = np.random.default_rng(0)
    assert sample(SCOPE, rng, 0, None, SCOPE.category("name"))[0] >= SCOPE.base
    with pytest.raises(InputError, match="grammar calls: no name has"):
        sample(CALLS, rng, 0, None, CALLS.category("name"))


@given(seeds)
def test_the_generator_alone_decides(seed: int) -> None:
    first, again = (sample(CSG, np.random.default_rng(seed), 1, 12) for _ in range(2))
    assert first == again


def test_large_programs_end() -> None:
    """Productions without primitives do not recurse for ever, however likely they are."""
    likely = parse_grammar(WRAPPED.source.replace("//! commutative union", "//! weight 20 move"), "likely")
    rng = np.random.default_rng(0)
    for size in (1, 2, 8, 300):
        assert sigma(likely, sample(likely, rng, size)) == size
