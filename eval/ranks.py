"""`python -m eval.ranks DOMAIN [--split test] [--count 250]`: how early a right edit of broken programs comes.

Nothing is run: each lesson is a function of an unseen package with the domain's own mistakes in it, and
the rank is the expected number of edits tried up to one that mends a mistake. Prints a table.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.domains import domain
from synth.domains.base import Lesson
from synth.exhaust import Weigh, by_hand
from synth.ranking.ranker import Ranker, load, untrained


def rank(lesson: Lesson, weights: NDArray[np.float64]) -> float:
    """Expected place of the first right edit; ties with it count half."""
    best = weights[lesson.right].max()
    before = (weights > best) + 0.5 * ((weights == best) & ~lesson.right)
    return float(1 + (lesson.stands * before).sum())


def row(name: str, ranks: NDArray[np.float64]) -> str:
    """A row of the table."""
    mean = np.exp(np.log(ranks).mean())
    return (
        f"| {name} | {100 * (ranks < 2).mean():.0f} | {100 * (ranks < 11).mean():.0f} "
        f"| {np.median(ranks):.1f} | {mean:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain")
    parser.add_argument("--split", default="test", choices=["train", "validation", "test"])
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--checkpoint", type=Path)
    chosen = parser.parse_args()
    tested = domain(chosen.domain)
    net = load(chosen.checkpoint or tested.weights, tested)
    policies: dict[str, Weigh] = {
        "net and hand": net.weigh,
        "net alone": Ranker(net.weights, net.config, alone=True).weigh,
        "by hand": by_hand,
        "untrained net": untrained(tested, chosen.seed).weigh,
    }
    lessons = list(islice(tested.lessons(chosen.split, np.random.default_rng(chosen.seed)), chosen.count))
    print("| order | first is right, % | within 10, % | median | geometric mean |\n|---|---|---|---|---|")
    for name, weigh in policies.items():
        found = [rank(x, weigh(x.grammar, x.ids, x.listed)) for x in lessons]
        print(row(name, np.array(found)))


if __name__ == "__main__":
    main()
