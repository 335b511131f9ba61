"""Finding where data of one person stand, over all events, and giving them (bản trích)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from app.audit.field_words import FIELD_WORDS, value_word
from app.audit.models import AuditEntry
from app.audit.words import action_word
from app.checkin.models import ExcusedAbsence, Presence, Scan
from app.core.phones import PhoneError, parse_phone
from app.core.states import state_tag
from app.core.vietnamese import fold, match_key
from app.events.models import Event, Participation
from app.extensions import db
from app.hall_papers.models import SheetScan
from app.invitations.models import Invitation
from app.mail.models import Message
from app.registration.models import ChangeRequest, Registration
from app.signed_forms.models import SignedForm

MOST_FOUND = 50
QUERY_MAX = 150
PLACES = (
    "requests", "forms", "letters", "mails", "presences", "scans", "absences", "sheets", "log"
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One entry of a person; ``places``: how many things of each of PLACES hang on it."""

    registration: Registration
    participation: Participation
    event: Event
    places: dict[str, int] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return bool(self.event.erased_at)


def find_people(q: str) -> list[Found]:
    """Entries whose name and unit hold every word, or whose phone or address it is; and those that
    stand behind a request to replace somebody by that name. Newest first, at most MOST_FOUND."""
    q = " ".join(q.split())[:QUERY_MAX]
    if len(q) < 2:
        return []
    rows = db.session.execute(
        select(Registration, Participation, Event)
        .join(Participation, Participation.id == Registration.participation_id)
        .join(Event, Event.id == Registration.event_id)
        .where(or_(_matches(q), Registration.id.in_(_named_in_requests(q))))
        .order_by(Registration.id.desc())
        .limit(MOST_FOUND)
    ).all()
    return _with_places([Found(*row) for row in rows])


def people_of(ids: Collection[int]) -> list[Found]:
    """These entries, whatever event they belong to."""
    rows = db.session.execute(
        select(Registration, Participation, Event)
        .join(Participation, Participation.id == Registration.participation_id)
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.id.in_(list(ids)[:MOST_FOUND]))
        .order_by(Registration.id.desc())
    ).all()
    return _with_places([Found(*row) for row in rows])


def _matches(q: str) -> ColumnElement[bool]:
    words = [Registration.search.contains(word, autoescape=True) for word in fold(q).split()]
    by_words = words[0]
    for word in words[1:]:
        by_words = by_words & word
    conditions: list[ColumnElement[bool]] = [by_words, func.lower(Registration.email) == q.lower()]
    if phone := _phone(q):
        conditions.append(Registration.phone == phone)
    return or_(*conditions)


def _phone(q: str) -> str | None:
    try:
        return parse_phone(q).e164
    except PhoneError:
        return None


def _named_in_requests(q: str) -> list[int]:
    """A wanted successor stands only in the request until the desk has decided."""
    key, phone = match_key(q), _phone(q)
    requests = db.session.execute(
        select(
            ChangeRequest.registration_id,
            ChangeRequest.full_name,
            ChangeRequest.phone,
            ChangeRequest.email,
        ).where(ChangeRequest.full_name.is_not(None))
    )
    return [
        row.registration_id
        for row in requests
        if match_key(row.full_name) == key
        or (phone is not None and row.phone == phone)
        or (row.email or "").lower() == q.lower()
    ][:MOST_FOUND]


def _with_places(found: list[Found]) -> list[Found]:
    """Nine counts whatever the number of entries."""
    ids = [one.registration.id for one in found]
    if not ids:
        return found
    letters = {
        row.id: row.registration_id
        for row in db.session.execute(
            select(Invitation.id, Invitation.registration_id).where(
                Invitation.registration_id.in_(ids)
            )
        )
    }
    counts = {
        "requests": _count(ChangeRequest.registration_id, ids),
        "forms": _count(SignedForm.registration_id, ids),
        "presences": _count(Presence.registration_id, ids),
        "scans": _count(Scan.registration_id, ids),
        "absences": _count(ExcusedAbsence.registration_id, ids),
        "sheets": _on_sheets({one.event.id for one in found}),
        "log": _count(AuditEntry.thing_id, ids, AuditEntry.thing_type == "registration"),
        "mails": _count(Message.thing_id, ids, Message.thing_type == "registration"),
        "letters": {},
    }
    of_letters = _count(Message.thing_id, letters, Message.thing_type == "invitation")
    for letter_id, registration_id in letters.items():
        _add(counts["letters"], registration_id, 1)
        _add(counts["mails"], registration_id, of_letters.get(letter_id, 0))
    for one in found:
        one.places.update({place: counts[place].get(one.registration.id, 0) for place in PLACES})
    return found


def _on_sheets(event_ids: Collection[int]) -> dict[int, int]:
    """Signed pages on which a person stands, by registration; one for all sessions of a page."""
    counts: dict[int, int] = {}
    pages = select(SheetScan.findings).where(SheetScan.event_id.in_(event_ids))
    for findings in db.session.scalars(pages):
        for registration_id in {cell["id"] for cell in findings}:
            _add(counts, registration_id, 1)
    return counts


