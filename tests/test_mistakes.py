# ruff: noqa: E501 (programs in a line)
"""Mistakes of Python code: every edit reads and is in scope, known mends are among them, noise, edits made twice."""

from __future__ import annotations

import ast
import builtins

import numpy as np
import pytest

from synth.code.load import load_code
from synth.code.patch import functions, layout, read_place, text_of
from synth.code.reader import extended, resolve
from synth.code.source import Source
from synth.code.writer import plain, quick
from synth.domains.python.inputs import varied
from synth.domains.python.operators import WEIGHTS, corrupt, corrupt_by, single_edits
from synth.domains.python.spec import leaves
from synth.domains.python.uses import use_factors
from synth.edit import Edit, core
from synth.exhaust import again
from synth.grammar import Grammar
from synth.tree import Ids, validate

CODE = load_code("python")
MERGE = """
def merge(a: list[int], b: list[int], key=len) -> list[int]:
    \"\"\"Both in order.\"\"\"
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + [x for x in b[j:] if x]
"""
WALK = """
def walk(graph, start, seen=None):
    seen = set()
    stack = [start]
    best = {start: 0}
    while stack:
        node = stack.pop(0)
        for at, other in enumerate(graph[node]):
            if other not in best:
                best[other] = best[node] + 1
                stack.append(other)
            elif at % 2 == 0:
                continue
    return best
"""
#: (right, wrong): right is one edit away
PAIRS = {
    "missing condition": ("def f(a, x):\n    while x >= 0 and a[x] > 1:\n        x -= 1\n    return x\n", "x >= 0 and ", ""),
    "missing statement": (
        "def f(g, n):\n    seen = set()\n    todo = [n]\n    while todo:\n        n = todo.pop()\n        if n in seen:\n"
        "            continue\n        seen.add(n)\n        todo.append(g[n])\n    return seen\n",
        "        seen.add(n)\n",
        "",
    ),
    "guard around two": (
        "def f(xs):\n    seen = set()\n    out = []\n    for x in xs:\n        if x not in seen:\n            seen.add(x)\n"
        "            out.append(x)\n    return out\n",
        "        if x not in seen:\n            seen.add(x)\n            out.append(x)\n",
        "        seen.add(x)\n        out.append(x)\n",
    ),
    "base case": ("def f(n):\n    if n <= 1:\n        return 1\n    return n * f(n - 1)\n", "    if n <= 1:\n        return 1\n", ""),
    "yield from": (
        "def f(xs):\n    for x in xs:\n        if isinstance(x, list):\n            yield from f(x)\n        else:\n"
        "            yield x\n",
        "yield from f(x)",
        "f(x)",
    ),
    "recursion": ("def f(xs):\n    if not xs:\n        return 0\n    return xs[0] + f(xs[1:])\n", "f(xs[1:])", "f(xs)"),
    "max": (
        "def f(xs):\n    best = 0\n    for x in xs:\n        best = max(best, x)\n    return best\n",
        "max(best, x)",
        "x",
    ),
    "step": ("def f(xs, k):\n    return [xs[i] for i in range(0, len(xs), k)]\n", ", k)]", ")]"),
    "reversed": ("def f(s):\n    return s == s[::-1]\n", "[::-1]", ""),
    "reset": (
        "def f(s):\n    out = []\n    word = ''\n    for c in s:\n        if c == ' ':\n            out.append(word)\n"
        "            word = ''\n        else:\n            word += c\n    return out\n",
        "            word = ''\n",
        "",
    ),
    "taken over": (
        "def f(node):\n    last = None\n    while node:\n        after = node.next\n        node.next = last\n        last = node\n"
        "        node = after\n    return last\n",
        "        last = node\n",
        "",
    ),
    "default": (
        "def f(x, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(x)\n    return seen\n",
        "seen=None):\n    if seen is None:\n        seen = []\n",
        "seen=[]):\n",
    ),
    "rows": ("def f(n, m):\n    return [[0] * n for _ in range(m)]\n", "[[0] * n for _ in range(m)]", "[[0] * n] * m"),
    "elif": (
        "def f(n):\n    r = 0\n    if n > 5:\n        r = 1\n    elif n > 2:\n        r = 2\n    return r\n", "elif", "if"
    ),
    "out of the loop": (
        "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n    return n\n", "\n    return n", "\n        return n"
    ),
    "self": ("class A:\n    def f(self, x):\n        self.x = x\n        return self.x + x\n", "return self.x", "return x"),
    "key": ("def f(xs):\n    return sorted(xs, reverse=True)\n", ", reverse=True", ""),
    "index": (
        "def f(to, at):\n    slow = to[at]\n    n = 1\n    while slow != at:\n        slow = to[slow]\n        n += 1\n    return n\n",
        "to[slow]",
        "to",
    ),
    "index before a method": ("def f(s, i):\n    while s[i].isdigit():\n        i += 1\n    return i\n", "s[i].", "s."),
    "call as elsewhere": ("def f(c):\n    return ord(c) - ord('a')\n", "ord(c)", "c"),
    "first argument": ("def f(a, b):\n    return a if not b else f(b, a % b)\n", "f(b, a % b)", "f(a % b)"),
    "name nobody gave": (
        "def f(prices):\n    best = 0\n    for price in prices:\n        best = max(best, price)\n    return best\n",
        "price in",
        "best in",
    ),
    "end of a generator": (
        "def f(xs):\n    if not xs:\n        yield []\n        return\n    for rest in f(xs[1:]):\n        yield [xs[0]] + rest\n",
        "    if not xs:\n        yield []\n        return\n",
        "",
    ),
    "too short": (
        "def f(xs, k):\n    if len(xs) < k:\n        return []\n    return [xs[0]] + f(xs[1:], k - 1)\n",
        "    if len(xs) < k:\n        return []\n",
        "",
    ),
    "at once": ("def f(a, i, j):\n    a[i], a[j] = a[j], a[i]\n    return a\n", "a[i], a[j] = a[j], a[i]", "a[i] = a[j]\n    a[j] = a[i]"),
    "count": (
        "def f(xs):\n    n = {}\n    for x in xs:\n        n[x] = n.get(x, 0) + 1\n    return n\n", "n.get(x, 0) + 1", "1"
    ),
    "kept": (
        "def f(rows):\n    out = []\n    for row in rows:\n        out.extend(row[0])\n    return out\n", "out.extend(row[0])", "row[0]"
    ),
    "one of two": ("def f(n, b):\n    d = 0\n    while n:\n        n //= b\n        d += 1\n    return n, d\n", "return n, d", "return n"),
    "end of a slice": ("def f(xs, i, n):\n    return xs[i:i + n]\n", "i:i + n", "i:"),
    "the last but one": ("def f(rows, at):\n    return at == rows - 1\n", "rows - 1", "1"),
    "a truth for a test": ("def f(n):\n    n -= 1\n    return n == 0\n", "n == 0", "True"),
}  # fmt: skip


