"""The parts of training and search, each measured by itself, by size of the programs and by width."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count as count_up
from typing import NamedTuple

import numpy as np
import torch

from eval.bench.figures import TURNS, Figure, Speed, measure
from eval.bench.programs import Programs, noised, programs
from eval.record import commit
from synth.denoiser import new_denoiser, tensors
from synth.domains import Domain, Task
from synth.errors import InputError, SynthError
from synth.execution import Budget
from synth.graph import GraphBatch, build
from synth.noise import NoiseConfig
from synth.path import Reverse
from synth.policy import Policy
from synth.scope import scope
from synth.search import SearchConfig
from synth.solution import Solution
from synth.solving import make_policy, solve
from synth.training.data import noise_batch

NODES = (10, 30, 100, 300)
WIDTHS = (1, 8, 32)  # programs in a batch of the policy
PARENTS = (1, 2, 8, 32)  # programs expanded in a round of search
_COUNT = 32  # programs measured at once
_LARGEST = 8  # of the largest ones
_EXAMPLES = 64
_EXECUTIONS = 200  # of one search
_LONG = 2.0  # seconds that a piece of work may take
_TOO_LONG = 10.0  # seconds of one item beyond which it is left out


Say = Callable[[str], None]
Work = Callable[[], object]


class Made(NamedTuple):
    """Makes a piece of work on the first so many items; how many there are, and the fewest that it can do."""

    make: Callable[[int], Work]
    items: int
    fewest: int = 1


class _Bench(NamedTuple):
    """Measures the works of a domain; what cannot be done is said."""

    domain: Domain
    say: Say
    turns: int

    def figures(self, works: dict[str, Made], nodes: int = 0, width: int = 0) -> Iterator[Figure]:
        for what, made in works.items():
            try:
                work, items = self._fitted(made)
                speed = measure(work, items, self.turns, self.domain.alone)
            except SynthError as error:
                self.skip(what, error)
            except Exception as error:  # a broken part must not take the figures of the others with it
                self.skip(what, f"broken: {type(error).__name__}: {error}")
            else:
                yield self.figure(what, speed, nodes, width)

    def _fitted(self, made: Made) -> tuple[Work, int]:
        """The work on as many items as take a few seconds. Raises `InputError` where one takes too long."""
        work = made.make(made.fewest)
        began = time.process_time()
        work()
        each = (time.process_time() - began) / made.fewest
        if each > _TOO_LONG:
            raise InputError(f"one takes {each:.0f} s")
        items = max(made.fewest, min(made.items, int(_LONG / max(each, 1e-9))))
        return (work if items == made.fewest else made.make(items)), items

    def figure(self, what: str, speed: Speed, nodes: int = 0, width: int = 0) -> Figure:
        clock = "wall" if self.domain.alone else "cpu"
        return Figure(
            self.domain.name, what, float(f"{speed.value:.4g}"), speed.cost, "/s", nodes, width, clock, commit()
        )

    def skip(self, what: str, why: object) -> None:
        self.say(f"{self.domain.name}: {what}: skipped: {why}")


def parts_of(domain: Domain, say: Say, turns: int = TURNS) -> Iterator[Figure]:
    """All figures of a domain but its memory; what it lacks is said."""
    bench, policy = _Bench(domain, say, turns), policy_of(domain)
    yield from bench.figures({"training examples": Made(partial(_examples, domain), _EXAMPLES, _EXAMPLES)})
    for nodes in (0, *NODES):
        try:
            drawn = programs(domain, nodes, _COUNT if nodes < NODES[-1] else _LARGEST)
        except SynthError as error:
            bench.skip(f"programs of {nodes} nodes", error)
            continue
        yield from bench.figures(_works(drawn, policy), nodes)
        if not nodes:
            for width in WIDTHS:
                made = Made(partial(_on, drawn, partial(_expansion, policy)), width, width)
                yield from bench.figures({"expansions": made}, 0, width)
        for task in drawn.tasks:
            domain.release(task)
    yield from _searches(bench, policy)


def policy_of(domain: Domain) -> Policy:
    """The denoiser, untrained where none ships: it costs the same."""
    return make_policy("denoiser" if domain.weights.exists() else "untrained", domain)


def _on(drawn: Programs, make: Callable[[Programs], Work], items: int) -> Work:
    return make(drawn.first(items))


def _examples(domain: Domain, items: int) -> Work:
    """Training examples, from sampling to a batch."""
    numbers = count_up()
    return lambda: noise_batch(domain, 9, 9, next(numbers), items, NoiseConfig())


def _works(drawn: Programs, policy: Policy) -> dict[str, Made]:
    """The parts of one step, each on the same programs."""
    makers: dict[str, Callable[[Programs], Work]] = {
        "noised programs": _noising,
        "ways back": _paths,
        "executions": _execution,
        "annotations": _annotation,
        "graphs": _graphs,
        "encodes": _encoding,
        "expansions": partial(_expansion, policy),
    }
    return {what: Made(partial(_on, drawn, make), len(drawn)) for what, make in makers.items()}


def _expansion(policy: Policy, drawn: Programs) -> Work:
    return partial(policy.expand, drawn.each, drawn.trees)


def _noising(drawn: Programs) -> Work:
    def work() -> None:
        rng = np.random.default_rng(4)
        for grammar, ids in zip(drawn.grammars, drawn.trees, strict=True):
            noised(grammar, ids, rng)

    return work


def _paths(drawn: Programs) -> Work:
    noisy_ones = drawn.noisy

    def work() -> None:
        for grammar, noisy, ids in zip(drawn.grammars, noisy_ones, drawn.trees, strict=True):
            Reverse(grammar, noisy, ids).first_steps()

    return work


def _execution(drawn: Programs) -> Work:
    return lambda: drawn.domain.execute(drawn.tasks, drawn.which, drawn.forest())


def _annotation(drawn: Programs) -> Work:
    return lambda: drawn.domain.annotate(drawn.tasks, drawn.which, drawn.forest())


def _graphs(drawn: Programs) -> Work:
    annotation = drawn.domain.annotate(drawn.tasks, drawn.which, drawn.forest())
    told = scope(drawn.domain, drawn.tasks, drawn.which)
    return lambda: build(drawn.forest(), annotation, told)


def _encoding(drawn: Programs) -> Work:
    torch.set_num_threads(1)
    model = new_denoiser(drawn.domain).eval()
    batch: GraphBatch = _graphs(drawn)()  # type: ignore[assignment]
    b = tensors(batch)

    def work() -> None:
        with torch.inference_mode():
            model.encode(b)

    return work


def _searches(bench: _Bench, policy: Policy) -> Iterator[Figure]:
    """Whole searches by beam width: expansions and executions a second."""
    domain = bench.domain
    if not domain.random:
        bench.skip("search", "has no random tasks")
        return
    most = domain.primitives[1]
    tasks = [task for _, task in domain.sample_tasks(np.random.default_rng(10), 2, (most, most))]
    for parents in PARENTS:
        yield from _search(bench, tasks, policy, parents)


def _search(bench: _Bench, tasks: Sequence[Task], policy: Policy, parents: int) -> Iterator[Figure]:
    """Searches with so many programs expanded in a round."""
    budget, config = Budget(float("inf"), _EXECUTIONS), SearchConfig(parents=parents)
    found: list[Solution] = []

    def work() -> None:
        found[:] = [solve(task, policy, budget, config=config) for task in tasks]

    for figure in bench.figures({"search": Made(lambda _: work, 1)}, 0, parents):
        for what in ("expansions", "executions"):
            count = sum(getattr(solution, what) for solution in found)
            yield bench.figure(f"{what} in search", Speed(figure.value * count, figure.cost / count), 0, parents)
