"""The sandbox: whatever a candidate does costs that candidate only; tests of all kinds are collected once."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.sandbox import limits
from synth.sandbox.client import ERROR, LATE, PASS, WRONG, Limits, Run, Sandbox
from synth.sandbox.compare import distance, plain, same

pytestmark = pytest.mark.skipif(bool(limits.probe().missing), reason="this kernel isolates too little")

MODULE = """import math
CACHE = {}
SEEN = []

def double(n):
    return n + 1

class Box:
    def __init__(self, n):
        self.n = n

    def half(self):
        return self.n
"""
CASES = {"function": "double", "cases": [{"args": [2], "expected": 4}, {"args": [5], "expected": 10}]}
GOOD = "def double(n):\n    __synth_tick__()\n    return n * 2\n"
TIGHT = Limits(steps=20_000, seconds=0.3, wall=2.0, memory=1 << 30)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    (folder / "things.py").write_text(MODULE)
    (folder / "cases.json").write_text(json.dumps(CASES))
    with Sandbox(folder / "things.py", [folder / "cases.json"], TIGHT) as box:
        box.choose([[name for name, _ in box.functions].index("double")])
        yield box


def statuses(run: Run) -> list[int]:
    return [verdict.status for verdict in run.verdicts]


def body(*lines: str) -> str:
    return "def double(n):\n    __synth_tick__()\n" + "".join(f"    {line}\n" for line in lines) + "    return n * 2\n"


def test_a_good_candidate_passes_and_a_bad_one_says_what_it_gave(sandbox: Sandbox) -> None:
    good, bad = sandbox.run([[(0, GOOD)], [(0, "def double(n):\n    return n + 3\n")]])
    assert statuses(good) == [PASS, PASS] and not good.lost and not good.dirty
    assert statuses(bad) == [WRONG, WRONG] and bad.verdicts[0].story == "got 5, not 4"
    assert 0 < bad.verdicts[0].distance < 1


def test_calls_of_tests_are_seen_and_further_ones_answered(sandbox: Sandbox) -> None:
    traced = sandbox.run([[(0, GOOD)]], cover=True)[0]
    assert traced.seen == ((0, "(2,)"), (0, "(5,)"))
    calls = [*traced.seen, (0, "('ab',)"), (0, "(None,)")]
    times, plus = sandbox.probe([[(0, GOOD)], [(0, "def double(n):\n    return n + n\n")]], calls)
    assert [call[0] for call in times.calls] == [True, True, True, False] and times.calls[2][2] == "abab"
    assert [call[:2] for call in times.calls[:3]] == [call[:2] for call in plus.calls[:3]]
    assert times.calls[3][1] == "TypeError" and not times.dirty
    other = sandbox.probe([[(0, "def double(n):\n    return n * 3\n")]], calls)[0]
    assert other.calls[0][1] != times.calls[0][1]


def test_calls_that_do_not_end_are_given_up(sandbox: Sandbox) -> None:
    text = body("while True:", "    __synth_tick__()")
    found = sandbox.probe([[(0, text)]], [(0, f"({n},)") for n in range(9)])[0]
    assert [call[1] for call in found.calls] == ["late"] * 4 + ["left"] * 5


def test_annotations_are_not_evaluated(sandbox: Sandbox) -> None:
    run = sandbox.run([[(0, "def double(n: NotThere) -> Neither:\n    return n * 2\n")]])[0]
    assert statuses(run) == [PASS, PASS]


ATTACKS = {
    "loops": body("while True:", "    __synth_tick__()"),
    "loops without ticks": body("while True: pass"),
    "loops in C": body("sum(range(10**12))"),
    "loops and catches all": body("while True:", "    try:", "        while True: pass", "    except: pass"),
    "recurses": "def double(n):\n    __synth_tick__()\n    return double(n)\n",
    "recurses without ticks": "def double(n):\n    return double(n)\n",
    "allocates 10 GB": body("x = bytearray(10 * 2**30)"),
    "allocates step by step": body("x = []", "while True: x.append(bytearray(2**26))"),
    "forks": body("import os", "while True: os.fork()"),
    "forks by clone": body("import ctypes", "ctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0)"),
    "prints megabytes": body("for _ in range(200): print('x' * 2**20)"),
    "writes megabytes to stdout": body("import os", "for _ in range(64): os.write(1, b'x' * 2**20)"),
    "os._exit": body("import os", "os._exit(0)"),
    "sys.exit": body("raise SystemExit"),
    "kills its parent": body("import os", "os.kill(os.getppid(), 9)"),
    "kills its group": body("import os", "os.killpg(0, 9)", "os.kill(-1, 9)"),
    "segfault": body("import ctypes", "ctypes.string_at(0)"),
    "starts a program": body("import subprocess", "subprocess.run(['true'])"),
    "execs": body("import os", "os.execv('/bin/true', ['true'])"),
    "closes all files": body("import os", "os.closerange(0, 200)"),
    "writes to all files": body("import os", "[os.write(fd, b'xxxxyyyy') for fd in range(3, 12)]"),
    "leaves threads": body(
        "import threading, time", "for _ in range(20): threading.Thread(target=time.sleep, args=(60,)).start()"
    ),
    "patches builtins": body("import builtins", "builtins.len = lambda x: 7", "builtins.isinstance = None"),
    "patches a module": body("math.sqrt = None"),
    "patches its module": body("globals()['double'] = None"),
    "fills a cache": body("CACHE[n] = 1", "SEEN.append(n)"),
    "changes the environment": body("import os", "os.environ['PATH'] = ''", "os.chdir('/')"),
    "traces": body("import sys", "sys.settrace(lambda *_: None)", "sys.setrecursionlimit(10**6)"),
    "ignores signals": body("import signal", "signal.signal(signal.SIGPROF, signal.SIG_IGN)"),
    "no limits": body(
        "import resource", "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "x = bytearray(3 * 2**30)"
    ),
    "is no Python": "def double(n:\n",
    "holes in the syntax": "def double(n):\n    return (\x00)\n",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_costs_one_candidate(sandbox: Sandbox, attack: str) -> None:
    began, restarts = time.monotonic(), sandbox.restarts
    runs = sandbox.run([[(0, GOOD)], [(0, ATTACKS[attack])], [(0, GOOD)], [(0, GOOD)]])
    assert [statuses(run) for run in (runs[0], *runs[2:])] == [[PASS, PASS]] * 3
    assert sandbox.restarts == restarts, "the worker itself was lost"
    assert time.monotonic() - began < 60


def test_traces_are_found(sandbox: Sandbox) -> None:
    for attack in ("patches builtins", "patches a module", "fills a cache", "leaves threads", "patches its module"):
        run = sandbox.run([[(0, ATTACKS[attack])]])[0]
        assert run.dirty or run.lost, attack
    assert not sandbox.run([[(0, GOOD)]])[0].dirty


def test_what_never_ends_is_late(sandbox: Sandbox) -> None:
    for attack in ("loops", "loops without ticks", "loops in C", "recurses"):
        found = statuses(sandbox.run([[(0, ATTACKS[attack])]])[0])
        assert found[0] in (LATE, ERROR) and PASS not in found, attack


def test_a_test_that_takes_long_goes_on_where_no_other_fails(sandbox: Sandbox) -> None:
    long = ["for _ in range(5000):", "    __synth_tick__()"]
    before, sandbox.limits = sandbox.limits, replace(TIGHT, soon=1000)
    try:
        right, wrong = sandbox.run(
            [[(0, body(*long))], [(0, body("if n == 2:", *(f"    {x}" for x in long), "else:", "    return 0"))]]
        )
    finally:
        sandbox.limits = before
    assert statuses(right) == [PASS, PASS] and right.steps > 5000
    assert sorted(statuses(wrong)) == [WRONG, LATE] and wrong.steps < 1000


def test_nothing_outside_is_written(sandbox: Sandbox, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.write_text("mine")
    lines = [
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"os.remove({str(keep)!r})",
        f"os.truncate({str(keep)!r}, 0)",
        f"open({str(keep)!r}, 'a').write('x')",
        f"os.rename({str(keep)!r}, {str(tmp_path / 'gone')!r})",
        f"os.mkdir({str(tmp_path / 'folder')!r})",
        f"os.symlink('/', {str(tmp_path / 'link')!r})",
        f"os.chmod({str(keep)!r}, 0)",
        f"os.utime({str(keep)!r}, (0, 0))",
        f"os.open({str(keep)!r}, os.O_RDWR)",
    ]
    before = keep.stat()
    for line in lines:
        run = sandbox.run([[(0, body("import os", line))]])[0]
        assert statuses(run) == [ERROR, ERROR], line
        assert "PermissionError" in run.verdicts[0].signature or "OSError" in run.verdicts[0].signature, run.verdicts[0]
    after = keep.stat()
    assert [p.name for p in tmp_path.iterdir()] == ["keep"] and keep.read_text() == "mine"
    assert (before.st_mtime_ns, before.st_mode) == (after.st_mtime_ns, after.st_mode)


def test_no_network(sandbox: Sandbox) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    datagrams.settimeout(0.2)
    for line in (
        f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))",
        f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {datagrams.getsockname()!r})",
        "socket.socket(socket.AF_UNIX)",
    ):
        run = sandbox.run([[(0, body("import socket", line))]])[0]
        assert statuses(run) == [ERROR, ERROR], line
    with pytest.raises(TimeoutError):
        server.accept()
    with pytest.raises(TimeoutError):
        datagrams.recv(1)
    server.close()
    datagrams.close()


def test_nobody_outside_can_be_signalled(sandbox: Sandbox) -> None:
    run = sandbox.run([[(0, body("import os", f"os.kill({os.getpid()}, 0)"))]])[0]
    assert statuses(run) == [ERROR, ERROR] and run.verdicts[0].signature == "PermissionError"
    assert threading.active_count() >= 1


def test_a_lost_worker_is_started_anew(sandbox: Sandbox) -> None:
    assert sandbox._process is not None
    restarts = sandbox.restarts
    sandbox._process.process.kill()
    runs = sandbox.run([[(0, GOOD)], [(0, GOOD)]])
    assert statuses(runs[1]) == [PASS, PASS] and sandbox.restarts == restarts + 1


def test_scratch_is_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "things.py").write_text(MODULE)
    (tmp_path / "test_things.py").write_text("def test_it(tmp_path):\n    (tmp_path / 'x').write_text('y')\n")
    with Sandbox(tmp_path / "things.py", [tmp_path / "test_things.py"], TIGHT) as box:
        assert box._process is not None
        scratch = Path(box._process.scratch)
        assert scratch.is_dir()
        assert statuses(box.run([[]])[0]) == [PASS]
    assert not scratch.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["test_things.py", "things.py"]


def test_methods_and_super_are_bound(tmp_path: Path) -> None:
    (tmp_path / "boxes.py").write_text(
        "class A:\n    def f(self): return 1\n\nclass B(A):\n"
        "    def f(self):\n        return super().f() + self.__x()\n    def __x(self): return 5\n"
    )
    (tmp_path / "t.py").write_text("from boxes import B\n\ndef test_b():\n    assert B().f() == 7\n")
    with Sandbox(tmp_path / "boxes.py", [tmp_path / "t.py"], TIGHT) as box:
        box.choose([[name for name, _ in box.functions].index("B.f")])
        text = "class B:\n    def f(self):\n        return super().f() + self.__x() + 1\n"
        assert statuses(box.run([[]])[0]) == [WRONG]
        assert statuses(box.run([[(0, text)]])[0]) == [PASS]


PYTEST = """
import unittest
import pytest
from things import double, Box

