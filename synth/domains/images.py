"""Image files in: what every domain whose spec is a picture reads them with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_PIXELS = 100_000_000


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
