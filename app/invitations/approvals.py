"""Letters before a leader: laid before, approved, returned, taken back (Nghị định 30, Điều 13).

What is approved is exactly what was laid before: a digest over every word, number and date left
out (the clerk's office gives those afterwards, domain.md 1.4). Callers open the unit of work; each
function takes the event's lock, so that a leader and the desk cannot act at the same moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.approval_mails import tell_desk, tell_leaders
from app.invitations.letter_files import end_files
from app.invitations.letters import fresh_content, words_of
from app.invitations.models import Approval, Invitation
from app.invitations.queries import Addressed, addressed
from app.invitations.rules import NOT_OUT, ApprovalState, LetterState, has_number
from app.invitations.sending import representative
from app.invitations.templates import letter_body
from app.registration.models import Registration
from app.registration.rules import State

AGREED = (LetterState.APPROVED, LetterState.READY)


class NothingToSubmit(DomainError):
    status = 422
    message = _l("Không có thư nào cần trình: mọi thư đã chọn đang chờ duyệt hoặc đã duyệt.")


class AlreadyDecided(DomainError):
    message = _l("Lần trình này đã được xử lý. Hãy xem trạng thái mới.")


class ContentChanged(DomainError):
    message = _l(
        "Nội dung đã đổi sau khi trình, nên chưa duyệt gì. "
        "Bàn đăng ký cần rút lại và trình bản mới."
    )


@dataclass(frozen=True)
class Submission:
    """What laying these letters before the leader would do. ``rows``: they need a leader;
    ``waiting``: lie before one already; ``agreed``: approved as they are."""

    rows: list[Addressed]
    waiting: int
    agreed: int


def submission(event: Event, ids: Collection[int] | None = None,
               routes: Collection[str] = ()) -> Submission:  # fmt: skip
    """``ids``: of participations, None for all; ``routes``: empty for all."""
    rows, waiting, agreed = [], 0, 0
    for row in addressed(event, ids=ids):
        if routes and row.participation.route not in routes:
            continue
        letter = row.invitation
        if letter is None or letter.state in (LetterState.VOID, LetterState.DRAFT):
            rows.append(row)
        elif letter.state == LetterState.SUBMITTED:
            waiting += 1
        elif _has_changed(event, letter, row.registration):
            rows.append(row)
        else:
            agreed += 1
    return Submission(rows, waiting, agreed)


def submit(
    event: Event,
    *,
    by: Actor,
    now: datetime,
    ids: Collection[int] | None = None,
    routes: Collection[str] = (),
    note: str = "",
) -> Approval:
    """Freeze these letters and lay them before the leaders, who are told by mail.

    Raises NothingToSubmit.
    """
    event = lock_event(event.id)
    rows = submission(event, ids, routes).rows
    if not rows:
        raise NothingToSubmit()
    approval = Approval(
        event_id=event.id, digest="", letters=len(rows), note=note.strip() or None,
        submitted_at=now, submitted_by=by.label, state=ApprovalState.SUBMITTED,
    )  # fmt: skip
    db.session.add(approval)
    db.session.flush()
    template_id = letter_body(event)[1]
    letters = [_freeze(event, row, template_id, by=by, now=now) for row in rows]
    for letter in letters:
        letter.state, letter.approval_id = LetterState.SUBMITTED, approval.id
    db.session.flush()
    approval.digest = digest_of((one.registration_id, one.content) for one in letters)
    record(
        "approval.submitted", ("approval", approval.id), by=by, now=now, event_id=event.id,
        after={"letters": approval.letters, "note": approval.note},
    )  # fmt: skip
    tell_leaders(event, approval, now=now)
    return approval


def _freeze(
    event: Event, row: Addressed, template_id: int | None, *, by: Actor, now: datetime
) -> Invitation:
    """The row's letter with its words as they are now; one that is out stays and gets a follower."""
    registration = row.registration or representative(row.participation, by=by, now=now)
    content = fresh_content(event, row.participation, registration)
    letter = row.invitation
    if letter is None or letter.state not in NOT_OUT:
        version = letter.version + 1 if letter is not None else 1
        letter = Invitation(event_id=event.id, registration_id=registration.id, version=version)
        db.session.add(letter)
    else:
        end_files(letter, now=now)
    letter.content, letter.template_id, letter.created_at = content, template_id, now
    letter.number, letter.issued_on = has_number(content)
    return letter


def digest_of(letters: Iterable[tuple[int, dict[str, Any]]]) -> str:
    """SHA-256, hex, over (registration, every word but number and date), in the entries' order."""
    told = sorted((key, words_of(content)) for key, content in letters)
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def letters_of(approval: Approval) -> Sequence[Invitation]:
    """The letters of this submission that are still its own, in the order of the desk's list."""
    return db.session.scalars(
        select(Invitation)
        .join(Registration, Registration.id == Invitation.registration_id)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Invitation.approval_id == approval.id)
        .order_by(Participation.route, Participation.id, Invitation.id)
        .options(joinedload(Invitation.registration).joinedload(Registration.participation))
        .execution_options(populate_existing=True)
    ).all()


