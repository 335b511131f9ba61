"""`flask worker` as a real process: it delivers, ends cleanly, and loses nothing when killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app.core import clock
from app.core.database import unit_of_work
from app.core.health import HEARTBEAT
from app.core.settings_store import read_setting
from app.extensions import db
from app.mail.models import Message
from app.mail.queries import state_counts
from app.mail.tasks import schedule_drain, sweep_outbox
from app.mail.worker import beat
from tests.conftest import TEST_ENV
from tests.factories.mails import Inbox, put_mail, smtp_server, use_smtp

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def worker(app: Flask, port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ, **TEST_ENV, "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url, "MAIL_TRANSPORT": "smtp",
        "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(port), "MAIL_TIMEOUT": "5",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


class Arrivals(Inbox):
    """Says when so many mails have come."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        with self.changed:
            self.changed.notify_all()
        return answer

    def wait_for(self, enough: Callable[[], bool], seconds: float = 30) -> bool:
        with self.changed:
            return self.changed.wait_for(enough, seconds)


@pytest.mark.both_databases
def test_it_delivers_beats_and_ends_on_a_signal(app: Flask) -> None:
    put_mail(1)
    box = Arrivals()
    with smtp_server(box) as port, worker(app, port) as process:
        assert box.wait_for(lambda: len(box.mails) == 1)  # what lay there when it started
        put_mail(2)
        schedule_drain()
        assert box.wait_for(lambda: len(box.mails) == 2)  # woken by the queue
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert state_counts() == {"sent": 2}
    age = datetime.now(UTC) - datetime.fromisoformat(read_setting(HEARTBEAT))
    assert age < timedelta(seconds=60)


def test_killed_in_the_middle_it_loses_nothing_and_doubles_at_most_one(app: Flask) -> None:
    total = 40
    for number in range(total):
        put_mail(number, to=f"u{number}@example.vn")
    box = Arrivals()
    with smtp_server(box) as port:
        for kill_after in (8, 20):
            with worker(app, port) as process:
                assert box.wait_for(lambda n=kill_after: len(box.mails) >= n)
                process.kill()
                process.wait(10)
            assert state_counts().get("sending", 0) <= 1  # one mail at a time is in hand
            with unit_of_work():  # five minutes later
                old = clock.real_now() - timedelta(minutes=10)
                db.session.execute(update(Message).values(claimed_at=old))
        use_smtp(app, port)
        sweep_outbox()
    assert {to for to, _ in box.mails} == {f"u{n}@example.vn" for n in range(total)}
    assert len(box.mails) <= total + 2
    assert state_counts() == {"sent": total}


def test_the_heartbeat_is_of_the_real_clock(app: Flask, frozen_clock) -> None:
    beat(app)
    assert read_setting(HEARTBEAT) == frozen_clock.at.isoformat()


@pytest.mark.postgres_only
def test_many_processes_may_open_a_fresh_queue_at_once(app: Flask) -> None:
    from app import create_app

    apps = [create_app(app.config["SETTINGS"], TESTING=True) for _ in range(4)]
    errors = []

    def wake(other: Flask) -> None:
        try:
            with other.app_context():
                schedule_drain(5)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=wake, args=(other,)) for other in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert app.extensions["queue"].huey.pending_count() == 4
    app.extensions["queue"].close()
