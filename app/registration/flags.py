"""What the desk should look at in an entry: kept on the row, one row or more at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.names import is_leader_post
from app.events.models import Participation
from app.events.rules import Route
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import ACTIVE

NOT_LEADER, SAME_PERSON = "not_leader", "same_person"
NEAR_PERSON = "near_person"  # stored only as seen: the same name but for its marks
WALK_IN, SUBSTITUTE = "walk_in", "substitute"  # entered at the door: marks, nothing to look at
DOOR = "door"  # their source
DOOR_MARKS = frozenset({WALK_IN, SUBSTITUTE})
SEEN = "seen:"  # in front of a flag the desk has looked at and left as it is


def flags_of(
    registration: Registration, participation: Participation, twin_ids: Sequence[int]
) -> list[str]:
    """P27/G5: not a leader's post, for units that register (P13 lets a committee send whom it
    likes); plan 8: the same person for two units. The desk judges."""
    flags = []
    registers = participation.route == Route.REGISTRATION
    if registers and registration.position and not is_leader_post(registration.position):
        flags.append(NOT_LEADER)
    if twin_ids:
        flags.append(SAME_PERSON)
        _flag_twins(twin_ids)
    return flags


def twins_of(registration: Registration) -> list[int]:
    """Ids of other units' active entries of this person."""
    if not registration.person_key:
        return []
    with db.session.no_autoflush:
        return [
            one.id
            for one in _standing_of(registration.event_id, registration.person_key)
            if one.participation_id != registration.participation_id
        ]


def unflag_twins(event_id: int, person_key: str) -> None:
    """When a person stands for one unit only, nobody need look any more."""
    if not person_key:
        return
    standing = _standing_of(event_id, person_key)
    if len({one.participation_id for one in standing}) < 2:
        for one in standing:
            one.flags = _without(one.flags, SAME_PERSON)


def _flag_twins(ids: Sequence[int]) -> None:
    """These entries name a person who stands for another unit, too."""
    with db.session.no_autoflush:  # the entry itself may be half filled
        twins = db.session.scalars(select(Registration).where(Registration.id.in_(ids))).all()
    for twin in twins:
        if SAME_PERSON not in twin.flags:
            twin.flags = [*_without(twin.flags, SAME_PERSON), SAME_PERSON]


def _standing_of(event_id: int, person_key: str) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration).where(
                Registration.event_id == event_id,
                Registration.person_key == person_key,
                Registration.state.in_(ACTIVE),
            )
        )
    )


def _without(flags: list[str], flag: str) -> list[str]:
    return [one for one in flags if one not in (flag, SEEN + flag)]
