"""`flask outbox status`, `flask outbox retry` (design 8) and `flask mail check`."""

from __future__ import annotations

from itertools import chain

import click
from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import date_time
from app.core.states import state_tag
from app.mail import queries, services
from app.mail.bounces import mailbox_state
from app.mail.checking import check_mail, check_mailbox
from app.mail.models import MessageState
from app.mail.reasons import reason_for


def register(app: Flask) -> None:
    app.cli.add_command(outbox)
    app.cli.add_command(mail)


@click.group("outbox")
def outbox() -> None:
    """Mails that go out."""


@outbox.command("status")
def status() -> None:
    """How many mails stand in each state, and why those that did not go did not."""
    counts = queries.state_counts()
    for state in MessageState:
        click.echo(f"{counts.get(state, 0):6d}  {state_tag('message', state).word}")
    last = queries.last_sent_at()
    if last is not None:
        click.echo(_("Thư gần nhất đi lúc %(time)s.", time=date_time(last)))
    server = queries.server_state()
    trouble = reason_for(server.code)
    if trouble is not None:
        click.echo(f"{trouble.sentence} {trouble.advice}\n        {server.detail}")
    mailbox = mailbox_state()
    trouble = reason_for(mailbox.code)
    if trouble is not None:
        click.echo(_("Hộp thư nhận thư trả lại: %(sentence)s", sentence=trouble.sentence))
        click.echo(f"        {mailbox.detail}")
    for stuck, code, number in queries.reason_counts():
        reason = reason_for(code)
        if reason is not None:
            word = state_tag("message", stuck).word
            click.echo(f"{number:6d}  {word}: {reason.sentence} {reason.advice}")


@outbox.command("retry")
@click.argument("message_id", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Every mail with a temporary error.")
def retry(message_id: int | None, everything: bool) -> None:
    """Send one mail (by its number), or all with a temporary error, as soon as possible."""
    if everything == (message_id is not None):
        raise click.UsageError(_("Ghi số của một thư, hoặc --all."))
    try:
        with unit_of_work():
            if message_id is None:
                number = services.retry_temporary(by=SYSTEM, now=now())
            else:
                services.retry(message_id, by=SYSTEM, now=now())
                number = 1
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_("%(number)s thư được gửi lại.", number=number))


@click.group("mail")
def mail() -> None:
    """The mail servers."""


@mail.command("check")
@click.option("--to", metavar="ADDRESS", help="Send a test mail there.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
def check(to: str | None, lang: str) -> None:
    """Try the settings against the servers and say what is wrong. Exit code 1 when something is."""
    settings = current_app.config["SETTINGS"]
    wrong = 0
    with force_locale(lang):
        for step in chain(check_mail(settings, to), check_mailbox(settings)):
            wrong += not step.ok
            mark = _("được") if step.ok else _("LỖI")
            click.echo(f"[{mark}] {step.title}" + (f": {step.sentence}" if step.sentence else ""))
            for line in (step.advice, step.detail):
                if line:
                    click.echo(f"      {line}")
        click.echo(_("Có chỗ chưa đúng, xem các dòng LỖI.") if wrong else _("Cài đặt thư đúng."))
    if wrong:
        raise SystemExit(1)
