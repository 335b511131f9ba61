"""What every form of an event shares (P37–P48), the empty form, and the making of the file."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app

from app.core.clock import local
from app.events.models import Event
from app.printing.makers import form_docx
from app.printing.model import Issuer, Numbering, Signature
from app.printing.nd30 import FORM, MM_PER_PT, STYLES
from app.printing.press import printed
from app.printing.unit_form import SIGN_AND_STAMP, FormPaper, FormRow
from app.printing.unit_form_pdf import form_pdf

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
OFFICE_COPY = "Lưu: VT"  # P46
_MAKERS = {"pdf": form_pdf, "docx": form_docx}
# P38, P47: dots to write on, and the words to strike out.
_DOTS = "." * int(FORM["dots_width"] / (STYLES["superior_body"].size * 0.25 * MM_PER_PT))
_TITLES = ("LÃNH ĐẠO PHÒNG/ĐƠN VỊ", "TRƯỜNG/TRUNG TÂM")


def subject_of(event: Event) -> tuple[str, ...]:
    """P43: the title for lists, not the long title."""
    return tuple(event.list_title.split("\n"))


def numbering_of(event: Event) -> Numbering:
    """P40, P41: number and date blank, in the year of the cut-off."""
    return Numbering("", event.letter["place"], local(event.cutoff_at).year)


def recipients_of(event: Event) -> tuple[str, ...]:
    """P46: "Sở GDĐT Hải Phòng (phòng GDTX&ĐH)" of the event's own office, and the office copy."""
    office = event.letter["inviter"].replace("Giáo dục và Đào tạo", "GDĐT")
    department = event.contact.get("short") or event.contact.get("department") or ""
    first, _space, rest = department.partition(" ")
    if first.istitle():  # "Phòng GDTX&ĐH" inside a line; an abbreviation stays as it is
        department = f"{first.lower()} {rest}".rstrip()
    return f"{office} ({department})" if department else office, OFFICE_COPY


def empty_form(event: Event) -> FormPaper:
    """The plan's own form, for those who fill it in by hand: dots, MẪU, no code."""
    return FormPaper(
        issuer=Issuer((_DOTS,), (_DOTS,)),
        numbering=numbering_of(event),
        subject=subject_of(event),
        rows=(FormRow(),),
        signature=Signature(_TITLES),
        recipients=("", OFFICE_COPY),
        sign_note=SIGN_AND_STAMP,
        sample=True,
    )


def form_file(paper: FormPaper, file_format: str) -> bytes:
    """``file_format``: a key of MEDIA_TYPES."""
    return printed(_MAKERS[file_format], paper, current_app.config["SETTINGS"].fonts_dir)


@lru_cache(maxsize=8)
def _kept(paper: FormPaper, file_format: str, fonts_dir: Path | None) -> bytes:
    return printed(_MAKERS[file_format], paper, fonts_dir)


def kept_form_file(paper: FormPaper, file_format: str) -> bytes:
    """As `form_file`, made once for all who ask for the same paper: the empty form is public."""
    return _kept(paper, file_format, current_app.config["SETTINGS"].fonts_dir)


def download(content: bytes, stem: str, file_format: str) -> Response:
    """An answer that is saved as ``<stem>.<file_format>``; the stem is plain ASCII."""
    name = f"{stem}.{file_format}"
    return Response(
        content,
        mimetype=MEDIA_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def file_stem(*words: str) -> str:
    """``DS-THPT-Ngo-Quyen``: words without marks, joined by hyphens, at most 80 signs."""
    plain = unicodedata.normalize("NFKD", " ".join(words).replace("Đ", "D").replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:80].strip("-")
