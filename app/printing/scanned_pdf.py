"""A PDF of scanned pages: pictures only, so nothing of a foreign file's scripts or attachments."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from app.printing.nd30 import MM_PER_PT, PAGE

_SIZES = frozenset({0xC0, 0xC1, 0xC2})  # start-of-frame marks of baseline and progressive JPEG


def pdf_of_pages(jpegs: Sequence[bytes]) -> bytes:
    """Each picture fills an A4 page (turned when it lies), kept as it is, not packed again."""
    import pikepdf

    document = pikepdf.new()
    for jpeg in jpegs:
        width, height, parts = _frame(jpeg)
        picture = pikepdf.Stream(document, jpeg)
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height, picture.BitsPerComponent = width, height, 8
        picture.ColorSpace = pikepdf.Name.DeviceGray if parts == 1 else pikepdf.Name.DeviceRGB
        picture.Filter = pikepdf.Name.DCTDecode
        across, down = PAGE["width"] / MM_PER_PT, PAGE["height"] / MM_PER_PT
        if width > height:
            across, down = down, across
        scale = min(across / width, down / height)
        w, h = width * scale, height * scale
        page = document.add_blank_page(page_size=(across, down))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=picture))
        place = f"q {w:.3f} 0 0 {h:.3f} {(across - w) / 2:.3f} {(down - h) / 2:.3f} cm /Scan Do Q"
        page.Contents = pikepdf.Stream(document, place.encode())
    document.Root.Lang = pikepdf.String("vi")
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _frame(jpeg: bytes) -> tuple[int, int, int]:
    """Width, height and number of colour parts. Raises ValueError when it is no JPEG of ours."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        mark, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if mark in _SIZES:
            height = int.from_bytes(jpeg[at + 5 : at + 7])
            width = int.from_bytes(jpeg[at + 7 : at + 9])
            parts = jpeg[at + 9]
            if width and height and parts in (1, 3):
                return width, height, parts
            break
        at += 2 + length
    raise ValueError("no size in the picture")
