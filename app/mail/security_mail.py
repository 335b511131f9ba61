"""Mails of Flask-Security (password reset, password changed) through the outbox.

Bind it with ``Security(mail_util_cls=OutboxMailUtil)``: ``init_app`` ignores it. Their text
holds an account's secret link: the outbox page does not show it, and it is removed once sent.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask_security import MailUtil

from app.core.clock import now
from app.core.database import unit_of_work
from app.extensions import db
from app.mail.claims import SECURITY
from app.mail.rendering import READY, SUBJECT_MAX, shortened
from app.mail.services import enqueue, nudge


class OutboxMailUtil(MailUtil):
    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """A row in the outbox. With changes pending (a new password) it is committed with them by
        Flask-Security; else at once, for the views that change nothing themselves."""
        address, name = (recipient, "") if isinstance(recipient, str) else recipient[::-1]
        user = kwargs.get("user")

        def put() -> None:
            enqueue(
                f"{SECURITY}{template.rsplit('/', 1)[-1]}:{secrets.token_hex(8)}",
                to=address,
                to_name=name or (getattr(user, "full_name", None) or address),
                template=READY,
                context={
                    "subject": shortened(" ".join(str(subject).split()), SUBJECT_MAX),
                    "text": body or "",
                    "html": html or "",
                },
                now=now(),
            )

        session = db.session
        if session.new or session.dirty or session.deleted:
            put()
            nudge()
        else:
            with unit_of_work():
                put()
