"""The rehearsal's clock: there in a rehearsal only, moved by step, moment or day and hour."""

from __future__ import annotations

import pytest

from app import create_app
from app.audit.models import AuditEntry
from app.core.clock import forget_now, local, now
from app.extensions import db
from tests.conftest import make_settings
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event

URL = "/desk/rehearsal-clock"


@pytest.fixture
def rehearsal(database_url, tmp_path):
    settings = make_settings(tmp_path, database_url, REHEARSAL="1")
    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        make_event(units=0)
        client = app.test_client()
        sign_in(client, make_account("desk"))
        yield client
        db.session.remove()
        db.engine.dispose()


def stands_at() -> str:
    forget_now()
    return f"{local(now()):%d/%m/%Y %H:%M}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"moment": "opens"}, "19/02/2024 09:00"),
        ({"moment": "minute_before"}, "05/03/2024 16:59"),
        ({"moment": "cutoff"}, "05/03/2024 17:00"),
        ({"moment": "morning"}, "13/03/2024 07:30"),
        ({"day": "05/03/2024", "hour": "16:59"}, "05/03/2024 16:59"),
    ],
)
def test_clock_goes_where_it_is_told(rehearsal, data, expected) -> None:
    assert rehearsal.post(URL, data=data).location == URL
    assert stands_at() == expected
    assert db.session.query(AuditEntry.action).order_by(AuditEntry.id.desc()).first()[0] == (
        "rehearsal.clock_moved"
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [("back_hour", "05/03/2024 16:00"), ("minute", "05/03/2024 17:01"), ("hour", "05/03/2024 18:00")],
)  # fmt: skip
def test_steps(rehearsal, step, expected) -> None:
    rehearsal.post(URL, data={"moment": "cutoff"})
    forget_now()
    rehearsal.post(URL, data={"step": step})
    assert stands_at() == expected


def test_page_marks_the_moment_one_is_at(rehearsal) -> None:
    rehearsal.post(URL, data={"moment": "minute_before"})
    forget_now()
    page = rehearsal.get(URL).get_data(as_text=True)
    assert "Đang ở đây" in page
    assert "Diễn tập" in page and "Chỉnh đồng hồ" in page


@pytest.mark.parametrize(
    "data", [{"day": "31/02/2024", "hour": "9:00"}, {"day": "05/03/2024", "hour": ""},
             {"moment": "never"}]
)  # fmt: skip
def test_what_is_no_moment_moves_nothing(rehearsal, data) -> None:
    assert rehearsal.post(URL, data=data).status_code == 422
    assert db.session.query(AuditEntry).filter_by(action="rehearsal.clock_moved").count() == 0


def test_outside_a_rehearsal_there_is_no_such_page(client, frozen_clock) -> None:
    sign_in(client, make_account("desk"))
    assert client.get(URL).status_code == 404
    assert client.post(URL, data={"step": "hour"}).status_code == 404
