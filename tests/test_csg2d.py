"""csg2d: exact sets against a slow renderer written from the geometry, requirements, images in and SVG out."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from synth.domains.csg2d import GOAL, Csg2d, pack, unpack
from synth.edit import Action, Kind, Step, actions
from synth.errors import InputError
from synth.forest import Forest
from synth.text import parse
from synth.tree import Ids, unparse
from tests.helpers import CSG, programs, seeds

Mask = NDArray[np.bool_]
DOMAIN = Csg2d()
ANGLES = [CSG.production(f"angle.{a}") for a in range(0, 360, 45)]
# centres of the pixels, in units of the 32 x 32 canvas
Y, X = (np.mgrid[:128, :128] + 0.5) / 4
A, B, C = "(circle 12 12 10)", "(circle 16 16 10)", "(rect 20 20 16 8 45)"

SETS: dict[str, Callable[[Mask, Mask], Mask]] = {
    "union": np.logical_or,
    "difference": lambda a, b: a & ~b,
    "intersection": np.logical_and,
}


def shape(name: str, x: float, y: float, *rest: float) -> Mask:
    """Pixels whose centre is in a circle or rectangle."""
    if name == "circle":
        return np.hypot(X - x, Y - y) <= rest[0] + 1e-9
    w, h, angle = rest
    turn = math.radians(angle)
    along = (X - x) * math.cos(turn) + (Y - y) * math.sin(turn)
    across = (Y - y) * math.cos(turn) - (X - x) * math.sin(turn)
    return (abs(along) <= w / 2 + 1e-9) & (abs(across) <= h / 2 + 1e-9)


def render(text: str, flipped: int = -1, seen: list[Mask] | None = None) -> Mask:
    """Draw a program from its text alone; `seen` gets the masks of its shapes in preorder.

    The mask of shape number `flipped` is turned into its complement.
    """
    words = re.findall(r"[^\s()]+|\(", text)
    masks: list[Mask | None] = []

    def read() -> Mask:
        words.pop(0)
        me, name = len(masks), words.pop(0)
        masks.append(None)
        if name in SETS:
            mask = SETS[name](read(), read())
        else:
            mask = shape(name, *(float(words.pop(0)) for _ in range(3 if name == "circle" else 5)))
        mask = ~mask if me == flipped else mask
        masks[me] = mask
        return mask

    root = read()
    if seen is not None:
        seen += [mask for mask in masks if mask is not None]
    return root


def any_angles(ids: Ids, seed: int) -> Ids:
    """The program with all eight angles, which are read but not proposed."""
    rng = np.random.default_rng(seed)
    return tuple(int(rng.choice(ANGLES)) if p in ANGLES else p for p in ids)


def drawn(text: str) -> Mask:
    return unpack(DOMAIN.mask(parse(CSG, text).ids))


# -- what programs draw ---------------------------------------------------------------------------


@given(programs(CSG, 1, 6), seeds)
def test_programs_draw_exactly_their_sets(ids: Ids, seed: int) -> None:
    ids = any_angles(ids, seed)
    assert np.array_equal(unpack(DOMAIN.mask(ids)), render(unparse(CSG, ids)))


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_angles_turn_clockwise(angle: int) -> None:
    mask = drawn(f"(rect 16 16 24 4 {angle})")
    assert np.array_equal(mask, render(f"(rect 16 16 24 4 {angle})"))
    right_below = mask[64 + 30, 64 + 30], mask[64 - 30, 64 + 30]  # 45 degrees points to the lower right
    assert right_below == (angle % 180 == 45, angle % 180 == 135)


def test_nesting_matters() -> None:
    """The reference implementation draws `A - (B - C)` as `(A - B) - C`."""
    right = drawn(f"(difference {A} (difference {B} {C}))")
    left = drawn(f"(difference (difference {A} {B}) {C})")
    a, b, c = render(A), render(B), render(C)
    assert np.array_equal(right, a & ~(b & ~c)) and np.array_equal(left, a & ~b & ~c)
    assert not np.array_equal(left, right)


@given(seeds, st.sampled_from([(), (3,), (2, 2)]))
def test_packing_is_lossless(seed: int, lead: tuple[int, ...]) -> None:
    masks = np.random.default_rng(seed).random((*lead, 128, 128)) < 0.5
    words = pack(masks)
    assert words.shape == (*lead, 256) and words.dtype == np.uint64
    for index in np.ndindex(*lead):
        assert np.array_equal(unpack(words[index]), masks[index])
    cells = masks.reshape(*lead, 16, 8, 16, 8).sum(axis=(-3, -1))
    assert np.array_equal(np.bitwise_count(words).reshape(*lead, 16, 16), cells)  # a word is a cell


@given(st.lists(programs(CSG, 1, 4), min_size=2, max_size=5), programs(CSG, 2, 4))
def test_scores_are_mean_iou_and_keys_are_pictures(trees: list[Ids], target: Ids) -> None:
    wanted = render(unparse(CSG, target))
    if wanted.all() or not wanted.any():
        return
    task = DOMAIN.task(wanted)
    trees = [*trees, target]
    score, key = DOMAIN.execute([task], np.zeros(len(trees), dtype=np.int64), Forest(CSG, trees))
    masks = [render(unparse(CSG, ids)) for ids in trees]
    for mask, found, ids in zip(masks, score, trees, strict=True):
        inside = (mask & wanted).sum() / (mask | wanted).sum()
        outside = (~mask & ~wanted).sum() / (~mask | ~wanted).sum()
        assert found == pytest.approx(1 - (inside + outside) / 2)
        assert (found < task.solved_below) == ((inside + outside) / 2 > GOAL)
        assert DOMAIN.measures(task, ids)["mean_iou"] == pytest.approx(1 - found)
    equal = [[np.array_equal(a, b) for a in masks] for b in masks]
    assert np.array_equal(key[:, None] == key[None, :], equal)
    assert score[-1] == 0


# -- requirements ---------------------------------------------------------------------------------


@given(programs(CSG, 1, 6), programs(CSG, 2, 4))
def test_requirements_are_exact(ids: Ids, target: Ids) -> None:
    """Where a shape matters its flip always shows in the picture, elsewhere it never does."""
    wanted = render(unparse(CSG, target))
    if wanted.all() or not wanted.any():
        return
    text = unparse(CSG, ids)
    forest = Forest(CSG, [ids])
    seen: list[Mask] = []
    root = render(text, seen=seen)
    maps = DOMAIN.annotate([DOMAIN.task(wanted)], np.zeros(1, dtype=np.int64), forest)[:, : 3 * 256]
    program = DOMAIN._program(forest)
    cares, negated = DOMAIN._cares(program, DOMAIN._values(forest, program))
    for node, mask in enumerate(seen):
        care = render(text, flipped=node) ^ root
        assert np.array_equal(unpack(cares[node]), care)
        assert np.array_equal(root[care], (mask ^ negated[node])[care])
        should = wanted ^ negated[node]
        parts = (care & should & mask, care & should & ~mask, care & ~should & mask)
        counts = [part.reshape(16, 8, 16, 8).sum(axis=(1, 3)).ravel() for part in parts]
        assert np.array_equal(maps[node], np.concatenate(counts))


def test_annotations_of_a_known_case() -> None:
    task = DOMAIN.task(render(f"(union {A} {C})"))
    forest = Forest(CSG, [parse(CSG, f"(union {A} (circle 30 2 2))").ids])
    maps = DOMAIN.annotate([task], np.zeros(1, dtype=np.int64), forest)
    present, missing, wrong = maps[:, : 3 * 256].reshape(3, 3, 256).sum(axis=2, dtype=int).T
    a, c, far = render(A), render(C), render("(circle 30 2 2)")
    assert present.tolist() == [a.sum(), a.sum(), 0]
    assert missing.tolist() == [(c & ~a).sum()] * 3
    assert wrong.tolist() == [far.sum(), 0, far.sum()]
    assert maps.max() <= 64


# -- sampling -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "program"),
    [
        ("(difference (circle 16 16 12) (rect 22 16 12 8 0))", "(rect 10 16 14 20 45)"),
        (
            "(union (rect 6 8 8 12 0) (intersection (circle 22 14 10) (rect 24 24 12 22 45)))",
            "(union (rect 6 8 8 12 0) (union (circle 22 22 2) (rect 20 20 4 4 0)))",
        ),
        ("(union (circle 8 8 6) (circle 24 24 6))", "(difference (circle 8 24 2) (rect 8 8 4 4 0))"),
    ],
)
def test_the_best_refits_come_near_the_goal_at_once(target: str, program: str) -> None:
    task = DOMAIN.task(drawn(target))
    ids = parse(CSG, program).ids
    refitted = [edit.splice(ids) for edit in DOMAIN.refits(task, ids)[:8]]
    best = max(DOMAIN.measures(task, other)["mean_iou"] for other in refitted)
    assert best > 0.85 > DOMAIN.measures(task, ids)["mean_iou"]


def test_what_stands_there_already_is_no_refit() -> None:
    ids = parse(CSG, "(circle 16 16 12)").ids
    edits = DOMAIN.refits(DOMAIN.task(drawn("(circle 16 16 12)")), ids)
    assert edits and all(edit.removed == ids != edit.inserted for edit in edits)


def test_targets_have_some_of_each_colour() -> None:
    for _, task in DOMAIN.sample_tasks(np.random.default_rng(0), 40):
        assert 0.01 <= unpack(task.spec.mask).mean() <= 0.99
        assert task.spec.area == unpack(task.spec.mask).sum()


def test_every_part_of_a_training_program_shows() -> None:
    table = actions(CSG)
    for ids, task in DOMAIN.sample_training(np.random.default_rng(0), 12):
        whole = render(unparse(CSG, ids))
        assert np.array_equal(unpack(task.spec.mask), whole)
        for node, slot in product(range(len(ids)), range(2)):
            action = table.index[Action(Kind.DELETE, -1, slot)]
            if table.valid[ids[node], action]:
                less = table.edit(ids, Step(node, action, ())).splice(ids)
                assert (render(unparse(CSG, less)) ^ whole).sum() >= 16


def test_programs_of_one_shape_or_colour_are_no_tasks() -> None:
    texts = (A, f"(difference {A} {A})", "(union (rect 16 16 32 32 0) (rect 16 16 32 32 45))", f"(union {A} {C})")
    found = DOMAIN.tasks_of([parse(CSG, text).ids for text in texts])
    assert [pair is None for pair in found] == [True, True, True, False]
    assert found[3] is not None and str(unparse(CSG, found[3][0])) == texts[3]


# -- reading images -------------------------------------------------------------------------------


def picture(mode: str = "L", size: tuple[int, int] = (128, 128), ground: Any = 255, ink: Any = 0) -> Image.Image:
    """A box in the middle of half the size."""
    image = Image.new(mode, size, ground)
    w, h = size
    ImageDraw.Draw(image).rectangle((w // 4, h // 4, w * 3 // 4 - 1, h * 3 // 4 - 1), fill=ink)
    return image


def box(width: int = 64, height: int = 64) -> Mask:
    mask = np.zeros((128, 128), dtype=bool)
    mask[64 - height // 2 : 64 + height // 2, 64 - width // 2 : 64 + width // 2] = True
    return mask


def loaded(image: Image.Image, path: Path, **options: Any) -> Mask:
    image.save(path)
    task = DOMAIN.load(path, options)
    assert task.name == path.name and task.domain == "csg2d"
    return unpack(task.spec.mask)


@pytest.mark.parametrize(
    "image",
    [
        picture(),
        picture("1", ground=1),
        picture("RGB", ground=(240, 240, 90), ink=(20, 20, 200)),
        picture("RGBA", ground=(0, 0, 0, 0), ink=(0, 0, 0, 255)),  # black on nothing
        picture("RGBA", ground=(9, 9, 9, 0), ink=(255, 255, 255, 255)),  # white on nothing
        picture("RGBA", ground=(255, 255, 255, 255), ink=(0, 0, 0, 255)),  # opaque
        picture("LA", ground=(255, 255), ink=(10, 255)),
        picture("RGB", ground=(255, 255, 255), ink=(0, 0, 0)).convert("P"),
        Image.fromarray(np.where(box(), 9000, 60000).astype(np.uint16)),  # 16 bits
        picture(size=(512, 512)),
        picture(size=(32, 32)),
        picture(ground=160, ink=100),
    ],
    ids=lambda i: f"{i.mode}{i.width}",
)
def test_images_of_all_kinds_show_their_shape(image: Image.Image, tmp_path: Path) -> None:
    assert np.array_equal(loaded(image, tmp_path / "box.png"), box())


def test_transparent_palette_images(tmp_path: Path) -> None:
    image = picture("P", ground=0, ink=1)
    image.putpalette([0, 0, 0, 0, 0, 0])
    image.info["transparency"] = 0
    assert np.array_equal(loaded(image, tmp_path / "box.png"), box())


def test_jpeg_noise_does_not_matter(tmp_path: Path) -> None:
    for mode in ("L", "RGB", "CMYK"):
        image = picture("L", (500, 500)).convert(mode)
        assert (loaded(image, tmp_path / "box.jpg") ^ box()).mean() < 0.005


def test_proportions_are_kept(tmp_path: Path) -> None:
    assert np.array_equal(loaded(picture(size=(256, 64)), tmp_path / "wide.png"), box(64, 16))
    assert np.array_equal(loaded(picture(size=(32, 128)), tmp_path / "tall.png"), box(16, 64))
    clear = picture("RGBA", (64, 256), ground=(0, 0, 0, 0), ink=(0, 0, 0, 255))
    assert np.array_equal(loaded(clear, tmp_path / "clear.png"), box(16, 64))


def test_the_background_can_be_the_shape(tmp_path: Path) -> None:
    image = picture(ground=0, ink=255)
    assert np.array_equal(loaded(image, tmp_path / "white.png"), ~box())
    assert np.array_equal(loaded(image, tmp_path / "white.png", invert=True), box())


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello world\n" * 20, "not an image"),
        (encoded(picture())[:-40], "cannot read"),
        (encoded(picture("RGB", ground=(255, 255, 255), ink=(0, 0, 0)), "JPEG")[:500], "cannot read"),
        (encoded(picture())[:20], "cannot read"),
        (encoded(Image.new("L", (1, 1))), "of one colour"),
        (encoded(Image.new("L", (100, 100), 255)), "of one colour"),
        (encoded(Image.new("RGB", (100, 100), (0, 0, 0))), "of one colour"),
        (encoded(picture(ground=255, ink=250)), "of one colour"),
        (encoded(Image.new("RGBA", (100, 100), (0, 0, 0, 0))), "all background"),
        (png_header(60_000, 60_000), "60000 x 60000 pixels are too many"),
        (png_header(64, 64), "cannot read"),
    ],
)
def test_files_that_are_no_target_are_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "target.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=reason) as error:
        DOMAIN.load(path, {})
    assert "target.png" in str(error.value) and "\n" not in str(error.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.png: cannot read the image: No such file"):
        DOMAIN.load(tmp_path / "nothing.png", {})
    with pytest.raises(InputError, match="cannot read the image: Is a directory"):
        DOMAIN.load(tmp_path, {})


@given(
    st.sampled_from(["PNG", "JPEG"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
def test_damaged_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, changes: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(encoded(picture(), kind))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    path.write_bytes(data[: int(cut * len(data)) + 1])
    try:
        task = DOMAIN.load(path, {})
    except InputError as error:
        assert "damaged.png" in str(error)
    else:
        assert 0 < task.spec.area < 128 * 128


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (np.zeros((128, 128)), "a 2-d boolean array, not float64"),
        (np.zeros((4, 4, 3), dtype=bool), r"not bool \(4, 4, 3\)"),
        (np.zeros((0, 4), dtype=bool), r"not bool \(0, 4\)"),
        (np.zeros((128, 128), dtype=bool), "all background"),
        (np.ones((128, 128), dtype=bool), "all foreground"),
        (np.eye(2000, dtype=bool), "all background"),  # too fine a line for 128 pixels
        ("circle", "a csg2d target is"),
    ],
)
def test_values_that_are_no_target_are_refused(spec: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        DOMAIN.task(spec)


def test_arrays_are_targets() -> None:
    task = DOMAIN.task(box(), "mine")
    assert task.name == "mine" and np.array_equal(unpack(task.spec.mask), box())
    assert np.array_equal(unpack(DOMAIN.task(box()[::2, ::2]).spec.mask), box())


# -- pictures of solutions ------------------------------------------------------------------------


def test_images_are_black_on_white() -> None:
    task = DOMAIN.task(render(A))
    for ids, text in ((None, A), (parse(CSG, C).ids, C)):
        image = DOMAIN.image(task, ids)
        assert image.shape == (128, 128, 3) and image.dtype == np.uint8
        assert np.array_equal(image == 0, np.repeat(render(text)[:, :, None], 3, axis=2))
        assert set(np.unique(image)) <= {0, 255}


def paint(element: ET.Element, canvas: NDArray[np.float64], where: Mask, masks: dict[str, ET.Element]) -> None:
    """Draw what our SVG files consist of: shapes, and groups under luminance masks."""
    tag = element.tag.split("}")[-1]
    if tag in ("circle", "rect"):
        canvas[where & outline(element, tag)] = {"white": 1.0, "black": 0.0}[element.attrib["fill"]]
    elif tag == "g":
        shown = np.zeros_like(canvas)
        for child in masks[element.attrib["mask"][5:-1]]:
            paint(child, shown, np.ones_like(where), masks)
        where = where & (shown > 0.5)
    if tag in ("g", "svg"):
        for child in element:
            paint(child, canvas, where, masks)


def outline(element: ET.Element, tag: str) -> Mask:
    def number(name: str) -> float:
        return float(element.get(name, "0"))

    if tag == "circle":
        return shape("circle", number("cx"), number("cy"), number("r"))
    w, h = number("width"), number("height")
    x, y = number("x") + w / 2, number("y") + h / 2
    turn = re.fullmatch(r"rotate\((\d+) (\d+) (\d+)\)", element.get("transform", "rotate(0 0 0)"))
    assert turn is not None and (not int(turn[1]) or (x, y) == (float(turn[2]), float(turn[3])))
    return shape("rect", x, y, w, h, float(turn[1]))


@given(programs(CSG, 1, 6), seeds)
def test_svg_documents_draw_the_program(ids: Ids, seed: int) -> None:
    ids = any_angles(ids, seed)
    root = ET.fromstring(DOMAIN.svg(CSG, ids))
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.attrib["viewBox"] == "0 0 32 32"
    masks = {m.attrib["id"]: m for m in root.iter("{http://www.w3.org/2000/svg}mask")}
    assert len(masks) == sum(CSG.names[p] in ("difference", "intersection") for p in ids)
    canvas = np.full((128, 128), 0.5)
    paint(root, canvas, np.ones((128, 128), dtype=bool), masks)
    assert np.array_equal(canvas == 0, render(unparse(CSG, ids)))


# -- the reference implementation's test images ---------------------------------------------------


def translated(program: str) -> str:
    """A program of the reference implementation in our syntax."""
    words = {"+": "union", "-": "difference"}

    def one(match: re.Match[str]) -> str:
        name, *numbers = match[0].split()
        twice = [str(2 * int(n, 16)) for n in numbers if n < "G"]
        if name == "Circle":
            return f"circle {twice[1]} {twice[2]} {twice[0]}"
        return f"rect {' '.join(twice)} {45 * (ord(numbers[4]) - ord('G'))}"

    text = re.sub(r"Circle \w \w \w|Quad \w \w \w \w \w", one, program)
    return re.sub(r"[+-]", lambda m: words[m[0]], text)


def test_small_programs_of_the_reference_draw_its_images(shared_data: Path) -> None:
    sources = json.loads((shared_data / "csg2d" / "programs.json").read_text())["programs"]
    found = []
    for n, source in enumerate(sources):
        sizes = [s for shape in re.findall(r"Circle (\w)|Quad \w \w (\w) (\w)", source) for s in shape if s]
        if source.count("Circle") + source.count("Quad") == 2 and "0" not in sizes:
            task = DOMAIN.load(shared_data / "csg2d" / f"{n:03}.png", {})
            found.append(DOMAIN.measures(task, parse(CSG, translated(source)).ids)["mean_iou"])
    assert len(found) >= 5 and min(found) > 0.97
