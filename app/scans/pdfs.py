"""Opening a PDF with PDFium, which is built without scripts and forms here. Child only."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from app.scans.pages import LONG_SIDE, Sheet
from app.scans.refused import Refused

FINE_SIDE = 3600  # pixels of the long side: 308 dpi on A4
MAX_RATIO = 12
_TAIL = 2048  # where a whole file has its end mark


def opener(kind: str) -> Callable[[io.BytesIO, int], Iterator[Sheet]]:
    """The function that opens a PDF."""
    Image.preinit()

    return _open


def _open(file: io.BytesIO, max_pages: int) -> Iterator[Sheet]:
    content = file.getvalue()
    document = _document(content)
    if b"%%EOF" not in content.rstrip(b"\0 \r\n\t")[-_TAIL:]:
        raise Refused("cut")
    count = len(document)
    if count > max_pages:
        raise Refused("too_many_pages", pages=count, limit=max_pages)
    if not count:
        raise Refused("damaged", "no pages")
    for number in range(count):
        yield _sheet(document, number)


def _document(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        if not locked and b"%%EOF" not in content.rstrip(b"\0 \r\n\t")[-_TAIL:]:
            raise Refused("cut") from error
        raise Refused("password" if locked else "damaged", str(error)) from error


def _sheet(document: pypdfium2.PdfDocument, number: int) -> Sheet:
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Refused("damaged", str(error)) from error
    width, height = page.get_size()
    if min(width, height) <= 0 or max(width, height) > MAX_RATIO * min(width, height):
        raise Refused("damaged", f"page of {width:g} by {height:g} points")
    return Sheet(_drawn(page, LONG_SIDE, grey=False), partial(_drawn, page, FINE_SIDE, grey=True))


def _drawn(page: pypdfium2.PdfPage, long_side: int, *, grey: bool) -> Image.Image:
    """The page with notes and stamps laid upon it."""
    scale = (long_side - 0.5) / max(page.get_size())  # PDFium rounds up
    bitmap = page.render(scale=scale, grayscale=grey, may_draw_forms=False)
    picture = bitmap.to_pil().convert("L" if grey else "RGB")
    bitmap.close()
    return picture
