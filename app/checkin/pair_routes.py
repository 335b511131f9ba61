"""A phone becomes a gate: its pairing address is opened, and agreed to by a press."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from app.checkin.gate_services import pair_device, revoke_device
from app.checkin.gates import (
    ended_at,
    gate_actor,
    gate_to_pair,
    is_own_address,
    known_device,
    set_gate_cookie,
)
from app.checkin.models import Gate
from app.core.access import public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.visitors import device_label
from app.events.models import Event
from app.extensions import db


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/pair/<secret>", endpoint="pair")(pair)
    blueprint.post("/hall/pair/<secret>", endpoint="confirm_pair")(confirm_pair)


@public
def pair(secret: str) -> Any:
    """Looking changes nothing; the phone that is this gate already goes to its page."""
    if is_own_address(secret):
        return redirect(url_for("checkin.hall"), code=303)
    gate = gate_to_pair(secret)
    event = db.session.get_one(Event, gate.event_id)
    return render_template("checkin/pair.html", gate=gate, event=event)


@public
def confirm_pair(secret: str) -> Any:
    if is_own_address(secret):  # pressed twice
        return redirect(url_for("checkin.hall"), code=303)
    with unit_of_work():
        gate = gate_to_pair(secret, lock=True)
        _leave_other_gate()
        label = device_label(request.headers.get("User-Agent", ""))
        paired = pair_device(gate, label=label, now=now())
    event = db.session.get_one(Event, gate.event_id)
    answer = make_response(redirect(url_for("checkin.scan_page", slug=event.slug), code=303))
    set_gate_cookie(answer, gate, paired.secret)
    return answer


def _leave_other_gate() -> None:
    """A phone is one gate at a time: the cookie of the other is about to be lost."""
    device = known_device()
    if device is not None and ended_at(device, now()) is None:
        other = db.session.get_one(Gate, device.gate_id)
        revoke_device(other, device.id, by=gate_actor(device), now=now())
