"""The conformance kit: it passes what is sound, a domain of third parties too, and catches what is broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.conformance import ConformanceError, check_domain, check_grammar
from synth.domains.base import Case, Cases, Domain, Outcomes, Spent, Task
from synth.errors import InputError, SynthError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.sample import sample
from synth.text import load_grammar, parse_grammar
from synth.tree import Ids, Tree
from tests.helpers import CALLS, GRAMMARS, SCOPE

ROOT = Path(__file__).resolve().parents[1]
LENGTHS = {"width": 3, "height": 4, "depth": 5}
DEEP = CALLS.extend({"name": ["depth"]})


class Sums(Domain):
    """Sums of named lengths that make a number."""

    name = "sums"
    features = 2
    primitives = (2, 5)
    grammar = SCOPE  # type: ignore[assignment]

    def value(self, grammar: Any, ids: Sequence[int]) -> int:
        """What a program comes to."""

        def combine(p: int, kids: list[int]) -> int:
            name = grammar.names[p]
            if not kids:
                return LENGTHS.get(name) or int(name)
            return {"add": kids[0] + kids[-1], "sub": kids[0] - kids[-1], "neg": -kids[0]}.get(name, kids[0])

        return Tree(grammar, tuple(ids), check=False).fold(combine)

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        values = [
            self.value(forest.grammar, forest.ids[a:b].tolist())
            for a, b in zip(forest.starts, forest.starts[1:], strict=False)
        ]
        score = [float(abs(v - tasks[t].spec)) for v, t in zip(values, which, strict=True)]
        return Outcomes(np.array(score), np.array(values, dtype=np.int64).view(np.uint64))

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        rows = []
        for i in forest.inner:
            value = self.value(forest.grammar, forest.ids[i : forest.end[i]].tolist())
            rows.append((min(abs(value), 64), value == tasks[which[forest.owner[i]]].spec))
        return np.array(rows, dtype=np.uint8)

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        trees = [sample(SCOPE, rng, *(primitives or self.primitives)) for _ in range(count)]
        return [(ids, self.task(self.value(SCOPE, ids))) for ids in trees]

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        return [(ids, self.task(self.value(SCOPE, ids))) if n else None for n, ids in enumerate(trees)]

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        raise InputError(f"{path}: sums have no files")

    def task(self, spec: Any, name: str = "task") -> Task:
        return Task(name, self.name, spec, SCOPE)

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        length = abs(task.spec if ids is None else self.value(task.grammar, ids))
        return np.zeros((1, 1 + length, 3), dtype=np.uint8)


class TwoScopes(Sums):
    """Tasks with leaves of their own, of two kinds."""

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        grammars = [(SCOPE, DEEP)[n % 2] for n in range(count)]
        found = [(sample(g, rng, *(primitives or self.primitives)), g) for g in grammars]
        return [(ids, Task("sum", self.name, self.value(g, ids), g)) for ids, g in found]

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        return [None] * len(trees)


def test_every_domain_conforms(domain: Domain) -> None:
    check_domain(domain)


@pytest.mark.parametrize("seed", range(3))
def test_domains_of_third_parties_conform(seed: int) -> None:
    check_domain(Sums(), seed)
    check_domain(TwoScopes(), seed)


@pytest.mark.parametrize("name", GRAMMARS)
def test_grammars_conform(name: str) -> None:
    check_grammar(GRAMMARS[name], seed=1)


def test_the_domain_of_the_guide_conforms(tmp_path: Path) -> None:
    """`grammars/README.md` builds a domain; what it says must hold."""
    guide = (ROOT / "grammars" / "README.md").read_text()
    blocks = re.findall(r"```(\w*)\n(.*?)```", guide, re.S)
    source = next(text for kind, text in blocks if kind == "lark")
    module = next(text for _, text in blocks if "(Domain):" in text)
    (tmp_path / "formula.lark").write_text(source)
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(module, "guide", "exec"), names)
    found = [v for v in names.values() if isinstance(v, type) and issubclass(v, Domain) and v is not Domain]
    made = found[0]()
    made.__dict__["grammar"] = load_grammar(tmp_path / "formula.lark")
    check_domain(made)


# -- what is broken is caught ---------------------------------------------------------------------


class Runs(Sums):
    """Sums with a change to what `execute` returns."""

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        score, key = super().execute(tasks, which, forest)
        return Outcomes(*self.change(score, key, which))

    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score, key


class Negative(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return -score - 1, key


class NeverSolved(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score + 1, key


class NotANumber(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return np.where(score > 0, np.nan, score), key


class Single(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score.astype(np.float32), key


class ShortKeys(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score, key[:-1]


class OneKey(Runs):
    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score, np.zeros_like(key)


class Ranked(Runs):
    """Scores that depend on the rest of the batch."""

    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        return score / max(1.0, score.max()), key


class Drifting(Runs):
    """A state that execution changes."""

    calls = 0

    def change(self, score: Any, key: Any, which: Any) -> tuple[Any, Any]:
        self.calls += 1
        return np.where(score > 0, score + self.calls, score), key


class FirstTask(Sums):
    """Ignores which task a program belongs to."""

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        return super().execute(tasks, np.zeros_like(which), forest)


class FirstTaskAnnotated(Sums):
    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        return super().annotate(tasks, np.zeros_like(which), forest)


class AllNodes(Sums):
    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        return np.zeros((len(forest.ids), 2), dtype=np.uint8)


class Floats(Sums):
    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Any:
        return super().annotate(tasks, which, forest).astype(np.float32)


class Large(Sums):
    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        return super().annotate(tasks, which, forest) + np.uint8(100)


class Careless(Sums):
    """Draws from a generator of its own."""

    own = np.random.default_rng(0)

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        return super().sample_tasks(self.own, count, primitives)


class Fixed(Sums):
    """Does not care for the size that was asked for."""

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        return super().sample_tasks(rng, count, (2, 5))


class Few(Sums):
    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        return super().sample_tasks(rng, count - 1, primitives)


class Rambling(Sums):
    """Drafts that are no programs."""

    def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
        return [(0, 0, 0, 0, 0)]


class Moody(Sums):
    """Drafts that change from call to call."""

    own = np.random.default_rng(0)

    def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
        return [sample(task.grammar, self.own, 3)]


class Foreign(Sums):
    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        pairs = super().sample_tasks(rng, count, primitives)
        return [(ids, Task(task.name, "other", task.spec, task.grammar)) for ids, task in pairs]


class Invalid(Sums):
    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        return [(ids[:-1], task) for ids, task in self.sample_tasks(rng, count)]


class Strict(Sums):
    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        pairs = super().sample_tasks(rng, count, primitives)
        return [(ids, Task(task.name, "sums", task.spec, task.grammar, solved_below=0)) for ids, task in pairs]


class Dropping(Sums):
    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        return [pair for pair in super().tasks_of(trees) if pair is not None]


class Grey(Sums):
    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        return super().image(task, ids)[:, :, 0] if ids else super().image(task, ids)


class Bytes(Sums):
    def svg(self, grammar: Any, ids: Ids) -> Any:
        return b"<svg/>"


class Unwritten(Sums):
    def record(self, task: Task) -> dict[str, Any]:
        return {"spec": task.spec, "of": self}


class Forgetful(Sums):
    def recall(self, record: dict[str, Any], name: str, grammar: Grammar) -> Task:
        return Task(name, "sums", None, grammar)

    def cases(self, task: Task, ids: Ids) -> Cases | None:
        return Cases(("x",), (Case("example", ("1",), str(task.spec), "2", False),))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (Negative, "negative or not a number"),
        (NeverSolved, r"scores 1\.0 on its own task, not 0"),
        (NotANumber, "negative or not a number"),
        (Single, "scores are float32"),
        (ShortKeys, "keys"),
        (OneKey, "equal keys, but unequal scores"),
        (Ranked, "alone and .* in a batch"),
        (Drifting, "twice gives two results"),
        (FirstTask, "alone and .* in a batch"),
        (FirstTaskAnnotated, "annotated otherwise alone than in a batch"),
        (AllNodes, r"not \(inner nodes, features\)"),
        (Floats, "annotations are float32, not uint8"),
        (Large, "an annotation is 1.*, more than 64"),
        (Careless, "sample_tasks does not follow from its generator"),
        (Fixed, r"sample_tasks gave \d primitives, not 2 to 2"),
        (Few, "sample_tasks gave 3 tasks, not 4"),
        (Rambling, "a draft is no program"),
        (Moody, "drafts do not follow from their generator"),
        (Foreign, "a task of domain 'other', not 'sums'"),
        (Invalid, "what sample_training gave is no program"),
        (Strict, "a score of 0 is not below 0"),
        (Dropping, "tasks_of gave 3 results for 4 programs"),
        (Grey, r"the image of a program is uint8 \(1, \d+\)"),
        (Bytes, "svg gives neither"),
        (Unwritten, "record of a spec is not JSON"),
        (Forgetful, "other things on a recalled task"),
    ],
)
def test_broken_domains_are_caught(broken: type[Domain], reason: str) -> None:
    with pytest.raises(ConformanceError, match=reason):
        check_domain(broken())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('//! weight 0 deep\nstart: a\na: "x" | "(" b ")" -> deep\nb: "y"', "b.y: no program can hold it"),
        ('//! commutative t\nstart: a\na: "x" | "(" a a a ")" -> t', "a.t: commutative wants two children"),
        ('start: a\na: "x" | n\nn: N\nN: /[a-z]!/', "a.n: nothing can stand for n"),
    ],
)
def test_broken_grammars_are_caught(source: str, reason: str) -> None:
    with pytest.raises(ConformanceError, match=reason):
        check_grammar(parse_grammar(source, "broken"))


def test_what_the_kit_finds_is_a_plain_error_and_a_failed_assertion() -> None:
    assert issubclass(ConformanceError, SynthError) and issubclass(ConformanceError, AssertionError)
