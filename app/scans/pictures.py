"""Opening JPEG, PNG and HEIC. Runs in the child only."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from PIL import ExifTags, Image, ImageOps
from PIL import JpegImagePlugin as _jpeg  # noqa: F401 - loaded before files are forbidden
from PIL import MpoImagePlugin as _mpo  # noqa: F401
from PIL import PngImagePlugin as _png  # noqa: F401

from app.scans.pages import LONG_SIDE, Sheet, fitted
from app.scans.refused import Refused

# The most that is decoded, in pixels: A3 at 600 dpi; phones of 108 megapixels send JPEG,
# which is decoded at a fraction of its size.
MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 72_000_000, "HEIC": 52_000_000}
MIN_SIDE = 160
MAX_RATIO = 12
FINE_SIDE = 4400
_FORMATS = {"JPEG": ("JPEG", "MPO"), "PNG": ("PNG",), "HEIC": ("HEIF",)}
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error, zlib.error)


def opener(kind: str) -> Callable[[io.BytesIO, int], Iterator[Sheet]]:
    """The function that opens one picture of this kind."""
    Image.preinit()
    if kind == "HEIC":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False)
    return partial(_open, kind)


def _open(kind: str, file: io.BytesIO, max_pages: int) -> Iterator[Sheet]:
    Image.MAX_IMAGE_PIXELS = None  # our own limits, checked before decoding
    try:
        picture = Image.open(file, formats=_FORMATS[kind])
    except _UNREADABLE as error:
        raise Refused("damaged", f"{type(error).__name__}: {error}") from error
    _check(kind, picture)
    picture.draft("RGB" if picture.mode in ("RGB", "YCbCr") else picture.mode, _drafted(picture))
    orientation = _orientation(picture) if kind != "HEIC" else 1  # libheif has turned it already
    try:
        picture.load()
    except MemoryError:
        raise
    except _UNREADABLE as error:
        cut = "truncated" in str(error)
        raise Refused("cut" if cut else "damaged", f"{type(error).__name__}: {error}") from error
    whole = _upright(_plain(picture), orientation)
    small = whole.resize(_stored(whole.size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    yield Sheet(small, partial(_finer, whole))


def _check(kind: str, picture: Image.Image) -> None:
    """Refuses by the header alone."""
    width, height = picture.size
    if kind == "PNG" and getattr(picture, "is_animated", False):
        raise Refused("animated")
    if width * height > MAX_PIXELS[kind]:
        raise Refused("too_large", width=width, height=height)
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_RATIO * min(width, height):
        raise Refused("too_small", width=width, height=height)


def _drafted(picture: Image.Image) -> tuple[int, int]:
    """What is enough of a JPEG; the decoder takes the next larger of 1/2, 1/4, 1/8."""
    return fitted(picture.size, min(max(picture.size), LONG_SIDE + LONG_SIDE // 4))


def _orientation(picture: Image.Image) -> int:
    """1 to 8 as EXIF counts; 1 when there is none or it cannot be read."""
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except (*_UNREADABLE, KeyError, TypeError):
        return 1  # damaged metadata; the picture may be sound
    return value if value in range(1, 9) else 1


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in L or RGB, on white where it is transparent."""
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("L", "RGB"):
        return picture
    if picture.mode in ("1", "CMYK", "YCbCr"):
        return picture.convert("L" if picture.mode == "1" else "RGB")
    coloured = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(coloured, mask=coloured.getchannel("A"))
    return white


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    """Turned and mirrored as EXIF says."""
    if orientation == 1:
        return picture
    told = Image.Exif()
    told[ExifTags.Base.Orientation] = orientation
    picture.info = {"exif": told.tobytes()}
    return ImageOps.exif_transpose(picture)


def _stored(size: tuple[int, int]) -> tuple[int, int]:
    return size if max(size) <= LONG_SIDE else fitted(size, LONG_SIDE)


def _finer(whole: Image.Image) -> Image.Image | None:
    if max(whole.size) <= LONG_SIDE * 1.1:
        return None
    grey = whole.convert("L")
    if max(grey.size) <= FINE_SIDE:
        return grey
    return grey.resize(fitted(grey.size, FINE_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
