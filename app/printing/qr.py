"""QR pictures of our digit codes (design 5: at most 34 digits, version 1, level M) and addresses."""

from __future__ import annotations

import re

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_NUMBER, QRData

from app.printing.errors import CodeError

QUIET_ZONE = 4  # modules of white around the picture (ISO/IEC 18004)
_MASK = 2  # any mask is readable; a fixed one saves trying all eight
_CODE = re.compile(r"[0-9]{1,34}", re.ASCII)


def qr_matrix(digits: str) -> list[list[bool]]:
    """The 21 × 21 modules, True is black. Raises :class:`CodeError` unless 1–34 digits."""
    if not _CODE.fullmatch(digits):
        raise CodeError()
    code = QRCode(version=1, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(QRData(digits, mode=MODE_NUMBER), optimize=0)
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.modules]


def qr_svg(digits: str, quiet_zone: int = QUIET_ZONE) -> str:
    """The picture as SVG text, one unit a module; scale it by width and height.

    On a white page that stays white around the picture ``quiet_zone=0`` gives its exact size.
    """
    return _svg(qr_matrix(digits), quiet_zone)


def address_svg(address: str, quiet_zone: int = QUIET_ZONE) -> str:
    """A web address as a picture of the version it needs, level M, as `qr_svg` draws."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(address)
    code.make(fit=True)
    return _svg([[bool(module) for module in row] for row in code.modules], quiet_zone)


def _svg(matrix: list[list[bool]], quiet_zone: int) -> str:
    side = len(matrix) + 2 * quiet_zone
    path = "".join(
        f"M{start + quiet_zone} {y + quiet_zone}h{length}v1h-{length}z"
        for y, row in enumerate(matrix)
        for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'width="{side}" height="{side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for x, black in enumerate(row):
        if not black:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs


def group_digits(digits: str) -> list[str]:
    """Lines of up to four groups of four digits, to be read and typed."""
    if not _CODE.fullmatch(digits):
        raise CodeError()
    fours = [digits[place : place + 4] for place in range(0, len(digits), 4)]
    return [" ".join(fours[place : place + 4]) for place in range(0, len(fours), 4)]
