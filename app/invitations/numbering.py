"""Number and date of the letters, as the clerk's office gave them after signing; never invented.

Either one number for all (many addressees) or one each; the event says which in
``delivery["numbers"]``. A number with its symbol is given once a year (Nghị định 30, Điều 15).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import flag_modified

from app.audit.services import record
from app.core.access import Actor
from app.core.clock import local_date
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.letter_files import end_common_files, end_files
from app.invitations.models import Approval, Invitation
from app.invitations.rules import NOT_OUT, LetterState, issue_date
from app.registration.models import Registration
from app.registration.rules import State

EACH, COMMON = "each", "common"
AGREED = (LetterState.APPROVED, LetterState.READY)


class NumberTaken(DomainError):
    """The number is on another letter or event of the same year."""

    status = 422


class NumbersRefused(DomainError):
    status = 422


def set_number(
    event: Event, number: str | None, issued_on: date | None, *, by: Actor, now: datetime
) -> None:
    """Number and date once for all letters. Letters that a leader approved become ready; letters
    that are out keep what they went out with. Raises NumberTaken."""
    event = lock_event(event.id)
    if number:
        _ensure_free(event, {number}, issued_on)
    before = {"number": event.letter.get("number"), "issued_on": event.letter.get("issued_on")}
    after = {"number": number or "", "issued_on": issued_on.isoformat() if issued_on else ""}
    event.letter.update(after)
    flag_modified(event, "letter")
    event.delivery = {**event.delivery, "numbers": COMMON}
    moved = [_number(event, one, number or None, issued_on, now) for one in _not_out(event)]
    if any(moved):
        end_common_files(event, now=now)
    record(
        "invitation.numbered", ("event", event.id), by=by, now=now, event_id=event.id,
        before=before, after=after,
    )  # fmt: skip


def numbered_letters(event: Event) -> list[Invitation]:
    """Letters that may get a number of their own: approved, not out; in the order of the list."""
    return [one for one in _not_out(event) if one.state in AGREED]


def set_numbers(
    event: Event, numbers: Mapping[int, str], issued_on: date, *, by: Actor, now: datetime
) -> int:
    """A number each, with one date. ``numbers``: letter id → number; "" takes it away.

    → letters that are ready now. Raises NumberTaken, NumbersRefused.
    """
    event = lock_event(event.id)
    letters = {one.id: one for one in numbered_letters(event)}
    strange = set(numbers) - set(letters)
    if strange:
        raise NumbersRefused(_l("Có thư vừa đổi trạng thái. Hãy xem lại danh sách rồi ghi số lại."))
    given = [number for number in numbers.values() if number]
    _ensure_once(given)
    _ensure_free(event, set(given), issued_on, besides=set(numbers))
    event.letter.update({"number": "", "issued_on": ""})
    flag_modified(event, "letter")
    event.delivery = {**event.delivery, "numbers": EACH}
    for key, number in numbers.items():
        _number(event, letters[key], number or None, issued_on if number else None, now)
    record(
        "invitation.numbered", ("event", event.id), by=by, now=now, event_id=event.id,
        after={"letters": len(given), "issued_on": issued_on.isoformat()},
    )  # fmt: skip
    return sum(letters[key].state == LetterState.READY for key in numbers)


def _number(
    event: Event, letter: Invitation, number: str | None, issued_on: date | None, now: datetime
) -> bool:
    """→ whether the letter's paper changed."""
    if (letter.number, letter.issued_on) == (number, issued_on):
        return False
    letter.number, letter.issued_on = number, issued_on
    year = (issued_on or event.valid_on).year
    kept = letter.content["numbering"]
    letter.content = {
        **letter.content,
        "numbering": {
            **kept, "number": number, "date": issued_on.isoformat() if issued_on else None,
            "year": year,
        },
    }  # fmt: skip
    if letter.state in AGREED:
        letter.state = LetterState.READY if number and issued_on else LetterState.APPROVED
    end_files(letter, now=now)
    return True


def _not_out(event: Event) -> list[Invitation]:
    return list(
        db.session.scalars(
            select(Invitation)
            .join(Registration, Registration.id == Invitation.registration_id)
            .join(Participation, Participation.id == Registration.participation_id)
            .where(
                Invitation.event_id == event.id,
                Invitation.state.in_(NOT_OUT),
                Registration.state == State.CONFIRMED,
            )
            .order_by(Participation.route, Participation.id, Invitation.id)
            .options(joinedload(Invitation.registration).joinedload(Registration.participation))
        )
    )


def _ensure_once(numbers: list[str]) -> None:
    seen: set[str] = set()
    for number in numbers:
        if number.lstrip("0") in seen:
            raise NumberTaken(
                _l("Số %(number)s ghi cho hai thư. Mỗi thư cần một số riêng.", number=number)
            )
        seen.add(number.lstrip("0"))


def _ensure_free(
    event: Event, numbers: set[str], issued_on: date | None, besides: Collection[int] | None = None
) -> None:
    """No other letter of that year with this symbol has one of the numbers. ``besides``: letters
    numbered now; None: all of this event's, which share the number."""
    year = (issued_on or event.valid_on).year
    wanted = {number.lstrip("0") for number in numbers}
    symbol = event.letter.get("symbol")
    for other in db.session.scalars(select(Event).where(Event.id != event.id)):
        day = issue_date(other.letter.get("issued_on")) or other.valid_on
        taken = str(other.letter.get("number") or "").lstrip("0")
        if taken in wanted and day.year == year and other.letter.get("symbol") == symbol:
            raise _taken(taken, year, other)
    rows = db.session.execute(
        select(Invitation.id, Invitation.number, Invitation.issued_on, Event)
        .join(Event, Event.id == Invitation.event_id)
        .where(Invitation.number.is_not(None))
    )
    for key, number, given_on, other in rows:
        mine = other.id == event.id and (besides is None or key in besides)
        same_year = (given_on or other.valid_on).year == year
        same = (
            number is not None
            and number.lstrip("0") in wanted
            and other.letter.get("symbol") == symbol
        )
        if same and same_year and not mine:
            raise _taken(str(number), year, other)


def _taken(number: str, year: int, other: Event) -> NumberTaken:
    return NumberTaken(
        _l(
            "Số %(number)s của năm %(year)s đã dùng cho giấy mời khác (%(event)s). "
            "Hãy xem lại sổ văn thư.",
            number=number, year=year, event=other.short_title,
        )
    )  # fmt: skip


def is_before_approval(event: Event, issued_on: date) -> bool:
    """Whether the date lies before the day a leader approved: unusual, worth a look."""
    last = db.session.scalar(
        select(Approval.decided_at)
        .where(Approval.event_id == event.id, Approval.state == "approved")
        .order_by(Approval.decided_at.desc())
        .limit(1)
    )
    return last is not None and issued_on < local_date(last)
