"""Biên nhận: what was received when, its square code, and the signature to check it (paper 3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import head_data, lay_head, measure_of, texts_of
from app.printing.linebreak import break_lines, clean
from app.printing.model import Issuer, Title
from app.printing.nd30 import MM_PER_PT, RECEIPT, SINGLE_SPACING
from app.printing.qr import address_svg, group_digits

TYPE_NAME = "BIÊN NHẬN"
NOTE = "Biên nhận do hệ thống đăng ký lập tự động, không cần chữ ký, con dấu; không thay giấy mời."
SIGNATURE_GROUPS = 6  # on a line
PLAIN, BOLD, ITALIC = "body", "signer_name", "closing_line"  # styles of the table, sizes may differ


@dataclass(frozen=True)
class Fact:
    """``label`` without its colon."""

    label: str
    value: str
    bold: bool = False


@dataclass(frozen=True)
class ReceiptPaper:
    """One receipt. ``code``: 12 digits; ``address``: of its public page, in the square code;
    ``signed_text``: printed line by line as it was signed; ``signature``: in groups;
    ``key_address``: where the public key is."""

    issuer: Issuer
    subject: tuple[str, ...]
    facts: tuple[Fact, ...]
    code: str
    address: str
    made: str
    signed_text: str
    signature: tuple[str, ...]
    key_id: str
    key_address: str


def receipt_pdf(paper: ReceiptPaper, fonts_dir: Path | None = None) -> bytes:
    """One page; what is signed goes to a second one when very long names fill the first.

    Raises :class:`MissingGlyphError`.
    """
    fonts = load_fonts(fonts_dir)
    head = lay_head(fonts, paper.issuer, None, Title(TYPE_NAME, paper.subject))
    setter = _Setter(fonts)
    top, bottom = setter.body(paper, head.bottom + RECEIPT["facts_below_rule"])
    proof = setter.proof(paper)
    height = proof[-1]["y"]
    fits = bottom + RECEIPT["proof_below_code"] + height <= nd30.TEXT_BOTTOM
    start = bottom + RECEIPT["proof_below_code"] if fits else nd30.TEXT_TOP + _pitch(PLAIN)
    placed = [{**line, "y": line["y"] + start} for line in proof]
    pages = [top + placed] if fits else [top, placed]
    fonts.check(texts_of(head.marks))
    fonts.check(line["text"] for page in pages for line in page)
    data = {
        "title": clean(" ".join((TYPE_NAME, *paper.subject))),
        "head": head_data(head),
        "pages": pages,
        "code": {
            "svg": address_svg(paper.address, quiet_zone=0),
            "y": bottom - RECEIPT["code_size"],
            "alt": paper.address,
        },
    }
    return compile_pdf("receipt.typ", data, fonts)


def _pitch(style: str, size: float | None = None) -> float:
    return (size or nd30.STYLES[style].size) * SINGLE_SPACING * MM_PER_PT


class _Setter:
    """Breaks texts into lines and gives each its place (mm; y is a baseline)."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts

    def _lines(
        self, text: str, style: str, x: float, y: float, size: float | None = None
    ) -> list[dict[str, Any]]:
        """The text broken where it must be, from x to the right margin."""
        measure = measure_of(self._fonts, style, size)
        pitch = _pitch(style, size)
        return [
            {"text": line, "style": style, "size": size, "x": x, "y": y + number * pitch}
            for number, line in enumerate(break_lines(text, nd30.TEXT_RIGHT - x, measure))
        ]

    def body(self, paper: ReceiptPaper, y: float) -> tuple[list[dict[str, Any]], float]:
        """Facts and the words beside the square code; and the code's lower edge."""
        placed: list[dict[str, Any]] = []
        for fact in paper.facts:
            placed += self._lines(f"{clean(fact.label)}:", PLAIN, nd30.TEXT_LEFT, y)
            style = BOLD if fact.bold else PLAIN
            value = self._lines(fact.value, style, RECEIPT["value_left"], y)
            placed += value
            y = value[-1]["y"] + RECEIPT["fact_pitch"]
        top = y - RECEIPT["fact_pitch"] + RECEIPT["code_below_facts"]
        return placed + self._beside(paper, top), top + RECEIPT["code_size"]

    def _beside(self, paper: ReceiptPaper, top: float) -> list[dict[str, Any]]:
        x, size = RECEIPT["words_left"], RECEIPT["words_pt"]
        y = top + RECEIPT["words_below_top"]
        placed = self._lines(f"Mã biên nhận: {group_digits(paper.code)[0]}", PLAIN, x, y, size)
        for text, style, points in (
            (f"Kiểm tra tại {paper.address}", PLAIN, RECEIPT["note_pt"]),
            (NOTE, ITALIC, RECEIPT["note_pt"]),
            (paper.made, ITALIC, RECEIPT["note_pt"]),
        ):
            y = placed[-1]["y"] + _pitch(style, points)
            placed += self._lines(text, style, x, y, points)
        return placed

    def proof(self, paper: ReceiptPaper) -> list[dict[str, Any]]:
        """What is signed and the signature, the first baseline at 0."""
        groups = paper.signature
        signature = [
            " ".join(groups[place : place + SIGNATURE_GROUPS])
            for place in range(0, len(groups), SIGNATURE_GROUPS)
        ]
        size, y = RECEIPT["proof_pt"], 0.0
        placed: list[dict[str, Any]] = []
        for heading, lines in (
            ("Nội dung được ký, mỗi dòng kết thúc bằng một ký tự xuống dòng (LF):",
             paper.signed_text.splitlines()),
            (f"Chữ ký số Ed25519 của Sở, khóa {paper.key_id}:", signature),
            (f"Khóa công khai và cách kiểm tra: {paper.key_address}", []),
        ):  # fmt: skip
            for text, style in [(heading, ITALIC), *((line, PLAIN) for line in lines)]:
                placed += self._lines(text, style, nd30.TEXT_LEFT, y, size)
                y = placed[-1]["y"] + _pitch(style, size)
            y += RECEIPT["proof_gap"]
        return placed