def _add(counts: dict[int, int], key: int, number: int) -> None:
    counts[key] = counts.get(key, 0) + number


def _count(column: Any, ids: Collection[int], *where: Any) -> dict[int, int]:
    rows = db.session.execute(
        select(column, func.count()).where(column.in_(list(ids)), *where).group_by(column)
    )
    return {row[0]: row[1] for row in rows}


# ---------------------------------------------------------------- the extract


def extract_header() -> list[str]:
    return [_("Nơi lưu"), _("Đợt tập huấn"), _("Thông tin"), _("Nội dung"), _("Lúc")]


def extract_rows(found: Sequence[Found]) -> Iterator[list[Any]]:
    """What is held of the person, one fact a line, to be given to them (bản trích)."""
    for one in found:
        for place, name, value, at in _facts(one):
            if value not in (None, ""):
                yield [place, one.event.short_title, name, value, at]


def _facts(one: Found) -> Iterator[tuple[str, str, Any, datetime | None]]:
    registration, place = one.registration, _("Đăng ký")
    at = registration.received_at
    yield place, _("Đơn vị"), one.participation.name, at
    for name in ("full_name", "position", "honorific", "phone", "email"):
        yield place, str(FIELD_WORDS[name]), getattr(registration, name), at
    yield place, _("Trạng thái"), state_tag("registration", registration.state).word, at
    yield place, _("Lý do gửi muộn"), registration.late_reason, at
    yield place, _("Sở ghi"), registration.desk_reason, at
    yield place, _("Người cho vào"), registration.allowed_by, at
    yield place, _("Bản thông báo đã hiện khi nhập"), registration.notice_version, at
    yield from _more_facts(registration)


def _more_facts(registration: Registration) -> Iterator[tuple[str, str, Any, datetime | None]]:
    own = registration.id
    for request in _all(ChangeRequest, ChangeRequest.registration_id == own):
        yield _("Đề nghị đổi, rút"), _("Lý do"), request.reason, request.received_at
        yield _("Đề nghị đổi, rút"), _("Sở trả lời"), request.sentence, request.decided_at
    for form in _all(SignedForm, SignedForm.registration_id == own):
        pages = _("%(n)s trang ảnh, tệp “%(name)s”", n=form.page_count, name=form.filename)
        yield _("Bản ký"), _("Ảnh chụp phiếu đã ký"), pages, form.received_at
    letters = _all(Invitation, Invitation.registration_id == own)
    for letter in letters:
        word = state_tag("invitation", letter.state).word
        yield _("Giấy mời"), _("Bản số %(n)s", n=letter.version), word, letter.created_at
        if letter.answer:
            said = state_tag("answer", letter.answer).word
            yield _("Giấy mời"), _("Trả lời"), said, letter.answered_at
            yield _("Giấy mời"), _("Lý do"), letter.answer_reason, letter.answered_at
        yield _("Giấy mời"), _("Báo qua điện thoại"), letter.told_note, letter.told_at
    mails = or_(
        (Message.thing_type == "registration") & (Message.thing_id == own),
        (Message.thing_type == "invitation") & Message.thing_id.in_([one.id for one in letters]),
    )
    for mail in _all(Message, mails):
        what = f"{mail.recipient}: {mail.subject or ''}".rstrip(": ")
        yield _("Thư đi"), _("Gửi tới"), what, mail.sent_at or mail.created_at
    yield from _hall_facts(registration)
    log = (AuditEntry.thing_type == "registration") & (AuditEntry.thing_id == own)
    for entry in _all(AuditEntry, log):
        told = [
            f"{FIELD_WORDS.get(key, key)}: {value_word(key, value, entry.thing_type)}"
            for key, value in (entry.after or entry.before or {}).items()
            if value not in (None, "")
        ]
        yield _("Nhật ký"), action_word(entry.action), "; ".join(told) or "–", entry.at


def _hall_facts(registration: Registration) -> Iterator[tuple[str, str, Any, datetime | None]]:
    own, place = registration.id, _("Điểm danh")
    for presence in _all(Presence, Presence.registration_id == own):
        word = _("đã hoàn tác") if presence.undone_at else presence.gate_name
        yield place, _("Có mặt"), word, presence.at
    for absence in _all(ExcusedAbsence, ExcusedAbsence.registration_id == own):
        yield place, _("Vắng có lý do"), absence.reason, absence.at
    for scan in _all(Scan, Scan.registration_id == own, Scan.given.is_not(None)):
        told = "; ".join(str(one) for one in scan.given.values() if one)
        yield place, _("Lời ghi ở cửa"), told, scan.counted_at
    for page in _all(SheetScan, SheetScan.event_id == registration.event_id):
        if any(cell["id"] == own for cell in page.findings):
            word = _("trang ảnh có chữ ký, tệp “%(name)s”", name=page.filename)
            yield place, _("Danh sách điểm danh đã ký"), word, page.received_at


def _all(model: Any, *where: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(*where).order_by(model.id)).all()
