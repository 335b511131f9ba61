"""A web address as a square code, in SVG; our entry codes are digits and live in printing.qr."""

from __future__ import annotations

from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4


def link_svg(address: str, label: str) -> Markup:
    """One unit a module, quiet zone included; scale it by CSS. ``label``: its words for readers."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(address)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, black in enumerate(row) if black
    )
    side = len(matrix)
    return Markup(
        '<svg class="link-picture" viewBox="0 0 {side} {side}" role="img" '
        'aria-label="{label}" shape-rendering="crispEdges">'
        '<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(side=side, path=path, label=label)
