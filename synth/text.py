"""Where text becomes grammars and trees: the only module that imports lark.

A grammar file is a plain Lark file. Lines `//! word ...` say what Lark has no words for:

    //! primitive NAME...        productions that count as primitives
    //! commutative NAME...      productions whose children may change places
    //! weight NUMBER NAME...    sampling weight (1 where nothing is said, 0: read, never proposed)

Each rule is a category, each alternative a production, called by its alias or by its text. A
terminal with a regular expression makes an *open* production, filled by task-local leaves.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark import Tree as LarkTree
from lark.exceptions import LarkError, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.grammar import NonTerminal

from synth.errors import GrammarError, InputError, ParseError
from synth.grammar import Grammar
from synth.tree import Tree

GRAMMARS = next(
    path for path in (Path(__file__).parent.parent / "grammars", Path(__file__).parent / "_grammars") if path.is_dir()
)

_DIRECTIVE = re.compile(r"^[ \t]*//![ \t]*(.*)$", re.M)


@lru_cache(maxsize=64)
def _lark(source: str, starts: tuple[str, ...] = ("start",)) -> Lark:
    """A parser for all nonterminals at once: making one takes a second for a large grammar."""
    return Lark(source, parser="lalr", start=list(starts), keep_all_tokens=True, maybe_placeholders=False)


def load_grammar(path: Path | str) -> Grammar:
    """Read a grammar file; a bare name means a grammar that ships with `synth`.

    Raises `InputError` when the file cannot be read and `GrammarError` when it is no grammar.
    """
    path = Path(path)
    if not path.suffix:
        path = GRAMMARS / f"{path.name}.lark"
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read the grammar: {error}") from None
    try:
        return parse_grammar(source, path.stem)
    except GrammarError as error:
        raise GrammarError(f"{path}: {error}") from None


def parse_grammar(source: str, name: str) -> Grammar:
    """Derive the productions from the text of a Lark file. Raises `GrammarError`."""
    try:
        lark = _lark(source)
    except LarkError as error:
        raise GrammarError(" ".join(str(error).split())[:300]) from None
    start = _start_category(lark)
    rules = [r for r in lark.rules if r.origin.name != "start"]
    categories = tuple(dict.fromkeys(str(r.origin.name) for r in rules))
    patterns = {t.name: t.pattern for t in lark.terminals}
    names, lhs, children, pieces, opened = [], [], [], [], set()
    for p, rule in enumerate(rules):
        origin = str(rule.origin.name)
        if origin.startswith("_") or rule.options.expand1 or rule.options.template_source:
            raise GrammarError(
                f"rule {origin!r}: repetition, inlined rules and templates have no productions; spell them out"
            )
        parts: list[str | None] = []
        for symbol in rule.expansion:
            if isinstance(symbol, NonTerminal):
                parts.append(None)
            elif (pattern := patterns.get(symbol.name)) is None or (pattern.type == "str" and pattern.flags):
                raise GrammarError(
                    f"rule {origin!r}: terminal {symbol.name} has no single text; write it in quotes, without flags"
                )
            elif pattern.type == "str":
                parts.append(pattern.value)
            else:
                opened.add(p)
        kids = tuple(categories.index(str(s.name)) for s in rule.expansion if isinstance(s, NonTerminal))
        if p in opened and (kids or parts):
            raise GrammarError(f"rule {origin!r}: a regular expression must stand alone in its alternative")
        if not parts and p not in opened:
            raise GrammarError(f"rule {origin!r}: an empty alternative has no text")
        words = " ".join(t for t in parts if t is not None)
        names.append(str(rule.alias or words or rule.expansion[0].name))
        lhs.append(categories.index(origin))
        children.append(kids)
        pieces.append(tuple(parts))
    marks = _directives(source, names, [f"{categories[c]}.{n}" for c, n in zip(lhs, names, strict=True)])
    grammar = Grammar(
        name=name,
        categories=categories,
        start=categories.index(start),
        names=tuple(names),
        lhs=tuple(lhs),
        children=tuple(children),
        pieces=tuple(pieces),
        primitive=tuple(int(p in marks["primitive"]) for p in range(len(names))),
        weight=tuple(marks["weight"].get(p, 1.0) for p in range(len(names))),
        commutative=tuple(p in marks["commutative"] for p in range(len(names))),
        base=len(names),
        kind=tuple(range(len(names))),
        open=frozenset(opened),
        source=source,
    )
    _check_productive(grammar)
    return grammar


def _start_category(lark: Lark) -> str:
    rules = [r for r in lark.rules if r.origin.name == "start"]
    if len(rules) != 1 or len(rules[0].expansion) != 1 or rules[0].expansion[0].is_term:
        raise GrammarError("rule 'start' must name exactly one other rule")
    return str(rules[0].expansion[0].name)


def _directives(source: str, names: list[str], labels: list[str]) -> dict[str, Any]:
    """Read the `//!` lines into production ids."""
    marks: dict[str, Any] = {"primitive": set(), "commutative": set(), "weight": {}}
    for match in _DIRECTIVE.finditer(source):
        line = source.count("\n", 0, match.start(1)) + 1
        word, *rest = match.group(1).split() or [""]
        if word not in marks:
            raise GrammarError(f"line {line}: unknown directive {word!r} (allowed: {', '.join(marks)})")
        if word == "weight":
            weight = _weight(rest.pop(0) if rest else "")
            if weight is None:
                raise GrammarError(f"line {line}: 'weight' wants a number of 0 or more first")
        for label in rest:
            found = [p for p in range(len(names)) if label in (names[p], labels[p])]
            if not found:
                raise GrammarError(f"line {line}: no production is called {label!r}")
            for p in found:
                if word == "weight":
                    marks["weight"][p] = weight
                else:
                    marks[word].add(p)
    return marks


def _weight(word: str) -> float | None:
    try:
        weight = float(word)
    except ValueError:
        return None
    return weight if 0 <= weight < float("inf") else None


def _check_productive(grammar: Grammar) -> None:
    """Refuse categories from which no finite tree grows (open ones grow with their leaves)."""
    opened = {grammar.lhs[p] for p in grammar.open}
    if opened:
        return
    for c, least in enumerate(grammar.min_size):
        if least >= 10**9:
            raise GrammarError(f"rule {grammar.categories[c]!r}: no finite program can be made from it")


def parse(grammar: Grammar, text: str, category: str | None = None) -> Tree:
    """Parse a program. Raises `ParseError` with a caret under the place.

    `category` names the nonterminal to parse; the grammar's start when None.
    """
    start = grammar.start if category is None else grammar.category(category)
    if grammar.syntax is not None:
        return Tree(grammar, grammar.syntax.read(grammar, text, grammar.categories[start]))
    lark = _lark(grammar.source, grammar.categories)
    try:
        parsed = lark.parse(text, start=grammar.categories[start])
    except UnexpectedInput as error:
        raise _parse_error(lark, grammar.categories[start], text, error) from None
    ids: list[int] = []
    todo = [(start, parsed)]
    while todo:
        c, node = todo.pop()
        production = _production(grammar, c, node, text)
        ids.append(production)
        kids = [child for child in node.children if isinstance(child, LarkTree)]
        todo += reversed([*zip(grammar.children[production], kids, strict=True)])
    return Tree(grammar, ids)


@lru_cache(maxsize=64)
def _shapes(grammar: Grammar) -> dict[tuple[int, tuple[str | None, ...]], list[int]]:
    """Map (category, pieces) to the productions that look so in a parse tree."""
    table: dict[tuple[int, tuple[str | None, ...]], list[int]] = {}
    for p in range(grammar.base):
        table.setdefault((grammar.lhs[p], grammar.pieces[p]), []).append(p)
    return table


@lru_cache(maxsize=64)
def _heads(grammar: Grammar) -> list[set[str]]:
    """Per category, what parse trees call its nodes: by the category or an alias."""
    heads = [{name} for name in grammar.categories]
    for c, name in zip(grammar.lhs, grammar.names, strict=True):
        heads[c].add(name)
    return heads


def _production(grammar: Grammar, category: int, node: LarkTree[Token], text: str) -> int:
    """The production of a category that a node of a parse tree stands for."""
    pieces = tuple(str(c) if isinstance(c, Token) else None for c in node.children)
    found = _shapes(grammar).get((category, pieces), [])
    if len(found) > 1:  # the same text around children of other categories
        heads = _heads(grammar)
        kids = [str(c.data) for c in node.children if isinstance(c, LarkTree)]
        found = [p for p in found if all(kid in heads[c] for kid, c in zip(kids, grammar.children[p], strict=True))]
    return found[0] if found else _local_leaf(grammar, category, node, text)


def _local_leaf(grammar: Grammar, category: int, node: LarkTree[Token], text: str) -> int:
    """Find the task-local leaf that a token of an open production names."""
    token = node.children[0]
    assert isinstance(token, Token)
    scope = [p for p in range(grammar.base, len(grammar)) if grammar.lhs[p] == category]
    for p in scope:
        if grammar.names[p] == str(token):
            return p
    local = ", ".join(grammar.names[p] for p in scope) or "none"
    line, column = token.line or 1, token.column or 1
    raise ParseError(
        f"line {line}, column {column}: {str(token)!r} is not in scope (in scope: {local})",
        _caret(text, line, column),
    )


def _caret(text: str, line: int, column: int) -> str:
    lines = text.split("\n")  # as lark counts them
    shown = lines[min(line, len(lines)) - 1]
    left = max(0, column - 60)
    return f"{shown[left : left + 80]}\n{' ' * (column - 1 - left)}^"


def _parse_error(lark: Lark, start: str, text: str, error: UnexpectedInput) -> ParseError:
    """Turn a lark error into one line and a caret."""
    patterns = {t.name: t.pattern.value for t in lark.terminals}
    ended = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    if ended:
        lines = text.rstrip().split("\n")
        line, column, found = len(lines), len(lines[-1]) + 1, "the end"
    else:
        line, column = error.line, error.column
        rest = text.split("\n")[line - 1][column - 1 :]
        found = repr((re.match(r"[\w.+-]+|\S", rest) or [rest[:1]])[0])
    words = (patterns.get(name, name) for name in _accepted(lark, start, text) if name != "$END")
    allowed = sorted(words, key=_number_first) or ["the end"]
    return ParseError(
        f"line {line}, column {column}: found {found}, expected {' '.join(allowed)}",
        _caret(text, line, column),
    )


def _accepted(lark: Lark, start: str, text: str) -> set[str]:
    """Terminals that can follow where parsing fails; lark's own error also names those of other contexts."""
    parser = lark.parse_interactive(text, start)
    with suppress(UnexpectedInput):
        parser.exhaust_lexer()
    return set(parser.accepts())  # type: ignore[no-untyped-call]


def _number_first(word: str) -> tuple[float, str]:
    return (float(word), "") if word.replace(".", "", 1).isdigit() else (-1.0, word)
