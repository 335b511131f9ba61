"""Letters out: from "send" to the last acceptance by a real SMTP server, the page that starts ten
thousand, the print run, and ten thousand mails while the worker is killed.

Floors: as many plain mails over the same connection; the same page of one unit; empty pages.
"""

from __future__ import annotations

import os
import random
import signal
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from flask import Flask

from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.batches import Choice, start_letters
from app.mail.models import MailBatch
from app.mail.services import enqueue
from bench.figures import Pair, Row, Sizes, at_most
from bench.papers import child
from bench.server import ROOT, environment, free_port
from bench.world import World, make_app, make_world, seat_everybody, visit

MAILS, MAILS_S, START_MS = 110, 3.0, 500
PRINT_S, PRINT_MB = {1_000: 2.5, 10_000: 30.0}, {1_000: 500, 10_000: 1_200}
PLAIN = {"subject": "Thử", "text": "Thử.\n", "html": "<p>Thử.</p>"}


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with stage() as here:
        say(_from_send_to_accepted(here))
    with stage() as here:
        say(_start_page(here, sizes.batch))
    for row in _print_runs(sizes):
        say(row)
    with stage() as here:
        for row in _killed(here, sizes.kill_mails, sizes.mail_kills):
            say(row)


@dataclass
class Box:
    """Counts what it accepts, by Message-ID."""

    ids: Counter[str] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        head = envelope.content.split(b"\r\n\r\n", 1)[0]  # type: ignore[attr-defined]
        lines = [one for one in head.split(b"\r\n") if one.lower().startswith(b"message-id:")]
        with self.changed:
            self.ids[lines[0].decode()] += 1
            self.changed.notify_all()
        return "250 OK"

    def wait_for(self, number: int, seconds: float) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.ids.total() >= number, seconds)


@dataclass(frozen=True)
class Stage:
    env: dict[str, str]
    app: Flask
    box: Box
    file: Path

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)


@contextmanager
def stage() -> Iterator[Stage]:
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            file = Path(name) / "app.db"
            env = environment(
                Path(name), f"sqlite:///{file}", free_port(), MAIL_TRANSPORT="smtp",
                MAIL_SERVER="127.0.0.1", MAIL_PORT=str(controller.port), PYTHONPATH=str(ROOT),
            )  # fmt: skip
            yield Stage(env, make_app(env), box, file)
    finally:
        controller.stop()


def _start(here: Stage, world: World) -> None:
    with visit(here.app), unit_of_work():
        event = lock_event(world.event_id)
        event.delivery = {"approval": False}
        start_letters(event, Choice(), expected=0, key="bench", by=SYSTEM, now=datetime.now(UTC))


def _from_send_to_accepted(here: Stage) -> Row:
    world = make_world(here.app, seats=MAILS, units=MAILS)
    seat_everybody(here.app, world)
    with here.worker():
        _idle(here)
        began = time.perf_counter()
        _start(here, world)
        if not here.box.wait_for(MAILS, 120):
            raise RuntimeError(f"{here.box.ids.total()} of {MAILS} mails came")
        taken = time.perf_counter() - began
    floor = _plain_mails(int(here.env["MAIL_PORT"]))
    pair = Pair(taken, floor, taken / floor)
    return at_most(
        f"{MAILS} mails with letter, from send to the last acceptance", pair, "s", MAILS_S
    )


def _idle(here: Stage) -> None:
    """Until the worker beats and has nothing to do."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with sqlite3.connect(here.file) as connection:
            if connection.execute("SELECT 1 FROM setting WHERE key LIKE '%heartbeat%'").fetchone():
                time.sleep(1.0)
                return
        time.sleep(0.1)
    raise RuntimeError("the worker did not start")


def _plain_mails(port: int) -> float:
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(MAILS):
            server.sendmail(
                "a@example.vn", "b@example.vn", f"Message-ID: <p{number}>\n\nThử".encode()
            )
    return time.perf_counter() - began


def _start_page(here: Stage, letters: int) -> Row:
    """The request as the desk's browser sends it, through the whole application."""
    few = _posted(here, make_world(here.app, seats=1, units=1, slug="mot"), 1)
    many = _posted(here, make_world(here.app, seats=letters, units=letters, slug="nhieu"), letters)
    pair = Pair(many, few, many / few)
    return at_most(f"page that starts a batch of {letters:,}", pair, "ms", START_MS)


