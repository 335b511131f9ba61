"""The audit log at the desk."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import select

from app.accounts.forms import AuditForm
from app.accounts.models import Account
from app.accounts.routes import blueprint
from app.audit.field_words import changes
from app.audit.queries import PAGE_SIZE, AuditFilter, audit_page
from app.audit.words import ACTION_WORDS, AREA_WORDS, action_word, thing_word
from app.core.access import requires
from app.core.clock import from_local
from app.core.policies import can_administer
from app.extensions import db


@blueprint.get("/desk/audit")
@requires(can_administer)
def audit_log() -> str:
    form = AuditForm(request.args)
    form.actor.choices = _actors()
    form.action.choices = _actions()
    form.event.choices = []  # the page's frame knows the events, this package does not
    form.validate()
    wanted = AuditFilter(
        actor=form.actor.data or "",
        action=form.action.data or "",
        event_id=int(form.event.data) if (form.event.data or "").isdecimal() else None,
        since=_midnight(form.day("since")),
        until=_midnight(form.day("until"), days=1),
    )
    found = audit_page(wanted, request.args.get("page", 1, type=int))
    return render_template(
        "accounts/audit_log.html",
        form=form,
        found=found,
        per_page=PAGE_SIZE,
        filtered=wanted != AuditFilter(),
        action_word=action_word,
        thing_word=thing_word,
        changes=changes,
    )


def _actors() -> list[tuple[str, Any]]:
    columns = Account.__table__.c
    accounts = db.session.execute(
        select(columns.id, columns.full_name, columns.email).order_by(columns.id)
    )
    return [
        ("", _("Tất cả")),
        *((f"account:{row.id}", row.full_name or row.email) for row in accounts),
        ("unit", _("Các đơn vị, từ đường dẫn riêng")),
        ("gate", _("Các cổng điểm danh")),
        ("system", _("Hệ thống")),
    ]


def _actions() -> dict[str, list[tuple[str, str]]]:
    """Grouped by area, in the order of the table of words."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", _("Tất cả"))]}
    for action, word in ACTION_WORDS.items():
        area = str(AREA_WORDS.get(action.partition(".")[0]) or pgettext("group", "Khác"))
        groups.setdefault(area, []).append((action, str(word)))
    return groups


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    if day is None or day.year >= date.max.year:
        return None
    return from_local(datetime.combine(day + timedelta(days=days), time()))
