"""Taking requests, and each step of the desk. Callers open the unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.days_off import read_days_off, write_days_off
from app.core.errors import DomainError, NotFound
from app.core.filters import short_date
from app.core.limits import count_attempt, ensure_allowed
from app.extensions import db
from app.mail.services import enqueue
from app.personal_data import rules
from app.personal_data.erasing_one import erase_person
from app.personal_data.models import DataRequest
from app.personal_data.people import Found
from app.personal_data.rules import Kind, State
from app.personal_data.sweeping import note_to_wipe

LIMIT, WITHIN = 5, timedelta(minutes=15)  # requests from one client address
SAME = timedelta(minutes=10)
ASKING = "data request"


class StepRefused(DomainError):
    message = _l("Yêu cầu này đã sang bước khác. Hãy xem trạng thái mới.")


class AlreadyExtended(DomainError):
    message = _l("Mỗi yêu cầu chỉ gia hạn một lần.")


@dataclass(frozen=True)
class Asked:
    kind: str
    full_name: str
    unit_name: str
    contact: str
    text: str | None = None


def ask(asked: Asked, *, client: str, by: Actor, now: datetime, real_now: datetime) -> DataRequest:
    """Take a request. The same once more within minutes (a second tap) gives the first one.

    Whether the person stands on any list is not looked up: everybody gets the same answer.
    Raises TooManyAttempts.
    """
    ensure_allowed(ASKING, client, most=LIMIT, within=WITHIN, now=real_now)
    again = db.session.scalar(
        select(DataRequest).where(
            DataRequest.kind == asked.kind,
            DataRequest.full_name == asked.full_name,
            DataRequest.contact == asked.contact,
            DataRequest.text.is_(None) if asked.text is None else DataRequest.text == asked.text,
            DataRequest.state == State.OPEN,
            DataRequest.received_at > now - SAME,
        )
    )
    if again is not None:
        return again
    count_attempt(ASKING, client, now=real_now)
    request = DataRequest(
        kind=Kind(asked.kind),
        state=State.OPEN,
        full_name=asked.full_name,
        unit_name=asked.unit_name,
        contact=asked.contact,
        text=asked.text,
        received_at=now,
        answer_by=rules.answer_by(now, read_days_off()),
        act_by=rules.act_by(now, asked.kind),
        receipt_code=f"{secrets.randbelow(10**12):012d}",
    )
    db.session.add(request)
    db.session.flush()
    record(
        "personal_data.asked", ("data_request", request.id), by=by, now=now,
        after={"request": str(request.kind)},
    )  # fmt: skip
    return request


def request_of(request_id: int, *, lock: bool = False) -> DataRequest:
    """Raises NotFound."""
    query = select(DataRequest).where(DataRequest.id == request_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound()
    return found


def answer(request: DataRequest, text: str, *, by: Actor, now: datetime) -> None:
    """Say what will be done. Raises StepRefused."""
    _move(request, State.ANSWERED, now)
    request.answered_at = now
    _tell(request, "answered", text, now=now)
    record(
        "personal_data.answered", ("data_request", request.id), by=by, now=now,
        after={"request": request.kind},
    )  # fmt: skip


def refuse(request: DataRequest, text: str, *, by: Actor, now: datetime) -> None:
    """With a written reason (Luật Điều 14 khoản 2). Raises StepRefused."""
    _move(request, State.REFUSED, now)
    request.answered_at = request.answered_at or now
    request.done_at = now
    _tell(request, "refused", text, now=now)
    record(
        "personal_data.refused", ("data_request", request.id), by=by, now=now,
        after={"request": request.kind},
    )  # fmt: skip


def finish(request: DataRequest, text: str, *, by: Actor, now: datetime) -> None:
    """What was asked has been done. Raises StepRefused."""
    _move(request, State.DONE, now)
    request.answered_at = request.answered_at or now
    request.done_at = now
    _tell(request, "done", text, now=now)
    record(
        "personal_data.done", ("data_request", request.id), by=by, now=now,
        after={"request": request.kind},
    )  # fmt: skip


def extend(request: DataRequest, until: date, text: str, *, by: Actor, now: datetime) -> None:
    """Once. Raises StepRefused, AlreadyExtended."""
    if not rules.may_extend(request.state, request.extended_at):
        raise AlreadyExtended() if request.extended_at else StepRefused()
    before, request.act_by, request.extended_at = request.act_by, rules.end_of(until), now
    if request.state == State.OPEN:  # to be told of the delay is an answer
        request.state, request.answered_at = State.ANSWERED, now
    _tell(request, "extended", text, now=now)
    record(
        "personal_data.extended", ("data_request", request.id), by=by, now=now,
        before={"act_by": before.isoformat()}, after={"act_by": request.act_by.isoformat()},
    )  # fmt: skip


def note_extract(request: DataRequest, found: Sequence[Found], *, by: Actor, now: datetime) -> None:
    """Somebody at the desk took what is held of the person out of the system."""
    record(
        "personal_data.extracted", ("data_request", request.id), by=by, now=now,
        after={"registrations": len(found)},
    )  # fmt: skip


def erase(
    request: DataRequest,
    found: Sequence[Found],
    scope: str,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> dict[str, int]:
    """Erase what the desk ticked. → counts. Raises StillStanding, BeingSent, StepRefused."""
    if State(request.state) not in rules.RUNNING or not found:
        raise StepRefused()
    counts = erase_person(found, scope, now=now)
    note_to_wipe(now)
    facts = {"scope": scope, **counts}
    record(
        "personal_data.erased", ("data_request", request.id), by=by, now=now,
        after=facts, reason=reason,
    )  # fmt: skip
    return counts


def set_days_off(days: Sequence[date], *, by: Actor, now: datetime) -> None:
    """For requests that come from now on: a term somebody was told stays."""
    before = read_days_off()
    if sorted(set(days)) == before:
        return
    write_days_off(days)
    record(
        "personal_data.days_off_set", ("days_off", 0), by=by, now=now,
        before={"days_off": [one.isoformat() for one in before]},
        after={"days_off": [one.isoformat() for one in sorted(set(days))]},
    )  # fmt: skip


def _move(request: DataRequest, after: State, now: datetime) -> None:
    if not rules.may_move(request.state, after):
        raise StepRefused()
    request.state = after


def _tell(request: DataRequest, step: str, text: str, *, now: datetime) -> None:
    """By mail where the person left an address; else the desk telephones."""
    request.answer = text if not request.answer else f"{request.answer}\n\n{text}"
    db.session.flush()
    if request.contact and "@" in request.contact:
        enqueue(
            f"data_request:{request.id}:{step}",
            to=request.contact,
            to_name=request.full_name or "",
            template="data_request",
            context=_told(request, step, text),
            now=now,
            thing=("data_request", request.id),
        )


def _told(request: DataRequest, step: str, text: str) -> dict[str, Any]:
    return {
        "step": step,
        "kind": request.kind,
        "code": request.receipt_code,
        "told": text,
        "received_at": request.received_at.isoformat(),
        "act_by_day": short_date(request.act_by),
    }
