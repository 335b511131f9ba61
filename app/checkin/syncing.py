"""Scans that phones kept: a batch, or the one of this moment, in one transaction and few statements.

The rules are those of one scan (`rules`, `scanning`) and of late ones (`merging`); here they meet
the tables. A batch that comes again finds its client ids and adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.audit.services import record_all
from app.checkin.faces import Subject, look_at
from app.checkin.known_scans import answered_before, known_scans
from app.checkin.late_scans import From, LateScan, Merged
from app.checkin.merging import (
    Claim,
    Kept,
    Key,
    Shown,
    first_of,
    gate_let_in,
    presence_of,
    remark_of,
)
from app.checkin.models import Scan
from app.checkin.presences import (
    INSERT,
    KeptScan,
    kept_of,
    let_in_many,
    move_earlier,
    place_of,
    remark_doubles,
    scans_of,
    with_winner,
)
from app.checkin.results import Arrival, SessionFacts
from app.checkin.rules import Finding, Outcome, Remark, SessionTime, decide, session_time
from app.core.errors import NotStored
from app.core.prepared import Prepared
from app.registration.rules import State

_SCAN = Scan.__table__.c
_KEEP = Prepared(
    {
        name: insert(Scan.__table__).on_conflict_do_nothing().returning(_SCAN.id, _SCAN.client_id)
        for name, insert in INSERT.items()
    }
)


def store_batch(
    event_id: int,
    sessions: Mapping[int, SessionFacts],
    scans: Sequence[LateScan],
    sender: From,
    *,
    now: datetime,
) -> list[Merged]:
    """Decide and store, the refused too; inside a unit of work. → one for each, in their order.

    ``sessions``: those this gate serves. The phone's row is locked by now (contacts.hear): one that
    heard no answer may send again while its first request still runs. Raises NotStored when another
    request brings the same scans at this moment: sent again, they are known.
    """
    look = look_at(event_id, scans)
    known = known_scans({one.client_id for one in scans}) if look.known else {}
    fresh = {one.client_id: one for one in scans if one.client_id not in known}
    decided = [
        _decided(scan, look.subjects[client_id], sessions.get(scan.session_id), sender)
        for client_id, scan in fresh.items()
    ]
    placed = _place_and_store(event_id, decided, look.present, sender, now=now)
    stored = {one.scan.client_id: one for one in placed}
    again = answered_before(event_id, sessions, [s for s in scans if s.client_id in known], known)
    first: set[str] = set()
    results = []
    for scan in scans:
        one = stored.get(scan.client_id) or again[scan.client_id]
        results.append(replace(one, repeat=one.repeat or scan.client_id in first))
        first.add(scan.client_id)
    return results


def _decided(
    scan: LateScan, subject: Subject, session: SessionFacts | None, sender: From
) -> Merged:
    """As if nobody were in yet: state as it is now, session as it was at the scan's time."""
    face = subject.face
    outcome = decide(
        Finding(
            state=State(face.state) if face is not None else None,
            same_event=subject.same_event,
            current_code=subject.current_code,
        )
    )
    if outcome is Outcome.WELCOME:
        open_then = session is not None and session_time(session, scan.at) == SessionTime.OPEN
        outcome = Outcome.WELCOME if open_then else Outcome.WRONG_SESSION
    ended = sender.ended_at is not None and scan.at >= sender.ended_at
    remark = remark_of(scan.told, outcome, ended=ended, nonsense=scan.nonsense)
    return Merged(scan, subject, session, outcome, remark)


# ---------------------------------------------------------------- presences


def _place_and_store(
    event_id: int, decided: list[Merged], present: frozenset[int], sender: From, *, now: datetime
) -> list[Merged]:
    """Each scan with the presence it belongs to; presences made and moved, scans stored."""
    everybody = {one.key[0] for one in decided if one.key is not None}
    people = everybody & present
    made: dict[Key, int] = {}
    while True:
        locked = kept_of(people)
        # under the lock: another batch for these people has ended
        scans = scans_of({key[0] for key in locked})
        kept = {
            key: [with_winner(one, scans[one.id]) for one in of_key if one.id != made.get(key)]
            for key, of_key in locked.items()
        }
        claims = _claims(decided, kept, sender)
        new = {key: first for key, (standing, first) in claims.items() if standing is None}
        made |= let_in_many(event_id, {key: new[key] for key in new.keys() - made.keys()})
        if new.keys() <= made.keys():
            break
        people = everybody  # another gate was quicker: its presence is there now
    standing_ids = made | {key: one.id for key, (one, _) in claims.items() if one is not None}
    moved = {
        one.id: (key, one.first, first)
        for key, (one, first) in claims.items()
        if one is not None and first != one.first
    }
    move_earlier({presence_id: first for presence_id, (_, _, first) in moved.items()})
    names = {one.session.id: one.session.name for one in decided if one.session is not None}
    _record(event_id, names, claims, made, moved, sender, now=now)
    placed = [_placed(one, kept, claims, standing_ids) for one in decided]
    return _stored(event_id, placed, scans, sender, now=now)


