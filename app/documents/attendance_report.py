"""The attendance report (báo cáo kết quả điểm danh, paper 3.7) and the list of absent units, made of
one reading of the hall (checkin.attendance). Number and date are the clerk's (design 4.10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import current_app

from app.checkin.attendance import Attendance, attendance, substitutes, walk_ins
from app.checkin.attendance_totals import total
from app.core.vietnamese import clean_text, upper_vi
from app.documents.attendance_tables import (
    absent_rows,
    absent_table,
    days_of,
    general_table,
    record_of,
    session_table,
)
from app.documents.confirmations import attended_lines
from app.events.guests import GuestKind
from app.events.models import Event
from app.printing.makers import report_docx, report_xlsx
from app.printing.model import Issuer, Numbering, Signature, counted, short_date
from app.printing.press import printed
from app.printing.report_model import Paragraph, Report, ReportTable
from app.printing.report_pdf import report_pdf

MAKERS: dict[str, Callable[..., bytes]] = {
    "pdf": report_pdf, "docx": report_docx, "xlsx": report_xlsx
}  # fmt: skip
ADDRESSEE = "Ban Giám đốc Sở Giáo dục và Đào tạo"


def reported(event: Event) -> Attendance:
    """Everybody but the organisers, who were not invited."""
    found = attendance(event)
    units = tuple(one for one in found.units if one.kind != GuestKind.ORGANISER)
    ids = {one.id for one in units}
    people = tuple(one for one in found.delegates if one.participation_id in ids)
    return replace(found, units=units, delegates=people)


def report_file(event: Event, file_format: str) -> bytes:
    """``file_format``: a key of MAKERS."""
    return _printed(build_report(reported(event)), file_format)


def absent_file(event: Event, file_format: str) -> bytes:
    """The list of absent units alone."""
    return _printed(build_absent_list(reported(event)), file_format)


def _printed(report: Report, file_format: str) -> bytes:
    return printed(MAKERS[file_format], report, current_app.config["SETTINGS"].fonts_dir)


def build_report(found: Attendance) -> Report:
    event = found.event
    first, *rest = attended_lines(event)
    absent = absent_rows(found, people=False)
    blocks: list[Paragraph | ReportTable] = [
        Paragraph(_opening(found)),
        Paragraph("1. Số liệu chung", bold=True),
        general_table(found),
        Paragraph(_summary(found)),
    ]
    number = 2
    if found.sessions:
        blocks += [Paragraph("2. Kết quả từng buổi", bold=True), session_table(found)]
        number = 3
    blocks.append(Paragraph(f"{number}. Đơn vị vắng", bold=True))
    if absent:
        blocks.append(absent_table(absent))
    else:
        blocks.append(Paragraph("Không có đơn vị nào vắng cả đợt tập huấn."))
    blocks.append(Paragraph(f"{_sender(event)} trân trọng báo cáo./."))
    return Report(
        **_head(event), type_name="BÁO CÁO", subject=(f"Kết quả tham dự {first}", *rest),
        addressee=ADDRESSEE, blocks=tuple(blocks), signature=_signature(event),
        recipients=("Như trên", _archive(event)), record=record_of(found),
    )  # fmt: skip


def build_absent_list(found: Attendance) -> Report:
    event = found.event
    first, *rest = attended_lines(event)
    rows = absent_rows(found, people=True)
    return Report(
        **{**_head(event), "numbering": None}, type_name="DANH SÁCH",
        subject=(f"Đơn vị vắng tại {first}", *rest),
        blocks=(absent_table(rows, people=True),) if rows else (),
        closing=f"(Danh sách gồm {counted(len(rows))} đơn vị)",
    )  # fmt: skip


# ---------------------------------------------------------------- whose paper it is


def _head(event: Event) -> dict[str, Any]:
    """The department's head, symbol BC and its own; the Sở's where no department is named."""
    words, contact = event.letter, event.contact
    department, short = contact.get("department") or "", contact.get("short") or ""
    if department:
        issuer = Issuer(tuple(words["issuer"]), (upper_vi(department),))
        own = clean_text(short).removeprefix("Phòng ")
        symbol = f"BC-{own}" if own and " " not in own else ""
    else:
        issuer, symbol = Issuer(tuple(words["superior"]), tuple(words["issuer"])), "BC-SGDĐT"
    return {"issuer": issuer, "numbering": Numbering(symbol, words["place"], event.valid_on.year)}


def _signature(event: Event) -> Signature:
    """The department's head signs; the clerk's office fills in the name."""
    if event.contact.get("department"):
        return Signature(("TRƯỞNG PHÒNG",))
    words = event.letter
    return Signature((words["authority"], words["sign_title"]), words.get("signer") or "")


def _archive(event: Event) -> str:
    return next((one for one in event.letter["recipients"] if one.startswith("Lưu")), "Lưu: VT")


def _sender(event: Event) -> str:
    return str(event.contact.get("department") or event.letter["inviter"])


def _opening(found: Attendance) -> str:
    event = found.event
    days = [short_date(one) for one in days_of(found)]
    when = (
        f"ngày {days[0]}, " if len(days) == 1 else f"các ngày {', '.join(days)}, " if days else ""
    )
    sender = _sender(event)
    low = sender[:1].lower() + sender[1:] if sender.startswith("Phòng") else sender
    return (
        f"Thực hiện kế hoạch tập huấn của Sở Giáo dục và Đào tạo, {when}tại {event.venue}, {low} "
        "đã tổ chức tập huấn. Kết quả tham dự như sau:"
    )


def _summary(found: Attendance) -> str:
    sums = total(found)
    whole = "đơn vị, khách mời" if any(one.is_guest for one in found.units) else "đơn vị"
    if not sums.came:
        text = f"Không có {whole} nào dự, trên {counted(sums.called)} {whole} được mời"
    else:
        text = (
            f"Có {counted(sums.came)} {whole} dự ít nhất một buổi trên {counted(sums.called)} "
            f"{whole} được mời"
        )
    if changed := substitutes(found.units):
        text += f", trong đó {counted(changed)} đơn vị cử người dự thay"
    if added := walk_ins(found.delegates):
        text += f"; bổ sung tại bàn đón tiếp {counted(added)} đại biểu"
    return text + "."
