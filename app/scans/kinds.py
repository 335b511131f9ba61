"""What a file is by its first bytes; whether it really is, its decoder finds out."""

from __future__ import annotations

from enum import Enum

from app.scans.errors import ScanRefused


class Kind(Enum):
    """The kinds that are read, with their media types."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"


_STILL_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc", b"hevx", b"msf1")
_BLANK = b"\0 \t\r\n\xef\xbb\xbf"


def kind_of(content: bytes) -> Kind:
    """The kind. Raises ScanRefused for everything else, saying what it looks like."""
    if not content.strip(_BLANK):
        raise ScanRefused("empty")
    if content.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if content[4:8] == b"ftyp":
        return _kind_of_box(content)
    if content[:64].lstrip(_BLANK).startswith(b"%PDF-"):
        return Kind.PDF
    raise ScanRefused(_foreign(content))


def _kind_of_box(content: bytes) -> Kind:
    brand = content[8:12]
    if brand in _STILL_HEIC:
        return Kind.HEIC
    raise ScanRefused("other_picture" if brand in (b"avif", b"avis") else "video")


def _foreign(content: bytes) -> str:
    """The code of the sentence for a file of another kind."""
    if content.startswith(b"PK"):
        parts = content[-65_536:] + content[:4_096]
        if b"word/" in parts:
            return "word"
        return (
            "office" if b"xl/" in parts or b"ppt/" in parts or b"mimetype" in parts else "archive"
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "word" if "WordDocument".encode("utf-16-le") in content else "office"
    if content.startswith(b"{\\rtf"):
        return "word"
    if content.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return "archive"
    if content.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")):
        return "program"
    if content.startswith((b"GIF8", b"II*\0", b"MM\0*", b"BM")) or content[8:12] == b"WEBP":
        return "other_picture"
    head = content[:2_000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<?xml", b"<svg", b"<script", b"<!--")):
        return "web_page"
    return "unknown"
