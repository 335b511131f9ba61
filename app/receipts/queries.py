"""What stands behind a receipt code: an entry, a signed scan, a request of a unit.

A package above adds its own things (a person's request about their data) by a function
code → Receipt | None in ``app.extensions["receipt_finders"]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import defer, joinedload

from app.audit.services import history_of
from app.events.models import Event, Participation
from app.extensions import db
from app.receipts.rules import read_code
from app.registration.models import ChangeRequest, Registration
from app.registration.rules import effective_cutoff, is_late
from app.signed_forms.models import SignedForm

ENTRY, SCAN = "entry", "scan"
FINDERS = "receipt_finders"


@dataclass(frozen=True)
class Receipt:
    """Something that was received. What is signed of it never changes afterwards.

    ``kind``: entry · scan · replace · withdraw. ``on_time``: before the cut-off that held for the
    unit then; None where that does not matter. ``thing``: the row itself. ``registration``: the
    entry it belongs to. ``sha256``: of the bytes as they were sent.
    """

    kind: str
    code: str
    instant: datetime
    on_time: bool | None
    thing: Any
    event: Event | None = None
    unit: Participation | None = None
    registration: Registration | None = None
    sha256: str | None = None

    @property
    def cutoff_at(self) -> datetime | None:
        """The cut-off it was held against; None where there is none, or where the cut-off has been
        moved past this instant since, so that today's would contradict what was answered then."""
        if self.on_time is None or self.unit is None or self.event is None:
            return None
        general = self.event.cutoff_at
        for cutoff in (general, effective_cutoff(general, self.unit.cutoff_at)):
            if is_late(self.instant, cutoff) is not self.on_time:
                return cutoff
        return None


def receipt_of(text: str) -> Receipt | None:
    """The receipt of a code as typed. Two queries for one that exists, one for a guess."""
    code = read_code(text)
    if code is None:
        return None
    row = db.session.execute(_WHICH, {"code": code}).first()
    if row is not None:
        return _MADE[row.kind](row.id)
    finders = current_app.extensions.get(FINDERS, ())
    return next((found for find in finders if (found := find(code)) is not None), None)


_WHICH = union_all(
    *(
        select(literal(name).label("kind"), model.id.label("id")).where(
            model.receipt_code == bindparam("code")
        )
        for name, model in (
            ("entry", Registration),
            ("scan", SignedForm),
            ("request", ChangeRequest),
        )
    )
)


def _loaded(model: Any, thing_id: int, *also: Any) -> Any:
    """The row with its unit and event, without the plan's long words."""
    unit = joinedload(model.participation).joinedload(Participation.event)
    options = [unit.options(defer(Event.plan)), *(joinedload(one) for one in also)]
    return db.session.scalars(select(model).where(model.id == thing_id).options(*options)).one()


def _of_entry(thing_id: int) -> Receipt:
    entry: Registration = _loaded(Registration, thing_id)
    return Receipt(
        ENTRY, entry.receipt_code, entry.received_at, entry.on_time, entry,
        entry.participation.event, entry.participation, entry,
    )  # fmt: skip


def _of_scan(thing_id: int) -> Receipt:
    scan: SignedForm = _loaded(SignedForm, thing_id, SignedForm.registration)
    return Receipt(
        SCAN, scan.receipt_code, scan.received_at, scan.on_time, scan,
        scan.participation.event, scan.participation, scan.registration, scan.sha256,
    )  # fmt: skip


def _of_request(thing_id: int) -> Receipt:
    asked: ChangeRequest = _loaded(ChangeRequest, thing_id, ChangeRequest.registration)
    return Receipt(
        asked.kind, asked.receipt_code, asked.received_at, None, asked,
        asked.participation.event, asked.participation, asked.registration,
    )  # fmt: skip


_MADE = {"entry": _of_entry, "scan": _of_scan, "request": _of_request}


def former_codes(unit: Participation) -> list[str]:
    """Codes this unit had in the register before, the last first: a receipt signed then stays good."""
    if unit.unit_id is None:
        return []
    before = [entry.before for entry in history_of(("unit", unit.unit_id), limit=100)]
    codes = [facts["code"] for facts in before if facts and facts.get("code")]
    return [code for code in dict.fromkeys(codes) if code != unit.code]


def last_scan(registration: Registration) -> SignedForm | None:
    """The signed form received last for this entry, unless the desk refused it."""
    return db.session.scalars(
        select(SignedForm)
        .where(
            SignedForm.registration_id == registration.id,
            SignedForm.state.in_(("received", "doubtful", "accepted")),
        )
        .order_by(SignedForm.id.desc())
        .limit(1)
    ).first()
