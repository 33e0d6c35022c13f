"""Grammars through tree-sitter: text to tree to text is the identity, edits keep what is around them."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from synth.code.language import load_language
from synth.code.load import load_code
from synth.code.patch import functions, layout, read_place, text_of
from synth.code.productions import CONS, NIL
from synth.code.reader import extended, flatten, resolve
from synth.code.source import Source
from synth.code.writer import Writer, canonical
from synth.domains.python.operators import WEIGHTS, corrupt, single_edits
from synth.errors import ParseError
from synth.noise import NoiseConfig, perturb
from synth.path import Reverse
from synth.text import parse
from synth.tree import Tree, unparse, validate

CODE = load_code("python")
STDLIB = Path(sysconfig.get_paths()["stdlib"])
SAMPLE = [
    "bisect.py",
    "textwrap.py",
    "heapq.py",
    "json/decoder.py",
    "colorsys.py",
    "fnmatch.py",
    "queue.py",
    "shlex.py",
]
FILES = sorted(STDLIB.rglob("*.py")) if "SYNTH_SLOW" in os.environ else [STDLIB / name for name in SAMPLE]

FUNCTION = '''def first(items, wanted,
          default=None):  # a comment
    """Index of a value."""
    for at, item in enumerate(items):
        if (item == wanted
                and at >= 0):   # spaced

            return at
        # not yet
    else : pass
    return  default
'''


def round_trip(data: bytes) -> bytes:
    """The bytes that the tree and the gaps between its tokens make."""
    source = Source(CODE.language, data)
    reading = flatten(CODE, source, source.items())
    grammar = extended(CODE, [reading])
    ids = resolve(grammar, reading)
    validate(grammar, ids, grammar.start)
    tokens = [mark.text for mark in Writer(CODE, grammar, ids).program() if not mark.soft]
    assert len(tokens) == len(reading.tokens)
    out, at = b"", 0
    for token, (start, end) in zip(tokens, reading.tokens, strict=True):
        out += data[at:start] + token.encode()
        at = end
    return out + data[at:]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_text_to_tree_to_text_is_the_identity(path: Path) -> None:
    """Of a sample of the standard library; of all of it where SYNTH_SLOW is set."""
    data = path.read_bytes()
    try:
        Source(CODE.language, data)
    except ParseError:
        pytest.skip("no file of the language")
    assert round_trip(data) == data


@pytest.mark.parametrize("name", SAMPLE[:4])
def test_the_usual_layout_reads_as_the_same_tree(name: str) -> None:
    source = Source(CODE.language, (STDLIB / name).read_bytes())
    reading = flatten(CODE, source, source.items())
    grammar = extended(CODE, [reading])
    ids = resolve(grammar, reading)
    text = canonical(CODE, grammar, ids)
    assert parse(grammar, text).ids == ids and unparse(grammar, ids) == text
    compile(text, name, "exec")


def opened(text: str):  # type: ignore[no-untyped-def]
    """Grammar and layout of the first function of a text."""
    source = Source(CODE.language, text.encode())
    place = functions(source)[0]
    reading = read_place(CODE, source, place)
    grammar = extended(CODE, [reading], {"integer": ["0", "1", "2"], "name": ["len"]})
    return grammar, layout(CODE, grammar, source, reading, place.node.end_byte)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_edits_leave_other_bytes_alone(newline: str) -> None:
    text = FUNCTION.replace("\n", newline)
    grammar, original = opened(text)
    assert text_of(CODE, grammar, original, original.ids) + newline == text
    node = next(i for i, p in enumerate(original.ids) if grammar.names[p] == "comparison_operator . >= .")
    other = grammar.production("expression.comparison_operator . > .")
    ids = (*original.ids[:node], other, *original.ids[node + 1 :])
    assert text_of(CODE, grammar, original, ids) + newline == text.replace(">= 0", "> 0")


def edited(text: str, family: str, old: str, new: str) -> None:
    """Some edit of a family makes the new text, to the byte."""
    grammar, original = opened(text)
    made = {text_of(CODE, grammar, original, m.edit.splice(original.ids)) for m in single_edits(grammar, original.ids)
            if m.family == family}  # fmt: skip
    assert text.count(old) == 1
    assert text.replace(old, new).rstrip("\n") in made


PLAIN = """def f(a, b, c):
    # sums
    while a < b:
        if a and b:  # both
            c = g(a, b)  +  1
        b -= 1
    return (a + b) * c[a]
