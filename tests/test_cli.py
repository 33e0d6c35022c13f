"""The command line, end to end: what it prints, writes and returns, and how it takes bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from synth.checkpoint import read_tensors, write_tensors
from synth.cli import main
from synth.domains import domain
from synth.text import parse
from tests.helpers import CSG

ROOT = Path(__file__).resolve().parents[1]
TASKS = ROOT / "tasks" / "csg2d"
RING, MUG = str(TASKS / "ring.png"), str(TASKS / "mug.png")
QUICK = ("--policy", "mutation", "--seconds", "60", "--executions")
KEYS = {
    *("task", "domain", "solved", "score", "program", "executions", "expansions", "seconds"),
    *("stop", "policy", "seed", "edits", "trajectory", "others"),
}


class Ran(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_constant=_no_json) for line in self.out.splitlines()]


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line in this process."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        return Ran(int(ended.value.code or 0), *capsys.readouterr())

    return run


def process(*arguments: object, cwd: Path = ROOT) -> Ran:
    """Run a command line as users do."""
    done = subprocess.run(
        [sys.executable, "-m", "synth", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=100
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def assert_refused(ran: Ran, *words: str) -> None:
    """Exit code 2 and one clear line, with at most the source and a caret below."""
    assert ran.code == 2, ran
    first, *rest = ran.err.splitlines()
    assert first.startswith("synth: ") and "Traceback" not in ran.err
    assert not rest or (len(rest) == 2 and rest[1].strip() == "^"), ran.err
    for word in words:
        assert word in first


# -- solving --------------------------------------------------------------------------------------


def test_shipped_images_are_solved(cli: Cli) -> None:
    """The README's promise: the shipped weights solve real images."""
    names = ["moon.png", "ring.png", "stencil.json"]
    ran = cli("solve", *(TASKS / n for n in names), "--seconds", 100, "--executions", 40_000, "--json")
    assert ran.code == 0, ran
    assert [row["task"] for row in ran.rows] == ["moon.png", "ring.png", "stencil-cut-out"]
    for row in ran.rows:
        assert set(row) >= KEYS
        assert row["solved"] and row["stop"] == "solved" and row["score"] < 0.02 < 0.98 < row["mean_iou"]
        assert row["policy"] == "denoiser" and row["seed"] == 0 and row["domain"] == "csg2d"
        assert 0 < row["executions"] <= 40_000 and row["expansions"] > 0
        assert row["trajectory"][-1]["program"] == row["program"]
        assert row["edits"] == sum(step["position"] is not None for step in row["trajectory"])
        parse(CSG, row["program"])


def test_shipped_drawings_are_solved(cli: Cli) -> None:
    """The weights of `rainbow` solve real images too."""
    names = ["tower.png", "cross.png"]
    paths = [TASKS.parent / "rainbow" / name for name in names]
    ran = cli("solve", *paths, "--seconds", 100, "--executions", 20_000, "--json")
    assert ran.code == 0, ran
    for row, name in zip(ran.rows, names, strict=True):
        assert row["task"] == name and row["domain"] == "rainbow" and row["policy"] == "denoiser"
        assert row["solved"] and row["score"] < 0.01 and row["mse"] < 2.77e-4


def test_a_budget_too_small_gives_the_best_attempt() -> None:
    ran = process("solve", RING, *QUICK, 40)
    assert ran.code == 1 and not ran.err
    assert ran.out.startswith("ring.png: not solved (executions), best attempt, score 0.")
    assert "40 executions" in ran.out and "how it got there" in ran.out and "@@" in ran.out


@pytest.mark.parametrize("limit", ["--seconds", "--executions"])
def test_no_budget_is_no_crash(cli: Cli, limit: str) -> None:
    ran = cli("solve", RING, "--policy", "mutation", limit, 0, "--json")
    assert ran.code == 1 and ran.rows[0]["executions"] == 0 and ran.rows[0]["score"] is None
    parse(CSG, ran.rows[0]["program"])
    assert cli("solve", RING, "--policy", "mutation", limit, 0).code == 1


