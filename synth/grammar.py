"""A context-free grammar as a few parallel tuples, indexed by production id.

A node of a program *is* a production id, so everything that needs to know something about a
node reads it from here. Imports only `errors`; text becomes a grammar in `synth.text`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synth.errors import GrammarError, unknown

IntArray = NDArray[np.int64]


class Syntax(Protocol):
    """How a language that is no Lark file is written and read."""

    def write(self, grammar: Grammar, ids: Sequence[int]) -> str:
        """The text of a tree."""

    def read(self, grammar: Grammar, text: str, category: str) -> tuple[int, ...]:
        """The tree of a text. Raises `ParseError`."""


@dataclass(frozen=True, eq=False)
class Grammar:
    """Productions of a language. All tuples without other note run over production ids.

    Attributes:
        categories: names of the nonterminals, indexed by category id.
        start: category id of whole programs.
        names: what a production is called (`circle`, or its text for `pos: "4"`).
        lhs: category id that the production expands.
        children: category ids of its children, left to right.
        pieces: its text: strings, with None where the next child's text goes.
        primitive: 1 where the production is a primitive, else 0; a subtree's sum is its σ.
        weight: sampling weight; productions of weight 0 are read but never proposed.
        commutative: whether the order of the children does not matter.
        base: number of productions of the grammar file; later ids are task-local leaves.
        kind: the id below `base` that a denoiser knows the production by. A task-local leaf
            has the id of the open production (one with a regular expression) it fills.
        open: production ids below `base` that only task-local leaves stand for.
        banned: production ids that are read but not proposed in this task (`restrict`).
        source: text of the grammar file.
        file: the grammar of the file that this one extends or restricts; None for that one itself.
        syntax: how text is written and read, where that is not by `source`.
    """

    name: str
    categories: tuple[str, ...]
    start: int
    names: tuple[str, ...]
    lhs: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    pieces: tuple[tuple[str | None, ...], ...]
    primitive: tuple[int, ...]
    weight: tuple[float, ...]
    commutative: tuple[bool, ...]
    base: int
    kind: tuple[int, ...]
    open: frozenset[int] = frozenset()
    banned: frozenset[int] = frozenset()
    source: str = field(default="", repr=False)
    file: Grammar | None = field(default=None, repr=False)
    syntax: Syntax | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def arity(self) -> IntArray:
        """Number of children of each production, shape (P,)."""
        return np.array([len(c) for c in self.children], dtype=np.int64)

    @cached_property
    def lhs_array(self) -> IntArray:
        """`lhs` as an array, shape (P,)."""
        return np.array(self.lhs, dtype=np.int64)

    @cached_property
    def primitive_array(self) -> IntArray:
        """`primitive` as an array, shape (P,)."""
        return np.array(self.primitive, dtype=np.int64)

    @cached_property
    def kind_array(self) -> IntArray:
        """`kind` as an array, shape (P,)."""
        return np.array(self.kind, dtype=np.int64)

    @cached_property
    def proposed(self) -> tuple[tuple[int, ...], ...]:
        """Per category, the productions that may be sampled or proposed (weight > 0, not banned)."""
        return tuple(
            tuple(p for p in range(len(self)) if self.lhs[p] == c and self._proposes(p))
            for c in range(len(self.categories))
        )

    def _proposes(self, production: int) -> bool:
        return self.weight[production] > 0 and production not in self.open and production not in self.banned

    @cached_property
    def atomic(self) -> tuple[bool, ...]:
        """Per category, whether all its productions are leaves (numbers, colours, names)."""
        return tuple(
            all(not self.children[p] for p in range(len(self)) if self.lhs[p] == c) for c in range(len(self.categories))
        )

    @cached_property
    def signature(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Per production (category, child categories): equal ones can be relabelled."""
        return tuple(zip(self.lhs, self.children, strict=True))

    @cached_property
    def min_primitives(self) -> tuple[int, ...]:
        """Per category, the smallest σ of a tree of it."""
        return self._least(self.primitive)

    @cached_property
    def min_size(self) -> tuple[int, ...]:
        """Per category, the smallest number of nodes of a tree of it."""
        return self._least((1,) * len(self))

    @cached_property
    def core(self) -> tuple[bool, ...]:
        """Per production, whether a denoising edit writes it among new nodes; all else is inserted above them.

        Not those with a child of their own category, nor those under which no tree is as small
        (in σ) as its category allows, or one primitive.
        """
        return tuple(
            self._proposes(p)
            and self.lhs[p] not in self.children[p]
            and self.primitive[p] + sum(self.min_primitives[c] for c in self.children[p])
            <= max(1, self.min_primitives[self.lhs[p]])
            for p in range(len(self))
        )

    def _least(self, cost: Sequence[int]) -> tuple[int, ...]:
        """Smallest total `cost` of a tree per category, by relaxation to a fixed point."""
        infinite = 10**9
        best = [infinite] * len(self.categories)
        changed = True
        while changed:
            changed = False
            for p in range(len(self)):
                if not self._proposes(p):
                    continue
                total = cost[p] + sum(best[c] for c in self.children[p])
                if total < best[self.lhs[p]]:
                    best[self.lhs[p]] = total
                    changed = True
        return tuple(best)

    @cached_property
    def hash(self) -> str:
        """Identity of the language: everything about the file's productions that edits depend on."""
        rows = [
            f"{self.label(p)} {self.children[p]} {self.primitive[p]} {self.weight[p] > 0} {self.commutative[p]}"
            for p in range(self.base)
        ]
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]

    @property
    def vocabulary(self) -> Grammar:
        """What a denoiser knows of the language, the same for all tasks: open productions are leaves like others."""
        return (self.file or self)._vocabulary

    @cached_property
    def _vocabulary(self) -> Grammar:
        return replace(self, open=frozenset(), banned=frozenset())

    def label(self, production: int) -> str:
        """`category.name`, unique for a production of the grammar file."""
        return f"{self.categories[self.lhs[production]]}.{self.names[production]}"

    def category(self, name: str) -> int:
        """Category id of `name`. Raises `InputError` for an unknown one."""
        if name not in self.categories:
            raise unknown("category", name, self.categories)
        return self.categories.index(name)

    def production(self, label: str) -> int:
        """Production id of a name or `category.name`. Raises `InputError` when not unique."""
        found = [p for p in range(len(self)) if label in (self.names[p], self.label(p))]
        if len(found) != 1:
            raise unknown("production", label, (self.label(p) for p in range(len(self))))
        return found[0]

    def extend(self, leaves: Mapping[str, Sequence[str]]) -> Grammar:
        """Return this grammar plus task-local leaves: category name to the leaves' texts.

        Only categories with an open production (a regular expression in the grammar file)
        take leaves. The file's ids stay as they are. Raises `GrammarError` otherwise.
        """
        names, lhs, kind = list(self.names), list(self.lhs), list(self.kind)
        for category, texts in leaves.items():
            c = self.category(category)
            holes = sorted(p for p in self.open if self.lhs[p] == c)
            if not holes:
                raise GrammarError(f"grammar {self.name}: category {category!r} takes no local leaves")
            fresh = [t for t in dict.fromkeys(texts) if not self._has_leaf(c, t)]
            names += fresh
            lhs += [c] * len(fresh)
            kind += [holes[0]] * len(fresh)
        extra = len(names) - len(self)
        return replace(
            self,
            names=tuple(names),
            lhs=tuple(lhs),
            kind=tuple(kind),
            children=self.children + ((),) * extra,
            pieces=self.pieces + tuple((t,) for t in names[len(self) :]),
            primitive=self.primitive + tuple(self.primitive[k] for k in kind[len(self) :]),
            weight=self.weight + (1.0,) * extra,
            commutative=self.commutative + (False,) * extra,
            file=self.file or self,
        )

    def restrict(self, banned: Iterable[int] = (), start: str | None = None) -> Grammar:
        """Return this grammar with productions that a task does not propose, and perhaps another start.

        All programs can still be read, and ids stay as they are. Productions that could then be
        in no finite program are banned too. Raises `GrammarError` when no program is left.
        """
        grammar = replace(
            self,
            start=self.start if start is None else self.category(start),
            banned=self.banned | frozenset(banned),
            file=self.file or self,
        )
        dead = frozenset(p for p, kids in enumerate(self.children) if any(grammar.min_size[c] >= 10**9 for c in kids))
        grammar = replace(grammar, banned=grammar.banned | dead)
        reached, todo = {grammar.start}, [grammar.start]
        while todo:
            fresh = {c for p in grammar.proposed[todo.pop()] for c in grammar.children[p]} - reached
            reached |= fresh
            todo += fresh
        if not grammar.proposed[grammar.start]:
            raise GrammarError(
                f"grammar {self.name}: no {grammar.categories[grammar.start]} can be made from what is left"
            )
        lost = frozenset(p for p, c in enumerate(self.lhs) if c not in reached)
        return replace(grammar, banned=grammar.banned | lost)

    def _has_leaf(self, category: int, text: str) -> bool:
        return any(
            self.lhs[p] == category and self.pieces[p] == (text,) for p in range(len(self)) if p not in self.open
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{p}</td><td>{self.label(p)}</td>"
            f"<td>{' '.join(self.categories[c] for c in self.children[p])}</td></tr>"
            for p in range(len(self))
        )
        return f"<table><tr><th>id</th><th>production</th><th>children</th></tr>{rows}</table>"
