"""Gates and their phones as the desk sees them, and what it does to them. Hung on by desk_routes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.checkin.desk_forms import ROLE_WORDS, GateForm
from app.checkin.desk_pages import BASE, desk_page, here
from app.checkin.desk_words import device_lines, gate_sessions, gate_state
from app.checkin.errors import GateNameTaken
from app.checkin.gate_services import (
    NewGate,
    create_gate,
    gate_in,
    renew_gate,
    revoke_device,
    revoke_gate,
)
from app.checkin.link_pictures import link_svg
from app.checkin.models import Gate, GateDevice
from app.checkin.queries import gates_of
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_manage
from app.events.models import Event
from app.extensions import db

COUNTED_MOST = 1000  # changes a phone's list may lack before we stop counting
IN_TIME = timedelta(minutes=3)  # a phone with a network asks every minute, see roster.LONGEST_WRITE
LISTED = ("registration", "participation")


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.post(f"{BASE}/gates", endpoint="make_gate")(make_gate)
    blueprint.post(f"{BASE}/gates/<int:gate_id>/renew", endpoint="renew")(renew)
    blueprint.post(f"{BASE}/gates/<int:gate_id>/revoke", endpoint="revoke")(revoke)
    blueprint.post(
        f"{BASE}/gates/<int:gate_id>/phones/<int:device_id>/revoke", endpoint="revoke_phone"
    )(revoke_phone)


# ---------------------------------------------------------------- the panel


@dataclass(frozen=True)
class PhoneLine:
    device: GateDevice
    words: list[tuple[str, str]]


@dataclass(frozen=True)
class GateLine:
    gate: Gate
    state: str
    role: Any
    sessions: str
    phones: list[PhoneLine]

    @property
    def is_usable(self) -> bool:
        return self.state == "paired"

    @property
    def is_paired(self) -> bool:
        return any(one.device.revoked_at is None for one in self.phones)


def gate_lines(event: Event, moment: datetime) -> list[GateLine]:
    """Usable ones first. Three queries, whatever their number."""
    gates = gates_of(event)
    behind = _behind(event, [device for gate in gates for device in gate.devices], moment)
    lines = [
        GateLine(
            gate,
            gate_state(gate, moment),
            ROLE_WORDS[gate.role],
            gate_sessions(gate, event.sessions),
            [PhoneLine(one, device_lines(one, behind.get(one.id))) for one in gate.devices],
        )
        for gate in gates
    ]
    return sorted(lines, key=lambda one: not one.is_usable)


def _behind(event: Event, devices: Sequence[GateDevice], moment: datetime) -> dict[int, int]:
    """How many changes each phone's list lacks; its version is the last change it knows."""
    versions = [one.list_version for one in devices if one.list_version is not None]
    if not versions:
        return {}
    newer = sorted(
        db.session.scalars(
            select(AuditEntry.id)
            .where(
                AuditEntry.event_id == event.id,
                AuditEntry.id > min(versions),
                AuditEntry.thing_type.in_(LISTED),
                AuditEntry.at < moment - IN_TIME,
            )
            .order_by(AuditEntry.id.desc())
            .limit(COUNTED_MOST)
        )
    )
    return {
        one.id: len(newer) - bisect_right(newer, one.list_version)
        for one in devices
        if one.list_version is not None
    }


# ---------------------------------------------------------------- what the desk does


@requires(can_manage)
def make_gate(slug: str) -> ResponseReturnValue:
    event = here(slug)
    form = GateForm().for_event(event)
    if not form.validate_on_submit():
        return desk_page(event, form), 400
    try:
        with unit_of_work():
            event = here(slug)
            made = create_gate(
                event, form.name.data or "", by=current_actor(), now=now(),
                role=form.role.data, session_ids=form.session_ids, many_devices=form.many_devices,
            )  # fmt: skip
    except GateNameTaken as refusal:
        form.name.errors = [refusal.message]
        return desk_page(here(slug), form), 409
    return _pairing(event, made)


@requires(can_manage)
def renew(slug: str, gate_id: int) -> ResponseReturnValue:
    with unit_of_work():
        event = here(slug)
        made = renew_gate(gate_in(event, gate_id), event, by=current_actor(), now=now())
    return _pairing(event, made)


def _pairing(event: Event, made: NewGate) -> ResponseReturnValue:
    """The one time the secret is shown: no store may keep this page."""
    address = url_for("checkin.pair", secret=made.secret, _external=True)
    page = render_template(
        "checkin/gate_made.html",
        event=event,
        gate=made.gate,
        role=ROLE_WORDS[made.gate.role],
        sessions=gate_sessions(made.gate, event.sessions),
        address=address,
        picture=link_svg(address, _("Mã vuông để ghép máy")),
    )
    return page, 200, {"Cache-Control": "no-store"}


@requires(can_manage)
def revoke(slug: str, gate_id: int) -> ResponseReturnValue:
    with unit_of_work():
        gate = gate_in(here(slug), gate_id)
        revoke_gate(gate, by=current_actor(), now=now())
        name = gate.name
    flash(_("Đã thu hồi %(name)s. Máy đó không điểm danh được nữa.", name=name), "done")
    return redirect(url_for("checkin.desk", slug=slug), code=303)


@requires(can_manage)
def revoke_phone(slug: str, gate_id: int, device_id: int) -> ResponseReturnValue:
    with unit_of_work():
        gate = gate_in(here(slug), gate_id)
        device = revoke_device(gate, device_id, by=current_actor(), now=now())
        name = device.label or gate.name
    flash(_("Đã thu hồi máy %(name)s. Lượt máy đã quét trước đó vẫn được nhận.", name=name), "done")
    return redirect(url_for("checkin.desk", slug=slug), code=303)