def test_start_program_and_distinct_programs(cli: Cli, tmp_path: Path) -> None:
    # a small hole, which solutions may have elsewhere
    near = "(difference (circle 16 16 14) (circle 20 16 2))"
    disc = tmp_path / "disc.png"
    Image.fromarray(domain("csg2d").picture(parse(CSG, near).ids)).save(disc)
    only = cli("solve", disc, "--init", near, *QUICK, 1, "--json").rows[0]  # the draft is run first
    assert only["program"] == only["trajectory"][0]["program"] == near and only["edits"] == 0
    most = ("--seconds", 60, "--executions", 6000)
    row = cli("solve", disc, "--init", near, *most, "--top", 2, "--json").rows[0]
    assert row["solved"] and len({row["program"], *row["others"]}) == 1 + len(row["others"]) == 2
    shown = cli("solve", disc, "--init", near, *most, "--top", 2)
    assert shown.code == 0 and shown.out.count("also, score") == 1 and ": solved, score" in shown.out


def save_disc(path: Path, shape: int = 0, ground: int = 255) -> Path:
    from PIL import ImageDraw

    image = Image.new("L", (64, 64), ground)
    ImageDraw.Draw(image).ellipse((12, 12, 51, 51), fill=shape)
    image.save(path)
    return path


def test_invert_takes_the_white_part(cli: Cli, tmp_path: Path) -> None:
    white = save_disc(tmp_path / "white.png", 255, 0)
    program = ("--init", "(circle 16 16 10)", *QUICK, 1, "--json")
    assert cli("solve", white, *program, "--invert").rows[0]["iou"] > 0.97
    assert cli("solve", white, *program, "--option", "invert").rows[0]["iou"] > 0.97
    assert cli("solve", white, *program).rows[0]["iou"] < 0.1


def test_a_folder_gives_its_tasks(cli: Cli, tmp_path: Path) -> None:
    save_disc(tmp_path / "b.png")
    save_disc(tmp_path / "c.PNG")
    (tmp_path / "a.toml").write_text('domain = "csg2d"\nimage = "b.png"\n[options]\ninvert = true\n')
    (tmp_path / "d.json").write_text('{"domain": "csg2d", "image": "b.png", "id": "named"}')
    (tmp_path / "notes.txt").write_text("no task")
    ran = cli("solve", tmp_path, *QUICK, 5, "--json")
    assert [row["task"] for row in ran.rows] == ["a", "c.PNG", "named"]
    assert ran.code == 1