def opened(text: str) -> tuple[Grammar, Ids]:
    """Grammar and program of the first function of a text."""
    source = Source(CODE.language, text.encode())
    places = functions(source)
    reading = read_place(CODE, source, places[0])
    grammar = extended(CODE, [reading], leaves([reading], [p.name for p in places]))
    return grammar, resolve(grammar, reading)


def text(grammar: Grammar, ids: Ids) -> str:
    return plain(CODE, grammar, ids).text


@pytest.mark.parametrize("source", [MERGE, WALK])
def test_every_edit_is_a_program_with_names_in_scope(source: str) -> None:
    grammar, ids = opened(source)
    names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    local = names | {a.arg for a in ast.walk(ast.parse(source)) if isinstance(a, ast.arg)} | {"merge", "walk", "_"}
    mistakes = single_edits(grammar, ids)
    assert len({m.edit for m in mistakes}) == len(mistakes) > 1000
    for m in mistakes:
        made = m.edit.splice(ids)
        validate(grammar, made, grammar.start)
        assert m.weight > 0 and m.family in WEIGHTS and made != ids
        used = {n.id for n in ast.walk(ast.parse(text(grammar, made))) if isinstance(n, ast.Name)}
        assert all(name in local or hasattr(builtins, name) for name in used)


@pytest.mark.parametrize("what", PAIRS)
def test_known_mends_are_single_edits(what: str) -> None:
    right, part, wrong = PAIRS[what]
    start = right.rindex(part) if what in ("reset", "taken over") else right.index(part)
    source = right[:start] + wrong + right[start + len(part) :]
    if what == "elif":
        source = right.replace("elif", "if")
    grammar, ids = opened(source)
    wanted = text(*opened(right))
    assert wanted != text(grammar, ids)
    assert any(text(grammar, m.edit.splice(ids)) == wanted for m in single_edits(grammar, ids))


def test_an_edit_that_reads_a_forgotten_name_is_likelier() -> None:
    grammar, ids = opened("def f(xs, n):\n    best = xs[0]\n    return xs[0]\n")
    edits = [m.edit for m in single_edits(grammar, ids)]
    found = dict(zip((text(grammar, e.splice(ids)) for e in edits), use_factors(grammar, ids, edits), strict=True))
    assert found["def f(xs, n):\n    best = xs[0]\n    return best\n"] > 1
    assert found["def f(xs, n):\n    best = xs[0]\n    return xs[-1]\n"] == 1
    grammar, ids = opened("def f(xs, n):\n    return xs[n]\n")
    edits = [m.edit for m in single_edits(grammar, ids)]
    assert use_factors(grammar, ids, edits)[[e.splice(ids) for e in edits].index(shorter(edits, ids))] < 1


