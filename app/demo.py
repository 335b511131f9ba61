"""`flask seed-rehearsal`: the 2024 plan, its units and invented people, once (issue of the rehearsal).

Names come from Faker, mailboxes lie under the reserved domain `.example`; nobody is real.
The 2024 plan starts with three entries of the states that can stand before the cut-off; a small
second event, already past its cut-off, shows all six.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from faker import Faker
from flask import current_app
from sqlalchemy import select

from app.accounts.services import create_account
from app.checkin.gate_services import create_gate
from app.core.access import SYSTEM, Actor
from app.core.clock import ZONE
from app.core.database import unit_of_work
from app.core.rehearsal import move_clock_to
from app.events.guests import GuestKind
from app.events.models import Event, Participation
from app.events.notice import NOTICE_VERSION
from app.events.plan_files import SHIPPED_PLAN, Plan, read_plan
from app.events.rules import EventState
from app.events.services import create_event, move_event
from app.extensions import db
from app.personal_data.routes import ASKER
from app.personal_data.services import Asked
from app.personal_data.services import ask as ask_for_data
from app.registration.entering import register
from app.registration.guests import Guest, add_guest
from app.registration.mails import unit_url
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import reject, withdraw
from app.registration.services import replace as replace_delegate
from app.units.models import Unit
from app.units.services import import_file

UNITS_FILE = SHIPPED_PLAN.parent / "units-haiphong-2024.csv"
DESK = Actor("system", "seed", "Dữ liệu diễn tập", frozenset({"desk"}))
STARTS = datetime(2024, 3, 4, 9, 0, tzinfo=ZONE)  # the rehearsal's clock
ACCOUNTS = {
    "admin": "Quản trị diễn tập",
    "desk": "Chuyên viên diễn tập",
    "leader": "Lãnh đạo diễn tập",
    "hall": "Cửa hội trường",
}
POSITIONS = {
    "district_committee": ("Phó Trưởng ban", "Ủy viên Thường trực"),
    "department": ("Trưởng phòng", "Phó Trưởng phòng"),
    "district_office": ("Trưởng phòng", "Phó Trưởng phòng"),
    "gdnn_gdtx_centre": ("Giám đốc", "Phó Giám đốc"),
    "affiliated_unit": ("Giám đốc", "Phó Giám đốc"),
}
SCHOOL_POSITIONS = ("Hiệu trưởng", "Phó Hiệu trưởng")


@click.command("seed-rehearsal")
def seed_rehearsal() -> None:
    """Fill an empty rehearsal and write demo.json; a filled one is left as it is."""
    directory: Path = current_app.config["SETTINGS"].data_dir
    file = directory / "demo.json"
    if db.session.scalar(select(Event.id).limit(1)) is None:
        with unit_of_work():  # the file first: what is committed has its addresses
            _write(file, _fill())
    demo = json.loads(file.read_text(encoding="utf-8"))
    base_url = current_app.config["SETTINGS"].base_url
    if demo["base_url"] != base_url:  # another PORT than the last time
        text = file.read_text(encoding="utf-8").replace(demo["base_url"], base_url)
        file.write_text(text, encoding="utf-8")
    click.echo(f"{file}")


def _write(file: Path, demo: dict[str, Any]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(demo, ensure_ascii=False, indent=1), encoding="utf-8")


def _fill() -> dict[str, Any]:
    people = _people()
    passwords = {role: secrets.token_urlsafe(9) for role in ACCOUNTS}
    for role, name in ACCOUNTS.items():
        create_account(
            f"{role}@so.example",
            role,
            password=passwords[role],
            by=SYSTEM,
            now=STARTS,
            full_name=name,
        )
    import_file(UNITS_FILE.read_bytes(), UNITS_FILE.name, by=SYSTEM, now=STARTS)
    for unit in db.session.scalars(select(Unit)):
        unit.email = f"{unit.code.lower()}@haiphong.example"
    db.session.flush()
    plan = read_plan(SHIPPED_PLAN.read_bytes())
    _all_states(plan, people)
    event = _the_plan(plan, people)
    _ask_for_data(people)
    _guests(event, people)
    gate = create_gate(event, "Cổng A", by=SYSTEM, now=STARTS, role="supervisor", many_devices=True)
    move_clock_to(STARTS)
    base_url = current_app.config["SETTINGS"].base_url
    return {
        "base_url": base_url,
        "desk": {"email": "desk@so.example", "password": passwords["desk"]},
        "accounts": [
            {"role": role, "email": f"{role}@so.example", "password": passwords[role]}
            for role in ACCOUNTS
        ],
        "units": [
            {"code": one.code, "name": one.name, "url": unit_url(one)}
            for one in _waiting_units(event)
        ],
        "gate_url": f"{base_url}/hall/pair/{gate.secret}",
    }


def _people() -> Iterator[str]:
    """Vietnamese full names, họ – đệm – tên, the same every time."""
    Faker.seed(2024)
    random.seed(2024)
    faker = Faker("vi_VN")
    while True:
        woman = faker.boolean()
        given = faker.first_name_female() if woman else faker.first_name_male()
        middle = (
            "Thị"
            if woman and faker.boolean(60)
            else faker.random_element(
                ("Thu", "Ngọc", "Minh", "Thanh") if woman else ("Văn", "Đức", "Quang", "Hữu")
            )
        )
        if middle != given:
            yield f"{faker.last_name()} {middle} {given}"


def _entry(participation: Participation, people: Iterator[str]) -> Entry:
    posts = POSITIONS.get(participation.kind, SCHOOL_POSITIONS)
    return Entry(next(people), random.choice(posts), notice_version=NOTICE_VERSION)  # noqa: S311


def _units_of(event: Event, *kinds: str) -> list[Participation]:
    """Guests have no unit and no link."""
    query = select(Participation).where(
        Participation.event_id == event.id, Participation.unit_id.is_not(None)
    )
    if kinds:
        query = query.where(Participation.kind.in_(kinds))
    return list(db.session.scalars(query.order_by(Participation.id)))


def _waiting_units(event: Event) -> list[Participation]:
    """Every unit of the event, those without an entry first: the one to try is the first."""
    used = set(
        db.session.scalars(
            select(Registration.participation_id).where(Registration.event_id == event.id)
        )
    )
    return sorted(
        _units_of(event), key=lambda one: (one.id in used, one.route != "registration", one.id)
    )


def _at(days: int, hour: int, minute: int = 0) -> datetime:
    return STARTS.replace(hour=hour, minute=minute) + timedelta(days=days)


def _the_plan(plan: Plan, people: Iterator[str]) -> Event:
    event = create_event(plan, by=SYSTEM, now=_at(-14, 8), approval=False)
    move_event(event, EventState.OPEN, by=SYSTEM, now=_at(-14, 9))
    schools = iter(_units_of(event, "high_school"))
    for number in range(3):
        moment = _at(-7 + number, 9, 40)
        for state in ("confirmed", "withdrawn", "replaced", "rejected"):
            _enter(next(schools), state, people, moment)
        _enter(_units_of(event, "district_committee")[number], "confirmed", people, moment)
    return event


def _guests(event: Event, people: Iterator[str]) -> None:
    """Who comes on top of the units (P20, P35); one of them is a committee's delegate, too."""
    committee = _units_of(event, "district_committee")[0]
    twice = db.session.scalars(
        select(Registration.full_name).where(Registration.participation_id == committee.id)
    ).one()
    for role, organisation, entry in (
        (GuestKind.GUEST, "Bộ Giáo dục và Đào tạo", Entry(None, email="bo@moet.example")),
        (GuestKind.GUEST, "Hội Khuyến học thành phố", Entry(twice, "Phó Chủ tịch")),
        (
            GuestKind.PRESENTER, "Vụ Giáo dục thường xuyên",
            Entry(next(people), "Chuyên viên chính", email="bao-cao-vien@moet.example"),
        ),
        (GuestKind.ORGANISER, "Phòng Giáo dục thường xuyên và Đại học", Entry(next(people), "Chuyên viên")),
    ):  # fmt: skip
        add_guest(event.id, Guest(role, organisation, entry), by=DESK, now=_at(-3, 14))


