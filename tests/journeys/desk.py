"""Signing in at the desk and reading mail, for the journeys."""

from __future__ import annotations

import io
import re
from email import message_from_bytes
from email.policy import default

import pdfplumber
from playwright.sync_api import Page
from sqlalchemy import select

from app.accounts.models import Account
from app.extensions import db
from app.mail.tasks import sweep_outbox
from tests.factories.accounts import make_account
from tests.journeys.conftest import Live


def enter_desk(page: Page, live: Live, role: str = "desk") -> None:
    """The browser holds a signed-in session of a new or known account of this role."""
    with live.app.app_context():
        email = f"{role}@example.vn"
        account = db.session.scalar(select(Account).where(Account.email == email))
        unique = (account or make_account(role, email)).fs_uniquifier
        interface = live.app.session_interface
        signer = interface.get_signing_serializer(live.app)
        value = signer.dumps({"_user_id": unique, "_fresh": True})
        name = live.app.config["SESSION_COOKIE_NAME"]
    page.context.add_cookies([{"name": name, "value": value, "url": live.url}])


def deliver(live: Live) -> int:
    """What the worker does. → how many mails went out"""
    with live.app.app_context():
        return sweep_outbox().sent


def link_in_mail(live: Live, kind: str, to: str | None = None) -> str:
    """The address with /<kind>/ in the newest mail of the folder that holds one; `to`: only of
    mails to this address."""
    folder = live.app.config["SETTINGS"].data_dir / "mail"
    for file in sorted(folder.glob("*.eml"), reverse=True):
        mail = message_from_bytes(file.read_bytes(), policy=default)
        if to is not None and to not in mail["To"]:
            continue
        text = mail.get_body(("plain",))
        found = text and re.search(rf"{re.escape(live.url)}/{kind}/[\w-]+", text.get_content())
        if found:
            return found[0]
    raise AssertionError(f"no mail with a link to {kind}")


def attachments(live: Live) -> dict[str, bytes]:
    """Of the newest mail that has any: file name → content."""
    folder = live.app.config["SETTINGS"].data_dir / "mail"
    for file in sorted(folder.glob("*.eml"), reverse=True):
        mail = message_from_bytes(file.read_bytes(), policy=default)
        found = {one.get_filename(): one.get_content() for one in mail.iter_attachments()}
        if found:
            return {
                name: data.encode() if isinstance(data, str) else data
                for name, data in found.items()
            }
    raise AssertionError("no mail with an attachment")


def words_of_pdf(pdf: bytes) -> str:
    """All text of a PDF in the order it is drawn, single blanks."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return " ".join(" ".join((page.extract_text() or "").split()) for page in document.pages)
