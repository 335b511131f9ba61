"""`flask events …`"""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.plan_files import read_plan
from app.events.services import create_event

events = AppGroup("events", help="Events of training.")


@events.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Make a draft event from the plan FILE (TOML)."""
    try:
        plan = read_plan(file.read_bytes())
        with unit_of_work():
            create_event(plan, by=SYSTEM, now=now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{plan.slug}: draft event made")


def register(app: Flask) -> None:
    app.cli.add_command(events)