def _ask_for_data(people: Iterator[str]) -> None:
    """One delegate asks what is held of them; the answer is due on the rehearsal's second day."""
    asked = Asked(
        "see", next(people), "Trường THPT Thử", "nguoi-hoi@haiphong.example",
        "Xin cho biết Sở đang giữ những gì về tôi.",
    )  # fmt: skip
    moment = _at(-3, 10, 5)
    ask_for_data(asked, client="rehearsal", by=ASKER, now=moment, real_now=moment)


def _all_states(plan: Plan, people: Iterator[str]) -> None:
    """An invented meeting of the Phòng GDĐT: six seats, cut-off passed, every state three times."""
    small = replace(
        plan,
        slug="hop-thu-2024",
        title="Họp thử về công tác xã hội học tập (dữ liệu diễn tập, mọi trạng thái)",
        short_title="Họp thử: mọi trạng thái",
        list_title="Đại biểu dự họp thử về công tác xã hội học tập",
        tentative_time=None,
        starts_at=datetime(2024, 3, 6, 8, 0, tzinfo=ZONE),
        ends_at=datetime(2024, 3, 6, 11, 30, tzinfo=ZONE),
        cutoff_at=datetime(2024, 2, 29, 17, 0, tzinfo=ZONE),
        cutoff_words="trước 17 giờ 00 phút, ngày 29/02/2024",
        planned_seats=6,
        reserves=[],
        registering_kinds=["district_office", "affiliated_unit"],
        invited_kinds=[],
        sessions=[
            {
                "name": "Sáng",
                "topic": "Họp thử",
                "starts_at": datetime(2024, 3, 6, 8, 0, tzinfo=ZONE),
                "ends_at": datetime(2024, 3, 6, 11, 30, tzinfo=ZONE),
            }
        ],
    )
    event = create_event(small, by=SYSTEM, now=_at(-14, 8), approval=False)
    move_event(event, EventState.OPEN, by=SYSTEM, now=_at(-14, 9))
    units = iter(_units_of(event))
    for state in ("withdrawn", "rejected", "replaced", "confirmed", "waitlisted"):
        for number in range(3):
            _enter(next(units), state, people, _at(-6 + number, 10, 15))
    for number in range(3):
        _enter(next(units), "late", people, _at(-3, 8, 5 + number))


def _enter(
    participation: Participation, state: str, people: Iterator[str], moment: datetime
) -> None:
    by = Actor("unit", participation.code, participation.name)
    entered = register(participation, _entry(participation, people), by=by, now=moment)
    later = moment + timedelta(hours=1)
    if state == "withdrawn":
        withdraw(entered.registration, participation, by=by, now=later)
    elif state == "replaced":
        replace_delegate(
            entered.registration, participation, _entry(participation, people), by=by, now=later
        )
    elif state == "rejected":
        reject(
            entered.registration,
            participation,
            by=DESK,
            now=later,
            sentence="Người được cử không phải lãnh đạo đơn vị. Đề nghị đơn vị cử người khác.",
        )