def _posted(here: Stage, world: World, letters: int) -> float:
    seat_everybody(here.app, world)
    from app.accounts.setup import datastore

    here.app.config["WTF_CSRF_ENABLED"] = False
    with visit(here.app):
        with unit_of_work():
            account = datastore.create_user(email=f"{world.slug}@example.vn", active=True)
            datastore.add_role_to_user(account, datastore.find_or_create_role("desk"))
        key = account.fs_uniquifier
    client = here.app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = key, True
    times = []
    for number in range(3):
        form = {"key": f"bench-page-{number}", "expected": str(letters)}
        began = time.perf_counter()
        answer = client.post(f"/desk/events/{world.slug}/invitations/batches", data=form)
        times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 303:
            raise RuntimeError(f"the page answered {answer.status_code}")
    return max(times)


def _print_runs(sizes: Sizes) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        env = environment(Path(name), f"sqlite:///{Path(name) / 'app.db'}", 8000)
        app = make_app(env)
        for number in sizes.print_runs:
            seat_everybody(app, make_world(app, seats=number, units=number, slug=f"dot-{number}"))
            made = child(env, "letters", number, sizes)
            pair = Pair(made["seconds"], made["floor"], made["seconds"] / made["floor"])
            memory = Pair(made["peak_mb"], made["start_mb"], made["peak_mb"] / made["start_mb"])
            what = f"letters with codes, one PDF, {number:,}"
            yield at_most(what, pair, "s", PRINT_S.get(number, 2.5))
            yield at_most(f"{what}, peak memory", memory, "MB", PRINT_MB.get(number, 500))


# ---------------------------------------------------------------- killed


def _killed(here: Stage, mails: int, kills: int) -> Iterator[Row]:
    """A batch of plain mails; the worker dies by SIGKILL again and again, at any moment."""
    counted = killed_worker(here, mails, kills)
    lost = mails - len(counted)
    twice = counted.total() - len(counted)
    what = f"of {mails:,} mails in {kills} kills of the worker"
    yield Row(f"mails lost {what}", lost, "lost", target="0", ok=lost == 0, exact=True)
    yield Row(
        f"mails twice {what}", twice, "twice", target=f"≤ {kills}", ok=twice <= kills, exact=True
    )


def killed_worker(here: Stage, mails: int, kills: int, seed: int = 3) -> Counter[str]:
    """→ how often each Message-ID came."""
    choose = random.Random(seed)
    make_world(here.app, seats=1, units=1)
    _put(here, mails)
    moments = sorted(choose.randrange(1, mails) for _ in range(kills))
    for after in moments:
        with here.worker() as process:
            here.box.wait_for(after, 120)
            time.sleep(choose.uniform(0, 0.03))
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
        _minutes_later(here)
    with here.worker():
        ends = time.monotonic() + 60 + mails / 20
        while _unsent(here) and time.monotonic() < ends:
            time.sleep(0.2)
    return here.box.ids


def _put(here: Stage, mails: int) -> None:
    moment = datetime.now(UTC)
    with visit(here.app), unit_of_work():
        batch = MailBatch(
            kind="letters", title="bench", state="running", total=mails, created_at=moment,
            created_by="bench", options={},
        )  # fmt: skip
        db.session.add(batch)
        db.session.flush()
        for number in range(mails):
            enqueue(
                f"bench:{number}", to=f"u{number}@example.vn", to_name=f"Đơn vị {number}",
                template="ready", context=PLAIN, now=moment, batch_id=batch.id,
            )  # fmt: skip


def _minutes_later(here: Stage) -> None:
    """What the dead worker held is taken back after minutes: here at once."""
    with sqlite3.connect(here.file, timeout=10) as connection:
        connection.execute(
            "UPDATE message SET claimed_at = '2000-01-01 00:00:00' WHERE state = 'sending'"
        )


def _unsent(here: Stage) -> int:
    with sqlite3.connect(here.file, timeout=10) as connection:
        found = connection.execute("SELECT count(*) FROM message WHERE state <> 'sent'").fetchone()
    return int(found[0])
