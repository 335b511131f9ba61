"""Whom to send to, read from an address or a form, and the words of what can be chosen."""

from __future__ import annotations

import secrets
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from app.core.forms import BaseForm
from app.events.rules import Route
from app.invitations.batches import EACH, STATES, TOGETHER, UNSENT, Choice

ROUTE_WORDS: dict[str, Any] = {
    Route.REGISTRATION: _l("Đăng ký theo phiếu"),
    Route.INVITATION: _l("Mời không qua phiếu"),
    Route.GUEST: _l("Khách mời"),
}
STATE_WORDS: dict[str, Any] = {
    UNSENT: _l("Chưa gửi"),
    "queued": _l("Chờ gửi"),
    "sent": _l("Đã gửi"),
    "failed": _l("Không tới"),
}
IDS_MOST = 20_000  # participations of one event chosen by hand


class StartForm(BaseForm):
    """``key`` makes a button pressed twice start one batch; ``expected``: letters it promised."""

    key = HiddenField(validators=[Length(min=8, max=60)])
    expected = IntegerField(validators=[Optional(), NumberRange(0, 1_000_000)])

    @classmethod
    def fresh(cls, expected: int) -> StartForm:
        return cls(formdata=None, key=secrets.token_urlsafe(16), expected=expected)


class MailboxForm(BaseForm):
    shared_mailbox = RadioField(
        _l("Nhiều đơn vị chung một hộp thư"),
        choices=[
            SelectChoice(EACH, _l("Mỗi giấy mời một thư")),
            SelectChoice(TOGETHER, _l("Một thư kèm mọi giấy mời của hộp thư đó")),
        ],
    )


def read_choice(values: MultiDict[str, str]) -> Choice:
    """What the address or the form says; unknown words are left out. By hand goes first."""
    ids = _ids(values)
    return Choice(
        routes=tuple(one for one in ROUTE_WORDS if one in values.getlist("route")),
        kinds=tuple(one[:30] for one in dict.fromkeys(values.getlist("kind")))[:20],
        states=tuple(one for one in STATES if one in values.getlist("state")),
        ids=ids,
    )


def _ids(values: MultiDict[str, str]) -> tuple[int, ...] | None:
    """Ticked rows come one by one, a kept choice in one field."""
    words = [word for value in values.getlist("ids") for word in value.split(",")]
    words = [word for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
    return tuple(sorted({int(word) for word in words[:IDS_MOST]})) if words else None


def fields_of(choice: Choice) -> list[tuple[str, str]]:
    """The same choice for another form's hidden fields."""
    if choice.ids is not None:
        return [("ids", ",".join(map(str, choice.ids)))]
    return [
        *(("route", one) for one in choice.routes),
        *(("kind", one) for one in choice.kinds),
        *(("state", one) for one in choice.states),
    ]
