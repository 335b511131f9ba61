"""What the package of signed forms, which stands above, lends to the lists and pages of entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.sql.elements import ColumnElement

from app.events.models import Event
from app.registration.models import Registration


@dataclass(frozen=True)
class FormFacts:
    """``state()``: a key of the states "form" for every entry of a query over Registration;
    ``panel(event, registration)``: what an entry's page shows of its forms, as HTML."""

    state: Callable[[], ColumnElement[str]]
    panel: Callable[[Event, Registration], str]


def form_facts() -> FormFacts:
    """Bound by the application factory."""
    facts: FormFacts = current_app.extensions["form_facts"]
    return facts
