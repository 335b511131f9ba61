"""What lists and pages of entries show of signed forms (registration.form_facts)."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup

from app.events.models import Event
from app.registration.form_facts import FormFacts
from app.registration.models import Registration
from app.registration.rules import ACTIVE
from app.signed_forms.pages import common
from app.signed_forms.queries import entry_form_state, forms_of


def _panel(event: Event, registration: Registration) -> str:
    return Markup(  # noqa: S704 - our own template, escaped in it
        render_template(
            "signed_forms/_entry_panel.html",
            **common(event),
            registration=registration,
            uploads=forms_of(registration),
            is_active=registration.state in ACTIVE,
        )
    )


form_facts = FormFacts(state=entry_form_state, panel=_panel)
