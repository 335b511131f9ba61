"""`flask accounts create`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts.passwords import made_password
from app.accounts.services import create_account
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import ROLES

accounts = AppGroup("accounts", help="People who sign in.")


@accounts.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="Full name, shown in the desk's corner.")
@click.option("--password", default=None, help="Asked for when missing; empty: one is made.")
def create(email: str, role: str, name: str, password: str | None) -> None:
    """Create an account EMAIL with a ROLE."""
    if password is None:
        password = click.prompt(
            "Password (empty: one is made)", default="", hide_input=True, show_default=False
        )
    made = password or made_password()
    try:
        with unit_of_work():
            create_account(email, role, full_name=name, password=made, by=SYSTEM, now=now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} ({role})" + ("" if password else f": {made}"))


def register(app: Flask) -> None:
    app.cli.add_command(accounts)
