"""What a function has to offer for repairs of itself: its small expressions, conditions, statements.

Imports `view`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from synth.code.source import OPAQUE
from synth.domains.python.view import View
from synth.tree import Ids

_MOST = 20  # expressions, conditions, statements offered at a place
_SMALL = 20  # nodes of an expression
_NEVER = frozenset(
    [
        OPAQUE,
        "string",
        "identifier",
        "list_splat",
        "yield",
        "await",
        "named_expression",
        "as_pattern",
        "concatenated_string",
    ]
)
_SIMPLE = frozenset(["expression_statement", "return_statement", "raise_statement"])
Offer = tuple[Ids, frozenset[int]]  # a part, and the local names it needs


class Pool:
    """Parts of a program by function; offered only where all names they use are known."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._local = {leaf for names in view.bound.values() for leaf in names}
        self._kept: dict[tuple[str, int], list[Ids]] = {}

    def _offer(self, part: Ids) -> Offer:
        return part, frozenset(p for p in part if p in self._local)

    def _by_function(self, wanted: Callable[[int], bool]) -> dict[int, list[Offer]]:
        seen: dict[int, dict[Ids, int]] = {}
        for i in range(len(self.view.ids)):
            if wanted(i):
                counts = seen.setdefault(self.view.function(i), {})
                counts[self.view.part(i)] = counts.get(self.view.part(i), 0) + 1
        return {
            f: [self._offer(part) for part in sorted(counts, key=lambda p: (-counts[p], len(p)))]
            for f, counts in seen.items()
        }

    def _at(self, what: str, table: dict[int, list[Offer]], i: int) -> list[Ids]:
        """What a table offers at node i: only what uses known names."""
        view = self.view
        key = (what, view.scope(i))
        if key not in self._kept:
            known = set(view.names(i))
            offers = table.get(view.function(i), [])
            self._kept[key] = [part for part, needs in offers if needs <= known][:_MOST]
        return self._kept[key]

    def snippets(self, i: int) -> list[Ids]:
        """Small expressions of the function around node i, often used ones first."""
        return self._at("snippet", self._snippets, i)

    @cached_property
    def _snippets(self) -> dict[int, list[Offer]]:
        view = self.view

        def wanted(i: int) -> bool:
            size = view.ends[i] - i
            plain = view.category[i] == "expression" and view.kind[i] not in _NEVER
            called = view.kind[view.parent[i]] == "call" and view.parent[i] == i - 1
            return plain and 1 < size <= _SMALL and not called

        return self._by_function(wanted)

    def conditions(self, i: int) -> list[Ids]:
        """Conditions of the function around node i."""
        return self._at("condition", self._conditions, i)

    @cached_property
    def _conditions(self) -> dict[int, list[Offer]]:
        view = self.view
        return self._by_function(lambda i: view.is_condition(i) and view.ends[i] - i <= 16)

    def statements(self, i: int) -> list[Ids]:
        """Short statements of the function around node i."""
        return self._at("statement", self._statements, i)

    @cached_property
    def _statements(self) -> dict[int, list[Offer]]:
        view = self.view

        def wanted(i: int) -> bool:
            simple = view.category[i] == "statement" and view.kind[i] in _SIMPLE
            return simple and view.ends[i] - i <= 24 and not view.is_docstring(i)

        return self._by_function(wanted)

    def bounds(self, i: int) -> Iterator[Ids]:
        """Conditions without which an expression raises: indices inside, nothing that is None."""
        view = self.view
        zero, length, none = view.number(0), view.called("len"), (view.t.find("none", "None"),)
        for k in range(i, view.ends[i]):
            if view.kind[k] == "subscript" and view.kind[view.kids[k][-1]] == "=":
                owner, index = view.part(view.kids[k][0]), view.part(view.kids[k][-1] + 1)
                if zero is not None:
                    yield view.compare(">=", index, zero)
                    yield view.compare(">", index, zero)
                if length is not None:
                    yield view.compare("<", index, view.call(length, owner))
                yield view.compare("in", index, owner)
            elif view.kind[k] == "attribute" and view.kind[view.kids[k][0]] in ("identifier", "attribute"):
                owner = view.part(view.kids[k][0])
                yield view.compare("is not", owner, none)
                yield owner

    def members(self, i: int) -> Iterator[Ids]:
        """Whether local names are among others."""
        view = self.view
        holders = [leaf for leaf in view.names(i) if leaf in view.stores]
        for holder in holders:
            for leaf in view.names(i):
                if leaf != holder and "function" not in view.sorts.get(leaf, set()):
                    yield view.compare("not in", view.read(leaf), view.read(holder))
                    yield view.compare("in", view.read(leaf), view.read(holder))

    def analogues(self, part: Ids, i: int) -> Iterator[Ids]:
        """An expression with other local names of the same use in it."""
        view = self.view
        used = list(dict.fromkeys(p for p in part if p in self._local))
        if not 1 <= len(used) <= 2:
            return
        known = [p for p in view.names(i) if p not in used]
        options = [[o for o in known if view.sorts.get(o, set()) & view.sorts.get(p, set())] for p in used]
        for first in options[0][:4]:
            for second in options[1][:4] if len(used) == 2 else [-1]:
                if first != second:
                    yield tuple(first if p == used[0] else second if p in used[1:] else p for p in part)

    def tests(self, i: int) -> Iterator[Ids]:
        """Simple conditions on local names that stand nowhere in the function."""
        view = self.view
        zero, length = view.number(0), view.called("len")
        for leaf in view.names(i)[:8]:
            name, sorts = view.read(leaf), view.sorts.get(leaf, set())
            if sorts == {"function"}:
                continue
            yield view.negated(name)
            if zero is None:
                continue
            if "sequence" not in sorts:
                yield view.compare("==", name, zero)
                yield view.compare(">", name, zero)
                yield view.compare("<", name, zero)
            elif length is not None and (one := view.number(1)) is not None:
                yield view.compare("<=", view.call(length, name), one)
            yield name
