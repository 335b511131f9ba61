"""The confirmation of attendance (P22): its words, its code, and the mails after the event.

The code names the delegate's entry and is proven by its digest; whether the paper holds is asked
of the presences each time, so that an undone check-in takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from app.core.clock import local_date
from app.core.errors import DomainError, NotFound
from app.core.tokens import CONFIRMATION_CODE, entry_digits, is_code, read_code
from app.core.vietnamese import clean_text
from app.documents.attendance import Attended, absent_units, attended
from app.documents.confirmation_numbers import numbering_of
from app.events.models import Event, EventSession
from app.extensions import db
from app.invitations.reminder_queries import Target
from app.invitations.reminder_rules import TEMPLATES, Kind
from app.mail.models import Message
from app.printing.confirmation import ConfirmationPaper, confirmations_pdf
from app.printing.model import Issuer, Signature, short_date
from app.printing.press import printed

VERSION = 1  # the code stands for the delegate, whatever is corrected in the entry
FILE = "Giay-xac-nhan.pdf"
PDF = "application/pdf"


class ConfirmationNotFound(NotFound):
    message = _l("Không có giấy xác nhận với mã này. Hãy xem lại từng chữ số.")


class NotPresent(DomainError):
    message = _l("Người này không còn trong danh sách có mặt, nên không có giấy xác nhận.")


def confirmation_code(one: Attended) -> str:
    return entry_digits(
        CONFIRMATION_CODE, event_id=one.registration.event_id, thing_id=one.registration.id,
        version=VERSION,
    )  # fmt: skip


def confirmation_url(code: str) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return f"{base}/confirmations/{code}"


def confirmed_by(text: str) -> tuple[Event, Attended]:
    """What a code confirms. Raises ConfirmationNotFound for every other text alike."""
    code = read_code(text)
    if code is None or code.purpose != CONFIRMATION_CODE or not is_code(code, VERSION):
        raise ConfirmationNotFound()
    event = db.session.get(Event, code.event_id)
    found = attended(event, [code.thing_id]) if event is not None else []
    if event is None or not found:
        raise ConfirmationNotFound()
    return event, found[0]


def times_words(sessions: Sequence[EventSession], valid_on: date) -> str:
    """ "buổi sáng và buổi chiều, ngày 13/03/2024"; several days one after another."""
    days = groupby(
        sessions, key=lambda one: local_date(one.starts_at) if one.starts_at else valid_on
    )
    parts = []
    for day, ones in days:
        names = [session_words(one) for one in ones]
        parts.append(f"{_listed(names)}, ngày {short_date(day)}")
    return "; ".join(parts)


def session_words(session: EventSession) -> str:
    name = clean_text(session.name)
    low = name[:1].lower() + name[1:]
    return low if low.startswith(("buổi", "cả ngày")) else f"buổi {low}"


def _listed(names: Sequence[str]) -> str:
    return " và ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def attended_lines(event: Event) -> tuple[str, ...]:
    """What was attended, as the letter's subject says it, without its "Dự"."""
    first, *rest = event.letter.get("subject") or [event.short_title]
    first = clean_text(first)
    if first.lower().startswith("dự "):
        first = first[3:]
    return (first[:1].lower() + first[1:], *map(clean_text, rest))


def paper_of(event: Event, one: Attended) -> ConfirmationPaper:
    """Vietnamese, whatever the language of the screen."""
    words = event.letter
    entry, unit = one.registration, one.participation
    first, *rest = attended_lines(event)
    code = confirmation_code(one)
    archive = [item for item in words["recipients"] if item.startswith("Lưu")]
    return ConfirmationPaper(
        issuer=Issuer(tuple(words["superior"]), tuple(words["issuer"])),
        numbering=numbering_of(event),
        subject=(f"Tham dự {first}", *rest),
        confirmer=words["inviter"],
        name=entry.full_name or "",
        position=entry.position,
        unit=unit.name,
        attended=" ".join((first, *rest)),
        times=times_words(one.sessions, event.valid_on),
        place=f"{event.venue} ({event.venue_address})",
        signature=Signature((words["authority"], words["sign_title"]), words.get("signer") or ""),
        recipients=(unit.name, *archive),
        code=code,
        address=confirmation_url(code),
        honorific=entry.honorific or "",
    )


def confirmation_file(event: Event, one: Attended) -> bytes:
    return confirmations_file(event, [one])


def confirmations_file(event: Event, ones: Sequence[Attended]) -> bytes:
    """A page each, in this order."""
    return printed(confirmations_pdf, [paper_of(event, one) for one in ones])


# ---------------------------------------------------------------- the mails after the event


def present_targets(event: Event, ids: Collection[int] | None) -> list[Target]:
    return [_present(event, one) for one in attended(event, ids)]


def _present(event: Event, one: Attended) -> Target:
    entry, unit = one.registration, one.participation
    with force_locale("vi"):
        times = times_words(one.sessions, event.valid_on)
    return Target(
        ("registration", entry.id), unit.email or entry.email or None, unit.name, unit.code,
        _l("Có mặt %(times)s", times=times), entry.full_name,
        {"unit": unit.name, "person": entry.full_name, "position": entry.position,
         "event_id": event.id, "attended": times, "place": event.venue,
         "url": confirmation_url(confirmation_code(one))},
    )  # fmt: skip


def absent_targets(event: Event, ids: Collection[int] | None) -> list[Target]:
    base = current_app.config["SETTINGS"].base_url
    return [
        Target(
            ("participation", unit.id), unit.email or None, unit.name, unit.code,
            _l("Có chỗ, không điểm danh buổi nào"), entry.full_name,
            {"unit": unit.name, "person": entry.full_name, "position": entry.position,
             "event_id": event.id, "url": f"{base}/events/{event.slug}"},
        )
        for unit, entry in absent_units(event, ids)
    ]  # fmt: skip


def confirmation_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """What the worker puts into the thanks. Raises NotPresent when it was undone meanwhile."""
    event = db.session.get_one(Event, message.event_id)
    found = attended(event, [message.thing_id or 0])
    if not found:
        raise NotPresent()
    return [(FILE, PDF, confirmation_file(event, found[0]))]


def init_confirmations(app: Flask) -> None:
    """After the reminders, whose mails these are."""
    app.extensions["reminder_readers"].update(
        {Kind.THANKS: present_targets, Kind.ABSENT: absent_targets}
    )
    makers = app.extensions["attachment_makers"]
    others = makers["registration"]
    thanks = TEMPLATES[Kind.THANKS]
    makers["registration"] = lambda message: (
        confirmation_attachments(message) if message.template == thanks else others(message)
    )