SHARED = [3]

@pytest.fixture(scope="module")
def box():
    return Box(8)

@pytest.fixture(params=[1, 2])
def number(request):
    yield request.param

def test_half(box):
    assert box.half() == 4

def test_number(number):
    assert double(number) == 2 * number

@pytest.mark.parametrize("n, want", [(1, 2), (4, 8)])
def test_double(n, want):
    assert double(n) == want

@pytest.mark.parametrize("items", [[3, 1]])
def test_items_are_fresh(items):
    items.sort()
    assert double(items[0]) == 2

@pytest.mark.skip
def test_skipped():
    assert False

@pytest.mark.xfail
def test_known():
    assert False

class TestBox:
    def test_raises(self):
        with pytest.raises(TypeError):
            double(None)

class TestOld(unittest.TestCase):
    def setUp(self):
        self.n = 21

    def test_old(self):
        self.assertEqual(double(self.n), 42)
"""


def test_pytest_files(tmp_path: Path) -> None:
    (tmp_path / "things.py").write_text(MODULE)
    (tmp_path / "test_things.py").write_text(PYTEST)
    with Sandbox(tmp_path / "things.py", [tmp_path / "test_things.py"], TIGHT) as box:
        names = [name for name, _ in box.functions]
        box.choose([names.index("double"), names.index("Box.half")])
        assert box.names == (
            "test_half", "test_number[1]", "test_number[2]", "test_double[1-2]", "test_double[4-8]",
            "test_items_are_fresh[items0]", "TestBox::test_raises", "TestOld::test_old",
        )  # fmt: skip
        before = statuses(box.run([[]])[0])
        assert before == [WRONG, PASS, WRONG, PASS, WRONG, PASS, PASS, WRONG]
        half = "class Box:\n    def half(self):\n        return self.n // 2\n"
        runs = box.run([[(0, GOOD), (1, half)], [(0, GOOD)], []])
        assert statuses(runs[0]) == [PASS] * 8
        assert statuses(runs[1]) == [WRONG] + [PASS] * 7 and statuses(runs[2]) == before


FIXTURES = """
import os
import pytest
from things import double