"""


@pytest.mark.parametrize(
    ("family", "old", "new"),
    [
        ("comparison", "a < b", "a <= b"),
        ("logic", "a and b:", "a or b:"),
        ("logic", "while a < b", "while not a < b"),
        ("condition", "if a and b:", "if a:"),
        ("off by one", "c[a]", "c[a - 1]"),
        ("off by one", "g(a, b)  +  1", "g(a, b)"),
        ("name", "(a + b)", "(a + c)"),
        ("operator", "(a + b)", "(a - b)"),
        ("operator", "b -= 1", "b += 1"),
        ("arguments", "g(a, b)", "g(b, a)"),
        ("arguments", "g(a, b)", "g(b)"),
        ("statement", "        b -= 1\n", ""),
        ("wrap", "return (a + b) * c[a]", "return (a + b) * len(c[a])"),
        ("flow", "while a", "if a"),
        (
            "statement",
            "            c = g(a, b)  +  1\n        b -= 1\n",
            "            c = g(a, b)  +  1\n            b -= 1\n",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_written_as_people_write_them(family: str, old: str, new: str) -> None:
    edited(PLAIN, family, old, new)


def test_every_mistake_is_a_program_that_reads_back() -> None:
    for text in (FUNCTION, PLAIN):
        grammar, original = opened(text)
        mistakes = single_edits(grammar, original.ids)
        assert len(mistakes) > 50 and {m.family for m in mistakes} <= set(WEIGHTS)
        wrong = 0
        for mistake in mistakes:
            ids = mistake.edit.splice(original.ids)
            validate(grammar, ids, grammar.start)
            written = text_of(CODE, grammar, original, ids) + "\n"
            try:
                wrong += parse(grammar, written).ids != ids
            except ParseError:
                wrong += 1
        assert wrong <= len(mistakes) // 50  # a few hold what the grammar reads otherwise, such as a bare tuple


def test_corruptions_follow_from_the_generator() -> None:
    grammar, original = opened(PLAIN)
    chains = [corrupt(grammar, original.ids, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert chains[0] == chains[1] != chains[2] and all(1 <= len(chain) <= 3 for chain in chains)


def test_noise_and_reverse_paths_work_on_code() -> None:
    grammar, original = opened(PLAIN)
    rng = np.random.default_rng(0)
    for _ in range(8):
        edit = perturb(grammar, original.ids, rng, NoiseConfig())
        assert edit is not None
        noisy = edit.splice(original.ids)
        assert Tree(grammar, noisy).ids == noisy
        path = Reverse(grammar, noisy, original.ids)
        assert path.distance >= 1 and path.first_steps()


def test_opaque_parts_are_kept_and_never_proposed() -> None:
    text = "def f(x):\n    import   os  # odd\n    return f'{x!r}' + x\n"
    grammar, original = opened(text)
    opaque = [p for p in set(original.ids) if grammar.categories[grammar.lhs[p]].endswith("opaque")]
    assert len(opaque) == 2
    proposed = {p for group in grammar.proposed for p in group}
    assert not proposed & set(opaque)
    for mistake in single_edits(grammar, original.ids):
        assert not set(opaque) & set(mistake.edit.inserted) - set(original.ids)


def test_an_empty_block_is_written_with_a_filler() -> None:
    grammar, original = opened("def f(x):\n    x\n")
    cons = next(
        i for i, p in enumerate(original.ids) if i and grammar.names[p] == CONS and original.ids[i] == original.ids[0]
    )
    end = len(original.ids) - 2
    nil = original.ids[-1]
    assert grammar.names[nil] == NIL
    ids = (*original.ids[:cons], nil, *original.ids[end + 1 :])
    assert text_of(CODE, grammar, original, ids) == "def f(x):\n    pass"


def test_methods_keep_their_indentation() -> None:
    text = "class A:\n\tdef f(self, n):\n\t\tif n:\n\t\t\treturn n\n\t\treturn self.n\n"
    grammar, original = opened(text)
    assert (original.base, original.unit) == ("\t", "\t")
    texts = {text_of(CODE, grammar, original, m.edit.splice(original.ids)) for m in single_edits(grammar, original.ids)}
    assert "def f(self, n):\n\t\tif not n:\n\t\t\treturn n\n\t\treturn self.n" in texts
    assert all("    " not in made for made in texts)


def test_what_an_edit_keeps_gets_no_parentheses() -> None:
    grammar, original = opened(
        "def f(a, i, x):\n    if a[i] <= x < a[i]:\n        return 1\n    return a[i] < x <= a[0]\n"
    )
    texts = {text_of(CODE, grammar, original, m.edit.splice(original.ids)) for m in single_edits(grammar, original.ids)}
    assert "def f(a, i, x):\n    if a[i] <= x < a[x]:\n        return 1\n    return a[i] < x <= a[0]" in texts


def test_broken_source_says_where() -> None:
    with pytest.raises(ParseError, match="line 2") as caught:
        Source(load_language("python"), b"def f():\n    return (1\n\nx = 2\n")
    assert "^" in caught.value.caret
