"""The way back: how many edits from a tree to a target, and every edit that starts a shortest way.

Distance of subtrees a, b of one category (0 when equal), the least of

    match     same production:            sum over the children (commutative: either order)
    relabel   same signature:         1 + sum over the children
    replace   write a primitive of b: 1 + growth(b)
    delete    keep child k of a:      1 + d(child k of a, b)
    insert    keep a as child k of b: 1 + d(a, child k of b) + growth of the other children

where growth(b) counts the inserts that build b out of one of its own primitives: one for each
node with children of its own category, also for one that stands around a single primitive. So
every edit writes at most one primitive a slot (what a decoder must get right in one go) and may
throw away any amount. The distance is the length of a shortest script of this family; the set-valued loss
(DESIGN section 4) sums over all its first edits. Imports `edit`, `tree`, `grammar`.
"""

from __future__ import annotations

from functools import lru_cache

from synth.edit import Action, Actions, Kind, Step, actions
from synth.grammar import Grammar
from synth.tree import Ids

_CORES = 16  # alternatives kept where a subtree can be grown out of many small trees


class _Side:
    """One tree of a pair: per node its production, children, σ and an interned key."""

    __slots__ = ("children", "cores", "grammar", "growth", "ids", "keys", "least", "rest", "sigma", "spine", "units")

    def __init__(self, grammar: Grammar, ids: Ids, interned: dict[tuple[int, ...], int]) -> None:
        """`interned` maps (production, keys of the children) to small ints, equal for equal trees.

        The children's keys of a commutative production are sorted, so that trees which differ
        only in their order have one key.
        """
        self.grammar = grammar
        self.ids = ids
        count = len(ids)
        self.children: list[tuple[int, ...]] = [()] * count
        self.keys = [0] * count
        self.units = [0] * count  # bit set of the keys of the σ <= 1 subtrees below
        self.growth = [0] * count  # number of inserts that build the subtree out of its best core
        self.least = [0] * count  # σ of the smallest core
        self.spine: list[list[int]] = [[]] * count  # children of the node's own category, which hold the cores
        self.rest: list[list[tuple[int, int]]] = [[]] * count  # those, with the cost of inserting the node above
        self.cores: list[list[Ids] | None] = [None] * count
        sigmas = self.sigma = [0] * count
        keys, kids_of, primitive, lhs = self.keys, grammar.children, grammar.primitive, grammar.lhs
        ends = [0] * count
        for i in range(count - 1, -1, -1):
            p = ids[i]
            sigma = least = primitive[p]
            end = i + 1
            kids = []
            for _ in kids_of[p]:
                kids.append(end)
                sigma += sigmas[end]
                least += self.least[end]
                end = ends[end]
            ends[i] = end
            self.children[i] = tuple(kids)
            sigmas[i] = sigma
            self.least[i] = least
            if kids:
                self._measure(i, lhs[p], kids)
            parts = [keys[k] for k in kids]
            if grammar.commutative[p]:
                parts.sort()
            key = keys[i] = interned.setdefault((p, *parts), len(interned))
            if sigma == 1:
                self.units[i] = 1 << key
            elif sigma:
                bits = 0
                for k in kids:
                    bits |= self.units[k]
                self.units[i] = bits

    def _measure(self, i: int, category: int, kids: list[int]) -> None:
        """Note growth and cores of a node: with children of its own category it is inserted above one of them."""
        growth, lhs, ids = self.growth, self.grammar.lhs, self.ids
        total = sum([growth[k] for k in kids])
        spine = [k for k in kids if lhs[ids[k]] == category]
        if spine:
            self.spine[i] = spine
            self.rest[i] = [(k, 1 + total - growth[k]) for k in spine]
            self.least[i] = min([self.least[k] for k in spine])
            total += 1
        growth[i] = total

    def core(self, i: int) -> list[Ids]:
        """The small trees out of which `growth[i]` inserts build the subtree."""
        known = self.cores[i]
        if known is None:
            known = self.cores[i] = self._find_cores(i)
        return known

    def _find_cores(self, i: int) -> list[Ids]:
        if self.spine[i]:
            return [core for k in self.spine[i] for core in self.core(k)]
        g, p = self.grammar, self.ids[i]
        found: list[Ids] = [(p,)]
        for k in self.children[i]:
            found = [head + tail for head in found for tail in self.core(k)]
        if len(found) > 1:
            most = max(1, g.min_primitives[g.lhs[p]], self.least[i])
            found = [core for core in found if sum(g.primitive[q] for q in core) <= most]
        return found[:_CORES]


