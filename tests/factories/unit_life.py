"""A unit's whole way, step by step, and its page as it is kept and as it would be drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.clock import forget_now
from app.core.database import Base, unit_of_work
from app.events.links import renew_link
from app.events.models import Event, Participation
from app.events.services import edit_event, move_event
from app.extensions import db
from app.invitations.answers import Answer, give_answer, name_other
from app.invitations.changes import amend_delegate, reject_delegate, withdraw_delegate
from app.invitations.services import void_letter
from app.registration import requests, services
from app.registration.desk_services import extend_cutoff
from app.registration.extension import extend_event
from app.registration.models import ChangeRequest, Registration
from app.registration.rows import Entry
from app.signed_forms.queries import forms_of
from app.signed_forms.review import accept as accept_form
from app.signed_forms.review import mark_of_review
from app.signed_forms.review import refuse as refuse_form
from tests.conftest import FrozenClock
from tests.factories.changes import NEW, accept, ask_for, fresh, letters_of, send_all
from tests.factories.events import DESK, participations
from tests.factories.personal_data import RETENTION_OVER
from tests.factories.registration import TOO_LATE, enter, standing, unit_actor
from tests.factories.signed_forms import form_code, read_of, take

LANGUAGES = ("vi", "en")


class Pages:
    """The pages of some units, as they are kept and as they would be drawn."""

    def __init__(
        self, app: Flask, paths: list[str], languages: tuple[str, ...] = LANGUAGES
    ) -> None:
        self.app, self.client, self.paths = app, app.test_client(), paths
        self.languages = languages

    def kept(self) -> list[str]:
        """Opened often enough to be kept; the last is what a reader gets who comes now."""
        return [self._all() for _ in range(3)][-1]

    def now(self) -> list[str]:
        return self._all()

    def drawn(self) -> list[str]:
        for name in ("unchanged", "page_cache"):
            self.app.extensions[name].clear()
        return self._all()

    def _all(self) -> list[str]:
        found = []
        for path in self.paths:
            for language in self.languages:
                self.client.set_cookie("lang", language)
                db.session.remove()
                found.append(seen(self.client, path))
        return found


def seen(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    page = answer.get_data(as_text=True)
    return f"{answer.status_code} " + re.sub(r'(csrf_token" value=")[^"]*', r"\1", page)


class Life:
    """One unit from its form to its erasure; the second takes the other seat, the rest wait."""

    def __init__(self, event: Event, clock: FrozenClock) -> None:
        self.event_id, self.clock = event.id, clock
        self.units = [one.id for one in participations(event)]

    @property
    def event(self) -> Event:
        return db.session.get_one(Event, self.event_id)

    def unit(self, number: int = 0) -> Participation:
        return db.session.get_one(Participation, self.units[number], populate_existing=True)

    def entry(self, number: int = 0) -> Registration:
        wanted = self.units[number]
        return next(one for one in standing(self.event) if one.participation_id == wanted)

    def at(self, moment: datetime) -> None:
        self.clock.at = moment
        forget_now()

    def work(self, act: Callable[..., Any], *things: Any, **values: Any) -> None:
        """A service, in a unit of work, at the moment of the clock."""
        with unit_of_work():
            act(*(fresh(one) if isinstance(one, Base) else one for one in things),
                now=self.clock.at, **values)  # fmt: skip

    def send_form(self, version: int | None = None, content: str = "") -> None:
        code = form_code(self.entry(), version) if version != 0 else None
        take(self.unit(), self.entry(), read_of(code, content=content), now=self.clock.at)

    def decide(self, act: Callable[..., Any], **values: Any) -> None:
        entry = self.entry()
        row = forms_of(entry)[0]
        mark = mark_of_review(row, entry)
        with unit_of_work():
            act(self.event, row.form.id, seen=mark, by=DESK, now=self.clock.at, **values)

    def open_request(self) -> ChangeRequest:
        return db.session.scalars(select(ChangeRequest).where(ChangeRequest.state == "open")).one()

    def steps(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Name and change, one after the other; each is seen on a page of this unit."""
        yield "entered", lambda: enter(self.unit(), "Phạm Thu Hiên")
        yield (
            "corrected",
            lambda: self.work(
                services.amend,
                self.entry(),
                self.unit(),
                Entry("Phạm Thu Hiền", "Hiệu trưởng"),
                by=DESK,
            ),
        )
        yield (
            "replaced",
            lambda: self.work(
                services.replace, self.entry(), self.unit(), NEW, by=unit_actor(self.unit())
            ),
        )
        yield "a doubtful form", lambda: self.send_form(version=0)
        yield "a form received", lambda: self.send_form(content="2")
        yield "form refused", lambda: self.decide(refuse_form, sentence="Thiếu dấu.")
        yield "form again", lambda: self.send_form(content="3")
        yield "form accepted", lambda: self.decide(accept_form)
        yield (
            "position corrected, form old",
            lambda: self.work(
                services.amend,
                self.entry(),
                self.unit(),
                Entry(NEW.full_name, "Hiệu trưởng"),
                by=DESK,
            ),
        )
        yield "a minute later", lambda: self.at(self.clock.at + timedelta(minutes=1))
        yield (
            "plan edited",
            lambda: self.work(edit_event, self.event, {"venue": "Hội trường lớn"}, by=DESK),
        )
        until = TOO_LATE + timedelta(days=1)
        yield (
            "own cut-off",
            lambda: self.work(extend_cutoff, self.unit(), until, by=DESK, reason="Bão"),
        )
        later = TOO_LATE + timedelta(days=2)
        yield "cut-off of all", lambda: self.work(
            extend_event, self.event, later, "trước 17 giờ 00 phút, ngày 07/03/2024",
            take_in=False, tell=False, by=DESK, reason="Bão",
        )  # fmt: skip
        yield "the last second", lambda: self.at(later - timedelta(seconds=1))
        yield "too late", lambda: self.at(later)
        yield (
            "asked for another",
            lambda: ask_for(self.entry(), Entry("Vũ Minh Đạo", "Hiệu trưởng"), now=self.clock.at),
        )
        yield (
            "taken back",
            lambda: self.work(requests.take_back, self.open_request(), by=unit_actor(self.unit())),
        )
        yield "asked to withdraw", lambda: ask_for(self.entry(), None, now=self.clock.at)
        yield "request refused", lambda: self.work(
            requests.refuse, self.open_request(), self.entry(), self.unit(),
            by=DESK, sentence="Không còn ai dự thay.",
        )  # fmt: skip
        yield "letter sent", lambda: send_all(self.event, now=self.clock.at)
        yield (
            "the delegate cannot come",
            lambda: self.work(
                give_answer, letters_of(self.entry())[-1], Answer.NO, reason="Ốm", by=DESK
            ),
        )
        yield "the delegate names another", lambda: self.work(
            name_other, letters_of(self.entry())[-1], Entry("Vũ Minh Đạo", "Hiệu trưởng"),
            reason="Ốm", by=DESK,
        )  # fmt: skip
        yield "request accepted", lambda: accept(self.open_request(), now=self.clock.at)
        yield (
            "letter void",
            lambda: self.work(void_letter, letters_of(self.entry())[-1], self.unit(), by=DESK),
        )
        yield "letter anew", lambda: send_all(self.event, now=self.clock.at)
        yield "amended with a letter", lambda: self.work(
            amend_delegate, self.entry(), self.unit(), Entry("Vũ Minh Đạo", "Phó Hiệu trưởng"),
            by=DESK,
        )  # fmt: skip
        yield (
            "withdrawn by the desk",
            lambda: self.work(withdraw_delegate, self.entry(), self.unit(), by=DESK, reason="Ốm"),
        )
        yield "a late entry", lambda: enter(self.unit(), "Trịnh Văn Sáu", now=self.clock.at)
        yield (
            "late entry rejected",
            lambda: self.work(
                reject_delegate, self.entry(), self.unit(), by=DESK, sentence="Đã đủ người."
            ),
        )
        yield "a late entry again", lambda: enter(self.unit(), "Trịnh Văn Sáu", now=self.clock.at)
        yield (
            "late entry accepted",
            lambda: self.work(
                services.accept_late, self.entry(), self.unit(), by=DESK, reason="Còn chỗ"
            ),
        )
        yield "closed", lambda: self.work(move_event, self.event, "closed", by=DESK)
        yield "over", lambda: self.at(RETENTION_OVER)
        yield "link renewed", lambda: self.work(renew_link, self.unit(), by=DESK, mail=False)