def test_out_is_appended_to_and_done_tasks_are_skipped(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    first = cli("solve", RING, *QUICK, 30, "--json", "--out", out)
    before = out.read_text()
    assert first.code == 1 and json.loads(before) == first.rows[0]
    second = cli("solve", RING, MUG, *QUICK, 30, "--json", "--out", out)
    assert "ring.png: already in" in second.err and [row["task"] for row in second.rows] == ["mug.png"]
    assert out.read_text().startswith(before) and len(out.read_text().splitlines()) == 2
    third = cli("solve", RING, *QUICK, 30, "--json", "--out", out)
    assert third.code == 1 and not third.out  # skipped, and still not solved
    assert cli("solve", RING, *QUICK, 30, "--seed", 1, "--json", "--out", out).rows[0]["seed"] == 1
    shown = cli("show", out)
    assert shown.code == 0 and shown.out.count("not solved (executions)") == 3 and "random start" in shown.out


def test_drafts_are_what_a_search_begins_with_unless_told_otherwise(cli: Cli, tmp_path: Path) -> None:
    out, tower = tmp_path / "results.jsonl", ROOT / "tasks" / "rainbow" / "tower.png"
    assert cli("solve", tower, *QUICK, 30, "--out", out).code == 0
    assert cli("solve", tower, *QUICK, 30, "--no-drafts", "--seed", 1, "--out", out).code == 1
    shown = cli("show", out).out
    assert shown.count("draft") == 1 and "random start" in shown


@pytest.mark.parametrize("content", ["my notes\n", "[1, 2]\n", '{"task": "a"}\n', "\x00", '{"task": [], "seed": 0}'])
def test_a_foreign_file_is_not_written_to(cli: Cli, tmp_path: Path, content: str) -> None:
    out = tmp_path / "results.jsonl"
    out.write_text(content)
    assert_refused(cli("solve", RING, *QUICK, 5, "--out", out), "results.jsonl:1: not a result of synth")
    assert out.read_text() == content


def test_output_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    assert_refused(cli("solve", RING, *QUICK, 5, "--out", tmp_path / "no" / "x.jsonl"), "x.jsonl", "No such file")
    assert_refused(cli("solve", RING, *QUICK, 5, "--out", tmp_path), str(tmp_path), "directory")
    (tmp_path / "file").write_text("")
    assert_refused(cli("solve", RING, *QUICK, 5, "--save", tmp_path / "file" / "x"), "cannot make the folder")
    if Path("/dev/full").exists():
        ran = cli("solve", RING, *QUICK, 5, "--out", "/dev/full")
        assert_refused(ran, "/dev/full", "No space left")
        assert "best attempt" in ran.out  # what was found is shown all the same


def test_pictures_are_saved_and_never_overwritten(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    row = cli("solve", RING, *QUICK, 30, "--json", "--save", folder).rows[0]
    assert sorted(p.name for p in folder.iterdir()) == ["ring.png", "ring.svg", "ring.txt"]
    assert (folder / "ring.txt").read_text() == row["program"] + "\n"
    with Image.open(folder / "ring.png") as image:
        assert image.size == (128, 128)
    assert (folder / "ring.svg").read_text().startswith("<svg")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert_refused(cli("solve", RING, *QUICK, 30, "--seed", 3, "--save", folder), "ring.png", "not overwritten")
    assert before == {p.name: p.read_bytes() for p in folder.iterdir()}


def test_tasks_whose_pictures_would_collide_are_refused(cli: Cli, tmp_path: Path) -> None:
    one, two = save_disc(tmp_path / "a.png"), save_disc(tmp_path / "a.jpg")
    assert_refused(cli("solve", one, two, *QUICK, 5, "--save", tmp_path / "saved"), "'a'")
    assert not list((tmp_path / "saved").iterdir())


def test_interrupt_gives_the_best_so_far() -> None:
    arguments = [sys.executable, "-m", "synth", "solve", str(TASKS / "cat.png"), "--policy", "mutation", "--seconds"]
    running = subprocess.Popen([*arguments, "90", "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(4 * _startup())
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    row = json.loads(out)
    assert running.returncode == 130 and not err, err
    assert row["stop"] == "interrupted" and row["score"] < 0.6 and row["seconds"] < 80 and not row["solved"]


def _startup() -> float:
    began = time.monotonic()
    process("check", RING)
    return time.monotonic() - began


def test_interrupt_in_this_process_is_caught_too(cli: Cli) -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    ran = cli("solve", TASKS / "cat.png", "--policy", "mutation", "--seconds", 60, "--json")
    assert ran.code == 130 and ran.rows[0]["stop"] == "interrupted"


@pytest.mark.timeout(400)  # starts torch twice, where others may be at work
def test_interrupted_training_is_kept(tmp_path: Path) -> None:
    """Ctrl-C on a terminal reaches the workers too."""
    run = tmp_path / "run"
    command = [sys.executable, "-m", "synth", "train", "csg2d", "--run", str(run), "--batch", "2"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)
    assert running.stdout is not None
    assert running.stdout.readline() == f"{run}: 12000 steps to go; Ctrl-C keeps what is done\n"
    time.sleep(2)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=250)
    told = re.fullmatch(r".*run: stopped at step (\d+) of 12000; the same command goes on from there\n", err)
    assert running.returncode == 130 and told, err
    _, metadata = read_tensors(run / "resume.safetensors")
    assert metadata["step"] == told.group(1)


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m synth sample csg2d --count 5000 | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert len(done.stdout.splitlines()) == 1 and not done.stderr


# -- bad input ------------------------------------------------------------------------------------


def _bad_images(folder: Path) -> dict[str, str]:
    """File name to what the message says."""
    (folder / "empty.png").write_bytes(b"")
    (folder / "cut.png").write_bytes((TASKS / "mug.png").read_bytes()[:150])
    (folder / "text.png").write_text("hello")
    Image.new("L", (64, 64), 255).save(folder / "white.png")
    Image.new("1", (20_000, 20_000)).save(folder / "huge.png")
    (folder / "noise.jpg").write_bytes(bytes(range(256)) * 8)
    return {
        "missing.png": "no such file",
        "empty.png": "empty",
        "cut.png": "truncated",
        "text.png": "not an image",
        "white.png": "one colour",
        "huge.png": "20000 x 20000 pixels are too many",
        "noise.jpg": "not an image",
    }


def test_bad_images(cli: Cli, tmp_path: Path) -> None:
    for name, words in _bad_images(tmp_path).items():
        assert_refused(cli("solve", tmp_path / name, *QUICK, 5), name, words)
        assert_refused(cli("check", tmp_path / name), name, words)


GOOD = f'domain = "csg2d"\nimage = "{MUG}"\n'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.toml", GOOD.replace("image", "imagee"), ["unknown field 'imagee'; did you mean 'image'?"]),
        ("a.toml", 'domain = "csg2d"\n', ["no spec", "'image', 'file' or 'examples'"]),
        ("a.toml", GOOD + "id = 3\n", ["$.id", "`str`"]),
        ("a.toml", GOOD + "[options]\nnvert = true\n", ["option 'nvert'; did you mean 'invert'?"]),
        ("a.toml", GOOD + '[options]\ninvert = "no"\n', ["'invert' is 'no'"]),
        ("a.toml", GOOD + 'init = "(circle 2 2"\n', ["$.init", "line 1, column 12", "end"]),
        ("a.toml", GOOD.replace("csg2d", "csg3d", 1), ["$.domain", "'csg3d'; did you mean 'csg2d'?"]),
        ("a.toml", 'domain = "csg2d\n', ["a.toml:1:16: no TOML: Illegal character"]),
        ("a.toml", 'domain = "csg2d"\nimage = b\n', ["a.toml:2:9: no TOML: Invalid value"]),
        ("a.toml", "", ["the file is empty", "'domain'"]),
        ("a.json", " \n", ["the file is empty", "'domain'"]),
        ("a.json", '{"domain": "lists", "examples": []}', ["an empty one", "'examples'"]),
        ("a.toml", 'domain = "csg2d"\nimage = "none.png"\n', ["none.png", "No such file"]),
        ("a.json", '{"domain": "csg2d",', ["a.json:1:20: no JSON: a key in double quotes", "the file ends too early"]),
        ("a.json", '{\n"domain":\n"csg2d" "image": 1}', ["a.json:3:9: no JSON: a comma or a closing bracket"]),
        ("a.json", '{"domain": "csg2d', ["a.json:1:12: no JSON: the quotes that begin here"]),
        ("a.json", "[]", ["object"]),
        ("a.json", "not json", ["a.json:1:1: no JSON: a value is missing here"]),
        ("a.json", "name,first\nAnn Lee,Ann\n", ["rows of cells", "the ending .csv"]),
        ("a.lark", "start: shape\n", ["shape"]),
    ],
)
def test_bad_task_files(cli: Cli, tmp_path: Path, name: str, content: str, words: list[str]) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert_refused(cli("check", path), name, *words)
    if path.suffix != ".lark":
        assert_refused(cli("solve", path, *QUICK, 5), name, *words)


def test_bad_bytes(cli: Cli, tmp_path: Path) -> None:
    for name in ("a.toml", "a.json", "a.lark"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        assert_refused(cli("check", tmp_path / name), name)
    for name in ("a.txt", "a.jsonl"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        assert_refused(cli("show", tmp_path / name), name, "UTF-8")


def test_bad_words(cli: Cli, tmp_path: Path) -> None:
    assert_refused(cli("solve", MUG, "--domain", "csg"), "unknown domain 'csg'; did you mean 'csg2d'?")
    assert_refused(cli("solve", MUG, "--policy", "mutatoin"), "did you mean 'mutation'?")
    assert_refused(cli("solve", MUG, "--policy", "mutation", "--option", "inverted"), "mug.png", "'inverted'")
    assert_refused(
        cli("solve", MUG, MUG, *QUICK, 5), "mug.png", "two tasks are called 'mug.png' (the file is given twice)"
    )
    assert_refused(cli("solve", ROOT / "README.md", *QUICK, 5), "README.md", ".md", "--domain")
    assert_refused(cli("solve", tmp_path, *QUICK, 5), str(tmp_path), "no task")
    assert_refused(cli("solve", MUG, "--policy", "mutation", "--seconds", "nan"), "--seconds")
    assert_refused(cli("sample", "csg2d", "--primitives", "few"), "--primitives", "'few'")
    assert_refused(cli("train", "nope"), "unknown domain 'nope'")


def test_a_program_that_does_not_parse_is_pointed_at(cli: Cli) -> None:
    ran = cli("solve", MUG, *QUICK, 5, "--init", "(union (circle 2 2 2) (circle 2 3 2))")
    assert_refused(ran, "--init: line 1, column 33", "found '3'")
    source, caret = ran.err.splitlines()[1:]
    assert source[caret.index("^")] == "3"
    assert_refused(cli("show", "(union (circle 2 2 2))"), "line 1, column 22")
    deep = "(union " * 1100 + "(circle 2 2 2)" + " (circle 2 2 2))" * 1100
    assert_refused(cli("show", deep), "nested too deeply")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["slove"], ["unknown command 'slove'; did you mean 'solve'?"]),
        (["solve"], ["Missing argument 'TASKS...'", "solve --help"]),
        (["solve", MUG, "--sede", "1"], ["No such option '--sede'", "'--seed'", "solve --help"]),
        (["solve", MUG, "--seed", "-1"], ["'--seed': -1 is not in the range x>=0", "solve --help"]),
        (["solve", MUG, "--seconds", "few"], ["'--seconds': 'few' is not a valid number"]),
        (["solve", MUG, "--top", "few"], ["'--top': 'few' is not a valid whole number"]),
        (["solve", MUG, "--seconds"], ["'--seconds' requires an argument"]),
        (["list", "modles"], ["'modles' is not one of 'domains', 'tasks', 'models'"]),
        (["repair", "x.py"], ["Missing option '--tests'", "repair --help"]),
    ],
)
def test_usage_errors_are_one_line_and_exit_code_2(cli: Cli, arguments: list[str], words: list[str]) -> None:
    assert_refused(cli(*arguments), *words)


