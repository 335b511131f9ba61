"""The desk's one list of everybody invited, by whichever route, narrowed and in pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, func, select

from app.core.vietnamese import fold
from app.events.models import Event, Participation
from app.events.rules import Route
from app.extensions import db
from app.invitations.ageing import shown_state, with_changes
from app.invitations.queries import Addressed, addressed
from app.invitations.rules import OUTDATED, LetterState
from app.registration.flags import SAME_PERSON
from app.registration.models import Registration
from app.registration.rules import ACTIVE

PAGE_SIZE, QUERY_MAX = 50, 100
ANSWERS = ("yes", "other", "no", "none")
#: Tabs of the list: the letter's states as the desk thinks of them.
TABS: dict[str, tuple[str, ...]] = {
    "all": (*LetterState, OUTDATED),
    "draft": (LetterState.DRAFT, LetterState.VOID),
    "submitted": (LetterState.SUBMITTED, LetterState.APPROVED, OUTDATED),
    "ready": (LetterState.READY,),
    "queued": (LetterState.QUEUED,),
    "sent": (LetterState.SENT,),
    "failed": (LetterState.FAILED, LetterState.BOUNCED),
}


@dataclass(frozen=True)
class InviteeFilter:
    """What the list shows; everything of it stands in the address."""

    state: str = "all"
    route: str = ""
    answer: str = ""
    unnamed: bool = False
    q: str = ""
    page: int = 1

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> InviteeFilter:
        """From the address; what makes no sense is left out."""
        page = args.get("page", "")
        return cls(
            state=args.get("state", "") if args.get("state", "") in TABS else "all",
            route=args.get("route", "") if args.get("route", "") in list(Route) else "",
            answer=args.get("answer", "") if args.get("answer", "") in ANSWERS else "",
            unnamed=args.get("unnamed", "") == "1",
            q=" ".join(args.get("q", "").split())[:QUERY_MAX],
            page=min(int(page), 10_000) if page.isascii() and page.isdigit() and int(page) else 1,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.route or self.answer or self.unnamed)


@dataclass(frozen=True)
class InviteePage:
    """``rows``: of this page; ``chosen``: all the filter leaves; ``counts``: per tab, under the
    same search and filters; ``everybody``: without any filter; ``outdated``: letters of everybody
    that a leader must see again."""

    rows: Sequence[Addressed]
    chosen: Sequence[Addressed]
    counts: Mapping[str, int]
    everybody: int
    outdated: int
    page: int
    size: int = PAGE_SIZE


def invitee_page(event: Event, wanted: InviteeFilter) -> InviteePage:
    """A page beyond the end gives the last one. The same number of queries for any number of rows."""
    everybody = with_changes(event, addressed(event))
    narrowed = [row for row in everybody if _fits(row, wanted)]
    chosen = [row for row in narrowed if in_tab(event, row, wanted.state)]
    page = min(wanted.page, max(1, math.ceil(len(chosen) / PAGE_SIZE)))
    return InviteePage(
        rows=chosen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        chosen=chosen,
        counts={tab: sum(in_tab(event, row, tab) for row in narrowed) for tab in TABS},
        everybody=len(everybody),
        outdated=sum(shown_state(event, row) == OUTDATED for row in everybody),
        page=page,
    )


def in_tab(event: Event, row: Addressed, tab: str) -> bool:
    return shown_state(event, row) in TABS[tab]


def _fits(row: Addressed, wanted: InviteeFilter) -> bool:
    """Every word somewhere in person or unit, without marks and case."""
    registration, participation = row.registration, row.participation
    if wanted.route and participation.route != wanted.route:
        return False
    if wanted.answer and answer_of(row) != wanted.answer:
        return False
    if wanted.unnamed and registration is not None and registration.full_name:
        return False
    text = registration.search if registration is not None else participation.search
    return all(word in text for word in fold(wanted.q).split())


def answer_of(row: Addressed) -> str:
    """A key of the states "answer"; a letter that died asks for none."""
    letter = row.invitation
    if letter is None or letter.state == LetterState.VOID or not letter.answer:
        return "none"
    return letter.answer


def unnamed_count(rows: Sequence[Addressed]) -> int:
    return sum(row.registration is None or not row.registration.full_name for row in rows)


def open_doubles(event: Event) -> int:
    """People who stand in two places, nobody having looked at it yet."""
    found = db.session.scalar(
        select(func.count(func.distinct(Registration.person_key)))
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Registration.event_id == event.id,
            Registration.state.in_(ACTIVE),
            cast(Registration.flags, Text).contains(f'"{SAME_PERSON}"'),
        )
    )
    return found or 0
