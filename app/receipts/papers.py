"""A receipt on paper; Vietnamese whatever the language of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from flask_babel import force_locale

from app.core.clock import local
from app.core.filters import full_moment, weekday
from app.printing.model import Issuer
from app.printing.press import printed
from app.printing.receipt import Fact, ReceiptPaper, receipt_pdf
from app.receipts.pages import (
    LATE_ENTRY,
    check_url,
    cutoff_words,
    kind_of,
    received_words,
    standing_words,
)
from app.receipts.queries import ENTRY, SCAN, Receipt, last_scan
from app.receipts.rules import grouped
from app.receipts.signatures import public_keys, signature_groups, text_of
from app.registration.models import Registration
from app.registration.rules import State
from app.registration.seats import waiting_place

ISSUER = {"superior": ["UBND THÀNH PHỐ HẢI PHÒNG"], "issuer": ["SỞ GIÁO DỤC VÀ ĐÀO TẠO"]}
SUBJECTS = {
    ENTRY: "Đăng ký đại biểu",
    LATE_ENTRY: "Đề nghị bổ sung đại biểu",
    SCAN: "Bản ký, đóng dấu của danh sách đại biểu",
    "replace": "Đề nghị thay đại biểu",
    "withdraw": "Đề nghị rút đăng ký đại biểu",
}
ENTRY_RESULTS = {
    State.CONFIRMED: "Đã nhận, đã có chỗ",
    State.LATE: "Đã nhận, quá hạn, chờ Sở GDĐT xem xét",
    State.WITHDRAWN: "Đã nhận; sau đó đơn vị đã rút",
    State.REPLACED: "Đã nhận; sau đó đơn vị đã thay đại biểu",
    State.REJECTED: "Đã nhận; Sở GDĐT không chấp nhận",
}
REQUEST_RESULTS = {
    "open": "Đã nhận, chờ Sở GDĐT xem xét",
    "accepted": "Đã nhận, Sở GDĐT đồng ý",
    "refused": "Đã nhận, Sở GDĐT không đồng ý",
    "taken_back": "Đã nhận; sau đó đơn vị đã rút đề nghị",
    "moot": "Đã nhận; không còn phải xem xét",
}
ERASED, NOT_NAMED = "(đã xóa theo thời hạn lưu)", "Đại diện Lãnh đạo"


def receipt_file(receipt: Receipt, *, now: datetime) -> bytes:
    """The PDF. Raises MissingGlyphError."""
    with force_locale("vi"):
        paper = receipt_paper(receipt, now=now)
    return printed(receipt_pdf, paper, current_app.config["SETTINGS"].fonts_dir)


def receipt_paper(receipt: Receipt, *, now: datetime) -> ReceiptPaper:
    """``now``: the state of the entry is that of this instant, and the paper says so."""
    words = {**ISSUER, **(receipt.event.letter if receipt.event is not None else {})}
    return ReceiptPaper(
        issuer=Issuer(tuple(words["superior"]), tuple(words["issuer"])),
        subject=_subject(receipt, tuple(words.get("subject", ()))),
        facts=tuple(_facts(receipt)),
        code=receipt.code,
        address=check_url(receipt.code),
        made=f"Lập lúc {local(now):%H:%M, %d/%m/%Y}; kết quả là của lúc đó.",
        signed_text=text_of(receipt),
        signature=tuple(signature_groups(receipt)),
        key_id=public_keys()[0].id,
        key_address=check_url("key"),
    )


def _subject(receipt: Receipt, event_lines: tuple[str, ...]) -> tuple[str, ...]:
    """ "Đăng ký đại biểu dự tập huấn …", in the lines of the giấy mời."""
    own = SUBJECTS.get(kind_of(receipt), "Yêu cầu gửi tới Sở")
    if not event_lines or not event_lines[0].startswith("Dự "):
        return (own, *event_lines)
    return (f"{own} {event_lines[0][0].lower()}{event_lines[0][1:]}", *event_lines[1:])


def _facts(receipt: Receipt) -> Iterator[Fact]:
    if receipt.unit is not None:
        yield Fact("Đơn vị đăng ký" if receipt.kind == ENTRY else "Đơn vị", receipt.unit.name)
    if receipt.kind != ENTRY:
        yield Fact("Đã nhận", received_words(receipt), bold=True)
    yield from _people(receipt)
    instant = receipt.instant
    yield Fact("Thời điểm nhận", f"{full_moment(instant)} ({weekday(instant)})")
    if receipt.on_time is not None:
        words = cutoff_words(receipt)
        if words is not None:
            yield Fact("Hạn đăng ký", words)
            yield Fact("So với hạn", "Trước hạn" if receipt.on_time else "Sau hạn", bold=True)
        else:
            yield Fact("So với hạn", standing_words(receipt) or "", bold=True)
    yield from _results(receipt)
    if receipt.sha256:
        yield Fact("SHA-256 của tệp", " ".join(grouped(receipt.sha256)))
    contact = receipt.event.contact if receipt.event is not None else {}
    office = ", ".join(part for part in (_office(contact), _mailbox(contact)) if part)
    if office:
        yield Fact("Nơi nhận đăng ký" if receipt.kind == ENTRY else "Nơi nhận", office)


def _people(receipt: Receipt) -> Iterator[Fact]:
    entry = receipt.registration
    if entry is None:
        return
    yield Fact("Đại biểu", _name(receipt, entry.full_name), bold=receipt.kind == ENTRY)
    if entry.position:
        yield Fact("Chức vụ", entry.position)
    if receipt.kind == "replace":
        yield Fact("Đại biểu mới", _name(receipt, receipt.thing.full_name), bold=True)
        if receipt.thing.position:
            yield Fact("Chức vụ người mới", receipt.thing.position)


def _name(receipt: Receipt, full_name: str | None) -> str:
    erased = receipt.event is not None and receipt.event.erased_at is not None
    return full_name or (ERASED if erased else NOT_NAMED)


def _results(receipt: Receipt) -> Iterator[Fact]:
    if receipt.kind == ENTRY:
        yield Fact("Kết quả", _entry_result(receipt.thing), bold=True)
        scan = last_scan(receipt.thing)
        yield Fact(
            "Bản ký, đóng dấu",
            f"Đã nhận lúc {full_moment(scan.received_at)}" if scan is not None else "Chưa nhận",
        )
    elif receipt.kind in ("replace", "withdraw"):
        yield Fact("Kết quả", REQUEST_RESULTS[receipt.thing.state], bold=True)


def _entry_result(entry: Registration) -> str:
    if entry.state == State.WAITLISTED:
        return f"Đã nhận, danh sách chờ số {waiting_place(entry):02d}"
    return ENTRY_RESULTS[State(entry.state)]


def _office(contact: dict[str, str]) -> str:
    department = contact.get("department") or ""
    return f"{department[:1].lower()}{department[1:]}, Sở GDĐT" if department else ""


def _mailbox(contact: dict[str, str]) -> str:
    return f"email: {contact['email']}" if contact.get("email") else ""
