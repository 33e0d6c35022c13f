"""Whether examples settle an answer: a program that fits them too, and answers otherwise what is to be answered.

Programs that are equal on the examples are one to a search. So the smallest are grown once more, on inputs
that are to be answered beside the examples, which tells them apart; a rival is the answer with one part, or
all of it, replaced by one that does the same on the examples. Imports `growth`, `dense`, `execution`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from synth.domains.examples import ExampleDomain, Examples, Row
from synth.enumeration.dense import growth_of
from synth.enumeration.growth import Growth
from synth.execution import Executor
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

_NEAR = 1.5  # by which a rival may be less likely than the answer
_TRIED = 1000  # programs whose likelihood is looked at
_SECONDS, _SHARE = 0.3, 0.5  # at least, and of the seconds of the search: what looking for a rival may take


def rival(
    executor: Executor,
    answer: Ids,
    chosen: Sequence[int],
    asked: Sequence[Row],
    costs: Sequence[int],
    rank: Callable[[Ids], float],
) -> Ids | None:
    """The likeliest program that is right on all examples and differs from an answer on some open inputs.

    None where there is none about as likely as the answer, as far as a part of the time goes.
    """
    domain, most = executor.domain, rank(answer) + _NEAR
    assert isinstance(domain, ExampleDomain)
    until = executor.seconds + max(_SECONDS, _SHARE * executor.seconds)
    answers = domain.outputs(executor.task, answer, asked)
    task = replace(executor.task, spec=_told(executor.task.spec, chosen, asked, answers))
    growth = growth_of(
        domain,
        task,
        range(len(task.spec)),
        lambda: executor.seconds > until or executor.exhausted is not None,
        costs,
    )
    for whole in growth.run():
        if growth.spent() or (whole and growth.size >= most):
            break
    executor.charge(growth.candidates)
    others = _others(growth, domain.runner(task).value, task.grammar, answer, len(chosen))
    near = {ids: rank(ids) for ids in islice(others, _TRIED)}
    likely = sorted((ids for ids in near if near[ids] <= most), key=near.__getitem__)
    return next((ids for ids in likely if _fits(executor, ids, asked, answers)), None)


def _told(spec: Examples, chosen: Sequence[int], asked: Sequence[Row], answers: Row) -> Examples:
    """The chosen examples, and answers as if they were examples."""
    inputs, outputs = [spec.inputs[k] for k in chosen], [spec.outputs[k] for k in chosen]
    return Examples(spec.names, (*inputs, *asked), (*outputs, *answers), source=spec.source)


def _others(growth: Growth, value: Callable[[Ids], Row], grammar: Grammar, answer: Ids, known: int) -> Iterator[Ids]:
    """The answer with a part replaced by programs that are equal to it on the first examples, but not on all.

    They are at most a size larger than the part.
    """
    ends = subtree_ends(grammar, answer)
    for k, production in enumerate(answer):
        bank, part = growth.banks[grammar.lhs[production]], answer[k : ends[k]]
        most = bank.level(min(len(bank.levels) - 1, sum(growth.costs[p] for p in part) + 1))[1]
        same = bank.ids[:most] == np.array([bank.values.get(v, -1) for v in value(part)])
        for row in np.flatnonzero(same[:, :known].all(axis=1) & ~same.all(axis=1)).tolist():
            yield answer[:k] + growth.program(grammar.lhs[production], row) + answer[ends[k] :]


def _fits(executor: Executor, ids: Ids, asked: Sequence[Row], answers: Row) -> bool:
    """Whether a program is right on all examples, and gives another text or number for an open input."""
    result = executor.run([ids])[0]
    if result is None or result.score >= executor.task.solved_below:
        return False
    domain = executor.domain
    assert isinstance(domain, ExampleDomain)
    outputs = domain.outputs(executor.task, ids, asked)
    return outputs != answers and not {None, ""} & set(outputs)
