"""What the net sees of a program and its edits, as arrays. Imports `edit`, `grammar`, `tree`, the domain interface.

A node of the graph is a node of the tree; a leaf of the task's own that is an only child is one
with its parent. Nodes are joined to what is around them and to the same leaf elsewhere. Node, leaf
and candidate 0 stand for nothing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Listed
from synth.edit import Edit
from synth.grammar import Grammar
from synth.tree import Ids

JOINS = 8  # parent, siblings before and after, three children, the same leaf before and after
NEW, OLD = 10, 6  # nodes of what an edit writes and of what it replaces that are looked at
WORDS = 3  # words of a leaf's text
BUCKETS = 4096  # of words, by hash; 0 stands for none
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\w\s]")

Ints = NDArray[np.int64]


class Inputs(NamedTuple):
    """One program, or several one after the other; see `joined`. M nodes, Q leaves, C candidates, G programs.

    Attributes:
        token: production of each node, (M,).
        leaf: leaf that each node is or has, (M,).
        marks: annotations, (M, F), 0..1.
        near: nodes that each is joined to, (M, JOINS).
        program: program of each node, (M,); `starts` where each begins, and the end, (G + 1,).
        kind: open production that each leaf fills, (Q,); `words` of its text, (Q, WORDS).
        uses: nodes by leaf, (U,); `bounds` where each leaf's begin, and the end, (Q + 1,).
        at: first node that each candidate changes, (C,); `top` the node whose subtree it replaces.
        family: kind of mistake, (C,).
        new, old: what it writes and replaces: productions, or P + a leaf, (C, NEW), (C, OLD).
        weight, place: log-weights of the edit and of where it is, (C,).
    """

    token: Any
    leaf: Any
    marks: Any
    near: Any
    program: Any
    starts: Any
    kind: Any
    words: Any
    uses: Any
    bounds: Any
    at: Any
    top: Any
    family: Any
    new: Any
    old: Any
    weight: Any
    place: Any


def inputs(grammar: Grammar, ids: Ids, listed: Listed) -> Inputs:
    """The arrays of one program."""
    base = grammar.base
    node, token, leaf, near, first = _nodes(grammar, ids)
    uses = np.argsort(leaf, kind="stable")
    uses = uses[leaf[uses] > 0]
    leaves = len(grammar) - base + 1
    kinds = np.array([0, *grammar.kind[base:]], dtype=np.int64)
    words = np.array([(0,) * WORDS, *(hashed(name) for name in grammar.names[base:])], dtype=np.int64)
    at, new, old = _changes(listed.edits, grammar)
    marks = np.zeros((len(token), listed.marks.shape[1]), dtype=np.float32)
    marks[1:] = listed.marks[first] / 64
    return Inputs(
        token=token,
        leaf=leaf,
        marks=marks,
        near=near,
        program=np.zeros(len(token), dtype=np.int64),
        starts=np.array([0, len(token)]),
        kind=kinds,
        words=words,
        uses=uses,
        bounds=np.searchsorted(leaf[uses], np.arange(leaves + 1)),
        at=node[np.minimum(at, len(ids) - 1)],
        top=node[[edit.position for edit in listed.edits]],
        family=listed.family,
        new=new,
        old=old,
        weight=listed.weight.astype(np.float32),
        place=listed.place.astype(np.float32),
    )


@lru_cache(maxsize=20_000)
def hashed(text: str) -> tuple[int, ...]:
    """The first words of a text as numbers; 0 where there are no more."""
    found = [1 + zlib.crc32(word.lower().encode()) % (BUCKETS - 1) for word in _WORD.findall(text)[:WORDS]]
    return (*found, *[0] * (WORDS - len(found)))


def _nodes(grammar: Grammar, ids: Ids) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Graph node of each tree node; production, leaf and joins of each graph node; tree node of each but the first."""
    base = grammar.base
    node = np.zeros(len(ids), dtype=np.int64)
    token, leaf, first = [0], [0], [0]
    near: list[list[int]] = [[0] * JOINS]
    latest: dict[int, int] = {}  # the last node with a leaf
    open_: list[list[int]] = []  # nodes whose children are to come: node, how many, how many were, last child
    for i, p in enumerate(ids):
        while open_ and open_[-1][2] == open_[-1][1]:
            open_.pop()
        above = open_[-1] if open_ else None
        if p >= base and above is not None and above[1] == 1:
            n = above[0]
            above[2] += 1
        else:
            n = len(token)
            token.append(grammar.kind[p])
            leaf.append(0)
            first.append(i)
            near.append([0] * JOINS)
            if above is not None:
                _join(near, n, above)
            if arity := len(grammar.children[p]):
                open_.append([n, arity, 0, 0])
        node[i] = n
        if p >= base:
            own = p - base + 1
            leaf[n] = own
            before = latest.get(own, 0)
            near[n][6] = before
            if before:
                near[before][7] = n
            latest[own] = n
    return node, np.array(token), np.array(leaf), np.array(near), np.array(first[1:])


