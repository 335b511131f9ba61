"""What everybody may read: the event as its plan says it, its documents, the notice on data."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, current_app, render_template, send_file, session, url_for

from app.core.access import current_actor, public
from app.core.clock import now
from app.core.i18n import chosen_language
from app.core.look import countdown_key
from app.core.page_cache import hole, kept_page
from app.core.policies import can_view_desk
from app.events.documents import shown
from app.events.errors import EventNotFound
from app.events.form_paper import download, kept_form_file
from app.events.form_paper import empty_form as form_of
from app.events.models import Event
from app.events.notice import NOTICE_VERSION
from app.events.pages import blueprint
from app.events.queries import document_of, documents_of, public_event, public_events, revision_of
from app.events.rules import EventState, phase


@blueprint.get("/")
@public
def home() -> str:
    """The one event of these days, or the list when there are several or none."""
    events = public_events()
    current = [one for one in events if one.state != EventState.ARCHIVED]
    if len(current) == 1:
        return _page(current[0])
    past = [one for one in events if one.state == EventState.ARCHIVED]
    return render_template("events/home.html", events=current, past=past, now=now())


@blueprint.get("/events/<slug>")
@public
def detail(slug: str) -> str:
    """Everybody's page, drawn once a minute: only its state is read for each reader."""
    if session.get("_flashes") or current_app.config["SETTINGS"].rehearsal:
        return _page(public_event(slug))
    row = revision_of(slug)
    opened = row.opens_at is None or now() >= row.opens_at
    minute = countdown_key(row.cutoff_at, now())
    key = ("event", row.id, row.revision, opened, minute, chosen_language())
    return kept_page(
        key, lambda: _page(public_event(slug), hole("now")), {"now": now().isoformat()}
    )


def _page(event: Event, server_now: str | None = None) -> str:
    moment = now()
    return render_template(
        "events/detail.html",
        event=event,
        plan=event.plan,
        contact=event.contact,
        documents=[shown(one) for one in documents_of(event)],
        phase=phase(event.state, event.opens_at, event.cutoff_at, moment),
        now=moment,
        server_now=server_now,
        home_url=url_for("events.home"),
    )


@blueprint.get("/events/<slug>/documents/<int:document_id>")
@public
def document(slug: str, document_id: int) -> Response:
    """Always a download, under a name and type of our making (the content decided it)."""
    found = document_of(slug, document_id)
    if found is None or (found.state == EventState.DRAFT and not can_view_desk(current_actor())):
        raise EventNotFound()
    answer = send_file(
        io.BytesIO(found.content),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=found.filename,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/events/<slug>/form.<any(docx,pdf):file_format>")
@public
def empty_form(slug: str, file_format: str) -> Response:
    """The plan's form, empty, for those who fill it in by hand."""
    content = kept_form_file(form_of(public_event(slug)), file_format)
    answer = download(content, "Mau-danh-sach", file_format)
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@blueprint.get("/privacy")
@public
def privacy() -> Any:
    events = [one for one in public_events() if one.state != EventState.ARCHIVED]
    contact = events[0].contact if events else None
    return render_template(
        "events/privacy.html",
        version=NOTICE_VERSION,
        contact=contact,
        kept=[one for one in events if one.retention_until],
    )
