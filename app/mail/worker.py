"""`flask worker`: the background worker in the foreground, ending cleanly on SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import threading

import click
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.core.health import HEARTBEAT
from app.core.settings_store import write_setting
from app.mail.queue import TaskQueue, current_queue
from app.mail.tasks import SWEEP

HEARTBEAT_SECONDS = 10


def init_worker_commands(app: Flask) -> None:
    app.cli.add_command(worker)


@click.command("worker")
def worker() -> None:
    """Send mails and do other background work until stopped."""
    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


def run_worker(app: Flask) -> None:
    """Blocks until SIGTERM or SIGINT; the mail in hand is finished first."""
    queue = current_queue()
    settings = app.config["SETTINGS"]
    consumer = queue.huey.create_consumer(
        workers=1,
        worker_type="thread",
        initial_delay=0.1,
        max_delay=0.3,  # "send" is pressed by somebody who watches
        scheduler_interval=1,
        shutdown_timeout=settings.mail_timeout + 10,
    )
    # Both signals end it alike: finish the mail in hand, then go.
    consumer._signal_actions = {signal.SIGTERM: (False, True), signal.SIGINT: (False, True)}
    queue.stopping, queue.serving = consumer.stop_flag, True
    queue.call(SWEEP)  # at once, for what a crash left
    heart = threading.Thread(target=_beat, args=(app, queue), name="heartbeat", daemon=True)
    heart.start()
    consumer.run()
    heart.join(HEARTBEAT_SECONDS)
    queue.close()


def _beat(app: Flask, queue: TaskQueue) -> None:
    while True:
        with app.app_context():
            beat(app)
        if queue.stopping.wait(HEARTBEAT_SECONDS):
            return


def beat(app: Flask) -> None:
    """Note that this worker lives, by the real clock, for `/healthz`."""
    try:
        with unit_of_work():
            write_setting(HEARTBEAT, clock.real_now().isoformat())
    except (NotStored, SQLAlchemyError) as error:
        app.logger.warning("heartbeat not stored: %s", type(error).__name__)
