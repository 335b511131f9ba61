"""Lists and papers of an event: the participant list on screen and as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask_babel import gettext as _

from app.audit.services import record
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import Forbidden, NotFound
from app.core.forms import BaseForm
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.documents.participant_list import MEDIA_TYPES, ListOptions, build_list, list_file
from app.events.models import Event
from app.events.queries import event_for
from app.printing.list_model import table_lines

blueprint = Blueprint("documents", __name__)
ROWS_ON_SCREEN = 300


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


def options_of(values: Any) -> ListOptions:
    return ListOptions(
        groups=values.get("order", "groups") == "groups",
        notes=values.get("notes", "1") == "1",
        restart=values.get("restart") == "1",
        contacts=values.get("contacts") == "1",
    )


@blueprint.get("/desk/events/<slug>/lists")
@requires(can_view_desk)
def index(slug: str) -> Any:
    event = _event(slug)
    options = options_of(request.args)
    shown = ListOptions(options.groups, False, options.notes, options.restart)
    document = build_list(event, shown)
    lines = list(table_lines(document))
    return render_template(
        "lists/index.html",
        event=event,
        options=options,
        document=document,
        columns=document.columns(),
        lines=lines[:ROWS_ON_SCREEN],
        more=max(0, len(lines) - ROWS_ON_SCREEN),
        may_see_contacts=can_see_contacts(current_actor()),
        may_print=can_manage(current_actor()),
        form=BaseForm(formdata=None),
    )


@blueprint.get("/desk/events/<slug>/lists/delegates.<file_format>")
@requires(can_view_desk)
def export(slug: str, file_format: str) -> Any:
    """The list without contacts; those are a POST, because it is written into the audit log."""
    options = options_of(request.args)
    if options.contacts:
        raise Forbidden(_("Danh sách có liên hệ chỉ tải được bằng nút trên trang Danh sách."))
    return _file(_event(slug), file_format, options)


@blueprint.post("/desk/events/<slug>/lists/contacts")
@requires(can_see_contacts)
def export_contacts(slug: str) -> Any:
    """The list with phones and addresses: by role, and each time in the audit log (domain.md 5.3)."""
    event = _event(slug)
    file_format = request.form.get("format", "xlsx")
    if file_format not in MEDIA_TYPES:
        raise NotFound()
    options = options_of({**request.form.to_dict(), "contacts": "1"})
    with unit_of_work():
        record(
            "list.contacts_exported",
            ("event", event.id),
            by=current_actor(),
            now=now(),
            event_id=event.id,
            after={"format": file_format},
        )
    return _file(_event(slug), file_format, options)


def _file(event: Event, file_format: str, options: ListOptions) -> Response:
    if file_format not in MEDIA_TYPES:
        raise NotFound()
    return Response(
        list_file(event, file_format, options),
        mimetype=MEDIA_TYPES[file_format],
        headers={
            "Content-Disposition": f'attachment; filename="Danh-sach-dai-bieu-{event.slug}.{file_format}"'
        },
    )
