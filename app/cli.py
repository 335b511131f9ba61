"""`flask …` commands that outsiders rely on (design 8); each package brings its own group."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.backup import restore_backup, write_backup
from app.core.errors import DomainError


def init_cli(app: Flask) -> None:
    app.cli = Commands(app)


class Commands(AppGroup):
    """Loaded when a command is asked for: web processes need none of what they bring."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self._missing: Flask | None = app

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def _load(self) -> None:
        if self._missing is not None:
            app, self._missing = self._missing, None
            add_commands(app)


def add_commands(app: Flask) -> None:
    from app.accounts import commands as accounts
    from app.checkin import commands as hall
    from app.core.migrations import init_migrations
    from app.documents import commands as documents
    from app.events import commands as events
    from app.mail import commands as mails
    from app.mail.worker import init_worker_commands
    from app.personal_data import commands as personal_data
    from app.units import commands as units

    init_migrations(app)
    accounts.register(app)
    events.register(app)
    documents.register(app)
    mails.register(app)
    init_worker_commands(app)
    units.register(app)
    personal_data.register(app)
    hall.register(app)
    app.cli.add_command(backup)
    app.cli.add_command(restore)
    if app.config["SETTINGS"].rehearsal:
        from app.demo import seed_rehearsal  # brings Faker, which only a rehearsal needs

        app.cli.add_command(seed_rehearsal)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole state to FILE while the server runs."""
    try:
        click.echo(f"{write_backup(file)} rows written to {file}")
    except DomainError as error:
        raise click.ClickException(str(error)) from error


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, yes: bool) -> None:
    """Replace the whole state by FILE."""
    if not yes:
        click.confirm("Everything now in the database will be replaced. Go on?", abort=True)
    try:
        click.echo(f"{restore_backup(file)} rows restored from {file}")
    except DomainError as error:
        raise click.ClickException(str(error)) from error
