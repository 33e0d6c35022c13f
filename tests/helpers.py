"""What the tests share: small grammars, and programs drawn by seed and size so that failures shrink."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from synth.denoiser import Denoiser
from synth.grammar import Grammar
from synth.loss import denoiser_loss
from synth.noise import NoiseConfig, corrupt
from synth.sample import sample
from synth.text import load_grammar, parse_grammar
from synth.tree import Ids, Tree

CSG = load_grammar("csg2d")

# names in scope, a production that is read but never proposed, and a unary one without primitives
CALLS = parse_grammar(
    r"""
    //! primitive use const
    //! commutative add
    //! weight 3 add
    //! weight 0 sub
    start: expr
    expr: "(" "add" expr expr ")" -> add
        | "(" "sub" expr expr ")" -> sub
        | "(" "neg" expr ")"      -> neg
        | name                    -> use
        | number                  -> const
    name: NAME
    number: "1" | "2"
    NAME: /[a-z]+/
    %ignore /\s+/
    """,
    "calls",
)
SCOPE = CALLS.extend({"name": ["width", "height"]})

# as small as a grammar can be that has every kind of edit; programs can be enumerated
PLAIN = parse_grammar(
    r"""
    //! primitive box ball
    //! commutative union
    start: shape
    shape: "(" "union" shape shape ")"      -> union
         | "(" "difference" shape shape ")" -> difference
         | "(" "box" size ")"               -> box
         | "(" "ball" size ")"              -> ball
    size: "0" | "1"
    %ignore /\s+/
    """,
    "plain",
)

# the same with a production that stands around others without being a primitive
WRAPPED = parse_grammar(
    r"""
    //! primitive box ball
    //! commutative union
    start: shape
    shape: "(" "union" shape shape ")" -> union
         | "(" "move" shape size ")"   -> move
         | "box" | "ball"
    size: "0" | "1"
    %ignore /\s+/
    """,
    "wrapped",
)

# two categories that hold each other
MIXED = parse_grammar(
    r"""
    //! primitive box ball
    //! commutative both
    start: shape
    shape: "(" "both" shape shape ")"      -> both
         | "(" "if" test shape shape ")"   -> if
         | "box" | "ball"
    test: "(" "not" test ")" -> not | "(" "is" shape ")" -> is | "yes"
    %ignore /\s+/
    """,
    "mixed",
)

GRAMMARS = {g.name: g for g in (CSG, SCOPE, PLAIN, WRAPPED, MIXED)}
seeds = st.integers(0, 2**32 - 1)


def programs(grammar: Grammar, least: int = 1, most: int = 6) -> st.SearchStrategy[Ids]:
    """Programs of a grammar of least..most primitives."""
    return st.builds(lambda seed, n: sample(grammar, np.random.default_rng(seed), n), seeds, st.integers(least, most))


def noisy(grammar: Grammar, ids: Ids, seed: int, steps: int = 5) -> Ids:
    """A program some noise steps away."""
    for edit in corrupt(grammar, ids, np.random.default_rng(seed), NoiseConfig(steps=steps)):
        ids = edit.splice(ids)
    return ids


def sigma(grammar: Grammar, ids: Ids) -> int:
    """Number of primitives, counted one by one."""
    return sum(grammar.primitive[p] for p in ids)


def sort_commutative(grammar: Grammar, ids: Ids) -> Ids:
    """The same program for all orders of commutative children."""

    def combine(p: int, kids: list[Ids]) -> Ids:
        kids = sorted(kids) if grammar.commutative[p] else kids
        return (p, *(q for kid in kids for q in kid))

    return Tree(grammar, ids).fold(combine)


def fitted(net: Denoiser, b: dict[str, Tensor], t: dict[str, Tensor], steps: int) -> list[float]:
    """Losses of a net while it learns one batch."""
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    losses = []
    for _ in range(steps):
        loss, _ = denoiser_loss(net, b, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
