"""What a search does to a program without the policy: refits, sweeps of its numbers, pruning.

"Structure from the net, constants by execution" (DESIGN section 5), and for domains that know what
a part of a program would have to do, parts from that too. Imports `state`, `execution`, `variants`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from synth.edit import Edit
from synth.execution import Executor
from synth.state import State
from synth.variants import deletions, inner_nodes, sweep

_ROUNDS = 3  # most passes over the nodes that an edit wrote
# how far a number moves in them: what an edit wrote is seldom far off, and whole sweeps of every new
# best program took two fifths of all executions
_REACH = 2
_REFITS = 48  # refits that are run, and how many of these have their numbers swept
_KEPT = 3


class Polisher:
    """Improves programs of one task.

    Args:
        executor: runs them.
        note: told of every program that is better than the one it was made of.
        stopped: whether the search has to end.
    """

    def __init__(self, executor: Executor, note: Callable[[State], None], stopped: Callable[[], object]) -> None:
        self._executor, self._note, self._stopped = executor, note, stopped
        self._task, self._grammar = executor.task, executor.task.grammar

    def near(self, state: State) -> State:
        """Sweep the numbers that the last edit wrote, a little up and down, as long as that helps."""
        assert state.edit is not None
        written = set(state.edit.written)
        nodes = [node for node in self._inner(state) if node in written]
        unchanged = at = 0
        while unchanged < len(nodes) and at < _ROUNDS * len(nodes) and not self._stopped():
            better = self._best_variant(state, nodes[at % len(nodes)], _REACH)
            at, unchanged = at + 1, unchanged + 1
            # one that moves the other nodes is left to the polish
            if better is not None and self._inner(better) == self._inner(state):
                state, unchanged = better, 0
        return state

    def polish(self, state: State) -> State:
        """Refit parts of a program, and where that is at an end sweep all of it, until neither helps.

        Where there are refits, they have tried what lies farther than sweeps then reach.
        """
        while not self._stopped():
            edits = self._executor.domain.refits(self._task, state.ids)[:_REFITS]
            better = self._refit(state, edits)
            if better is state:
                better = self._sweep(state, _REACH if edits else None)
            if better is state:
                break
            state = better
        return state

    def minimise(self, state: State) -> State:
        """Drop parts of a solution as long as it stays one and the budget lasts."""
        primitive, goal = self._grammar.primitive, self._task.solved_below
        while self._executor.exhausted is None:
            made = self._run(state, list(deletions(self._grammar, state.ids)), "prune")
            kept = [s for s in made if s.result.score < goal]
            if not kept:
                break
            state = min(kept, key=lambda s: (sum(primitive[p] for p in s.ids), s.result.score))
        return state

    def _refit(self, state: State, edits: Sequence[Edit]) -> State:
        """The best of what the domain would put in the place of parts, its numbers swept nearby, where that helps."""
        best = state
        for made in heapq.nsmallest(_KEPT, self._run(state, edits, "refit"), key=lambda s: s.standing):
            self._note(made)
            best = min(best, self.near(made), key=lambda s: s.standing)
            if self._stopped():
                break
        return best

    def _sweep(self, state: State, reach: int | None) -> State:
        """Coordinate sweeps: change leaves and operators, drop parts, while the score falls.

        Takes the first inner node whose best variant improves (or keeps the score with fewer
        nodes), goes on to the next, and ends after a whole pass without effect.
        """
        unchanged, node = 0, 0
        inner = self._inner(state)
        while unchanged < len(inner) and not self._stopped():
            better = self._best_variant(state, inner[node % len(inner)], reach)
            unchanged += 1
            if better is not None:
                state, unchanged = better, 0
                inner = self._inner(state)
            node += 1
        return state

    def _best_variant(self, state: State, node: int, reach: int | None) -> State | None:
        """The best of all single changes at a node, noted, when it is better than the program."""
        suggested = self._executor.domain.constants(self._task, state.ids, node)
        edits = [*suggested, *sweep(self._grammar, state.ids, node, reach)]
        best = min(self._run(state, edits, "polish"), key=lambda s: s.standing, default=state)
        if best.standing >= state.standing:
            return None
        self._note(best)
        return best

    def _run(self, state: State, edits: Sequence[Edit], how: str) -> list[State]:
        """What edits of a program make, those that the budget covers."""
        trees = [edit.splice(state.ids) for edit in edits]
        made = zip(trees, self._executor.run(trees), edits, strict=True)
        return [State(ids, result, state, edit, how) for ids, result, edit in made if result is not None]

    def _inner(self, state: State) -> list[int]:
        return inner_nodes(self._grammar, state.ids)
