"""Rows of presences and of the scans they came from, many at once: what one scan and a batch share.

Called inside a unit of work. PostgreSQL's rows are locked in the order of their ids, so that two
batches wait for each other instead of holding each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.checkin.merging import Claim, Kept, Key, Shown, doubles, gate_let_in
from app.checkin.models import Presence, Scan
from app.checkin.results import Arrival
from app.checkin.rules import ADMITTED, Remark
from app.core.database import Instant
from app.core.prepared import Prepared
from app.extensions import db

_PRESENCE, _SCAN = Presence.__table__.c, Scan.__table__.c
INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_NEW = Prepared(
    {
        name: insert(Presence.__table__)
        .on_conflict_do_nothing()
        .returning(_PRESENCE.id, _PRESENCE.registration_id, _PRESENCE.session_id)
        for name, insert in INSERT.items()
    }
)
_MOVE = (
    update(Presence.__table__)
    .where(_PRESENCE.id == bindparam("of_presence"), _PRESENCE.undone_at.is_(None))
    .values(
        at=bindparam("new_at", type_=Instant), gate_name=bindparam("new_gate"),
        by=bindparam("new_by"), how=bindparam("new_how"),
    )
)  # fmt: skip
_PEOPLE: BindParameter[Any] = bindparam("people", expanding=True)
_KEPT = (
    select(
        _PRESENCE.id, _PRESENCE.registration_id, _PRESENCE.session_id, _PRESENCE.undone_at,
        _PRESENCE.at, _PRESENCE.gate_name, _PRESENCE.by, _PRESENCE.how,
    )
    .where(
        or_(  # each half has its index
            and_(_PRESENCE.registration_id.in_(_PEOPLE), _PRESENCE.undone_at.is_(None)),
            and_(_PRESENCE.registration_id.in_(_PEOPLE), _PRESENCE.undone_at.is_not(None)),
        )
    )
    .order_by(_PRESENCE.id)
    .with_for_update()
)  # fmt: skip
_SCANS = select(
    _SCAN.id, _SCAN.presence_id, _SCAN.client_id, _SCAN.counted_at, _SCAN.device_id,
    _SCAN.gate_name, _SCAN.told, _SCAN.outcome,
).where(
    _SCAN.registration_id.in_(_PEOPLE),
    _SCAN.presence_id.is_not(None),
    _SCAN.outcome.in_(sorted(ADMITTED)),
)  # fmt: skip
_ARRIVALS = select(_PRESENCE.id, _PRESENCE.at, _PRESENCE.gate_name).where(
    _PRESENCE.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True)
class KeptScan:
    """A scan of a presence. ``place``: its phone, else its gate's name."""

    id: int
    presence_id: int
    client_id: str
    counted_at: datetime
    shown: Shown


def kept_of(registration_ids: Collection[int]) -> dict[Key, list[Kept]]:
    """Every presence of these people, the undone too, locked; their firsts without client ids."""
    if not registration_ids:
        return {}
    found: dict[Key, list[Kept]] = defaultdict(list)
    for row in db.session.connection().execute(_KEPT, {"people": sorted(registration_ids)}):
        first = Claim(row.at, "", row.gate_name, row.by, row.how)
        found[row.registration_id, row.session_id].append(Kept(row.id, row.undone_at, first))
    return found


def scans_of(registration_ids: Collection[int]) -> dict[int, list[KeptScan]]:
    """presence → the scans that let its person in."""
    found: dict[int, list[KeptScan]] = defaultdict(list)
    if not registration_ids:
        return found
    for row in db.session.connection().execute(_SCANS, {"people": sorted(registration_ids)}):
        shown = Shown(
            row.id, place_of(row.device_id, row.gate_name), gate_let_in(row.told, row.outcome)
        )
        found[row.presence_id].append(
            KeptScan(row.id, row.presence_id, row.client_id, row.counted_at, shown)
        )
    return found


def place_of(device_id: int | None, gate_name: str) -> str:
    return f"phone {device_id}" if device_id is not None else gate_name


def with_winner(kept: Kept, scans: Iterable[KeptScan]) -> Kept:
    """With the client id of the scan that this presence belongs to, where a scan made it."""
    own = [one.client_id for one in scans if one.counted_at == kept.first.at]
    return kept._replace(first=kept.first._replace(client_id=min(own))) if own else kept


def let_in_many(event_id: int, claims: Mapping[Key, Claim]) -> dict[Key, int]:
    """New presences → their ids; those that stand already, made meanwhile, are left out."""
    if not claims:
        return {}
    rows = [
        {
            "event_id": event_id, "registration_id": key[0], "session_id": key[1],
            "at": claim.at, "gate_name": claim.gate_name, "by": claim.by, "how": claim.how,
        }
        for key, claim in sorted(claims.items())
    ]  # fmt: skip
    return {
        (registration_id, session_id): made_id
        for made_id, registration_id, session_id in _NEW.each(rows)
    }


def move_earlier(moved: Mapping[int, Claim]) -> None:
    """presence → the claim it belongs to from now on."""
    if moved:
        db.session.connection().execute(
            _MOVE,
            [
                {
                    "of_presence": presence_id, "new_at": claim.at, "new_gate": claim.gate_name,
                    "new_by": claim.by, "new_how": claim.how,
                }
                for presence_id, claim in moved.items()
            ],
        )  # fmt: skip


def arrivals_of(presence_ids: Collection[int]) -> dict[int, Arrival]:
    if not presence_ids:
        return {}
    rows = db.session.connection().execute(_ARRIVALS, {"ids": sorted(presence_ids)})
    return {row.id: Arrival(row.id, row.at, row.gate_name) for row in rows}


def remark_doubles(scans: Iterable[Iterable[Shown]]) -> set[int]:
    """Of each presence its scans: where several places let one person in, all of them are to be
    looked at. → those scans. What the desk has another reason to look at keeps that one."""
    ids = {one for of_presence in scans for one in doubles(of_presence)}
    if ids:
        db.session.connection().execute(
            update(Scan.__table__)
            .where(
                _SCAN.id.in_(sorted(ids)),
                _SCAN.remark.is_(None) | (_SCAN.remark == Remark.CLOCK.value),
            )
            .values(remark=Remark.DOUBLE.value)
        )
    return ids
