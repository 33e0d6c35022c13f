"""Image files in: what every domain whose spec is a picture reads them with; small PNGs out."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_PIXELS = 100_000_000
_DRAWN = 0.9  # share of the pixels that 256 colours have in a drawing


def read_image(path: Path) -> Image:
    """Read any PNG or JPEG as RGBA, the right way up (cameras note how they were held).

    Raises `InputError` for a file that is missing, no image, damaged or too large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit below gives a plain error instead of a warning
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise InputError(
                    f"{path}: {image.width} x {image.height} pixels are too many (at most 100 million); scale it down"
                )
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16-bit greys, which a plain conversion would clip at 255
                upright = upright.point(lambda grey: grey / 256).convert("L")
            return upright.convert("RGBA")
    except UnidentifiedImageError:
        what = "empty" if path.stat().st_size == 0 else "not an image that can be read"
        raise InputError(f"{path}: the file is {what}; give a PNG or JPEG") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: cannot read the image: {getattr(error, 'strerror', None) or error}") from None


def palettised(pictures: Sequence[NDArray[np.uint8]]) -> list[Image]:
    """(H, W, 3) pictures with one palette for all, exact where they have at most 256 colours."""
    from PIL import Image

    pixels = np.concatenate([picture.reshape(-1, 3) for picture in pictures])
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    found, number, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([found >> shift & 255 for shift in (16, 8, 0)], axis=1).astype(np.uint8)  # (C, 3)
    palette = colours if len(found) <= 256 else _palette(colours, counts, pixels)
    entry = number if len(found) <= 256 else _nearest(colours, palette)[number]
    images, at = [], 0
    for picture in pictures:
        height, width, _ = picture.shape
        part = entry[at : at + height * width].reshape(height, width)
        at += height * width
        images.append(Image.fromarray(part.astype(np.uint8), "P"))
        images[-1].putpalette(palette.tobytes())
    return images


def _palette(colours: NDArray[np.uint8], counts: NDArray[np.int64], pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """256 colours, (256, 3): the usual ones of a drawing, a fair choice for a photograph."""
    from PIL import Image

    usual = np.argsort(-counts, kind="stable")[:256]
    if counts[usual].sum() >= _DRAWN * len(pixels):
        return colours[usual]
    few = Image.fromarray(pixels[None]).quantize(256, dither=Image.Dither.NONE)
    return np.array(few.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)


def _nearest(colours: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For each of C colours the nearest of a palette, (C,)."""
    nearest = np.empty(len(colours), dtype=np.int64)
    for start in range(0, len(colours), 1024):  # all at once would need much memory
        part = colours[start : start + 1024, None].astype(np.int32) - palette[None].astype(np.int32)
        nearest[start : start + 1024] = np.square(part).sum(axis=2).argmin(axis=1)
    return nearest


def to_base64(picture: NDArray[np.uint8]) -> str:
    """An (H, W, 3) picture as a small PNG (see `palettised`), in base64."""
    file = io.BytesIO()
    palettised([picture])[0].save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def from_base64(text: str) -> NDArray[np.uint8]:
    """The (H, W, 3) picture of a PNG in base64. Raises `InputError` for anything else."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True))) as image:
            return np.array(image.convert("RGB"))
    except (ValueError, OSError, SyntaxError):
        raise InputError("not a PNG in base64") from None
