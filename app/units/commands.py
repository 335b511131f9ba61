"""`flask units import`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.units.importing import ImportPreview, check_rows, read_units
from app.units.services import import_file, register_by_code

units = AppGroup("units", help="The register of units.")


@units.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and show, write nothing.")
def import_command(file: Path, dry_run: bool) -> None:
    """Import FILE (.xlsx or .csv); each wrong cell is named, the other rows go in."""
    data = file.read_bytes()
    try:
        if dry_run:
            preview = check_rows(read_units(data, file.name), register_by_code())
        else:
            with unit_of_work():
                preview = import_file(data, file.name, by=SYSTEM, now=now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    _show(preview, dry_run)


def _show(preview: ImportPreview, dry_run: bool) -> None:
    for note in preview.notes:
        click.echo(str(note))
    for row in preview.rows:
        for problem in row.problems:
            click.echo(f"{row.number}\t{problem.field}\t{problem.level}\t{problem.message}")
    counts = preview.counts
    click.echo(
        f"{'(dry run) ' if dry_run else ''}{counts.total} rows: {counts.new} new, "
        f"{counts.updated} updated, {counts.same} unchanged, {counts.with_errors} refused"
    )


def register(app: Flask) -> None:
    app.cli.add_command(units)
