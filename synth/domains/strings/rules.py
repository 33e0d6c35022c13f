"""The grammar of a SyGuS file: what it allows altogether, and how exactly an answer is derived.

`Rules` has the union of all that is allowed, by sort. A grammar whose nonterminals of one sort
allow the same, each alternative being an operation on nonterminals, is that union (`flat`). For
any other one `write` says whether and how a program is derived, in the file's own words, and
`bounds` which programs can still become part of such a derivation. Imports `macros`, `smt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from synth.domains.strings.macros import Macro, expand
from synth.domains.strings.semantics import literal
from synth.domains.strings.sexpr import Node
from synth.domains.strings.smt import OPERATIONS, constant, shown, sort
from synth.domains.strings.spec import Signature, sort_of
from synth.errors import InputError, unknown

_HOLE = "\0"  # begins the atoms that stand for holes
_CHAINED = ("concat", "add", "times", "both", "either")  # written with any number of arguments


class Hole(NamedTuple):
    """A place of an alternative: for a nonterminal, or (kind "Constant", "Variable") any leaf of a sort."""

    kind: str
    sort: str


class Template(NamedTuple):
    """An expression with holes: an operation by production name on parts, or a leaf.

    Leaves are of kind "hole" (value: its number), "constant" (its value) and "variable" (its name).
    """

    kind: str
    value: Any = None
    parts: tuple[Template, ...] = ()


class Alternative(NamedTuple):
    """What a nonterminal may become: as it is written, its holes, and what it means."""

    written: Node
    holes: tuple[Hole, ...]
    template: Template


class Rules(NamedTuple):
    """What a grammar allows: productions by name, variables, constants; `free` sorts take any constant.

    `groups` are the alternatives of each nonterminal that can be reached from `start`.
    """

    productions: frozenset[str]
    variables: frozenset[str]
    constants: tuple[Any, ...]
    free: frozenset[str]
    start: str = ""
    groups: Mapping[str, tuple[Alternative, ...]] = {}
    flat: bool = True


@dataclass
class _Group:
    """A nonterminal: its sort and alternatives."""

    sort: str
    line: int
    nodes: list[Node]
    read: list[Alternative] = field(default_factory=list)


def read_rules(signature: Signature, parts: Sequence[Node], macros: Mapping[str, Macro]) -> Rules:
    """Read a grammar of version 1 (one list) or 2 (declarations before it)."""
    groups: dict[str, _Group] = {}
    for rule in parts[-1].parts or ():
        if rule.parts is None or len(rule.parts) != 3 or rule.parts[2].parts is None:
            raise InputError(f"{rule.line}: a rule is written (name Sort (alternatives))")
        groups[rule.parts[0].text] = _Group(sort(rule.parts[1]), rule.line, list(rule.parts[2].parts))
    if not groups:
        raise InputError(f"{parts[-1].line}: the grammar has no rules")
    declared = parts[0].parts if len(parts) == 2 else None
    start = next((d.parts[0].text for d in declared or () if d.parts), next(iter(groups)))
    if start not in groups:
        raise InputError(f"{parts[0].line}: {start} has no rules")
    if groups[start].sort != signature.returns:
        raise InputError(f"{groups[start].line}: {start} is {groups[start].sort}, the function {signature.returns}")
    return _Reader(signature, groups, macros).rules(start)


class _Reader:
    """Follows a grammar from its start."""

    def __init__(self, signature: Signature, groups: dict[str, _Group], macros: Mapping[str, Macro]) -> None:
        self.groups, self.macros = groups, macros
        self.inputs = dict(zip(signature.parameters, signature.sorts, strict=True))

    def rules(self, start: str) -> Rules:
        """All that programs from `start` may use."""
        reached, todo = [start], [start]
        while todo:
            group = self.groups[todo.pop()]
            group.read = list(map(self._alternative, group.nodes))
            named = (hole.kind for alternative in group.read for hole in alternative.holes)
            fresh = [name for name in dict.fromkeys(named) if name in self.groups and name not in reached]
            reached += fresh
            todo += fresh
        told = [a for name in reached for a in self.groups[name].read]
        leaves = [leaf for a in told for leaf in _leaves(a.template)]
        holes = [hole for a in told for hole in a.holes]
        constants = {(sort_of(leaf.value), leaf.value): leaf.value for leaf in leaves if leaf.kind == "constant"}
        variables = {leaf.value for leaf in leaves if leaf.kind == "variable"}
        variables |= {n for n, s in self.inputs.items() if Hole("Variable", s) in holes}
        return Rules(
            frozenset(name for a in told for name in _operations(a.template)),
            frozenset(variables),
            tuple(constants.values()),
            frozenset(hole.sort for hole in holes if hole.kind == "Constant"),
            start,
            {name: tuple(self.groups[name].read) for name in reached},
            self._flat(reached),
        )

    def _flat(self, reached: Sequence[str]) -> bool:
        """Whether every alternative is an operation on nonterminals, and those of one sort allow the same."""
        allowed: dict[str, set[frozenset[Any]]] = {}
        for name in reached:
            found = set(self._means(name, set()))
            if any(part.kind != "hole" for a in self.groups[name].read for part in a.template.parts):
                return False
            allowed.setdefault(self.groups[name].sort, set()).add(frozenset(found))
        return all(len(kinds) == 1 for kinds in allowed.values())

    def _means(self, name: str, seen: set[str]) -> Iterator[Any]:
        """Alternatives of a nonterminal by sort, with nonterminals that stand alone replaced by theirs."""
        seen.add(name)
        for _, holes, template in self.groups[name].read:
            alone = holes[0].kind if template.kind == "hole" else ""
            if alone in self.groups:
                yield from self._means(alone, seen) if alone not in seen else ()
            else:
                yield template, tuple(hole.sort for hole in holes), alone

    def _alternative(self, node: Node) -> Alternative:
        holes: list[Hole] = []
        written = self._opened(node, holes)
        template, _ = self._template(expand(written, self.macros), holes)
        return Alternative(written, tuple(holes), template)

    def _opened(self, node: Node, holes: list[Hole]) -> Node:
        """The alternative with numbered holes in the place of nonterminals."""
        if node.parts is None and node.text in self.groups:
            holes.append(Hole(node.text, self.groups[node.text].sort))
        elif node.parts is not None and node.head in ("Constant", "Variable") and len(node.parts) == 2:
            holes.append(Hole(node.head, sort(node.parts[1])))
        elif node.parts is None:
            return node
        else:
            return Node(node.line, parts=(*node.parts[:1], *(self._opened(part, holes) for part in node.parts[1:])))
        return Node(node.line, f"{_HOLE}{len(holes) - 1}")

    def _template(self, node: Node, holes: Sequence[Hole]) -> tuple[Template, str]:
        """What an expression means, and its sort."""
        value = constant(node)
        if value is not None:
            return Template("constant", value), sort_of(value)
        if node.text.startswith(_HOLE):
            number = int(node.text[1:])
            return Template("hole", number), holes[number].sort
        if node.parts is None:
            if node.text not in self.inputs:
                known = [*self.inputs, *self.groups, *self.macros]
                raise InputError(f"{node.line}: {unknown('variable', node.text, known)}")
            return Template("variable", node.text), self.inputs[node.text]
        return self._application(node, [self._template(part, holes) for part in node.parts[1:]])

    def _application(self, node: Node, parts: Sequence[tuple[Template, str]]) -> tuple[Template, str]:
        known = {n for _, _, new, old in OPERATIONS.values() for n in (new, *old)}
        if node.head not in {*known, "=>", "distinct"}:
            raise InputError(f"{node.line}: {unknown('function', node.head or shown(node), known)}")
        sorts = tuple(kind for _, kind in parts)
        made = _applied(node.head, [template for template, _ in parts], sorts)
        if made is None:
            raise InputError(f"{node.line}: {node.head} on {' '.join(sorts) or 'nothing'} is not supported")
        return made


def _applied(head: str, parts: Sequence[Template], sorts: Sequence[str]) -> tuple[Template, str] | None:
    """An operation on parts; what the language has no word for is put in its words."""
    if head == "-" and sorts == ("Int",):
        return _applied("-", [Template("constant", 0), *parts], ("Int", "Int"))
    if head == "=>" and len(parts) == 2:
        return Template("either", None, (Template("negate", None, (parts[0],)), parts[1])), "Bool"
    if head == "distinct" and len(parts) == 2:
        same = _applied("=", parts, sorts)
        return same and (Template("negate", None, (same[0],)), "Bool")
    for name, (takes, gives, new, old) in OPERATIONS.items():
        if head in (new, *old) and takes == tuple(sorts):
            return Template(name, None, tuple(parts)), gives
        if head == new and name in _CHAINED and len(sorts) > 2 and {*sorts} == {*takes}:
            rest = _applied(head, parts[1:], sorts[1:])
            return rest and (Template(name, None, (parts[0], rest[0])), gives)
    return None


def _leaves(template: Template) -> Iterator[Template]:
    if not template.parts:
        yield template
    for part in template.parts:
        yield from _leaves(part)


def _operations(template: Template) -> Iterator[str]:
    if template.parts:
        yield template.kind
    for part in template.parts:
        yield from _operations(part)


# -- derivations -------------------------------------------------------------------------------------


class Term(NamedTuple):
    """A program: an operation on parts, or a leaf of kind "constant" or "variable"."""

    kind: str
    value: Any
    parts: tuple[Term, ...]


def write(rules: Rules, term: Term, sorts: Mapping[str, str]) -> str | None:
    """A program as the grammar derives it, None where it does not; `sorts` are those of the inputs."""
    return _Writer(rules, sorts).nonterminal(rules.start, term)


class _Writer:
    """Derives programs; what a nonterminal makes of a part is found once."""

    def __init__(self, rules: Rules, sorts: Mapping[str, str]) -> None:
        self.rules, self.sorts = rules, sorts
        self._known: dict[tuple[str, int], str | None] = {}

    def nonterminal(self, name: str, term: Term) -> str | None:
        key = name, id(term)
        if key not in self._known:
            self._known[key] = None  # not by way of itself
            found = (self._alternative(a, term) for a in self.rules.groups[name])
            self._known[key] = next((text for text in found if text is not None), None)
        return self._known[key]

    def _alternative(self, alternative: Alternative, term: Term) -> str | None:
        filled: dict[int, str] = {}
        if not self._fits(alternative.template, term, alternative.holes, filled):
            return None
        return _text(alternative.written, filled) if len(filled) == len(alternative.holes) else None

    def _fits(self, template: Template, term: Term, holes: Sequence[Hole], filled: dict[int, str]) -> bool:
        if template.kind == "hole":
            text = self._hole(holes[template.value], term)
            return text is not None and filled.setdefault(template.value, text) == text
        if template.kind != term.kind or len(template.parts) != len(term.parts):
            return False
        if not term.parts:
            return type(template.value) is type(term.value) and bool(template.value == term.value)
        return all(self._fits(t, part, holes, filled) for t, part in zip(template.parts, term.parts, strict=True))

    def _hole(self, hole: Hole, term: Term) -> str | None:
        if hole.kind not in ("Constant", "Variable"):
            return self.nonterminal(hole.kind, term)
        if term.kind != hole.kind.lower():
            return None
        kind = sort_of(term.value) if hole.kind == "Constant" else self.sorts[term.value]
        return _leaf(term.value, hole.kind) if kind == hole.sort else None


def _text(node: Node, filled: Mapping[int, str]) -> str:
    """An alternative as the standard writes it, its holes filled."""
    if node.text.startswith(_HOLE):
        return filled[int(node.text[1:])]
    value = constant(node)
    if value is not None:
        return _leaf(value, "Constant")
    if node.parts is None:
        return node.text
    return f"({' '.join([_STANDARD.get(node.head, node.head), *(_text(part, filled) for part in node.parts[1:])])})"


def _leaf(value: Any, kind: str) -> str:
    if kind == "Variable":
        return str(value)
    if isinstance(value, str):
        return literal(value, ascii_only=True)
    return str(value).lower() if isinstance(value, bool) or value >= 0 else f"(- {-value})"


_STANDARD = {name: new for _, _, new, old in OPERATIONS.values() for name in old}
