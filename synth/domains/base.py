"""What a domain is: a language plus what running it means.

A domain is one module here and one grammar file; noise, paths, graphs, denoiser, training,
search and CLI know it only through this interface. It imports neither search nor model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.images import to_base64
from synth.domains.library import Library
from synth.edit import Edit
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.text import load_grammar
from synth.tree import Ids

Spent = Callable[[], float]


@dataclass(frozen=True, eq=False)
class Task:
    """One problem: a spec in some domain.

    Attributes:
        name: identity of the task in results.
        domain: name of its domain.
        spec: what the program must do; the domain knows the type.
        grammar: the domain's grammar, extended with the task's own leaves.
        init: a program to start from (the user's draft), or None.
        solved_below: the task is solved when the score is below this.
        notes: what the user should know of how the spec was read, a line each.
    """

    name: str
    domain: str
    spec: Any = field(repr=False)
    grammar: Grammar
    init: Ids | None = None
    solved_below: float = 1e-9
    notes: tuple[str, ...] = ()


Known = tuple[Ids, Task]  # a program and the task that it solves


def gather(count: int, draw: Callable[[int], Sequence[Known | None]]) -> list[Known]:
    """Call `draw` for as many as are missing until `count` are found; None is one that was of no use."""
    found: list[Known] = []
    while len(found) < count:
        found += [known for known in draw(count - len(found)) if known is not None]
    return found


class Listed(NamedTuple):
    """Single edits of a program that are worth trying, with what is known of them without a net.

    Attributes:
        edits: C edits.
        family: the kind of mistake that each mends, a number below the domain's `families`, (C,).
        weight: log-weight of each as the mend, wherever it is, (C,).
        place: log-weight of where each is, (C,).
        marks: annotation of each of N nodes, (N, `features`), values 0..64.
    """

    edits: list[Edit]
    family: NDArray[np.int64]
    weight: NDArray[np.float64]
    place: NDArray[np.float64]
    marks: NDArray[np.uint8]


class Lesson(NamedTuple):
    """A broken program for a net that ranks edits.

    Attributes:
        grammar: with the leaves of the program.
        ids: the program.
        listed: edits of it; not all of them.
        right: which ones mend a mistake, (C,).
        stands: how many edits each stands for, since a part of the others was left out, (C,).
    """

    grammar: Grammar
    ids: Ids
    listed: Listed
    right: NDArray[np.bool_]
    stands: NDArray[np.float64]


class Outcomes(NamedTuple):
    """What N programs do on their tasks.

    Attributes:
        score: distance to the spec, 0 = satisfied, shape (N,) float64.
        key: hash of the outputs, equal for observationally equivalent programs, (N,) uint64.
    """

    score: NDArray[np.float64]
    key: NDArray[np.uint64]


class Case(NamedTuple):
    """What a program does on one case of its spec, as texts.

    Attributes:
        kind: "example", "hold-out" or "open" (to be answered).
        inputs: a text for each.
        wanted: output that is wanted, None where that is open.
        got: output of the program.
        met: whether they are the same; None where that is open.
    """

    kind: str
    inputs: tuple[str, ...]
    wanted: str | None
    got: str
    met: bool | None


class Cases(NamedTuple):
    """All cases of a spec, and the names of their inputs."""

    names: tuple[str, ...]
    rows: tuple[Case, ...]


class Domain(ABC):
    """The interface. `which` maps each tree of a forest to its task, shape (N,)."""

    name: str
    #: bytes of execution annotation per inner node (see `annotate`)
    features: int
    #: primitives of training programs and of random starts, least and most
    primitives: tuple[int, int] = (2, 8)
    #: training states made of each program: sampling one and looking at its target cost as much as several states
    states: int = 4
    #: share of the training states that lack a random part of the program, as those of a search that builds it up
    unfinished: float = 0.0
    #: share of the training states that are unrelated programs, and the most primitives of these (0: a few)
    fresh: float = 0.2
    unrelated: int = 0
    #: kinds of mistakes that `edits` mend; 0 in a domain that lists no single edits
    families: int = 0
    #: file suffixes that are a spec by themselves
    suffixes: tuple[str, ...] = ()
    #: whether a bare spec file is of this domain only where that is said, by `--domain` or the
    #: name of its folder, because another domain reads such files as well
    on_request: bool = False
    #: what programs of the language cannot do, said when an attempt comes close to a goal without meeting it
    limit: str = ""
    #: the Lark file of the language where it is not the one of the domain's name that ships
    grammar_file: ClassVar[Path | None] = None
    #: whether random programs of the grammar make tasks; where not, tasks come from files only
    random: bool = True
    #: whether tasks hold something that searches in several processes cannot share
    alone: bool = False
    #: whether a program does exactly what its own task asks (score 0); where not, the spec only
    #: resembles what the program does, and a search uses all of its budget for the best score
    exact: bool = True
    #: parameters of the search (`SearchConfig`) that suit the domain better than the usual ones
    search: ClassVar[dict[str, Any]] = {}
    #: options of `load` that a task file or the command line may set, with their meaning
    options: ClassVar[dict[str, str]] = {}

    @property
    def library(self) -> Library | None:
        """The primitives that a denoiser can write by value, where the domain has such."""
        return None

    @property
    def weights(self) -> Path:
        """Where the denoiser that ships for the domain lies, if one does."""
        return Path(__file__).parents[1] / "weights" / f"{self.name}.safetensors"

    @property
    def policy(self) -> str:
        """The policy for those who name none."""
        return "denoiser" if self.weights.exists() else "mutation"

    @cached_property
    def language(self) -> Grammar:
        """The grammar file of the domain's name; tasks may add leaves of their own."""
        return load_grammar(self.grammar_file or self.name)

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar of random programs: the language, with leaves where it cannot do without."""
        return self.language

    @abstractmethod
    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Run every tree of the forest on its task."""

    @abstractmethod
    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """Describe what every inner node does and should do: shape (M, features), values 0..64.

        M is the number of `forest.inner` nodes.
        """

    def describe(self, task: Task) -> NDArray[np.uint8]:
        """Annotate a task's own leaves, in the order of their ids: (leaves, features), values 0..64."""
        return np.zeros((len(task.grammar) - task.grammar.base, self.features), dtype=np.uint8)

    @abstractmethod
    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw random programs (the domain's sizes where None) and the tasks that they solve."""

    @abstractmethod
    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """The task that each program solves, with the program without its useless parts.

        None where the task would be trivial.
        """

    def tasks_like(self, task: Task, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """Like `tasks_of`, for programs that a search of `task` met; by default on inputs of their own."""
        return self.tasks_of(trees)

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Draw programs worth learning from; by default any random ones."""
        return self.sample_tasks(rng, count)

    @abstractmethod
    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read a spec file. Raises `InputError` that names the file, the place and the mend."""

    @abstractmethod
    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from a value in memory. Raises `InputError` for one that is no spec."""

    def release(self, task: Task) -> None:  # noqa: B027 (most tasks hold nothing)
        """End what a task holds beside memory (processes, files); the task cannot be run any more."""

    def edits(self, task: Task, ids: Ids, marked: bool) -> Listed:
        """Single edits worth trying, in a fixed order; `marked` with annotations, which takes an execution.

        Raises `InputError` in a domain that lists none.
        """
        raise InputError(f"{self.name} lists no single edits; choose another policy")

    def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
        """Programs read off the spec, the best first, which a search begins with beside random ones.

        `spent` says which share of the time for drafts is gone; from 1 on, what was read so far has to do.
        """
        return []

    def lessons(self, split: str, rng: np.random.Generator) -> Iterator[Lesson]:
        """Broken programs of a split: "train", "validation", "test". Raises `InputError` where `edits` does."""
        raise InputError(f"{self.name} lists no single edits to learn from")

    def constants(self, task: Task, ids: Ids, node: int) -> list[Edit]:
        """Edits at a node with constants that the spec suggests; sweeps of a search try them with all others."""
        return []

    def refits(self, task: Task, ids: Ids) -> list[Edit]:
        """Subtrees that should do better where they stand, given the rest of the program, the most promising first.

        Found without running a program, from what nodes would have to do. A search tries the first when a
        run has stalled.
        """
        return []

    def behaviours(self, task: Task, trees: Sequence[Ids]) -> list[str]:
        """How programs behave beyond the spec, equal for those that are not told apart; all differ by default."""
        return [str(n) for n in range(len(trees))]

    @abstractmethod
    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """Picture of what a program does on a task (of the spec when None): (H, W, 3)."""

    def picture(self, ids: Ids) -> NDArray[np.uint8] | None:
        """Picture of a program without a task, where it has one: (H, W, 3)."""
        return None

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """Named figures of how well a program does, beside its score."""
        return {}

    def forms(self, task: Task, ids: Ids) -> dict[str, str]:
        """The program in other languages: suffix of a file to its text."""
        return {}

    def report(self, task: Task, ids: Ids) -> list[str] | None:
        """Lines that say what a program does on a task, where that is better told than shown."""
        return None

    def cases(self, task: Task, ids: Ids) -> Cases | None:
        """What a program does on each case, where the spec is a list of such."""
        return None

    def record(self, task: Task) -> dict[str, Any]:
        """The spec as JSON values, by which results can be shown later; its picture where not overridden."""
        return {"image": to_base64(self.image(task, None))}

    def recall(self, record: dict[str, Any], name: str, grammar: Grammar) -> Task | None:
        """The task that `record` was made of, for `cases`; None where a picture tells enough.

        Raises `InputError` for what is no record.
        """
        return None

    def answers(self, task: Task, ids: Ids) -> str | None:
        """The task's spec file with what it left open filled in; None where nothing is open."""
        return None

    def disagreement(self, task: Task, trees: Sequence[Ids]) -> str | None:
        """An input on which solutions differ, in words; None where none is known."""
        return None

    def lucky(self, task: Task, ids: Ids) -> bool:
        """Whether a solution says so much more than its spec that it may meet it by chance."""
        return False

    def odd(self, task: Task, ids: Ids) -> str | None:
        """An answer of a solution that is unlike all that the spec tells, in words; None where there is none."""
        return None

    def svg(self, grammar: Grammar, ids: Ids) -> str | None:
        """The program's picture as an SVG document, where the domain draws."""
        return None
