"""The letter as the desk wrote it: every saving is a new version. Callers open the unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.events.models import Event
from app.extensions import db
from app.invitations.letter_words import LINES, TEXTS, Body, default_body
from app.invitations.models import LetterTemplate
from app.invitations.placeholders import problem

TEXT, WORD = "text", "docx"
LINE_MOST, TEXT_MOST, BODY_MOST = 300, 4_000, 12_000  # letters
_MEMO = "letter_bodies"


class TemplateRefused(DomainError):
    """A letter's words that cannot be kept; the sentence says why."""

    status = 422


class TemplateChanged(DomainError):
    """Somebody saved another version while this one was being written."""

    message = _l(
        "Mẫu thư vừa được người khác lưu. Nội dung vừa nhập vẫn còn ở đây: hãy xem bản mới rồi "
        "lưu lại."
    )


def newest_template(event: Event, kind: str = TEXT) -> LetterTemplate | None:
    """The version that holds; None while the desk has written none (or taken its Word file away)."""
    newest = db.session.scalar(
        select(LetterTemplate)
        .where(LetterTemplate.event_id == event.id, LetterTemplate.kind == kind)
        .order_by(LetterTemplate.version.desc())
        .limit(1)
    )
    if newest is not None and kind == WORD and newest.filename is None:
        return None
    return newest


def letter_body(event: Event) -> tuple[Body, int | None]:
    """The words letters are made of now, and the id of their version (None: the default).

    Asked once a transaction: making a thousand letters asks once.
    """
    transaction = db.session().get_transaction()
    kept = db.session.info.get(_MEMO, {}).get(event.id)
    if kept is not None and kept[0] is not None and kept[0] is transaction:
        newest = kept[1]
    else:
        newest = newest_template(event)
        transaction = db.session().get_transaction()
        db.session.info[_MEMO] = {event.id: (transaction, newest)}
    default = default_body(event)
    if newest is None:
        return default, None
    return {**default, **newest.body}, newest.id


def template_versions(event: Event, kind: str = TEXT) -> Sequence[LetterTemplate]:
    """All versions, the newest first."""
    return db.session.scalars(
        select(LetterTemplate)
        .where(LetterTemplate.event_id == event.id, LetterTemplate.kind == kind)
        .order_by(LetterTemplate.version.desc())
    ).all()


def template_version(event: Event, version: int, kind: str = TEXT) -> LetterTemplate:
    """One version. Raises NotFound."""
    found = db.session.scalar(
        select(LetterTemplate).where(
            LetterTemplate.event_id == event.id,
            LetterTemplate.kind == kind,
            LetterTemplate.version == version,
        )
    )
    if found is None:
        raise NotFound(_l("Không có bản này của mẫu thư."))
    return found


def save_text(
    event: Event, body: Body, *, base: int, by: Actor, now: datetime
) -> LetterTemplate | None:
    """A new version on top of version ``base`` (0: none yet). The same words again are no new
    version. Raises TemplateChanged, TemplateRefused. The caller holds the event's lock.

    → the version that holds; None when the words are still the default.
    """
    ensure_sound(body)
    newest = newest_template(event)
    standing = newest.version if newest else 0
    current = {**default_body(event), **(newest.body if newest else {})}
    if body == current:
        return newest
    if standing != base:
        raise TemplateChanged()
    made = _add(event, TEXT, standing + 1, by=by, now=now, body=body)
    record(
        "invitation.text_saved",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"version": made.version},
    )
    return made


def restore_text(event: Event, version: int, *, by: Actor, now: datetime) -> LetterTemplate | None:
    """An earlier version's words as the newest version. Raises NotFound."""
    newest = newest_template(event)
    old = default_body(event) if version == 0 else template_version(event, version).body
    return save_text(event, dict(old), base=newest.version if newest else 0, by=by, now=now)


def save_word(
    event: Event, filename: str, content: bytes, *, by: Actor, now: datetime
) -> LetterTemplate:
    """The department's own Word file, already looked through (printing.letter_docxtpl)."""
    made = _add(
        event, WORD, _last_word(event) + 1, by=by, now=now, filename=filename, content=content
    )
    record(
        "invitation.word_saved",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"version": made.version, "filename": filename, "size": len(content)},
    )
    return made


def remove_word(event: Event, *, by: Actor, now: datetime) -> None:
    """Letters in Word are ours again; the versions stay."""
    standing = newest_template(event, WORD)
    if standing is None:
        return
    _add(event, WORD, standing.version + 1, by=by, now=now)
    record(
        "invitation.word_removed",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"version": standing.version, "filename": standing.filename},
    )


def _last_word(event: Event) -> int:
    return (
        db.session.scalar(
            select(LetterTemplate.version)
            .where(LetterTemplate.event_id == event.id, LetterTemplate.kind == WORD)
            .order_by(LetterTemplate.version.desc())
            .limit(1)
        )
        or 0
    )


def _add(event: Event, kind: str, version: int, *, by: Actor, now: datetime,
         body: Body | None = None, filename: str | None = None,
         content: bytes | None = None) -> LetterTemplate:  # fmt: skip
    made = LetterTemplate(
        event_id=event.id,
        kind=kind,
        version=version,
        body=body or {},
        filename=filename,
        content=content,
        created_at=now,
        created_by=by.label,
    )
    db.session.add(made)
    db.session.flush()
    db.session.info.pop(_MEMO, None)
    return made


def ensure_sound(body: Body) -> None:
    """The rules of every field once more, whoever calls. Raises TemplateRefused."""
    texts = [body[name] for name in TEXTS] + [line for name in LINES for line in body[name]]
    if set(body) != {*TEXTS, *LINES} or not all(isinstance(text, str) for text in texts):
        raise TemplateRefused(_l("Mẫu thư không đủ các phần."))
    if sum(map(len, texts)) > BODY_MOST or max(map(len, texts)) > TEXT_MOST:
        raise TemplateRefused(_l("Lời thư quá dài cho một trang. Hãy viết gọn lại."))
    for text in texts:
        if sentence := problem(text):
            raise TemplateRefused(sentence)
