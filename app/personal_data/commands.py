"""`flask personal-data erase`: what the nightly job does, now, or only what it would do."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.core.access import SYSTEM
from app.core.clock import local_date, now
from app.core.errors import DomainError
from app.core.filters import short_date
from app.events.queries import event_for
from app.personal_data.sweeping import erase_due, finish_wipe
from app.personal_data.words import ERASED_WORDS

personal_data = AppGroup("personal-data", help="Personal data of delegates.")


@personal_data.command("erase")
@click.option("--event", "slug", help="This event alone; its retention date must have passed.")
@click.option("--dry-run", is_flag=True, help="Print the counts and change nothing.")
def erase(slug: str | None, dry_run: bool) -> None:
    """Erase for good what is past its retention date."""
    if slug is not None:
        _ensure_due(slug)
    erased = erase_due(now=now(), slug=slug, dry_run=dry_run)
    for own_slug, title, counts in erased.events:
        click.echo(f"{own_slug}: {title}")
        for key, word in ERASED_WORDS.items():
            click.echo(f"{counts.get(key, 0):8d}  {word}")
    if slug is None:
        click.echo(_("%(n)s yêu cầu đã xong quá một năm.", n=erased.requests))
    if not erased.events:
        click.echo(_("Không có sự kiện nào đến ngày xóa."))
    if dry_run:
        click.echo(_("Chạy thử: chưa xóa gì."))
    elif erased.any and not finish_wipe():
        click.echo(_("Tệp dữ liệu đang bận: máy gửi thư sẽ dọn nốt trong đêm."))
    if erased.failed:
        raise click.ClickException(
            _("Chưa xóa được: %(slugs)s. Hãy chạy lại sau.", slugs=", ".join(erased.failed))
        )


def _ensure_due(slug: str) -> None:
    """Raises ClickException for an unknown event or one that is still to be kept."""
    try:
        event = event_for(SYSTEM, slug)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    if event.retention_until is None:
        raise click.ClickException(_("Sự kiện chưa có ngày xóa dữ liệu liên hệ."))
    if event.retention_until >= local_date(now()):
        raise click.ClickException(
            _("Dữ liệu của sự kiện được giữ đến hết ngày %(day)s.",
              day=short_date(event.retention_until))
        )  # fmt: skip


def register(app: Flask) -> None:
    app.cli.add_command(personal_data)