def test_bad_checkpoints(cli: Cli, tmp_path: Path) -> None:
    shape = ("solve", MUG, "--executions", 5, "--checkpoint")
    path = tmp_path / "other.safetensors"
    assert_refused(cli(*shape, path), "other.safetensors", "no such checkpoint")
    path.write_bytes(domain("csg2d").weights.read_bytes()[:5000])
    assert_refused(cli(*shape, path), "other.safetensors", "damaged checkpoint")
    state, metadata = read_tensors(domain("csg2d").weights)
    write_tensors(path, state, {})
    assert_refused(cli(*shape, path), "other.safetensors", "no checkpoint of synth")
    write_tensors(path, dict(list(state.items())[1:]), metadata)
    assert_refused(cli(*shape, path), "other.safetensors", "do not fit")
    productions = [*json.loads(metadata["productions"])[1:], "shape.hexagon"]
    write_tensors(path, state, metadata | {"grammar": "0", "productions": json.dumps(productions)})
    assert_refused(cli(*shape, path), "other.safetensors", "-shape.hexagon", "synth train csg2d")


def test_check_says_every_fault_and_goes_on(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("x = 1\n")
    (tmp_path / "b.json").write_text("{")
    ran = cli("check", tmp_path / "a.toml", MUG, tmp_path / "b.json", ROOT / "grammars" / "csg2d.lark")
    assert ran.code == 2 and [line.split(":")[0] for line in ran.err.splitlines()] == ["synth", "synth"]
    assert "task mug.png of csg2d" in ran.out and "grammar of 45 productions" in ran.out
    good = process("check", TASKS)
    assert good.code == 0 and not good.err and len(good.out.splitlines()) == 18


def test_check_names_every_faulty_file_of_a_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.csv").write_text("one column\n")
    (tmp_path / "c.csv").write_text("ada,A\nalan,A\nbob,B\n")
    ran = cli("check", tmp_path)
    assert ran.code == 2 and "task c.csv of strings" in ran.out
    assert [line.split(":")[1] for line in ran.err.splitlines()] == [f" {tmp_path / n}" for n in ("a.json", "b.csv")]
    assert_refused(cli("solve", tmp_path), "a.json:1:2")


# -- the other verbs ------------------------------------------------------------------------------


def test_list(cli: Cli, tmp_path: Path) -> None:
    assert cli("list", "domains").out.startswith("csg2d: 45 productions")
    assert "csg2d: " in cli("list", "models").out and " steps, " in cli("list", "models").out
    tasks = cli("list", "tasks", TASKS)
    assert tasks.code == 0 and len(tasks.out.splitlines()) == 18 and "mug-from-draft (csg2d)" in tasks.out
    assert cli("list", "tasks", tmp_path / "none").code == 2


def test_sample_prints_programs_and_chains(cli: Cli) -> None:
    ran = cli("sample", "csg2d", "--count", 3, "--primitives", "2-4", "--noise", 2, "--seed", 5)
    programs = [line for line in ran.out.splitlines() if line.startswith("(")]
    assert ran.code == 0 and len(programs) == 3
    assert all(2 <= parse(CSG, text).primitives <= 4 for text in programs)
    noisy = [line.strip() for line in ran.out.splitlines() if line.startswith("     ")]
    assert len(noisy) == 6 and all(parse(CSG, text) for text in noisy)
    assert cli("sample", "csg2d", "--count", 3, "--primitives", "2-4", "--noise", 2, "--seed", 5).out == ran.out


def test_show_takes_text_and_files(cli: Cli, tmp_path: Path) -> None:
    text = "(union (circle 16 16 10) (rect 16 16 4 32 0))"
    (tmp_path / "a.txt").write_text(text + "\n")
    ran = cli("show", text)
    assert ran.code == 0 and text in ran.out and "@@" in ran.out and "2 primitives" in ran.out
    assert cli("show", tmp_path / "a.txt").out == ran.out
    assert_refused(cli("show", tmp_path / "none.jsonl"), "none.jsonl", "No such file")


def test_show_takes_rows_of_evaluations(cli: Cli, tmp_path: Path) -> None:
    row = {"task": "a", "domain": "csg2d", "policy": "p", "seed": 0, "solved": True, "score": 0.01}
    (tmp_path / "a.jsonl").write_text(json.dumps(row | {"program": "(circle 16 16 10)"}) + "\n")
    ran = cli("show", tmp_path / "a.jsonl")
    assert ran.code == 0 and "a: solved, score 0.01" in ran.out


# -- what is asked for beside the program --------------------------------------------------------


def test_the_policy_is_named_and_the_solved_are_counted(cli: Cli, tmp_path: Path) -> None:
    save_disc(tmp_path / "a.png")
    save_disc(tmp_path / "b.png", 255, 0)
    program = ("--init", "(circle 16 16 10)", *QUICK, 1)
    ran = cli("solve", tmp_path, *program)
    assert ran.code == 1 and ran.out.count(" s, policy mutation\n") == 2
    assert ran.out.splitlines()[-1] == "solved 1 of 2"
    assert "solved 1 of" not in cli("solve", tmp_path / "a.png", *program).out  # one task needs no count
    results = tmp_path / "results.jsonl"
    cli("solve", tmp_path / "a.png", *program, "--out", results)
    assert cli("solve", tmp_path, *program, "--out", results).out.splitlines()[-1] == "solved 1 of 2"
    assert cli("solve", tmp_path, *program, "--seed", 1, "--json").rows  # rows and nothing else


def test_a_close_attempt_names_the_limit_of_the_language(cli: Cli, tmp_path: Path) -> None:
    from PIL import ImageDraw

    image = Image.new("L", (128, 128), 255)
    ImageDraw.Draw(image).ellipse((25, 25, 105, 105), fill=0)  # a radius of 40 pixels is on the grid, its centre not
    image.save(tmp_path / "off.png")
    said = "Perhaps no program comes closer: places and sizes have 16 levels each"
    near = cli("solve", tmp_path / "off.png", "--init", "(circle 16 16 10)", *QUICK, 1)
    assert near.code == 1 and said in near.out
    assert said not in cli("solve", tmp_path / "off.png", "--init", "(circle 4 4 4)", *QUICK, 1).out
    assert said not in cli("solve", save_disc(tmp_path / "on.png"), "--init", "(circle 16 16 10)", *QUICK, 1).out


def test_a_spreadsheet_whose_first_row_alone_is_filled_is_warned_of(cli: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "names.csv"
    sheet.write_text("who,abbr\nada lovelace,\nalan turing,\n")
    ran = cli("solve", sheet, "--seconds", 2)
    assert ran.err.startswith(f"note: {sheet}: line 1 is taken as an example, the only one") and "--option" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "note: " in cli("check", sheet).err
    sheet.write_text("who,abbr\nada lovelace,AL\nalan turing,AT\n")
    assert not cli("check", sheet).err


def test_one_example_is_said_to_be_thin_evidence(cli: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "names.csv"
    for content in ("who,abbr\nada lovelace,AL\nalan turing,\n", "ada lovelace,AL\n", "a,b\n"):
        sheet.write_text(content)
        assert cli("check", sheet).err.startswith("note: names.csv: one example only")
    sheet.write_text("who,abbr\nada lovelace,\n")
    said = cli("solve", sheet, "--seconds", 1, "--option", "no_header").err
    assert "one example only" in said and len(said.splitlines()) == 1


def test_refusals_say_the_mend(cli: Cli, tmp_path: Path) -> None:
    assert_refused(cli("solve", RING, "--policy", "enumerate"), "ring.png", "take --policy mutation")
    cut = tmp_path / "cut.sl"
    cut.write_text((ROOT / "tasks" / "strings" / "year.sl").read_text()[:200])
    assert_refused(cli("solve", cut), "cut.sl:", "never closed", "add a ')', or get the whole file")
    sheet = tmp_path / "names.csv"
    sheet.write_text("ada,A\nalan,A\nada,B\n")
    assert_refused(cli("solve", sheet), "names.csv: line 1 and line 3 contradict", "take one of them out")
    sheet.write_text("ada,A\nalan,\n")
    began = time.monotonic()
    answers = tmp_path / "none" / "answers.csv"
    assert_refused(cli("solve", sheet, "--out", answers, "--seconds", 60), "answers.csv", "no folder", "make it")
    assert time.monotonic() - began < 30


def test_workbooks_are_to_be_saved_as_csv(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    for options in ([], ["--domain", "strings"]):
        assert_refused(cli("solve", tmp_path / "a.xlsx", *options), "a.xlsx", "save its sheet as CSV")


def test_no_program_is_no_program(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    for what in ("", tmp_path / "empty.txt"):
        assert_refused(cli("show", what), "the text is empty")


def test_help_names_what_can_be_solved(cli: Cli) -> None:
    told = " ".join(cli("solve", "--help").out.split())
    assert all(word in told for word in ("PNG", "JPEG", "CSV", ".sl", "TOML", "JSON", "folders"))


def test_show_writes_a_page_and_an_animation(cli: Cli, tmp_path: Path) -> None:
    results, html, gif = tmp_path / "results.jsonl", tmp_path / "a.html", tmp_path / "a.gif"
    cli("solve", RING, MUG, *QUICK, 60, "--out", results)
    ran = cli("show", results, "--html", html)
    assert ran.code == 0 and ran.out.startswith(f"{html}: 2 results, ") and len(ran.out.splitlines()) == 1
    text = html.read_text()
    assert text.startswith("<!DOCTYPE html>") and '"name":"ring.png"' in text and '"name":"mug.png"' in text
    assert_refused(cli("show", results, "--gif", gif), "holds 2 tasks", "choose with --task ring.png")
    assert_refused(cli("show", results, "--task", "mug", "--gif", gif), "--task", "did you mean 'mug.png'?")
    ran = cli("show", results, "--task", "mug.png", "--gif", gif)
    assert ran.code == 0 and ran.out.startswith(f"{gif}: mug.png, ")
    with Image.open(gif) as image:
        assert image.format == "GIF" and image.n_frames > 1
    listed = cli("show", results, "--task", "mug.png").out
    assert "mug.png: " in listed and "ring.png" not in listed


def test_films_write_over_nothing(cli: Cli, tmp_path: Path) -> None:
    results, kept, fresh = tmp_path / "results.jsonl", tmp_path / "a.html", tmp_path / "b.gif"
    cli("solve", RING, *QUICK, 30, "--out", results)
    kept.write_text("mine")
    assert_refused(cli("show", results, "--html", kept, "--gif", fresh), "a.html", "not overwritten", "--html")
    assert kept.read_text() == "mine" and not fresh.exists()
    assert_refused(cli("show", results, "--gif", tmp_path / "no" / "b.gif"), "b.gif", "no folder", "--gif")
    assert_refused(cli("show", "(circle 16 16 8)", "--html", fresh), "results file (.jsonl)")
    assert_refused(cli("show", tmp_path / "none.jsonl", "--html", fresh), "none.jsonl", "No such file")
    results.write_text("")
    for options in ([], ["--html", fresh], ["--gif", fresh], ["--task", "a"]):
        assert_refused(cli("show", results, *options), "results.jsonl: holds no result yet")
    results.write_text('{"task": 1}\n')
    assert_refused(cli("show", results, "--html", fresh), "results.jsonl:1: not a result")
    assert not fresh.exists()


# -- starting -------------------------------------------------------------------------------------


def test_help_is_fast_and_imports_little() -> None:
    code = """
import sys, time
from synth.cli import main
try:
    main(["--help"])
except SystemExit:
    print("CPU", time.process_time(), *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    _, seconds, *modules = done.stdout.splitlines()[-1].split()
    assert not {"torch", "numpy", "lark", "rich", "PIL"} & set(modules)
    assert float(seconds) < 0.5


@pytest.mark.parametrize("code", ["import synth", f"import synth.cli; synth.cli.main(['check', {MUG!r}])"])
def test_torch_is_imported_only_where_a_net_runs(code: str) -> None:
    whole = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", whole], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "torch_geometric", "matplotlib"} & set(done.stdout.split())


def test_version_and_help_of_every_verb(cli: Cli) -> None:
    assert cli("--version").out.startswith("synth ")
    for verb in ("check", "list", "sample", "show", "solve", "train"):
        ran = cli(verb, "--help")
        assert ran.code == 0 and ran.out.startswith("Usage:")


def test_code_is_pointed_to_repair(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("def f(x):\n    return x\n")
    assert_refused(cli("solve", tmp_path / "f.py", *QUICK, 5), "f.py", "synth repair")


def test_fewer_programs_than_asked_for_are_counted(cli: Cli, tmp_path: Path) -> None:
    task = {"domain": "strings", "examples": [{"inputs": ["ab"], "output": "AB"}, {"inputs": ["c"], "output": "C"}]}
    (tmp_path / "t.json").write_text(json.dumps(task))
    found = cli("solve", tmp_path / "t.json", "--seconds", 1, "--top", 500)
    assert found.code == 0 and "of 500 different programs found" in found.err