Claims = dict[Key, tuple[Kept | None, Claim]]


def _claims(decided: Iterable[Merged], kept: Mapping[Key, list[Kept]], sender: From) -> Claims:
    """person in a session → (the presence that stands, whose it is with this batch's scans)."""
    by_key: dict[Key, list[Claim]] = defaultdict(list)
    for one in decided:
        if one.key is not None:
            own = presence_of(one.scan.at, kept.get(one.key, ()))
            if own is None or own.undone_at is None:
                by_key[one.key].append(_claim(one.scan, sender))
    claims: Claims = {}
    for key, of_key in by_key.items():
        standing = next((one for one in kept.get(key, ()) if one.undone_at is None), None)
        first = first_of(of_key, standing.first if standing else None)
        assert first is not None
        claims[key] = (standing, first)
    return claims


def _claim(scan: LateScan, sender: From) -> Claim:
    return Claim(
        scan.at, scan.client_id, sender.gate_name[:60], sender.actor.label[:200], str(scan.how)
    )


def _placed(
    one: Merged, kept: Mapping[Key, list[Kept]], claims: Claims, ids: Mapping[Key, int]
) -> Merged:
    """Welcome is whose presence it is from this scan on; everybody else comes after somebody."""
    if one.key is None:
        return one
    own = presence_of(one.scan.at, kept.get(one.key, ()))
    if own is not None and own.undone_at is not None:
        arrival = Arrival(own.id, own.first.at, own.first.gate_name)
        return replace(one, outcome=Outcome.ALREADY, arrival=arrival)
    standing, first = claims[one.key]
    arrival = Arrival(ids[one.key], first.at, first.gate_name)
    mine = first.client_id == one.scan.client_id and (standing is None or first != standing.first)
    outcome = Outcome.WELCOME if mine else Outcome.ALREADY
    return replace(one, outcome=outcome, arrival=arrival, stands=True)


def _record(
    event_id: int,
    names: Mapping[int, str],
    claims: Claims,
    made: Mapping[Key, int],
    moved: Mapping[int, tuple[Key, Claim, Claim]],
    sender: From,
    *,
    now: datetime,
) -> None:
    by = sender.actor
    arrived = [
        (key[0], None, _facts(names[key[1]], claims[key][1], presence_id))
        for key, presence_id in sorted(made.items())
    ]
    record_all("checkin.arrived", "registration", arrived, by=by, now=now, event_id=event_id)
    earlier = [
        (
            key[0],
            _facts(names[key[1]], before, presence_id),
            _facts(names[key[1]], first, presence_id),
        )
        for presence_id, (key, before, first) in sorted(moved.items())
    ]
    record_all("checkin.earlier", "registration", earlier, by=by, now=now, event_id=event_id)


def _facts(session: str, claim: Claim, presence_id: int) -> dict[str, Any]:
    return {
        "session": session, "at": claim.at.isoformat(), "gate": claim.gate_name, "how": claim.how,
        "presence": presence_id,
    }  # fmt: skip


# ---------------------------------------------------------------- scans


def _stored(
    event_id: int,
    placed: list[Merged],
    scans: Mapping[int, list[KeptScan]],
    sender: From,
    *,
    now: datetime,
) -> list[Merged]:
    """Raises NotStored when another request has stored one of them since it was looked for."""
    if not placed:
        return []
    rows = [_row(event_id, one, sender, now) for one in placed]
    ids = {client_id: made_id for made_id, client_id in _KEEP.each(rows)}
    if len(ids) < len(rows):
        raise NotStored()
    place = place_of(sender.device_id, sender.gate_name)
    shown = {presence_id: [one.shown for one in of_one] for presence_id, of_one in scans.items()}
    for one in placed:
        if one.arrival is not None:
            green = gate_let_in(one.scan.told, one.outcome)
            own = Shown(ids[one.scan.client_id], place, green)
            shown.setdefault(one.arrival.presence_id, []).append(own)
    twice = remark_doubles(shown.values())
    return [
        replace(one, remark=Remark.DOUBLE)
        if ids[one.scan.client_id] in twice and one.remark in (None, Remark.CLOCK)
        else one
        for one in placed
    ]


def _row(event_id: int, one: Merged, sender: From, now: datetime) -> dict[str, Any]:
    scan = one.scan
    face = one.subject.face if one.subject.same_event else None
    return {
        "client_id": scan.client_id,
        "event_id": event_id,
        "session_id": one.session.id if one.session is not None else None,
        "registration_id": face.id if face is not None else None,
        "presence_id": one.arrival.presence_id if one.arrival is not None else None,
        "device_id": sender.device_id,
        "gate_name": sender.gate_name[:60],
        "by": sender.actor.label[:200],
        "how": str(scan.how),
        "code": scan.code_text.strip()[:40] if scan.code_text else None,
        "device_at": scan.device_at,
        "arrived_at": now,
        "counted_at": scan.at,
        "outcome": one.outcome.value,
        "told": scan.told,
        "remark": one.remark.value if one.remark is not None else None,
    }