def _join(near: list[list[int]], n: int, above: list[int]) -> None:
    """Join a node to its parent, the child before it, and both to it."""
    parent, _, count, last = above
    near[n][0], near[n][1] = parent, last
    if last:
        near[last][2] = n
    if count < 3:
        near[parent][3 + count] = n
    above[2], above[3] = count + 1, n


def _changes(edits: Sequence[Edit], grammar: Grammar) -> tuple[Ints, Ints, Ints]:
    """Where each edit begins to differ from what is there, (C,), and what it writes and replaces from there on."""
    new, new_starts = _flat([edit.inserted for edit in edits])
    old, old_starts = _flat([edit.removed for edit in edits])
    sizes = np.stack([np.diff(new_starts), np.diff(old_starts)])
    head = _common(new, new_starts[:-1], old, old_starts[:-1], sizes.min(axis=0), 1)
    rest = sizes.min(axis=0) - head
    tail = _common(new, new_starts[1:] - 1, old, old_starts[1:] - 1, rest, -1)
    at = np.array([edit.position for edit in edits]) + head
    code = np.array([*range(grammar.base), *(grammar.base + 1 + k for k in range(len(grammar) - grammar.base))])
    written = _window(code[new], new_starts[:-1] + head, sizes[0] - head - tail, NEW, grammar.base)
    return at, written, _window(code[old], old_starts[:-1] + head, sizes[1] - head - tail, OLD, grammar.base)


def _flat(parts: Sequence[Ids]) -> tuple[Ints, Ints]:
    starts = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=starts[1:])
    return np.fromiter(chain.from_iterable(parts), dtype=np.int64, count=int(starts[-1])), starts


def _common(a: Ints, a_starts: Ints, b: Ints, b_starts: Ints, most: Ints, step: int) -> Ints:
    """How many of the first `most` elements from the starts on are equal, going by `step`."""
    found = np.zeros(len(most), dtype=np.int64)
    going = np.flatnonzero(most > 0)
    while len(going):
        here = found[going]
        going = going[a[a_starts[going] + step * here] == b[b_starts[going] + step * here]]
        found[going] += 1
        going = going[found[going] < most[going]]
    return found


def _window(codes: Ints, starts: Ints, sizes: Ints, most: int, nothing: int) -> Ints:
    """The first elements of slices, (slices, most); `nothing` after their end."""
    steps = np.arange(most)
    there = steps < sizes[:, None]
    return np.where(there, codes[np.minimum(starts[:, None] + steps, max(0, len(codes) - 1))], nothing)


def joined(parts: Sequence[Inputs], productions: int) -> Inputs:
    """Several programs as one, their nodes and leaves numbered on."""
    nodes = np.cumsum([0, *(len(p.token) for p in parts)])
    leaves = np.cumsum([0, *(len(p.kind) for p in parts)])
    uses = np.cumsum([0, *(len(p.uses) for p in parts)])
    columns: dict[str, list[Any]] = {name: [] for name in Inputs._fields}
    for k, part in enumerate(parts):
        moved = part._replace(
            leaf=part.leaf + leaves[k],
            near=part.near + nodes[k],
            program=part.program + k,
            starts=part.starts[:-1] + nodes[k],
            uses=part.uses + nodes[k],
            bounds=part.bounds[:-1] + uses[k],
            at=part.at + nodes[k],
            top=part.top + nodes[k],
            new=np.where(part.new >= productions, part.new + leaves[k], part.new),
            old=np.where(part.old >= productions, part.old + leaves[k], part.old),
        )
        for name, column in columns.items():
            column.append(getattr(moved, name))
    columns["starts"].append(nodes[-1:])
    columns["bounds"].append(uses[-1:])
    return Inputs(**{name: np.concatenate(column) for name, column in columns.items()})
