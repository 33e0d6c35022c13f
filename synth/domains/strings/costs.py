"""How large programs count where constants and operations are the domain's own, and which are doubted.

What only fits these very examples (a word of one of them, a position in them, a choice for one of
them) is put off, so that enumeration meets what generalises first. Imports `constants`, `numeric`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from synth.domains.base import Task
from synth.domains.examples import Row, Runner
from synth.domains.strings.constants import number_cost, text_cost
from synth.domains.strings.numeric import suggested
from synth.domains.strings.semantics import value_of
from synth.grammar import Grammar
from synth.tree import Ids, subtree_end

_CHOICES = ("str_ite", "int_ite")
_SELDOM = ("from_int", "initials")  # of a constant, `from_int` is a text that the examples do not propose
_LONELY = 6  # sizes that a choice for one example only adds
_LEFT_OUT = 2  # and an input that is not used, but for columns of spreadsheets
_FAR = 3  # numbers beyond add a size, as they may be positions
_EXPECTED = 2  # size of programs that no outputs are too short for
_POSITION = 0.4  # by which numbers beyond 1 decide between programs of one size


def free(task: Task) -> bool:
    """Whether constants and operations are those of the domain, not of a file's grammar."""
    source = task.spec.source
    return source is None or source.rules is None


def extra_costs(task: Task) -> list[int]:
    """Sizes that each production adds to a program beside its own."""
    told = frozenset(suggested(task.spec))
    return [_extra_cost(task, p, told) for p in range(len(task.grammar))]


def _extra_cost(task: Task, production: int, told: Container[int]) -> int:
    g = task.grammar
    name, category = g.names[production], g.categories[g.lhs[production]]
    if category not in ("literal", "numeral"):
        return int(name in _SELDOM)
    if production < g.base:
        return 0
    return text_cost(value_of(name), task.spec) if category == "literal" else number_cost(int(name), told)


def doubt_of(task: Task, ids: Ids, runner: Runner) -> int:
    """Choices by constants that serve a single example may only memorise it; nobody gives an input for nothing."""
    g, rows = task.grammar, runner.run(ids)
    chosen = [k + 1 for k, p in enumerate(ids) if g.names[p] in _CHOICES]
    held = [sum(map(bool, runner.rows[rows[k]])) for k in chosen if _constant(g, ids[k : subtree_end(g, ids, k)])]
    doubt = _LONELY * sum(min(n, len(task.spec) - n) < 2 for n in held)
    if not free(task):
        return doubt
    source = task.spec.source
    given = task.spec.names if source is None or source.sheet is None else ()
    left = len(set(given) - {g.names[p] for p in ids})
    return doubt + _LEFT_OUT * left + sum(n > _FAR for n in _numbers(g, ids))


def _constant(grammar: Grammar, ids: Ids) -> bool:
    """Whether a program has constants of the task."""
    return any(grammar.categories[grammar.lhs[p]] in ("literal", "numeral") for p in ids)


def surprise_of(task: Task, ids: Ids, costs: Sequence[int], doubt: int) -> float:
    """The size, a little more for numbers that look like positions of these very examples."""
    positions = sum(n > 1 for n in _numbers(task.grammar, ids))
    return sum(costs[p] for p in ids) + doubt + _POSITION * positions


def told_by(outputs: Row) -> int:
    """The surprise that outputs account for: a character as much as a size, a repeated output as a character."""
    return _EXPECTED + sum(map(len, map(str, set(outputs)))) + len(outputs) - len(set(outputs))


def _numbers(grammar: Grammar, ids: Ids) -> list[int]:
    """The absolute values of the numbers in a program."""
    return [abs(int(grammar.names[p])) for p in ids if grammar.categories[grammar.lhs[p]] == "numeral"]
