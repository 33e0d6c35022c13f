"""Programs of the kind that people write, for training: cut at separators, joined, tidied, chosen between.

Random programs of the grammar hardly ever cut a text where something stands in it. `Setting` is a
grammar with some inputs, constants and operations, as task files have them; `Writer` writes
programs of it for given inputs. Imports `grammar`, `semantics`, `worlds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from synth.domains.examples import Row
from synth.domains.strings.semantics import literal, value_of
from synth.domains.strings.worlds import phrase, world
from synth.grammar import Grammar
from synth.tree import Ids

SETTINGS = 48  # different grammars of random tasks: tables are made once for each
_STREAM = 4_100_000  # of the settings' generators
_SIGNS = [" ", ",", ", ", "-", ".", "/", "_", "@", ":", "(", ")", ";", "'", "\n", "+", "0", "1", "&", "#", "|"]
_CASES = ("upper", "lower", "title", "trim")
_TAKEN = ("digits", "initials")
_CODES = ("times", "text_less", "text_at_most", "digit", "to_code", "from_code")
_NEWER = ("before", "after", "right", "repeat", "count", *_TAKEN)
_LOGIC = ("both", "either", "negate", "less", "at_most", "more", "at_least", "same")
_BEYOND = ("word", "replace_all", *_CASES, *_NEWER, *_CODES, *_LOGIC)
_SOME = ("eq", "contains", "prefixof", "suffixof", "str_ite", "int_ite", "to_int", "at", "replace")
_LONGEST = 48  # nodes of a program

Part = Callable[[int], Ids | None]


def _flip(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _one(rng: np.random.Generator, among: Sequence[Any]) -> Any:
    return among[int(rng.random() * len(among))]


class Setting:
    """Inputs, constants and operations of some random tasks, the same for the same number.

    Attributes:
        names, sorts: of the inputs.
        grammar: what may be written.
        returns: sort of the outputs.
    """

    def __init__(self, language: Grammar, number: int, names: Mapping[str, str], starts: Mapping[str, str]) -> None:
        rng = np.random.default_rng([_STREAM, number])
        texts = int(_one(rng, (1, 1, 1, 2, 2, 3)))
        self.sorts = ("String",) * texts + ("Int",) * _flip(rng, 0.15)
        self.names = tuple(f"x{k + 1}" for k in range(len(self.sorts)))
        leaves: dict[str, list[str]] = {
            category: [n for n, s in zip(self.names, self.sorts, strict=True) if s == sort]
            for sort, category in names.items()
        }
        signs = [t for t in _SIGNS if _flip(rng, 0.75 if t == " " else 0.3)]
        words = [phrase(rng) for _ in range(int(_one(rng, (0, 0, 1, 2, 4))))]
        texts_ = dict.fromkeys([*([""] if _flip(rng, 0.85) else []), *signs, *words])
        numbers = [0, 1, *(n for n in (-1, 2, 3, 4, 5, 6, 7, 8, 9) if _flip(rng, 0.75 if n < 4 else 0.3))]
        leaves |= {"literal": list(map(literal, texts_)), "numeral": list(map(str, numbers))}
        left_out = [*(_CODES if _flip(rng, 0.6) else ())]
        left_out += [n for n in _SOME if _flip(rng, 0.15)] + [n for n in _BEYOND if _flip(rng, 0.2)]
        if _flip(rng, 0.5):  # as most public files have it
            left_out += _BEYOND
        banned = [p for p in range(language.base) if language.names[p] in left_out]
        self.returns = str(_one(rng, ("String",) * 17 + ("Int",) * 2 + ("Bool",)))
        self.grammar = language.extend(leaves).restrict(banned, starts[self.returns])

    def rows(self, rng: np.random.Generator) -> tuple[Row, ...]:
        """Inputs of some examples."""
        return world(rng, self.sorts.count("String"), self.sorts.count("Int"))

    @cached_property
    def by_name(self) -> dict[str, int]:
        """The operations and leaf makers that programs may use."""
        g = self.grammar
        return {g.names[p]: p for group in g.proposed for p in group if p < g.base}

    @cached_property
    def leaves(self) -> dict[str, list[int]]:
        """Own leaves by the name of their category."""
        g = self.grammar
        found: dict[str, list[int]] = {}
        for p in range(g.base, len(g)):
            found.setdefault(g.categories[g.lhs[p]], []).append(p)
        return found

    @cached_property
    def texts(self) -> dict[int, str]:
        """What the constants stand for."""
        return {p: value_of(self.grammar.names[p]) for p in self.leaves.get("literal", ())}


class Writer:
    """Writes one program for inputs `row` of a setting. Parts give None where the setting lacks an operation."""

    def __init__(self, setting: Setting, row: Row, rng: np.random.Generator) -> None:
        self._rng, self._by, self._leaves = rng, setting.by_name, setting.leaves
        inputs = {p: row[setting.names.index(setting.grammar.names[p])] for p in self._leaves.get("name", ())}
        self._inside = {p: [q for q, t in setting.texts.items() if t and t in s] for p, s in inputs.items()}
        self._parts: dict[str, tuple[tuple[Part, float], ...]] = {
            "String": (
                (self._input, 1.5),
                (self._joined, 2),
                (self._text, 0.5),
                (self._before, 2),
                (self._after, 2),
                (self._slice, 1.5),
                (self._last, 1),
                (self._char, 1.5),
                (self._swapped, 2.5),
                (self._word, 2.5),
                (self._cut, 4),
                (self._right, 1.5),
                (self._repeated, 0.5),
                (self._cased, 1.5),
                (self._taken, 0.7),
                (self._coded, 0.2),
                (self._digits, 1),
                (self._chosen, 1),
            ),
            "Int": (
                (self._length, 2),
                (self._found, 3),
                (self._read, 1.5),
                (self._counted, 1),
                (self._code, 0.2),
                (self._sum, 2),
                (self._number, 1),
                (self._int_input, 1),
                (self._chosen_number, 0.5),
            ),
            "Bool": ((self._tested, 3), (self._compared, 2), (self._logic, 0.5)),
        }
        self._sums = {sort: np.cumsum([w for _, w in parts]).tolist() for sort, parts in self._parts.items()}

    def write(self, sort: str) -> Ids | None:
        """A program that gives values of a sort; None for one that became too long or has but a leaf."""
        rng = self._rng
        if sort == "String" and _flip(rng, 0.45):
            ids = self._joined(2)
        else:
            ids = self._any(sort, int(_one(rng, (1, 2, 2, 3))))
        return ids if ids is not None and 3 < len(ids) <= _LONGEST else None

    def _any(self, sort: str, depth: int) -> Ids:
        """A part of a sort with at most so many operations one in another, or a little more."""
        parts, sums = self._parts[sort], self._sums[sort]
        for _ in range(12 if depth > 0 else 0):
            at, k = self._rng.random() * sums[-1], 0
            while sums[k] < at:
                k += 1
            found = parts[k][0](depth)
            if found is not None:
                return found
        if sort == "Bool":
            return self._tested(0) or self._compared(0) or ()
        found = self._input(0) if sort == "String" else self._int_input(0) if _flip(self._rng, 0.3) else None
        return found or (self._number(0) if sort == "Int" else self._text(0) or ()) or ()

    def _make(self, name: str, *parts: Ids | None) -> Ids | None:
        """An operation on parts; None where it or one of them is missing."""
        if name not in self._by or any(not part for part in parts):
            return None
        return (self._by[name], *(p for part in parts for p in part or ()))

    def _leaf(self, maker: str, category: str) -> Ids | None:
        own = self._leaves.get(category)
        return (self._by[maker], _one(self._rng, own)) if own and maker in self._by else None

    # -- texts ----------------------------------------------------------------------------------

    def _input(self, _: int) -> Ids | None:
        return self._leaf("input", "name")

    def _text(self, _: int) -> Ids | None:
        return self._leaf("text", "literal")

    def _source(self, depth: int) -> Ids:
        """A text to take something from: mostly an input."""
        if depth > 1 and _flip(self._rng, 0.25):
            return self._any("String", depth - 1)
        return self._input(0) or ()

    def _sign(self, source: Ids) -> Ids | None:
        """A constant that stands in the input at hand, if there is one."""
        inside = self._inside.get(source[-1]) if len(source) == 2 else None
        if inside and _flip(self._rng, 0.85):
            return (self._by["text"], _one(self._rng, inside)) if "text" in self._by else None
        return self._text(0)

    def _numeral(self, near: float = 0.6) -> Ids | None:
        own = self._leaves.get("numeral", ())
        if not own or "number" not in self._by:
            return None
        few = own[:3] if _flip(self._rng, near) else own
        return (self._by["number"], _one(self._rng, few))

    def _zero(self) -> Ids | None:
        own = self._leaves.get("numeral", ())
        return (self._by["number"], own[0]) if own and "number" in self._by else None

    def _joined(self, depth: int) -> Ids | None:
        count = int(_one(self._rng, (2, 2, 3, 3, 4))) if depth > 1 else 2
        parts: list[Ids] = []
        for k in range(count):
            constant = k > 0 and len(parts[-1]) != 2 and _flip(self._rng, 0.5)
            constant = constant or (0 < k < count - 1 and _flip(self._rng, 0.4))
            part = (self._text(0) if constant else None) or self._any("String", max(1, depth - 1))
            parts.append(self._any("String", 1) if part in parts else part)
        joined = parts[-1]
        for part in parts[-2::-1]:
            right = _flip(self._rng, 0.8)
            made = self._make("concat", part, joined) if right else self._make("concat", joined, part)
            if made is None:
                return None
            joined = made
        return joined

    def _place(self, source: Ids) -> Ids | None:
        """Where a separator stands: the first, now and then the one after a position."""
        sign = self._sign(source)
        begin = self._zero()
        if _flip(self._rng, 0.2):
            begin = self._make("add", self._make("indexof", source, sign, begin), self._numeral()) or begin
        return self._make("indexof", source, sign, begin)

    def _shifted(self, place: Ids | None, share: float) -> Ids | None:
        if place is None or not _flip(self._rng, share):
            return place
        return self._make("add", place, self._numeral()) or place

    def _before(self, depth: int) -> Ids | None:
        source = self._source(depth)
        return self._make("substr", source, self._zero(), self._shifted(self._place(source), 0.2))

    def _after(self, depth: int) -> Ids | None:
        source = self._source(depth)
        begin = self._shifted(self._place(source), 0.75)
        length = self._make("length", source)
        count = _one(self._rng, (length, length, self._numeral(), self._make("subtract", length, begin)))
        if _flip(self._rng, 0.2) and begin is not None:
            count = self._make("subtract", self._place(source), begin)
        return self._make("substr", source, begin, count)

    def _slice(self, depth: int) -> Ids | None:
        source = self._source(depth)
        count = self._make("length", source) if _flip(self._rng, 0.35) else self._numeral(0.2)
        if _flip(self._rng, 0.25):
            count = self._make("subtract", self._make("length", source), self._numeral())
        begin = self._zero() if _flip(self._rng, 0.35) else self._numeral(0.3)
        return self._make("substr", source, begin, count)

    def _last(self, depth: int) -> Ids | None:
        source, count = self._source(depth), self._numeral(0.4)
        begin = self._make("subtract", self._make("length", source), count)
        return self._make("substr", source, begin, count if _flip(self._rng, 0.5) else self._make("length", source))

    def _char(self, depth: int) -> Ids | None:
        source = self._source(depth)
        ways = (
            self._numeral(0.5),
            self._numeral(0.9),
            self._shifted(self._place(source), 0.7),
            self._make("subtract", self._make("length", source), self._numeral(0.8)),
        )
        return self._make("at", source, _one(self._rng, ways))

    def _swapped(self, depth: int) -> Ids | None:
        source = self._source(depth)
        while depth > 0 and _flip(self._rng, 0.35):
            source = self._swapped(0) or source
        new = self._any("String", depth - 1) if _flip(self._rng, 0.15) else self._text(0)
        old = self._any("String", depth - 1) if _flip(self._rng, 0.15) else self._sign(source)
        return self._make("replace_all" if _flip(self._rng, 0.3) else "replace", source, old, new)

    def _word(self, depth: int) -> Ids | None:
        source = self._source(depth)
        return self._make("word", source, self._sign(source), self._int_input(0) or self._numeral(0.7))

    def _cut(self, depth: int) -> Ids | None:
        source = self._source(depth)
        place = self._int_input(0) if _flip(self._rng, 0.1) else None
        return self._make(
            _one(self._rng, ("before", "after")), source, self._sign(source), place or self._numeral(0.85)
        )

    def _right(self, depth: int) -> Ids | None:
        source = self._source(depth)
        count = self._numeral(0.2)
        if _flip(self._rng, 0.3):
            count = self._make("subtract", self._make("length", source), count)
        return self._make("right", source, count)

    def _repeated(self, depth: int) -> Ids | None:
        count = self._int_input(0) or self._any("Int", depth - 1)
        if _flip(self._rng, 0.4):
            count = self._make("subtract", self._numeral(0.1), count) or count
        return self._make("repeat", self._text(0) if _flip(self._rng, 0.7) else self._input(0), count)

    def _taken(self, depth: int) -> Ids | None:
        return self._make(_one(self._rng, _TAKEN), self._source(depth))

    def _coded(self, depth: int) -> Ids | None:
        return self._make("from_code", self._any("Int", depth - 1))

    def _cased(self, depth: int) -> Ids | None:
        return self._make(_one(self._rng, _CASES), self._any("String", depth - 1))

    def _digits(self, depth: int) -> Ids | None:
        return self._make("from_int", self._any("Int", depth - 1))

    def _chosen(self, depth: int) -> Ids | None:
        return self._make("str_ite", *(self._any(sort, depth - 1) for sort in ("Bool", "String", "String")))

    # -- numbers and truth values ----------------------------------------------------------------

    def _number(self, _: int) -> Ids | None:
        return self._numeral()

    def _int_input(self, _: int) -> Ids | None:
        return self._leaf("int_input", "int_name")

    def _length(self, depth: int) -> Ids | None:
        return self._make("length", self._any("String", depth - 1))

    def _found(self, depth: int) -> Ids | None:
        return self._place(self._source(depth))

    def _counted(self, depth: int) -> Ids | None:
        source = self._source(depth)
        return self._make("count", source, self._sign(source))

    def _code(self, depth: int) -> Ids | None:
        return self._make("to_code", self._char(depth))

    def _read(self, depth: int) -> Ids | None:
        return self._make("to_int", self._any("String", depth - 1))

    def _sum(self, depth: int) -> Ids | None:
        other = self._any("Int", depth - 1) if _flip(self._rng, 0.4) else self._numeral()
        return self._make(
            _one(self._rng, ("add", "add", "subtract", "subtract", "times")), self._any("Int", depth - 1), other
        )

    def _chosen_number(self, depth: int) -> Ids | None:
        return self._make("int_ite", *(self._any(sort, depth - 1) for sort in ("Bool", "Int", "Int")))

    def _tested(self, depth: int) -> Ids | None:
        source = self._source(depth)
        sign = self._sign(source)
        ways = (
            self._make("contains", source, sign),
            self._make("prefixof", sign, source),
            self._make("suffixof", sign, source),
            self._make("same", source, self._source(depth)),
            self._make(_one(self._rng, ("text_less", "text_at_most")), source, self._source(depth)),
            self._make("digit", self._char(depth)),
        )
        made = [way for way in ways if way is not None]
        return _one(self._rng, made) if made else None

    def _compared(self, depth: int) -> Ids | None:
        name = _one(self._rng, ("eq", "eq", "less", "at_most", "more", "at_least"))
        return self._make(name, self._any("Int", depth - 1), self._numeral())

    def _logic(self, depth: int) -> Ids | None:
        name = _one(self._rng, ("negate", "both", "either"))
        parts = [self._any("Bool", depth - 1) for _ in range(1 if name == "negate" else 2)]
        return self._make(name, *parts)
