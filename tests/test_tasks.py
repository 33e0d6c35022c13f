"""Task files: what is read, from where, and in which order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.domains.csg2d import Csg2d
from synth.errors import InputError, ParseError
from synth.tasks import load_task, load_tasks, with_init
from synth.tree import Tree

TASKS = Path(__file__).resolve().parents[1] / "tasks" / "csg2d"
MUG = TASKS / "mug.png"


def write(path: Path, **keys: object) -> Path:
    path.write_text(json.dumps({"domain": "csg2d", "image": str(MUG)} | keys))
    return path


def test_every_shipped_task_loads() -> None:
    names = [task.name for task in load_tasks([TASKS])]
    assert len(names) == 18 and {"key-inverted", "mug-from-draft", "stencil-cut-out", "ghost.jpg"} <= set(names)
    assert not {"key-inverted.png", "stencil.png"} & set(names)  # a task file names them


def test_the_readme_lists_every_task() -> None:
    text = (TASKS.parent / "README.md").read_text()
    files = [p.name for p in TASKS.iterdir() if p.suffix not in (".py", "")]
    named = {"key-inverted.png", "stencil.png"}
    assert [name for name in files if name not in named and f"`{name}`" not in text] == []


def test_a_task_file_says_the_same_as_options(tmp_path: Path) -> None:
    by_file = load_task(write(tmp_path / "a.json", options={"invert": True}))
    by_option = load_task(MUG, options={"invert": True})
    plain = load_task(write(tmp_path / "b.json"))
    assert (by_file.spec.mask == by_option.spec.mask).all()
    assert by_file.spec.area + plain.spec.area == 128 * 128
    assert by_file.name == "a" and by_option.name == "mug.png"


def test_names_and_drafts(tmp_path: Path) -> None:
    task = load_task(write(tmp_path / "a.json", id="cup", init="(circle 2 2 2)"))
    assert task.name == "cup" and task.init is not None
    assert str(Tree(task.grammar, task.init)) == "(circle 2 2 2)"
    assert with_init(task, "(rect 2 2 2 2 0)").init != task.init
    assert task.domain == "csg2d" and task.solved_below == pytest.approx(0.02)


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.png").write_bytes(MUG.read_bytes())
    (tmp_path / "deep" / "a.toml").write_text('domain = "csg2d"\nimage = "a.png"\n')
    monkeypatch.chdir(tmp_path)
    assert load_task(Path("deep/a.toml")).spec.area == load_task(MUG).spec.area


def test_the_order_is_that_of_the_arguments(tmp_path: Path) -> None:
    for name in ("b.json", "a.json"):
        write(tmp_path / name)
    assert [t.name for t in load_tasks([MUG, tmp_path])] == ["mug.png", "a", "b"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"domain": "csg"}, r"a\.json: \$\.domain: unknown domain 'csg'; did you mean 'csg2d'"),
        ({"options": {"inver": True}}, r"a\.json: unknown option 'inver'; did you mean 'invert'"),
        ({"options": {"invert": 1}}, r"a\.json: .*'invert' is 1; give true or false"),
        ({"options": 3}, r"a\.json: .*\$\.options"),
        ({"image": "none.png"}, r"a\.json: .*none\.png: .*No such file"),
        ({"image": "."}, r"a\.json: .*directory"),
        ({"extra": 1}, r"a\.json: .*extra"),
    ],
)
def test_faults_name_the_file_and_the_place(tmp_path: Path, keys: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_task(write(tmp_path / "a.json", **keys))


def test_a_draft_that_does_not_parse_has_a_caret(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"a\.json: \$\.init: line 1, column 11") as caught:
        load_task(write(tmp_path / "a.json", init="(circle 2 x 2)"))
    assert caught.value.caret.splitlines()[1].index("^") == 10


def test_two_tasks_of_one_name_are_refused(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.json", id="same"), write(tmp_path / "b.json", id="same")
    with pytest.raises(InputError, match=r"b\.json: two tasks are called 'same' \(the other is .*a\.json\)"):
        load_tasks([one, two])


def test_the_domain_must_agree(tmp_path: Path) -> None:
    assert load_task(MUG, Csg2d.name).domain == load_task(write(tmp_path / "a.json"), "csg2d").domain == "csg2d"
    with pytest.raises(InputError, match="is of domain 'csg2d', not 'other'"):
        load_task(tmp_path / "a.json", "other")
    with pytest.raises(InputError, match="README"):
        load_task(TASKS.parent / "README.md")


def test_paths_may_be_plain_text() -> None:
    """The README's example in Python."""
    assert load_tasks([str(TASKS / "ring.png")])[0].name == load_tasks([TASKS / "ring.png"])[0].name