EVENTS = []

@pytest.fixture
def three():
    EVENTS.append("three")
    yield 3
    EVENTS.append("three ends")

@pytest.fixture
def six(three):
    return 2 * three

@pytest.fixture(autouse=True)
def noted():
    EVENTS.append("noted")
    yield
    EVENTS.append("noted ends")

@pytest.fixture
def spoilt():
    yield 1
    raise ValueError("in the end")

def test_six(six, three):
    assert double(three) == six

def test_ended():
    assert EVENTS == ["noted", "three", "three ends", "noted ends", "noted"]

@pytest.mark.parametrize("n", [2])
def test_both(n, six, monkeypatch):
    monkeypatch.setenv("N", str(n))
    assert double(n) + six == 10

def test_undone(tmp_path):
    assert "N" not in os.environ and tmp_path.is_dir()

def test_spoilt(spoilt):
    assert spoilt == 1

class TestInside:
    @pytest.fixture
    def here(self):
        return self

    def test_here(self, here):
        assert here is self
"""


def test_fixtures_are_set_up_and_ended_as_pytest_does(tmp_path: Path) -> None:
    (tmp_path / "things.py").write_text(MODULE)
    (tmp_path / "test_things.py").write_text(FIXTURES)
    with Sandbox(tmp_path / "things.py", [tmp_path / "test_things.py"], TIGHT) as box:
        box.choose([[name for name, _ in box.functions].index("double")])
        for _ in range(2):
            found = dict(zip(box.names, statuses(box.run([[(0, GOOD)]])[0]), strict=True))
            assert found.pop("test_spoilt") == ERROR
            assert set(found.values()) == {PASS} and len(found) == 5


def test_doctests(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(
        'def f(n):\n    """Next.\n\n    >>> f(1)\n    2\n    >>> f(3)\n    4\n    """\n    return n\n'
    )
    (tmp_path / "m.txt").write_text(">>> from m import f\n>>> f(5)\n5\n")
    with Sandbox(tmp_path / "m.py", [tmp_path / "m.py", tmp_path / "m.txt"], TIGHT) as box:
        box.choose([0])
        assert box.names == ("m.f", "m.txt")
        runs = box.run([[], [(0, "def f(n):\n    return n + 1\n")]])
        assert [statuses(run) for run in runs] == [[WRONG, PASS], [PASS, WRONG]]
        assert not any(run.dirty for run in runs), "the last value that doctest keeps is no trace of the candidate"


def test_lists_of_calls(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(
        "def f(kind, x=1):\n    if kind == 'gen': return (k for k in range(x))\n    if kind == 'set': return {3, 1}\n"
        "    if kind == 'third': return x / 3\n    if kind == 'dict': return {1: (2, 3)}\n    raise KeyError(kind)\n"
    )
    (tmp_path / "t.toml").write_text(
        'function = "f"\ncases = [\n  {args = ["gen", 3], expected = [0, 1, 2]},\n'
        '  {args = ["set"], expected = [1, 3]},\n'
        '  {args = ["third"], kwargs = {x = 1}, expected = 0.3333333333},\n'
        '  {args = ["dict"], expected = {1 = [2, 3]}},\n  {args = ["no"], raises = "LookupError"},\n'
        '  {args = ["no"], expected = {raises = "KeyError"}},\n  {args = ["no"], raises = "ValueError"},\n]\n'
    )
    with Sandbox(tmp_path / "m.py", [tmp_path / "t.toml"], TIGHT) as box:
        assert statuses(box.run([[]])[0]) == [PASS] * 6 + [ERROR]


@pytest.mark.parametrize(
    ("files", "tests", "message"),
    [
        ({"m.py": "import nothing_like_it\n", "t.json": "{}"}, "t.json", "nothing_like_it"),
        ({"m.py": "def f(): pass\n", "t.json": "{"}, "t.json", "t.json:1:2: no JSON"),
        ({"m.py": "f = 1\n", "t.json": '{"function": "g", "cases": [{"expected": 1}]}'}, "t.json", "no function 'g'"),
        ({"m.py": "def f(): pass\n", "t.json": '{"function": "f", "cases": [{"expect": 1}]}'}, "t.json", "'expect'"),
        ({"m.py": "f = 1\n", "t.json": '{"function": "f", "cases": [{"args": 3, "expected": 1}]}'}, "t.json", "args"),
        ({"m.py": "def f(): pass\n", "t.json": '{"function": "f", "cases": [{"args": []}]}'}, "t.json", "one of"),
        ({"m.py": "def f(): pass\n", "t.py": "import absent_thing\n"}, "t.py", "absent_thing"),
        ({"m.py": "def f(): pass\n", "t.py": "def test_(:\n"}, "t.py", "collect"),
        ({"m.py": "def f(): pass\n", "t.py": "x = 1\n"}, "t.py", "no tests"),
        ({"m.py": "import os\nos._exit(0)\n", "t.py": "x = 1\n"}, "t.py", "ended the process"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(tmp_path: Path, files: dict[str, str], tests: str, message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        Sandbox(tmp_path / "m.py", [tmp_path / tests], TIGHT)
    assert "\n" not in str(caught.value)


def test_an_import_that_does_not_end_is_refused_soon(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def f(): pass\nwhile True: pass\n")
    (tmp_path / "t.json").write_text('{"function": "f", "cases": [{"args": [], "expected": 1}]}')
    began = time.monotonic()
    with pytest.raises(InputError, match=r"does not end in 0\.5 s; .* more --seconds"):
        Sandbox(tmp_path / "m.py", [tmp_path / "t.json"], Limits(loading=0.5))
    assert time.monotonic() - began < 5


FULL = "import json\nclass Full(Exception): pass\ndef f():\n    class Inner(Exception): pass\n    raise Inner\n"


@pytest.mark.parametrize("name", ["ValueError", "ArithmeticError", "Full", "JSONDecodeError", "Inner"])
def test_exceptions_of_python_the_file_and_its_imports_may_be_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "m.py").write_text(FULL)
    (tmp_path / "t.json").write_text(json.dumps({"function": "f", "cases": [{"args": [], "raises": name}]}))
    Sandbox(tmp_path / "m.py", [tmp_path / "t.json"], TIGHT).close()


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("ValuError", "did you mean 'ValueError'?"),
        ("json.JSONDecodeError", "did you mean 'JSONDecodeError'?"),
        ("qqqqq", "m neither defines nor imports it"),
    ],
)
def test_exceptions_that_do_not_exist_are_refused(tmp_path: Path, name: str, mend: str) -> None:
    (tmp_path / "m.py").write_text(FULL)
    case = {"args": [], "expected": {"raises": name}}
    (tmp_path / "t.json").write_text(json.dumps({"function": "f", "cases": [case]}))
    with pytest.raises(InputError) as caught:
        Sandbox(tmp_path / "m.py", [tmp_path / "t.json"], TIGHT)
    assert str(caught.value) == f"{tmp_path / 't.json'}: f[0]: unknown exception {name!r}; {mend}"


def test_a_weak_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "probe", lambda: limits.Layers(0, False))
    with pytest.raises(InputError, match="weak-sandbox"):
        Sandbox(tmp_path / "m.py", [tmp_path / "t.py"])


def test_distance_grows_with_the_error() -> None:
    assert distance(3, 3) == distance([1, (2,)], [1, [2]]) == 0
    assert 0 < distance(4, 3) < distance(9, 3) < distance("9", 3) == 1
    assert 0 < distance([1, 2, 4], [1, 2, 3]) < distance([1, 2], [1, 2, 3]) < distance([], [1, 2, 3]) == 1
    assert 0 < distance("hallo", "hello") < distance("xyz", "hello")
    assert distance(True, 1) == 1 and distance(float("nan"), float("nan")) == 0 and 0 < distance(10**400, 1) < 1


def test_values_compare_as_expectations_write_them() -> None:
    assert plain(({3, 1}, (k for k in "ab"), {"a": (1,)})) == [[1, 3], ["a", "b"], {"a": [1]}]
    assert same(0.1 + 0.2, 0.3) and not same(True, 1) and same(float("nan"), float("nan")) and not same([1], [1, 2])


def test_throughput(sandbox: Sandbox) -> None:
    """Far below what a quiet machine does, so that only a collapse fails here; see `eval` for the figure."""
    sandbox.run([[(0, GOOD)]])
    began = time.monotonic()
    sandbox.run([[(0, body(f"n = n + {k} - {k}"))] for k in range(300)])
    assert time.monotonic() - began < 10


def test_doctests_of_exceptions(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(
        'def f(n):\n    """Half.\n\n    >>> f(3)\n    Traceback (most recent call last):\n        ...\n'
        '    ValueError: odd\n    """\n    return n // 2\n'
    )
    with Sandbox(tmp_path / "m.py", [tmp_path / "m.py"], TIGHT) as box:
        box.choose([0])
        texts = [
            f"def f(n):\n    raise {error}\n" for error in ("ValueError('odd')", "ValueError('no')", "KeyError('odd')")
        ]
        runs = box.run([[], *([(0, text)] for text in texts)])
        assert [statuses(run) for run in runs] == [[WRONG], [PASS], [WRONG], [WRONG]]
