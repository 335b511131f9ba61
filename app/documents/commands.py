"""`flask registrations export`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.errors import DomainError
from app.documents.participant_list import MEDIA_TYPES, ListOptions, list_file
from app.events.queries import event_for

registrations = AppGroup("registrations", help="Delegates of an event.")


@registrations.command("export")
@click.option("--event", "slug", required=True)
@click.option("--format", "file_format", type=click.Choice(sorted(MEDIA_TYPES)), required=True)
@click.option("--alphabet", is_flag=True, help="One alphabet instead of the plan's groups.")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def export(slug: str, file_format: str, alphabet: bool, out: Path) -> None:
    """Write the participant list of an event to OUT, without contacts."""
    try:
        content = list_file(event_for(SYSTEM, slug), file_format, ListOptions(groups=not alphabet))
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes")


def register(app: Flask) -> None:
    app.cli.add_command(registrations)
