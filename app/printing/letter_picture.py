"""A letter as the picture its preview shows, and what many letters would be refused for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from app.printing.errors import PrintingError
from app.printing.fonts import load_fonts
from app.printing.letters import InvitationLetter, LetterSetter, invitation_pdf

DOTS_A_POINT = 1.5  # 893 × 1263 pixels: sharp at the width of a desk's preview


def letter_png(letter: InvitationLetter, fonts_dir: Path | None = None) -> bytes:
    """The page as PNG; what is marked stands on a coloured ground. Raises as invitation_pdf does."""
    import pypdfium2  # here: only previews need it, 9 MB in every process

    document = pypdfium2.PdfDocument(invitation_pdf([letter], fonts_dir, preview=True))
    picture = document[0].render(scale=DOTS_A_POINT).to_pil()
    target = BytesIO()
    picture.quantize(64).save(target, "PNG")
    return target.getvalue()


def letters_refused(letters: Sequence[InvitationLetter], fonts_dir: Path | None = None) -> bytes:
    """JSON ``[[index, sentence], …]`` of the letters that could not be printed; none is typeset."""
    setter = LetterSetter(load_fonts(fonts_dir))
    refused: list[tuple[int, str]] = []
    for index, letter in enumerate(letters):
        try:
            setter.laid(letter, index)
        except PrintingError as error:
            refused.append((index, str(error)))
    return json.dumps(refused).encode()


def page_png(pdf: bytes) -> bytes:
    """The first page of a PDF of ours."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=DOTS_A_POINT).to_pil()
    target = BytesIO()
    picture.quantize(64).save(target, "PNG")
    return target.getvalue()
