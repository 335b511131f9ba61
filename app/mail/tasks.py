"""The worker's tasks for the outbox: drain it, and once a minute look for what was left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app.core import clock
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.extensions import db
from app.mail.batches import PREPARE, prepare_waiting
from app.mail.claims import (
    Due,
    keep_content,
    note_failure,
    note_sent,
    note_server,
    release_lost,
    wait_for_rate,
)
from app.mail.guards import Held, note_held
from app.mail.mime import Content
from app.mail.preparing import prepare
from app.mail.queries import server_state
from app.mail.queue import TaskQueue, current_queue
from app.mail.smtp_errors import TransportError
from app.mail.transport import Transport, open_transport

DRAIN, SWEEP = "drain_outbox", "sweep_outbox"
# So many broken connections one after another are the server's fault, not the mails'.
BROKEN_IN_A_ROW = 3
_BROKEN = ("cut_off", "no_answer")
_NOTING_PAUSES = (0.2, 1.0, 3.0, 10.0, 30.0)  # seconds between tries to note an outcome


@dataclass
class Drained:
    """What one run did."""

    sent: int = 0
    failed: int = 0
    paused: bool = False


def init_tasks(queue: TaskQueue) -> None:
    queue.add(DRAIN, drain_outbox)
    queue.add(SWEEP, sweep_outbox, each_minute=True)
    queue.add(PREPARE, prepare_batches)


def schedule_drain(delay: float = 0) -> None:
    """Wake the worker `delay` seconds from now."""
    current_queue().call(DRAIN, delay=delay)


def sweep_outbox() -> Drained:
    """Take back what a dead worker held, prepare what a dead one left, then send all that is due."""
    with unit_of_work():
        lost = release_lost(clock.real_now())
    if lost:
        current_app.logger.warning("outbox: %d mails taken back from a dead worker", lost)
    prepare_waiting()
    return drain_outbox()


def prepare_batches() -> Drained:
    """Make the mails of the batches that wait for it, and send them."""
    prepare_waiting()
    return drain_outbox()


def drain_outbox() -> Drained:
    """Send what is due, one mail after another over one connection, until nothing is due, the
    worker must stop, or our own server fails. Needs an application context, no open transaction."""
    until = server_state().until
    db.session.rollback()
    done = Drained()
    if until is not None and clock.real_now() < until:
        done.paused = True
        return done
    with open_transport() as transport:
        _Drain(transport, done, recovering=until is not None).run()
    if done.sent or done.failed:
        current_app.logger.info("outbox: %d sent, %d failed", done.sent, done.failed)
    return done


class _Drain:
    def __init__(self, transport: Transport, done: Drained, *, recovering: bool) -> None:
        self.transport = transport
        self.done = done
        self.recovering = recovering
        self.broken = 0
        self.stopping = current_queue().stopping
        self.due = Due()

    def run(self) -> None:
        message_id = self.step(lambda now: None)
        while message_id is not None:
            message_id = self.attempt(message_id)

    def attempt(self, message_id: int) -> int | None:
        """Send one claimed mail; note the outcome and claim the next in one transaction."""
        content: Content | None = None
        error: TransportError | None = None
        try:
            outgoing, content = prepare(message_id)
            self.transport.send(outgoing)
        except Held as held:
            return self.held(message_id, held)
        except TransportError as trouble:
            error = trouble
        except Exception as trouble:  # the worker's loop: recorded, and the other mails go on
            current_app.logger.error("sending mail %d", message_id, exc_info=trouble)
            db.session.rollback()
            error = TransportError(False, "internal", f"{type(trouble).__name__}: {trouble}")
        if error is None:
            return self.succeeded(message_id, content)
        return self.failed(message_id, error, content)

    def held(self, message_id: int, held: Held) -> int | None:
        """Not sent, and no failure: put off, or wanted no more."""
        return self.step(lambda _now: note_held(message_id, held))

    def succeeded(self, message_id: int, content: Content | None) -> int | None:
        recovering, self.recovering, self.broken = self.recovering, False, 0
        self.done.sent += 1

        def note(now: datetime) -> None:
            if content is not None:
                keep_content(message_id, content)
            note_sent(message_id, now)
            if recovering:
                note_server(None, now)

        return self.step(note)

    def failed(self, message_id: int, error: TransportError, content: Content | None) -> int | None:
        self.broken = self.broken + 1 if error.code in _BROKEN else 0
        self.done.failed += 1
        self.done.paused = error.server or self.broken >= BROKEN_IN_A_ROW
        current_app.logger.warning(
            "mail not sent",
            extra={"fields": {"message": message_id, "code": error.code,
                              "permanent": error.permanent}},
        )  # fmt: skip

        def note(now: datetime) -> None:
            if content is not None:
                keep_content(message_id, content)
            note_failure(message_id, error, now)
            if self.done.paused:
                note_server(error, now)

        return self.step(note)

    def step(self, note: Callable[[datetime], None]) -> int | None:
        """Note, and claim the next mail unless it is time to stop. A database that cannot write
        for a moment must not make a mail go twice: noting is tried again."""
        for pause in (*_NOTING_PAUSES, None):
            try:
                return self._step(note)
            except NotStored:
                if pause is None:
                    raise
                self.stopping.wait(pause)
        return None

    def _step(self, note: Callable[[datetime], None]) -> int | None:
        wait, message_id = 0.0, None
        with unit_of_work():
            now = clock.real_now()
            note(now)
            if not (self.done.paused or self.stopping.is_set()):
                wait = wait_for_rate(current_app.config["SETTINGS"].mail_per_minute, now)
                message_id = None if wait else self.due.claim(now)
        if wait:
            schedule_drain(wait)
        return message_id
