"""Finding a delegate by name or unit: no marks needed, two letters enough, best first.

The database ranks, so the best are right however many fit; `rules.search_rank` says the same of
one person and is what the tests compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.checkin.queries import Standing, arrival_of, person_of, standing_in
from app.checkin.results import Arrival, Person
from app.checkin.rules import GONE, MARK_OF_GONE, MARK_OF_RANK, SEARCHED
from app.core.vietnamese import fold
from app.events.models import Event, EventSession
from app.extensions import db
from app.registration.models import Registration

LEAST_LETTERS = 2
MOST_WORDS = 8  # more are left out: nobody's name and unit need them at a door


@dataclass(frozen=True)
class Found:
    """A person found by name or unit."""

    person: Person
    arrival: Arrival | None
    queue_no: int | None


class position_in(GenericFunction[int]):
    """position_in(text, part): where `part` first stands, counted from 1; 0 when nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(position_in)
def _strpos(element: Any, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


@compiles(position_in, "sqlite")
def _instr(element: Any, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


def words_of(query: str) -> list[str]:
    """The folded words that are looked for; none when fewer than two letters were typed."""
    words = fold(query).split()
    return words[:MOST_WORDS] if sum(map(len, words)) >= LEAST_LETTERS else []


def has_words(column: Any, words: list[str]) -> ColumnElement[bool]:
    """Every word stands somewhere in this folded text."""
    return and_(*(position_in(column, word) > 0 for word in words))


def search_delegates(
    event: Event, session: EventSession, query: str, *, most: int = 20
) -> list[Found]:
    """Delegates whose name or unit has every word of `query`, marks and case ignored, best first.

    Fewer than two letters find nobody. Who was replaced or withdrew stands last.
    """
    words = words_of(query)
    if not words:
        return []
    best = (
        select(Registration.id, _rank(words).label("rank"))
        .where(
            Registration.event_id == event.id,
            Registration.state.in_(sorted(SEARCHED)),
            has_words(Registration.search, words),
        )
        .order_by("rank", Registration.sort_key, Registration.id)
        .limit(most)
        .subquery()
    )
    rows = db.session.execute(
        standing_in(session.id)
        .join(best, best.c.id == Registration.id)
        .order_by(best.c.rank, Registration.sort_key, Registration.id)
    ).all()
    return [
        Found(
            person_of(one.registration, one.participation),
            arrival_of(one.presence),
            one.registration.queue_no,
        )
        for one in (Standing(*row) for row in rows)
    ]


def _rank(words: list[str]) -> ColumnElement[int]:
    """`rules.search_rank` in SQL. ``search`` begins with the folded name, which is as long as the
    name itself: a mark is no letter, and đ becomes one d."""
    name, search = Registration.full_name, Registration.search
    first = [func.substr(search, 1, len(word)) == word for word in words]
    later = [position_in(search, f" {word}") for word in words]
    in_name = and_(
        name.is_not(None),
        *(
            or_(begins, place.between(1, func.length(name) - 1))
            for begins, place in zip(first, later, strict=True)
        ),
    )
    before_given = func.length(func.rtrim(name, func.replace(name, " ", "")))
    given = func.substr(search, before_given + 1, len(words[-1])) == words[-1]
    anywhere = and_(*(or_(place > 0, begins) for begins, place in zip(first, later, strict=True)))
    gone = case((Registration.state.in_(sorted(GONE)), MARK_OF_GONE), else_=0)
    return gone + case(  # nested, so that each part is worked out once
        (in_name, case((given, MARK_OF_RANK["given"]), else_=MARK_OF_RANK["name"])),
        (anywhere, MARK_OF_RANK["word"]),
        else_=MARK_OF_RANK["within"],
    )
