"""A later cut-off for everybody: instants, late entries taken in, units told, the desk's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.errors import CutoffRefused
from app.events.models import Event
from app.events.services import edit_event
from app.extensions import db
from app.registration import extension
from app.registration.errors import CutoffNotLater, ExtensionNeedsOpen
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.changes import LATER, fresh, mails_of
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import TOO_LATE, assert_seats_hold, enter, standing
from tests.factories.units import typed_values, words_of

UNTIL = TOO_LATE + timedelta(days=2)
WORDS = "trước 17 giờ 00 phút, ngày 07/03/2024"
PATH = "/desk/events/tap-huan-2024/cutoff"


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(seats=2, units=5)


def extend(event: Event, **changes: object) -> tuple[list[Registration], int]:
    values = {"take_in": True, "tell": False, "by": DESK, "now": LATER, "reason": "Mất điện"}
    with unit_of_work():
        return extension.extend_event(fresh(event), UNTIL, WORDS, **{**values, **changes})


def late_ones(event: Event, number: int) -> list[Registration]:
    """The last unit first, a minute apart."""
    units = participations(event)[:number]
    return [
        enter(
            one, f"Người Thử {one.code[-1]}b", now=TOO_LATE + timedelta(minutes=minute)
        ).registration
        for minute, one in enumerate(reversed(units))
    ]


@pytest.mark.both_databases
def test_before_the_new_instant_one_is_on_time_and_at_it_late(event: Event) -> None:
    extend(event)
    first, second = participations(event)[:2]
    assert enter(first, now=UNTIL - timedelta(milliseconds=1)).registration.state == "confirmed"
    assert enter(second, "Người Thử Hai", now=UNTIL).registration.state == "late"


@pytest.mark.both_databases
def test_late_entries_are_taken_in_as_they_came(event: Event) -> None:
    late = late_ones(event, 4)
    assert {one.state for one in late} == {"late"}
    taken, _told = extend(event)
    assert [one.id for one in taken] == [one.id for one in late]
    assert [(fresh(one).state, fresh(one).queue_no) for one in late] == [
        ("confirmed", None), ("confirmed", None), ("waitlisted", 1), ("waitlisted", 2),
    ]  # fmt: skip
    assert not any(fresh(one).on_time for one in late)  # as their signed receipts say
    assert len(mails_of("decided")) == 4
    assert_seats_hold(event.id)


@pytest.mark.both_databases
def test_not_taken_in_they_wait_on(event: Event) -> None:
    [late] = late_ones(event, 1)
    assert extend(event, take_in=False) == ([], 0)
    assert fresh(late).state == "late"
    assert mails_of("decided") == []


def test_the_log_says_from_when_to_when_and_why(event: Event) -> None:
    extend(event)
    [entry] = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "event.cutoff_extended")
    )
    assert entry.reason == "Mất điện"
    assert entry.before["cutoff_words"] == "trước 17 giờ 00 phút, ngày 05/03/2024"
    assert (entry.after["cutoff_words"], entry.after["late_taken"]) == (WORDS, 0)
    assert (fresh(event).cutoff_at, fresh(event).cutoff_words) == (UNTIL, WORDS)


def test_only_units_without_an_entry_are_told_and_once(event: Event) -> None:
    units = participations(event)
    enter(units[0])
    with unit_of_work():
        fresh(units[1]).email = None
    _taken, told = extend(event, tell=True)
    assert told == 3
    assert sorted(one.recipient for one in mails_of("extended")) == [
        "thpt-003@example.vn", "thpt-004@example.vn", "thpt-005@example.vn",
    ]  # fmt: skip
    assert mails_of("extended")[0].context["until_words"] == WORDS


@pytest.mark.parametrize("until", [TOO_LATE, TOO_LATE - timedelta(hours=1), LATER])
def test_it_never_shortens_and_never_ends_in_the_past(event: Event, until: object) -> None:
    with pytest.raises(CutoffNotLater), unit_of_work():
        extension.ensure_may_extend(fresh(event), until, LATER)


def test_a_closed_event_is_opened_first(event: Event) -> None:
    with unit_of_work():
        fresh(event).state = "closed"
    with pytest.raises(ExtensionNeedsOpen):
        extend(event)


@pytest.mark.parametrize(
    ("until", "now", "refused"),
    [
        (UNTIL, LATER, True),  # later: with a reason, on its own page
        (LATER - timedelta(hours=20), LATER, True),  # earlier than now
        (TOO_LATE - timedelta(days=1), TOO_LATE - timedelta(days=3), False),
    ],
)
def test_the_settings_move_a_cutoff_only_plainly(
    event: Event, until: object, now: object, refused: bool
) -> None:
    def edit() -> None:
        with unit_of_work():
            edit_event(fresh(event), {"cutoff_at": until}, by=DESK, now=now)

    if refused:
        with pytest.raises(CutoffRefused):
            edit()
    else:
        edit()
    assert (fresh(event).cutoff_at == TOO_LATE) is refused


# ---------------------------------------------------------------- the page


@pytest.fixture
def desk(client: FlaskClient, frozen_clock: FrozenClock) -> FlaskClient:
    frozen_clock.at = LATER
    sign_in(client, make_account("desk"))
    return client


def test_the_page_shows_first_and_then_does(desk: FlaskClient, event: Event) -> None:
    late_ones(event, 3)
    page = desk.get(f"{PATH}?day=07/03/2024&hour=17h")
    shown = words_of(page)
    assert "3 đề nghị bổ sung đang chờ" in shown
    assert "danh sách chờ, thứ 1" in shown
    assert "2 thư sẽ vào hàng gửi." in shown
    typed = typed_values(page)
    assert (typed["words"], typed["hour"]) == (WORDS, "17:00")
    assert fresh(event).cutoff_at == TOO_LATE
    done = desk.post(PATH, data={**typed, "take_in": "y", "tell": "y", "reason": "Mất điện"})
    assert done.status_code == 303
    assert fresh(event).cutoff_words == WORDS
    assert len(mails_of("extended")) == 2
    assert [one.state for one in standing(event)] == ["confirmed", "confirmed", "waitlisted"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "Hãy ghi lý do gia hạn."),
        ({"words": "trước 9 giờ 00 phút, ngày 09/03/2024"}, "Lời văn không khớp với hạn mới."),
        ({"day": "05/03/2024", "hour": "16:00"}, "Hạn mới phải sau hạn chung"),
        ({"day": "32/03/2024"}, "Hãy viết ngày theo mẫu 05/03/2024."),
        ({"words": "x" * 121}, "Lời văn dài quá 120 chữ."),
    ],
)
def test_what_does_not_fit_changes_nothing(
    desk: FlaskClient, event: Event, changes: dict, sentence: str
) -> None:
    values = {"day": "07/03/2024", "hour": "17:00", "words": WORDS, "reason": "Mất điện"}
    page = desk.post(PATH, data={**values, **changes})
    assert sentence in words_of(page)
    assert fresh(event).cutoff_at == TOO_LATE


def test_words_of_ones_own_are_kept_when_they_fit(desk: FlaskClient, event: Event) -> None:
    own = "chậm nhất 17 giờ 00 ngày 7/3/2024"
    values = {"day": "07/03/2024", "hour": "17:00", "words": own, "reason": "Mất điện"}
    assert desk.post(PATH, data=values).status_code == 303
    assert fresh(event).cutoff_words == own


def test_who_came_late_meanwhile_is_shown_before_anything_is_done(
    desk: FlaskClient, event: Event
) -> None:
    typed = typed_values(desk.get(f"{PATH}?day=07/03/2024&hour=17:00"))
    late_ones(event, 1)
    page = desk.post(PATH, data={**typed, "take_in": "y", "reason": "Mất điện"})
    assert page.status_code == 409
    assert "Chưa ghi gì" in words_of(page)
    assert fresh(event).cutoff_at == TOO_LATE
