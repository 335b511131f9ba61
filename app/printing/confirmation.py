"""Giấy xác nhận tham dự: proof for the travel claim (P22; paper 3.9), with a code to check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import LetterTooLongError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import end_data, head_data, lay_end, lay_head, measure_of, texts_of
from app.printing.linebreak import break_lines, clean
from app.printing.model import Issuer, Numbering, Signature, Title
from app.printing.nd30 import CONFIRMATION, MM_PER_PT, SINGLE_SPACING
from app.printing.paragraph import ParagraphBreaker, Run
from app.printing.qr import address_svg, group_digits

TYPE_NAME = "GIẤY XÁC NHẬN"
UNKNOWN_HONORIFIC = "Ông (Bà)"
USE = (
    "Giấy xác nhận này dùng để đơn vị cử người đi tập huấn thanh toán công tác phí theo quy định "
    "hiện hành./."
)
NOTE = "noi_nhan_item"
PAPERS_A_RUN = 200


@dataclass(frozen=True)
class ConfirmationPaper:
    """One delegate. ``subject``: lines of the title; ``attended``: after "Đã tham dự", ``times``:
    only the sessions really attended; ``code``: its digits; ``address``: of the page that checks
    it; ``honorific``: Ông, Bà or ""."""

    issuer: Issuer
    numbering: Numbering
    subject: tuple[str, ...]
    confirmer: str
    name: str
    position: str
    unit: str
    attended: str
    times: str
    place: str
    signature: Signature
    recipients: tuple[str, ...]
    code: str
    address: str
    honorific: str = ""


def paragraphs_of(paper: ConfirmationPaper) -> list[list[Run]]:
    """The text, the name bold; a line without a value is left out."""
    lines: list[list[Run]] = [[(f"{clean(paper.confirmer)} xác nhận:", False)]]
    if clean(paper.name):
        lines.append([(f"{clean(paper.honorific) or UNKNOWN_HONORIFIC}: ", False),
                      (clean(paper.name), True)])  # fmt: skip
    else:
        lines.append([("Đại diện Lãnh đạo đơn vị", False)])
    labelled = (
        ("Chức vụ", paper.position, ""),
        ("Đơn vị công tác", paper.unit, ""),
        ("Đã tham dự", paper.attended, "."),
        ("Thời gian", paper.times, "."),
        ("Địa điểm", paper.place, "."),
    )
    for label, value, stop in labelled:
        text = clean(value).removesuffix(".")
        if text:
            mark = " " if label == "Đã tham dự" else ": "
            lines.append([(f"{label}{mark}{text}{stop}", False)])
    return [*lines, [(USE, False)]]


def confirmation_pdf(paper: ConfirmationPaper, fonts_dir: Path | None = None) -> bytes:
    """One page. Raises MissingGlyphError, LetterTooLongError."""
    return confirmations_pdf([paper], fonts_dir)


def confirmations_pdf(papers: Sequence[ConfirmationPaper], fonts_dir: Path | None = None) -> bytes:
    """A page each, in the order given. Raises as confirmation_pdf; ValueError without papers."""
    if not papers:
        raise ValueError("no papers")
    fonts = load_fonts(fonts_dir)
    title = clean(" ".join((TYPE_NAME, *papers[0].subject)))
    parts = []
    for start in range(0, len(papers), PAPERS_A_RUN):  # typst's memory grows with a run's pages
        laid = [_laid(fonts, paper) for paper in papers[start : start + PAPERS_A_RUN]]
        parts.append(compile_pdf("confirmation.typ", {"title": title, "papers": laid}, fonts))
    return join_pdfs(parts)


def _laid(fonts: FontSet, paper: ConfirmationPaper) -> dict[str, Any]:
    title = Title(TYPE_NAME, paper.subject)
    below = CONFIRMATION["type_name_below_number"]
    head = lay_head(fonts, paper.issuer, paper.numbering, title, type_name_below_number=below)
    end = lay_end(fonts, paper.signature, paper.recipients)
    paragraphs = paragraphs_of(paper)
    fonts.check(texts_of(head.marks))
    fonts.check(texts_of(end.marks))
    fonts.check([clean(paper.signature.signer), *(text for runs in paragraphs for text, _ in runs)])
    size = nd30.STYLES["body"].size
    breaker = ParagraphBreaker(fonts, size, nd30.TEXT_WIDTH)
    broken = [breaker.lines(runs) for runs in paragraphs]
    top = head.bottom + CONFIRMATION["body_below_rule"]
    sign_y = top + _height([len(one) for one in broken], size) + CONFIRMATION["sign_below_body"]
    spaces = (nd30.END["name_below_title"], nd30.END["tightest_name_below_title"])
    lowest = CONFIRMATION["name_lowest_y"]
    space = next((one for one in spaces if sign_y + end.titles_bottom + one <= lowest), None)
    if space is None or sign_y + end.recipients_bottom > lowest:
        raise LetterTooLongError(0, clean(paper.name) or clean(paper.unit))
    return {
        "head": head_data(head),
        "end": end_data(end),
        "top": top,
        "lines": [[[(text, int(look)) for text, look in line.runs] for line in lines]
                  for lines in broken],
        "sign_y": sign_y,
        "name_below": space,
        "code": {"svg": address_svg(paper.address, quiet_zone=0), "alt": paper.address},
        "notes": _notes(fonts, paper),
    }  # fmt: skip


def _height(counts: list[int], size: float) -> float:
    """mm from the first baseline to the last."""
    pitch = size * SINGLE_SPACING * CONFIRMATION["spacing"] * MM_PER_PT
    between = nd30.BODY["paragraph_space_pt"] * MM_PER_PT
    return (sum(counts) - 1) * pitch + (len(counts) - 1) * between


def _notes(fonts: FontSet, paper: ConfirmationPaper) -> list[dict[str, Any]]:
    """The words beside the square code, each line with its place."""
    left = CONFIRMATION["notes_left"]
    measure = measure_of(fonts, NOTE)
    first, *rest = group_digits(paper.code)
    texts = [f"Mã xác nhận: {first}", *rest, "Kiểm tra giấy này tại:", paper.address]
    lines = [line for text in texts for line in break_lines(text, nd30.TEXT_RIGHT - left, measure)]
    fonts.check(lines)
    pitch = nd30.STYLES[NOTE].pitch
    return [
        {"text": line, "x": left, "y": CONFIRMATION["notes_y"] + number * pitch}
        for number, line in enumerate(lines)
    ]