def is_unchanged(event: Event, approval: Approval) -> bool:
    """Whether what would be printed now is, word for word, what was laid before the leader."""
    letters = letters_of(approval)
    if len(letters) != approval.letters:
        return False
    if any(one.registration.state != State.CONFIRMED for one in letters):
        return False
    frozen = digest_of((one.registration_id, one.content) for one in letters)
    fresh = digest_of(
        (
            one.registration_id,
            fresh_content(event, one.registration.participation, one.registration),
        )
        for one in letters
    )
    return frozen == fresh == approval.digest


def approve(approval: Approval, *, mark: str, by: Actor, now: datetime) -> int:
    """The leader's second tap. ``mark``: the digest of what the page showed. → letters approved.

    Raises AlreadyDecided, ContentChanged; then nothing is approved.
    """
    event = _open(approval)
    if mark != approval.digest or not is_unchanged(event, approval):
        raise ContentChanged()
    letters = letters_of(approval)
    for letter in letters:
        ready = letter.number and letter.issued_on
        letter.state = LetterState.READY if ready else LetterState.APPROVED
    _decide(approval, ApprovalState.APPROVED, by=by, now=now)
    record(
        "approval.approved", ("approval", approval.id), by=by, now=now, event_id=event.id,
        after={"letters": len(letters), "sha256": approval.digest},
    )  # fmt: skip
    tell_desk(event, approval, now=now)
    return len(letters)


def give_back(approval: Approval, *, sentence: str, by: Actor, now: datetime) -> None:
    """The leader wants something else. Raises AlreadyDecided."""
    event = _open(approval)
    _to_drafts(approval)
    approval.sentence = sentence
    _decide(approval, ApprovalState.RETURNED, by=by, now=now)
    record(
        "approval.returned", ("approval", approval.id), by=by, now=now, event_id=event.id,
        after={"sentence": sentence},
    )  # fmt: skip
    tell_desk(event, approval, now=now)


def take_back(approval: Approval, *, by: Actor, now: datetime) -> None:
    """The desk withdraws what it laid before. Raises AlreadyDecided."""
    event = _open(approval)
    _to_drafts(approval)
    _decide(approval, ApprovalState.TAKEN_BACK, by=by, now=now)
    record(
        "approval.taken_back", ("approval", approval.id), by=by, now=now, event_id=event.id,
        after={"letters": approval.letters},
    )  # fmt: skip


def fall_back(event: Event, *, by: Actor, now: datetime) -> int:
    """Approved letters whose words changed are drafts again; the others stay. → how many fell."""
    changed = [
        letter
        for letter in db.session.scalars(
            select(Invitation)
            .where(Invitation.event_id == event.id, Invitation.state.in_(AGREED))
            .options(joinedload(Invitation.registration).joinedload(Registration.participation))
        )
        if _has_changed(event, letter, letter.registration)
    ]
    for letter in changed:
        letter.state = LetterState.DRAFT
        end_files(letter, now=now)
    if changed:
        record(
            "approval.fell_back", ("event", event.id), by=by, now=now, event_id=event.id,
            after={"letters": len(changed)},
        )  # fmt: skip
    return len(changed)


def _has_changed(event: Event, letter: Invitation, registration: Registration | None) -> bool:
    if registration is None:
        return True
    fresh = fresh_content(event, registration.participation, registration)
    return words_of(letter.content) != words_of(fresh)


def _open(approval: Approval) -> Event:
    """The event, locked; the approval as it stands under the lock."""
    event = lock_event(approval.event_id)
    db.session.refresh(approval)
    if approval.state != ApprovalState.SUBMITTED:
        raise AlreadyDecided()
    return event


def _to_drafts(approval: Approval) -> None:
    for letter in letters_of(approval):
        if letter.state == LetterState.SUBMITTED:
            letter.state = LetterState.DRAFT


def _decide(approval: Approval, state: str, *, by: Actor, now: datetime) -> None:
    approval.state, approval.decided_at, approval.decided_by = state, now, by.label


# ---------------------------------------------------------------- looking


def approval_of(event: Event, approval_id: int) -> Approval:
    """Raises NotFound."""
    found = db.session.scalar(
        select(Approval).where(Approval.id == approval_id, Approval.event_id == event.id)
    )
    if found is None:
        raise NotFound(_l("Không có lần trình này."))
    return found


def approvals(event: Event) -> Sequence[Approval]:
    """All of the event, the newest first."""
    return db.session.scalars(
        select(Approval).where(Approval.event_id == event.id).order_by(Approval.id.desc())
    ).all()


def waiting_approval(event_id: int) -> Approval | None:
    """The oldest that waits for a leader."""
    return db.session.scalar(
        select(Approval)
        .where(Approval.event_id == event_id, Approval.state == ApprovalState.SUBMITTED)
        .order_by(Approval.id)
        .limit(1)
    )


def last_approved_content(event: Event, letter: Invitation) -> dict[str, Any] | None:
    """What a leader agreed to before: this delegate's older letter, else any other letter."""
    own = db.session.scalar(
        select(Invitation)
        .where(
            Invitation.event_id == event.id,
            Invitation.id != letter.id,
            Invitation.approval_id.is_not(None),
            Invitation.state.not_in((LetterState.DRAFT, LetterState.SUBMITTED)),
        )
        .order_by((Invitation.registration_id == letter.registration_id).desc(),
                  Invitation.id.desc())
        .limit(1)
    )  # fmt: skip
    return own.content if own is not None else None
