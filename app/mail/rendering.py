"""Subject and bodies of a mail from its template and context, always in Vietnamese.

What belongs to the event (title, cut-off, contact) is asked of the package that knows it, by
the function bound with `init_facts`: this package knows no feature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale

from app.mail.plain_text import text_of

SUBJECT_MAX = 78
_PREFIX_MAX = 40
_PREFIX_MIN = 24  # of a title that is longer: enough to tell two events apart
READY = "ready"  # template of mails that come already written: context subject, text, html

_NO_FACTS: dict[str, Any] = {"event_slug": "", "event_title": "", "cutoff_words": "", "contact": {}}

EventFacts = Callable[[int], dict[str, Any]]


def init_facts(app: Flask, facts: EventFacts) -> None:
    """``facts(event_id)`` → {event_slug, event_title, cutoff_words, contact{department, short,
    officer, phone, email}}; {} when the event is gone. A mail's own context goes before it."""
    app.extensions["mail_facts"] = facts


def event_facts(event_id: int | None) -> dict[str, Any]:
    facts: EventFacts | None = current_app.extensions.get("mail_facts")
    return facts(event_id) if facts is not None and event_id is not None else {}


def render(
    template: str,
    context: dict[str, Any],
    *,
    event_id: int | None,
    recipient_name: str,
    files: Sequence[tuple[str, str, int]] = (),
) -> tuple[str, str, str]:
    """Subject, text part and HTML part. ``files``: (name, media type, size) of the
    attachments. Raises jinja2.TemplateError when a template asks for what the context does not
    hold, KeyError for a ready mail without text."""
    if template == READY:
        return (context["subject"], context["text"], context.get("html") or "")
    facts = event_facts(event_id)
    values = {
        **_NO_FACTS,
        **facts,
        **context,
        "received_at": _instant(context.get("received_at")),
        "recipient_name": recipient_name,
        "files": [
            {"name": name, "kind": _kind(kind), "kb": max(1, size // 1024)}
            for name, kind, size in files
        ],
        "data_url": f"{current_app.config['SETTINGS'].base_url}/personal-data",
        "sender_name": current_app.config["SETTINGS"].mail_sender_name,
        "base_url": current_app.config["SETTINGS"].base_url,
    }
    environment = current_app.jinja_env
    with force_locale("vi"):
        core = environment.get_template(f"mail/messages/{template}.subject.txt").render(values)
        html = environment.get_template(f"mail/messages/{template}.html").render(values)
    return subject_line(values["event_title"], core), text_of(html), html


def subject_line(event_title: str, core: str) -> str:
    """At most 78 characters: the event first, as long as what it is about leaves it room and
    never less than `_PREFIX_MIN`; both are cut between words."""
    core, title = " ".join(core.split()), " ".join(event_title.split())
    if not title:
        return shortened(core, SUBJECT_MAX)
    room = min(max(SUBJECT_MAX - len(core) - 2, _PREFIX_MIN), _PREFIX_MAX)
    title = shortened(title, room)
    return f"{title}: {shortened(core, SUBJECT_MAX - len(title) - 2)}"


def shortened(text: str, limit: int) -> str:
    """Cut between words, with an ellipsis, never leaving an open quotation mark behind."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if " " in cut and not text[limit - 1].isspace():
        cut = cut.rsplit(" ", 1)[0]
    if cut.count("“") > cut.count("”"):
        cut = cut.rsplit("“", 1)[0]
    return cut.rstrip(" ,;:.–-“") + "…"


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _kind(media_type: str) -> str:
    media_type = media_type.partition(";")[0]
    known = {"application/pdf": "PDF", "text/calendar": "ICS"}
    if "wordprocessingml" in media_type:
        return "DOCX"
    return known.get(media_type, media_type.rsplit("/", 1)[-1].upper())
