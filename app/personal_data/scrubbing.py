"""Taking a person out of the audit log and out of mails: who did what and when stays.

The log is never edited otherwise. A flag is no erasure (Luật 91/2025/QH15 Điều 14), so what was
recorded before and after goes for good.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update

from app.audit.models import AuditEntry
from app.core.database import after_commit
from app.events.models import Participation
from app.extensions import db
from app.mail.models import Bounce, Message, MessageAttachment, MessageState
from app.mail.services import BeingSent
from app.mail.transport import FOLDER

ERASED_NAME = "(đã xóa)"  # stands where a name stood; stored, so Vietnamese in every language
ERASED_SUBJECT = "(nội dung đã xóa)"
NAMES = frozenset({"full_name", "position"})
#: What an entry about a person may keep: states, times, numbers. Anything not named here goes.
KEPT_FIELDS = frozenset(
    {
        "state", "source", "version", "form_version", "code_version", "link_version", "flag",
        "session", "gate", "at", "how", "outcome", "presence", "queue_no", "place", "on_time",
        "received_at", "cutoff_at", "expires_at", "page_count", "pages", "size", "sha256",
        "media_type", "receipt_code", "error_code", "messages", "format", "number", "issued_on",
        "request", "registrations", "scope",
    }
)  # fmt: skip
#: Entries about these tell of plans, registers and staff, of no delegate.
IMPERSONAL = frozenset({"event", "unit", "units", "register", "account", "gate", "rehearsal"})


def scrub_event_log(event_id: int, kept_registrations: Collection[int]) -> int:
    """All entries of an event: only KEPT_FIELDS remain, and names of those on the list; the texts
    people typed go. → how many entries were changed."""
    changed = 0
    for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.event_id == event_id)):
        listed = entry.thing_type == "registration" and entry.thing_id in kept_registrations
        fields = KEPT_FIELDS | NAMES if listed else KEPT_FIELDS
        whole = entry.thing_type in IMPERSONAL
        before = entry.before if whole else _only(entry.before, fields)
        after = entry.after if whole else _only(entry.after, fields)
        if (before, after, None) != (entry.before, entry.after, entry.reason):
            entry.before, entry.after, entry.reason = before, after, None
            changed += 1
    db.session.flush()
    return changed


def _only(facts: dict[str, Any] | None, fields: frozenset[str]) -> dict[str, Any] | None:
    """A "replaced" entry names two people; it is kept for the one it is about."""
    return None if facts is None else {key: facts[key] for key in facts if key in fields}


Things = Collection[tuple[str, int]]


@dataclass(frozen=True)
class Traces:
    """Where one person stands. ``own``: the things that are about them; ``near``: things of the same
    unit, which may name them; ``contacts`` are looked for in all of the event."""

    own: Things
    near: Things
    contacts: Collection[str]
    names: Collection[str]  # empty while the line of the list stays

    def words_for(self, thing: tuple[str, int]) -> list[str]:
        """A name may be a namesake's elsewhere; a phone or an address is one person's."""
        return [*self.contacts, *(self.names if thing in self.near else ())]


def scrub_person(event_id: int, traces: Traces) -> int:
    """Their own entries keep KEPT_FIELDS alone (and the name while it stays); others lose whatever
    holds one of the words. → entries changed."""
    changed = 0
    fields = KEPT_FIELDS if traces.names else KEPT_FIELDS | NAMES
    for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.event_id == event_id)):
        thing = (entry.thing_type, entry.thing_id)
        if thing in traces.own:
            after: tuple[Any, Any, str | None] = (
                _only(entry.before, fields),
                _only(entry.after, fields),
                None,
            )
        else:
            words = traces.words_for(thing)
            reason = None if holds(entry.reason, words) else entry.reason
            after = (_without(entry.before, words), _without(entry.after, words), reason)
        if after != (entry.before, entry.after, entry.reason):
            entry.before, entry.after, entry.reason = after
            changed += 1
    db.session.flush()
    return changed


def _without(facts: dict[str, Any] | None, words: Collection[str]) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {key: value for key, value in facts.items() if not holds(value, words)}


def holds(value: Any, words: Iterable[str]) -> bool:
    """Whether one of the words stands as a whole anywhere in a text, a list or a table of values."""
    if isinstance(value, str):
        plain = value.casefold()
        return any(
            re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain) for word in words
        )
    if isinstance(value, dict):
        return any(holds(one, words) for one in value.values())
    return isinstance(value, list) and any(holds(one, words) for one in value)


# ---------------------------------------------------------------- mails


def ensure_none_in_flight(event_id: int) -> None:
    """Raises BeingSent while the worker holds a mail of the event."""
    flying = select(func.count()).where(
        Message.event_id == event_id, Message.state == MessageState.SENDING
    )
    if db.session.scalar(flying):
        raise BeingSent()


def purge_mails(messages: Collection[Message]) -> tuple[int, int]:
    """Sent ones lose words, files and whoever is no unit; the others go altogether.

    → (mails, files).
    """
    ids = [one.id for one in messages]
    files = select(func.count()).where(MessageAttachment.message_id.in_(ids))
    number = db.session.scalar(files) or 0
    db.session.execute(delete(MessageAttachment).where(MessageAttachment.message_id.in_(ids)))
    db.session.execute(  # that a mail came back stays; to which address, and the server's words, do not
        update(Bounce)
        .where(Bounce.message_ref.in_(ids))
        .values(recipient=None, detail=None)
        .execution_options(synchronize_session=False)
    )
    units = _unit_boxes({one.event_id for one in messages if one.event_id is not None})
    changed = 0
    for message in messages:
        if message.state != MessageState.SENT:
            db.session.delete(message)
            changed += 1
        elif message.subject != ERASED_SUBJECT:
            message.context, message.subject = {}, ERASED_SUBJECT
            message.text = message.html = ""
            message.error_detail = None
            message.recipient_name = units.get(message.recipient, "")
            if message.recipient not in units:  # purpose and recipient are unique together
                message.recipient = f"#{message.id}"
            changed += 1
    db.session.flush()
    _drop_files(ids)
    return changed, number


def _unit_boxes(event_ids: set[int]) -> dict[str, str]:
    """Mailboxes of the register → the unit's name: offices, not people."""
    rows = db.session.execute(
        select(Participation.email, Participation.name).where(
            Participation.event_id.in_(event_ids), Participation.email.is_not(None)
        )
    )
    return {email: name for email, name in rows if email}


def _drop_files(ids: Collection[int]) -> None:
    """A rehearsal's mails lie in a folder, too."""
    folder = current_app.config["SETTINGS"].data_dir / FOLDER

    def unlink() -> None:
        for one in ids:
            (folder / f"{one:06d}.eml").unlink(missing_ok=True)

    after_commit(f"mail files {min(ids, default=0)}-{max(ids, default=0)}", unlink)
