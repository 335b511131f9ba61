"""The hall's faults against the real server: killed in the middle of five gates' sync, answers that
nobody heard, phones that send the same at once."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.checkin.models import Presence, Scan
from app.extensions import db
from bench import load
from bench.killing import integrity
from bench.offline_phones import OfflinePhone, codes_of, gate_secrets, offline_phone
from bench.server import RealServer, environment, free_port
from bench.stage import Stage
from bench.world import make_app, make_world, seat_everybody, visit

GATES, PEOPLE, BATCH = 5, 60, 6


@dataclass
class Hall:
    """Five phones, each with scans of everybody; ``acknowledged``: client ids with an answer."""

    here: Stage
    event_id: int
    phones: list[OfflinePhone]
    kept: list[list[dict[str, Any]]]

    def parts(self, number: int) -> list[list[dict[str, Any]]]:
        kept = self.kept[number]
        return [kept[start : start + BATCH] for start in range(0, len(kept), BATCH)]

    def stored(self) -> dict[str, int]:
        """client id → presence"""
        with visit(self.here.app):
            rows = db.session.execute(
                select(Scan.client_id, Scan.presence_id).where(Scan.event_id == self.event_id)
            ).all()
            assert len(rows) == len({row.client_id for row in rows})
            return {row.client_id: row.presence_id for row in rows}

    def presences(self) -> dict[int, tuple[datetime, str]]:
        with visit(self.here.app):
            assert (
                db.session.scalar(
                    select(func.count())
                    .select_from(Presence)
                    .where(Presence.undone_at.is_not(None))
                )
                == 0
            )
            return {
                row.registration_id: (row.at, row.gate_name)
                for row in db.session.scalars(
                    select(Presence).where(Presence.event_id == self.event_id)
                )
            }

    def send_everything(self) -> None:
        for number, phone in enumerate(self.phones):
            for part in self.parts(number):
                answer = load.ask(self.here.port, phone.batch(part))
                assert answer.status == 200
                assert acknowledged(answer) == {one["client_id"] for one in part}


def acknowledged(answer: load.Answer) -> set[str]:
    packed = b"content-encoding: gzip" in answer.head.lower()
    body = json.loads(gzip.decompress(answer.body) if packed else answer.body)
    return {one["client_id"] for one in body["results"]}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def here(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One server for the tests of this module; each brings an event of its own."""
    directory = tmp_path_factory.mktemp("hall")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), directory / "app.db")
        url = f"sqlite:///{directory / 'app.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.fresh_database("migrated"))
    env = environment(directory, url, free_port())
    server = RealServer(env)
    with server:
        yield Stage(env, make_app(env), server, server)


@pytest.fixture
def hall(here: Stage, request: pytest.FixtureRequest) -> Hall:
    slug = request.node.originalname.removeprefix("test_").replace("_", "-")[:20].strip("-")
    world = make_world(here.app, seats=PEOPLE, units=PEOPLE, slug=slug)
    delegates = seat_everybody(here.app, world)
    with visit(here.app):
        codes = codes_of(world, delegates)
    phones = [offline_phone(here, world, one) for one in gate_secrets(here, world, GATES)]
    began = datetime.now(UTC) - timedelta(hours=3)
    kept = [  # the gates in turn were the first to see somebody
        [
            phone.scan(code, began + timedelta(minutes=n, seconds=(gate + n) % GATES))
            for n, code in enumerate(codes)
        ]
        for gate, phone in enumerate(phones)
    ]
    return Hall(here, world.event_id, phones, kept)


def test_a_server_killed_while_five_gates_send_loses_nothing_it_acknowledged(hall: Hall) -> None:
    heard: set[str] = set()
    unheard = threading.Event()
    enough = threading.Semaphore(0)

    def send(number: int) -> None:
        with load.Client(hall.here.port) as client:
            for part in hall.parts(number):
                try:
                    answer = client.send(hall.phones[number].batch(part))
                except (OSError, EOFError):
                    unheard.set()
                    return
                heard.update(acknowledged(answer))
                enough.release()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(GATES)]
    for thread in threads:
        thread.start()
    for _ in range(2 * GATES):
        enough.acquire(timeout=60)
    hall.here.server.kill()
    for thread in threads:
        thread.join()
    assert unheard.is_set(), "nothing was under way when the server died"
    if hall.here.env["DATABASE_URL"].startswith("sqlite"):
        assert integrity(Path(hall.here.env["DATA_DIR"]) / "app.db") == "ok"
    assert heard <= set(hall.stored())
    assert None not in hall.stored().values()
    hall.here.server.start()
    hall.send_everything()
    assert len(hall.stored()) == GATES * PEOPLE
    _as_the_model_says(hall)


def test_an_answer_nobody_heard_is_asked_for_again_and_adds_nothing(hall: Hall) -> None:
    phone, (part, *_) = hall.phones[0], hall.parts(0)
    client = load.Client(hall.here.port)
    assert client.send(phone.batch([])).status == 200
    assert client.socket is not None
    client.socket.sendall(phone.batch(part))
    client.socket.recv(1)  # it was answered; the network is gone before the phone reads it
    client.close()
    before = hall.stored(), hall.presences()
    assert len(before[0]) == BATCH
    answers: list[set[str]] = []

    def again() -> None:
        answers.append(acknowledged(load.ask(hall.here.port, phone.batch(part))))

    threads = [threading.Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{one["client_id"] for one in part}] * 4
    assert (hall.stored(), hall.presences()) == before


def test_five_gates_at_once_agree_on_who_was_first(hall: Hall) -> None:
    statuses: list[int] = []

    def send(number: int) -> None:
        with load.Client(hall.here.port) as client:
            for part in reversed(hall.parts(number)):
                for _ in range(2):  # each twice: the second adds nothing
                    statuses.append(client.send(hall.phones[number].batch(part)).status)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(GATES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert len(hall.stored()) == GATES * PEOPLE
    _as_the_model_says(hall)


def _as_the_model_says(hall: Hall) -> None:
    first: dict[str, tuple[str, str, str]] = {}
    for number, kept in enumerate(hall.kept, 1):
        for one in kept:
            own = one["device_at"], one["client_id"], f"Cổng {number}"
            first[one["code"]] = min(own, first.get(one["code"], own))
    expected = sorted((datetime.fromisoformat(at), gate) for at, _, gate in first.values())
    assert sorted(hall.presences().values()) == expected
    with visit(hall.here.app):
        doubles = db.session.scalar(
            select(func.count())
            .select_from(Scan)
            .where(Scan.event_id == hall.event_id, Scan.remark == "double")
        )
    assert doubles == GATES * PEOPLE