def shorter(edits: list[Edit], ids: Ids) -> Ids:
    """The shortest program that edits make."""
    return min((e.splice(ids) for e in edits), key=len)


def test_names_of_comprehensions_stay_inside() -> None:
    grammar, ids = opened("def f(xs):\n    ys = [y + 1 for y in xs]\n    return ys\n")
    returns = [text(grammar, m.edit.splice(ids)).splitlines()[-1] for m in single_edits(grammar, ids)]
    assert "    return xs" in returns and not any(
        line.startswith("    return y ") or line == "    return y" for line in returns
    )


def test_noise_is_drawn_by_seed_and_has_as_many_mistakes_as_asked_for() -> None:
    grammar, ids = opened(WALK)
    chains = [corrupt(grammar, ids, np.random.default_rng([3, 7, k])) for k in range(12)]
    assert chains == [corrupt(grammar, ids, np.random.default_rng([3, 7, k])) for k in range(12)]
    assert {len(chain) for chain in chains} == {1, 2, 3}
    assert len(corrupt_by(grammar, ids, np.random.default_rng(1), 2)) == 2
    assert sum(WEIGHTS.values()) == pytest.approx(1, abs=0.01)


def test_edits_of_a_program_are_edits_of_the_edited_one() -> None:
    grammar, ids = opened(MERGE)
    rng = np.random.default_rng(5)
    mistakes = [m.edit for m in single_edits(grammar, ids)]
    listed = [(mistakes[k], float(k)) for k in rng.choice(len(mistakes), 40, replace=False)]
    seen = 0
    for done, at in listed:
        for edit, logp in again(listed, done, ids):
            after = done.splice(ids)
            end = edit.position + len(edit.removed)
            assert after[edit.position : end] == edit.removed and logp != at
            validate(grammar, edit.splice(after), grammar.start)
            other = mistakes[int(rng.choice(len(mistakes)))]
            seen += other is not edit
    assert seen > 600


def test_both_edits_are_made() -> None:
    grammar, ids = opened("def f(a, b):\n    c = a + 1\n    return c - b\n")
    edits = {text(grammar, m.edit.splice(ids)): m.edit for m in single_edits(grammar, ids)}
    plus = edits["def f(a, b):\n    c = a + 1\n    return c + b\n"]
    gone = edits["def f(a, b):\n    return c - b\n"]  # an edit of the whole rest of the block
    both = next(again([(gone, 0.0)], plus, ids))[0].splice(plus.splice(ids))
    assert text(grammar, both) == "def f(a, b):\n    return c + b\n"
    assert list(again([(plus, 0.0)], plus, ids)) == []


def test_the_core_of_an_edit() -> None:
    assert core(Edit(4, (1, 2, 3, 9), (1, 7, 9))) == (5, (2, 3), (7,))
    assert core(Edit(0, (1, 1), (1, 1, 1))) == (2, (), (1,))


def test_written_by_statement_or_at_once_is_the_same() -> None:
    grammar, ids = opened(MERGE)
    known: dict[tuple[Ids, int], str] = {}
    for m in single_edits(grammar, ids)[::7]:
        made = m.edit.splice(ids)
        assert quick(CODE, grammar, made, "tick()", known) == plain(CODE, grammar, made, "tick()").text
    inside = quick(CODE, grammar, ids, "", {}, 1)
    assert "class A:\n    " + inside == "class A:\n" + "".join(
        f"    {line}" for line in text(grammar, ids).splitlines(keepends=True)
    )


def test_an_emptied_branch_is_filled() -> None:
    source = Source(CODE.language, b"def f(a):\n    if a:\n        return 1\n    else:\n        return a + 1\n")
    place = functions(source)[0]
    reading = read_place(CODE, source, place)
    grammar = extended(CODE, [reading], leaves([reading], []))
    original = layout(CODE, grammar, source, reading, place.node.end_byte)
    for m in single_edits(grammar, original.ids)[::5]:
        made = m.edit.splice(original.ids)
        for n in single_edits(grammar, made)[::40]:
            ast.parse(text_of(CODE, grammar, original, n.edit.splice(made)))


def test_varied_inputs_are_literals_of_the_same_shape() -> None:
    calls = [(0, "([3, 1, 2], 'ab', {'k': 1.5})"), (1, "((1, 2), True)")]
    found = varied(calls, 60)
    assert found[:2] == calls and len(found) == len(set(found)) == 60 and found == varied(calls, 60)
    for target, literal in found:
        values = ast.literal_eval(literal)
        assert [type(v) for v in values] == ([list, str, dict] if target == 0 else [tuple, bool])
    assert varied([], 5) == []
