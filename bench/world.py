"""A migrated database with an event and many units, for benchmarks and tests of the real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, insert, select, update

from app import create_app
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.core.migrations import init_migrations
from app.core.vietnamese import fold, match_key, person_sort_key, sort_key
from app.events.models import Event, Participation, SeatPool
from app.events.plan_files import SHIPPED_PLAN, read_plan
from app.events.queries import unit_secret
from app.events.services import create_event, move_event
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.units.models import Unit
from bench.server import ROOT
from config import Settings

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đoàn Mai".split()
MIDDLE = "Thị Văn Hữu Ngọc Thu Minh Quang Thanh Kim Đức Hồng Xuân Gia Bảo Khánh Tuấn".split()
SECOND = "An Bình Châu Diệp Hà Hải Lan Linh Mai Nga Phương Quỳnh Sơn Thảo Trang Vân".split()
GIVEN = "Ánh Bách Chi Dũng Đông Giang Hiên Khoa Lâm Mỹ Nhung Oanh Phúc Quyên Tâm Uyên".split()


def person_name(number: int) -> str:
    """One of 65,536 invented names, another for each number."""
    number, given = divmod(number, 16)
    number, family = divmod(number, 16)
    second, middle = divmod(number, 16)
    return f"{FAMILY[family]} {MIDDLE[middle]} {SECOND[second % 16]} {GIVEN[given]}"


@dataclass(frozen=True)
class World:
    """``paths``: the page of each unit; ``slug``: the event's."""

    slug: str
    event_id: int
    paths: list[str]


def make_app(env: dict[str, str]) -> Flask:
    return create_app(Settings.from_env(env))


@contextmanager
def visit(app: Flask) -> Iterator[None]:
    """An application context that leaves no connection behind."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def make_world(
    app: Flask,
    *,
    seats: int,
    units: int,
    slug: str = "dot-thu",
    cutoff_at: datetime | None = None,
) -> World:
    """An open event; run once per database or once per slug."""
    moment = datetime.now(UTC)
    init_migrations(app)
    with visit(app):
        upgrade(directory=str(ROOT / "migrations"))
        plan = replace(
            read_plan(SHIPPED_PLAN.read_bytes()),
            slug=slug,
            planned_seats=seats,
            hall_seats=None,
            reserves=[],
            opens_at=moment - timedelta(days=1),
            cutoff_at=cutoff_at or moment + timedelta(days=30),
            valid_on=(moment + timedelta(days=40)).date(),
            registering_kinds=["high_school"],
            invited_kinds=[],
        )
        with unit_of_work() as session:
            for number in range(units):
                session.add(_unit(f"{slug.upper()}-{number:05d}", f"{slug} số {number:05d}"))
            session.flush()
            event = create_event(plan, by=SYSTEM, now=moment)
            move_event(event, "open", by=SYSTEM, now=moment)
            event_id = event.id
            session.execute(  # those of earlier worlds in this database
                delete(Participation).where(
                    Participation.event_id == event_id,
                    Participation.code.not_like(f"{slug.upper()}-%"),
                )
            )
        called = db.session.scalars(
            select(Participation)
            .where(Participation.event_id == event_id)
            .order_by(Participation.id)
        )
        paths = [f"/units/{unit_secret(one)}" for one in called]
        slug = db.session.get_one(Event, event_id).slug
    return World(slug, event_id, paths)


def _unit(code: str, name: str) -> Unit:
    name = f"Trường THPT Thử {name}"
    return Unit(
        code=code,
        name=name,
        kind="high_school",
        aliases=[],
        email=f"{code.lower()}@truong.example.vn",
        search=fold(f"{code} {name}"),
        sort_key=sort_key(name),
    )


def seat_everybody(app: Flask, world: World) -> list[int]:
    """A confirmed delegate for each unit, written at once. → ids of the registrations"""
    moment = datetime.now(UTC)
    with visit(app):
        with unit_of_work() as session:
            pool = session.scalars(
                select(SeatPool).where(SeatPool.event_id == world.event_id)
            ).one()
            called = session.scalars(
                select(Participation).where(Participation.event_id == world.event_id)
            ).all()
            session.execute(
                insert(Registration),
                [_row(number, unit, pool.id, moment) for number, unit in enumerate(called)],
            )
            session.execute(
                update(SeatPool).where(SeatPool.id == pool.id).values(taken=len(called))
            )
        return list(
            db.session.scalars(
                select(Registration.id)
                .where(Registration.event_id == world.event_id)
                .order_by(Registration.id)
            )
        )


def _row(number: int, unit: Participation, pool_id: int, moment: datetime) -> dict[str, object]:
    name = person_name(number)
    return {
        "event_id": unit.event_id,
        "participation_id": unit.id,
        "slot": 0,
        "state": State.CONFIRMED,
        "pool_id": pool_id,
        "full_name": name,
        "position": "Phó Hiệu trưởng",
        "person_key": match_key(name),
        "sort_key": person_sort_key(name),
        "search": f"{fold(name)} {unit.search}",
        "source": "web",
        "received_at": moment,
        "seated_at": moment,
        "flags": [],
        "receipt_code": f"{unit.event_id:04d}{number:08d}",
        "code_version": 1,
        "on_time": True,
    }


@dataclass(frozen=True)
class Seating:
    """What is stored of an event: numbers of rows by state, the queue's numbers, seats taken."""

    states: dict[str, int]
    queue: list[int]
    taken: int

    @property
    def confirmed(self) -> int:
        return self.states.get(State.CONFIRMED, 0)


def seating(app: Flask, event_id: int) -> Seating:
    with visit(app):
        rows = db.session.execute(
            select(Registration.state, Registration.queue_no).where(
                Registration.event_id == event_id
            )
        ).all()
        taken = db.session.scalars(
            select(SeatPool.taken).where(SeatPool.event_id == event_id)
        ).all()
    states: dict[str, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + 1
    return Seating(states, sorted(row.queue_no for row in rows if row.queue_no), sum(taken))


REGISTRATION_ID = re.compile(rb'name="registration_id" value="(\d+)"')


def delegate_form(number: int, token: str, **more: str) -> dict[str, str]:
    """What a clerk sends; another person for each number."""
    return {
        "csrf_token": token,
        "full_name": person_name(number),
        "position": "Phó Hiệu trưởng",
        **more,
    }


def stored_units(app: Flask, world: World) -> set[str]:
    """The pages of the units that have a registration."""
    with visit(app):
        return {
            f"/units/{unit_secret(one)}"
            for one in db.session.scalars(
                select(Participation)
                .join(Registration, Registration.participation_id == Participation.id)
                .where(Participation.event_id == world.event_id)
            )
        }