class Reverse:
    """The reverse path from `ids` to `target` (two trees of one category and grammar)."""

    def __init__(self, grammar: Grammar, ids: Ids, target: Ids) -> None:
        self._g = grammar
        self._table: Actions = actions(grammar)
        interned: dict[tuple[int, ...], int] = {}
        self._a = _Side(grammar, ids, interned)
        self._b = _Side(grammar, target, interned)
        self._writes = _most_written(grammar)
        self._known: dict[tuple[int, int], int] = {}

    @property
    def distance(self) -> int:
        """Number of edits on a shortest way."""
        return self._distance(0, 0)

    def first_steps(self, most: int = 64) -> list[Step]:
        """Every step that starts a shortest way, at most `most` of them, none twice."""
        found: dict[Step, None] = {}
        self._collect(0, 0, found, set(), most)
        return list(found)[:most]

    def _distance(self, i: int, j: int) -> int:
        a, b = self._a, self._b
        if a.keys[i] == b.keys[j]:
            return 0
        if b.growth[j] == 0:
            return 1
        pair = (i, j)
        known = self._known.get(pair)
        if known is None:
            known = self._known[pair] = self._least(i, j)
        return known

    def _least(self, i: int, j: int) -> int:
        """The recursion above, for unequal trees; stops as soon as nothing can be cheaper."""
        a, b, g = self._a, self._b, self._g
        p, q = a.ids[i], b.ids[j]
        bound = self._bound(i, j)
        best = 1 + b.growth[j]
        if best <= bound:
            return best
        if p == q or (g.signature[p] == g.signature[q] and a.children[i]):
            best = min(best, (p != q) + min(self._pairings(i, j)))
            if best <= bound:
                return best
        for k in a.spine[i]:
            if 1 + self._bound(k, j) < best:
                best = min(best, 1 + self._distance(k, j))
        if best > bound:
            for k, rest in b.rest[j]:
                if rest + self._bound(i, k) < best:
                    best = min(best, rest + self._distance(i, k))
        return best

    def _bound(self, i: int, j: int) -> int:
        """A cheap lower bound: an edit makes at most `writes` of the target's primitives."""
        a, b = self._a, self._b
        if a.keys[i] == b.keys[j]:
            return 0
        missing = max((b.units[j] & ~a.units[i]).bit_count(), b.sigma[j] - a.sigma[i])
        return -(-missing // self._writes) or 1

    def _pairings(self, i: int, j: int) -> list[int]:
        """Cost of matching the children in order and, where allowed, the other way round."""
        left, right = self._a.children[i], self._b.children[j]
        distance = self._distance
        costs = [sum([distance(x, y) for x, y in zip(left, right, strict=True)])]
        if len(left) == 2 and self._g.commutative[self._b.ids[j]]:
            costs.append(distance(left[0], right[1]) + distance(left[1], right[0]))
        return costs

    def _collect(self, i: int, j: int, found: dict[Step, None], seen: set[tuple[int, int]], most: int) -> None:
        """Add the first steps of every option of the pair that attains its distance."""
        least = self._distance(i, j)
        if least == 0 or (i, j) in seen or len(found) >= most:
            return
        seen.add((i, j))
        a, b, g = self._a, self._b, self._g
        p, q = a.ids[i], b.ids[j]
        self._collect_same_shape(i, j, least, found, seen, most)
        if least == 1 + b.growth[j]:
            for core in b.core(j):
                self._add(found, i, Action(Kind.REPLACE, core[0], -1), core[1:])
        for slot, k in enumerate(a.children[i]):
            if g.lhs[a.ids[k]] == g.lhs[p] and least == 1 + self._distance(k, j):
                self._add(found, i, Action(Kind.DELETE, -1, slot), ())
                self._collect(k, j, found, seen, most)
        for k, rest in b.rest[j]:
            if least == rest + self._distance(i, k):
                self._add_insert(found, i, j, k, q)
                self._collect(i, k, found, seen, most)

    def _collect_same_shape(
        self, i: int, j: int, least: int, found: dict[Step, None], seen: set[tuple[int, int]], most: int
    ) -> None:
        """Match and relabel: the children's own steps, and the relabelling itself."""
        a, b, g = self._a, self._b, self._g
        p, q = a.ids[i], b.ids[j]
        if not (p == q or (g.signature[p] == g.signature[q] and a.children[i])):
            return
        left, right = a.children[i], b.children[j]
        orders = [right, right[::-1]]
        for cost, order in zip(self._pairings(i, j), orders, strict=False):
            if least == (p != q) + cost:
                if p != q:
                    self._add(found, i, Action(Kind.RELABEL, q, -1), ())
                for x, y in zip(left, order, strict=True):
                    self._collect(x, y, found, seen, most)

    def _add_insert(self, found: dict[Step, None], i: int, j: int, k: int, q: int) -> None:
        """Insert production q above tree node i, which becomes what target node k is."""
        b, g = self._b, self._g
        slot = b.children[j].index(k)
        fills: list[Ids] = [()]
        for other in b.children[j]:
            if other != k:
                fills = [fill + core for fill in fills for core in b.core(other)]
        for fill in fills:
            self._add(found, i, Action(Kind.INSERT, q, 0 if g.commutative[q] else slot), fill)

    def _add(self, found: dict[Step, None], node: int, action: Action, fill: Ids) -> None:
        index = self._table.index.get(action)
        if index is not None:  # productions of weight 0 are never proposed
            found[Step(node, index, fill)] = None


@lru_cache(maxsize=64)
def _most_written(grammar: Grammar) -> int:
    """The most units of the target that one edit of a reverse path can make."""
    core = _core_units(grammar)
    table = actions(grammar)
    inserts = [
        sum(core[c] for c in holes)
        for action, holes in zip(table.table, table.holes, strict=True)
        if action.kind is Kind.INSERT
    ]
    return max(1, *core, *inserts) + _has_wrappers(grammar)


def _core_units(grammar: Grammar) -> list[int]:
    """Per category, the most units that a core holds (many where it can hold whole programs)."""
    many = 10**6
    units = [
        0 if atomic else max(1, least) for atomic, least in zip(grammar.atomic, grammar.min_primitives, strict=True)
    ]
    for _ in range(len(units) + 1):
        before = units.copy()
        for c, productions in enumerate(grammar.proposed):
            for p in productions:
                if c not in grammar.children[p]:
                    units[c] = max(units[c], sum(units[k] for k in grammar.children[p]))
        if units == before:
            return units
    return [many] * len(units)


def _has_wrappers(grammar: Grammar) -> bool:
    """Whether a production can stand around one primitive: an insert below it then shows two units."""
    least = grammar.min_primitives
    return any(
        grammar.primitive[p] == 0
        and any(not grammar.atomic[c] and sum(map(least.__getitem__, kids)) == least[c] for c in kids)
        for p, kids in enumerate(grammar.children)
    )
