"""Check-in, one scan a request, from eight gates: as the page without a list sends it, and as paired
phones with a network do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.checkin.models import Presence
from app.extensions import db
from bench.gates import codes_of, paired
from bench.offline_phones import gate_secrets, offline_phone
from bench.stage import Stage
from bench.world import World, make_world, seat_everybody, visit

GATES = 8


@dataclass(frozen=True)
class Hall:
    """Two events with delegates of their own, before the server runs."""

    plain: World
    phones: World
    codes: dict[str, list[str]]
    secrets: dict[str, list[str]]


def make_hall(here: Stage, delegates: int) -> Hall:
    worlds = [
        make_world(here.app, seats=delegates, units=delegates, slug=s) for s in ("cua", "may")
    ]
    return Hall(
        worlds[0],
        worlds[1],
        codes={one.slug: codes_of(here, seat_everybody(here.app, one)) for one in worlds},
        secrets={one.slug: gate_secrets(here, one, GATES) for one in worlds},
    )


def plain_scans(here: Stage, hall: Hall) -> list[bytes]:
    """Everybody's scan, by /scans."""
    world = hall.plain
    gates = [paired(here, world, secret) for secret in hall.secrets[world.slug]]
    return [gates[number % GATES].scan(code) for number, code in enumerate(hall.codes[world.slug])]


def phone_scans(here: Stage, hall: Hall) -> list[bytes]:
    """Everybody's scan, by /sync: a batch of one that asks for no list."""
    world = hall.phones
    phones = [offline_phone(here, world, secret) for secret in hall.secrets[world.slug]]
    moment = datetime.now(UTC)
    return [
        phones[number % GATES].batch([phones[number % GATES].scan(code, moment)], 1)
        for number, code in enumerate(hall.codes[world.slug])
    ]


def ensure_present(here: Stage, world: World, expected: int) -> None:
    """Each scan let its person in, once."""
    with visit(here.app):
        present = db.session.query(Presence).filter_by(event_id=world.event_id).count()
    if present != expected:
        raise RuntimeError(f"{present} presences after {expected} scans")


Ways = list[tuple[str, World, Callable[[Stage, Hall], list[bytes]]]]


def ways(hall: Hall) -> Ways:
    return [
        ("check-in POST", hall.plain, plain_scans),
        ("check-in of paired phones, one scan a sync, 8 gates", hall.phones, phone_scans),
    ]
