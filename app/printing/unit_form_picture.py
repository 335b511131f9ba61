"""The form's square code as a black and white PNG, as Word wants it."""

from __future__ import annotations

import struct
import zlib

from app.printing.qr import qr_matrix

_MODULE = 12  # pixels: sharp at 300 dpi, and a whole number of them


def qr_png(digits: str) -> bytes:
    """The picture without its quiet zone, one bit a pixel. Raises :class:`CodeError`."""
    lines = [_line("".join("01"[not one] * _MODULE for one in row)) for row in qr_matrix(digits)]
    side = len(lines) * _MODULE
    pixels = b"".join(line * _MODULE for line in lines)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(pixels, 9))
        + _chunk(b"IEND", b"")
    )


def _line(bits: str) -> bytes:
    """One row of pixels, 1 is white, behind the byte of "no filter"."""
    length = -(-len(bits) // 8)
    return b"\0" + int(bits.ljust(length * 8, "1"), 2).to_bytes(length)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
