"""The real letter, with signature and seal: what goes out in the place of our own printing.

A file comes from a scanner (every page drawn anew by app.scans, nothing of the original stays) or
from the digital signature. ``covers``: one letter, all letters made before it came, or nobody yet.
Callers open the unit of work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import defer

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.core.tokens import ENTRY_CODE, is_code, read_code
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.letters import sent_pdf
from app.invitations.models import Invitation, LetterFile
from app.invitations.queries import addressed
from app.invitations.rules import LetterState, approval_demanded
from app.printing.scanned_pdf import pdf_of_pages
from app.registration.models import Registration
from app.scans.reading import ReadScan

PDF = "application/pdf"
ONE, ALL, NOBODY = "one", "all", "nobody"
SCAN, DIGITAL = "signed_scan", "digitally_signed"


class FileRefused(DomainError):
    """A scan that cannot stand for a letter; the sentence says why."""

    status = 422


@dataclass(frozen=True)
class Scanned:
    """A file as sent, read and drawn anew."""

    filename: str
    scan: ReadScan


def real_file(letter: Invitation) -> LetterFile | None:
    """The file that goes out in place of this letter: its own, else the one for all letters."""
    return db.session.scalar(
        select(LetterFile)
        .where(
            LetterFile.event_id == letter.event_id,
            LetterFile.ended_at.is_(None),
            or_(
                (LetterFile.covers == ONE) & (LetterFile.invitation_id == letter.id),
                (LetterFile.covers == ALL) & (LetterFile.created_at >= letter.created_at),
            ),
        )
        .order_by((LetterFile.covers == ONE).desc(), LetterFile.id.desc())
        .limit(1)
        .options(defer(LetterFile.content))
    )


def outgoing_pdf(letter: Invitation) -> bytes:
    """What is sent, shown and printed for this letter."""
    file = real_file(letter)
    return file.content if file is not None else sent_pdf(letter)


def add_scans(
    event: Event, sent: Sequence[Scanned], *, for_all: bool, by: Actor, now: datetime
) -> list[LetterFile]:
    """Keep scans; each finds its letter by the square code, what does not waits for a person.

    Raises FileRefused.
    """
    event = lock_event(event.id)
    if for_all and len(sent) != 1:
        raise FileRefused(_l("Bản dùng chung cho mọi thư chỉ gồm một tệp."))
    letters = signable_letters(event)
    if not letters:
        raise FileRefused(_l("Chưa có giấy mời nào đã có số và ngày để nhận bản ký."))
    made = []
    for one in sent:
        letter = None if for_all else _named(one.scan, letters)
        file = keep_file(
            event, letter, pdf_of_pages([page.jpeg for page in one.scan.pages]),
            kind=SCAN, filename=one.filename, by=by, now=now,
            covers=ALL if for_all else ONE if letter else NOBODY,
        )  # fmt: skip
        made.append(file)
    return made


def signable_letters(event: Event) -> dict[int, Invitation]:
    """Entry id → the letter that a real file may stand for: it has its number where a leader's
    approval is demanded, and holds."""
    demanded = approval_demanded(event.delivery)
    return {
        row.registration.id: row.invitation
        for row in addressed(event)
        if row.registration is not None
        and row.invitation is not None
        and row.invitation.state != LetterState.VOID
        and (not demanded or row.invitation.number)
        and row.invitation.state != LetterState.SUBMITTED
        and (not demanded or row.invitation.state != LetterState.DRAFT)
    }


def _named(scan: ReadScan, letters: dict[int, Invitation]) -> Invitation | None:
    """The letter whose genuine entrance code is on the pages; None when there is none or two."""
    found = set()
    for text in (code.text for page in scan.pages for code in page.codes):
        code = read_code(text)
        letter = letters.get(code.thing_id) if code and code.purpose == ENTRY_CODE else None
        if code is None or letter is None or code.event_id != letter.event_id:
            continue
        registration = db.session.get_one(Registration, code.thing_id)
        if is_code(code, registration.code_version):
            found.add(code.thing_id)
    return letters[found.pop()] if len(found) == 1 else None


def keep_file(
    event: Event,
    letter: Invitation | None,
    content: bytes,
    *,
    kind: str,
    filename: str,
    covers: str,
    by: Actor,
    now: datetime,
) -> LetterFile:
    """A new real file; the one it takes the place of ends."""
    if covers == ONE and letter is not None:
        end_files(letter, now=now)
    elif covers == ALL:
        end_common_files(event, now=now)
    file = LetterFile(
        event_id=event.id, invitation_id=letter.id if letter else None, kind=kind, covers=covers,
        filename=filename[:200], media_type=PDF, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), content=content, created_at=now,
        created_by=by.label,
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()
    record(
        "letter_file.added", ("letter_file", file.id), by=by, now=now, event_id=event.id,
        after={"filename": file.filename, "size": file.size, "sha256": file.sha256},
    )  # fmt: skip
    return file


def assign(file: LetterFile, registration_id: int, *, by: Actor, now: datetime) -> None:
    """A person says whose letter this is. Raises FileRefused."""
    event = lock_event(file.event_id)
    db.session.refresh(file)
    letter = signable_letters(event).get(registration_id)
    if letter is None or file.covers != NOBODY or file.ended_at is not None:
        raise FileRefused(_l("Thư hoặc tệp này vừa đổi. Hãy xem lại danh sách."))
    end_files(letter, now=now)
    file.invitation_id, file.covers = letter.id, ONE
    record(
        "letter_file.assigned", ("letter_file", file.id), by=by, now=now, event_id=event.id,
        after={"filename": file.filename},
    )  # fmt: skip


def remove(file: LetterFile, *, by: Actor, now: datetime) -> None:
    """The file stands for nothing any more; our own printing goes out again."""
    lock_event(file.event_id)
    if file.ended_at is None:
        file.ended_at = now
        record(
            "letter_file.removed", ("letter_file", file.id), by=by, now=now,
            event_id=file.event_id, before={"filename": file.filename},
        )  # fmt: skip


def end_files(letter: Invitation, *, now: datetime) -> None:
    """The letter says something else now, or has another file."""
    for file in db.session.scalars(
        select(LetterFile).where(
            LetterFile.invitation_id == letter.id, LetterFile.ended_at.is_(None)
        )
    ):
        file.ended_at = now


def end_common_files(event: Event, *, now: datetime) -> None:
    for file in db.session.scalars(
        select(LetterFile).where(
            LetterFile.event_id == event.id,
            LetterFile.covers == ALL,
            LetterFile.ended_at.is_(None),
        )
    ):
        file.ended_at = now


def standing_files(event: Event) -> Sequence[LetterFile]:
    """Newest first, without their bytes; those for nobody yet come first."""
    return db.session.scalars(
        select(LetterFile)
        .where(LetterFile.event_id == event.id, LetterFile.ended_at.is_(None))
        .order_by((LetterFile.covers == NOBODY).desc(), LetterFile.id.desc())
        .options(defer(LetterFile.content))
    ).all()


def file_of(event: Event, file_id: int) -> LetterFile:
    """Raises NotFound."""
    found = db.session.scalar(
        select(LetterFile).where(LetterFile.id == file_id, LetterFile.event_id == event.id)
    )
    if found is None:
        raise NotFound(_l("Không có tệp này."))
    return found
