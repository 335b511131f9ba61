from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from app.printing.calendar import ZONE, invitation_ics

STARTS = datetime(2024, 3, 13, 8, tzinfo=ZONE)


def made(**changes: Any) -> bytes | None:
    values: dict[str, Any] = {
        "uid": "tap-huan-2024-17@dang-ky.example.vn",
        "sequence": 2,
        "summary": "Tập huấn, đánh giá; công nhận “Đơn vị học tập”",
        "location": "Hội trường tầng 3",
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(hours=9),
        "stamp": datetime(2024, 3, 7, 9, tzinfo=UTC),
    }
    return invitation_ics(**{**values, **changes})


def event_of(data: bytes | None) -> Any:
    assert data is not None
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return event


def test_times_are_in_the_zone_that_the_file_describes() -> None:
    data = made(starts_at=STARTS.astimezone(UTC))
    assert data is not None
    assert b"DTSTART;TZID=Asia/Ho_Chi_Minh:20240313T080000\r\n" in data
    assert b"DTEND;TZID=Asia/Ho_Chi_Minh:20240313T170000\r\n" in data
    (zone,) = Calendar.from_ical(data).walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Ho_Chi_Minh"
    assert b"TZOFFSETTO:+0700" in data


def test_identity_and_version() -> None:
    event = event_of(made())
    assert event["UID"] == "tap-huan-2024-17@dang-ky.example.vn"
    assert event["SEQUENCE"] == 2
    assert event["SUMMARY"] == "Tập huấn, đánh giá; công nhận “Đơn vị học tập”"
    assert event["STATUS"] == "CONFIRMED"
    assert made() == made()


@pytest.mark.parametrize(
    ("method", "status"),
    [("PUBLISH", "CONFIRMED"), ("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")],
)
def test_method(method: str, status: str) -> None:
    data = made(method=method)
    assert data is not None
    assert Calendar.from_ical(data)["METHOD"] == method
    assert event_of(data)["STATUS"] == status


def test_people() -> None:
    event = event_of(
        made(
            organizer=("Sở GDĐT Hải Phòng", "gdtx@example.vn"),
            attendee=("Nguyễn Thị Phương Thảo", "thao@thpt.example.vn"),
        )
    )
    assert event["ORGANIZER"] == "mailto:gdtx@example.vn"
    assert event["ATTENDEE"].params["CN"] == "Nguyễn Thị Phương Thảo"


def test_tentative_time_gives_no_file() -> None:
    assert made(starts_at=None, ends_at=None) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "REPLY"},
        {"starts_at": datetime(2024, 3, 13, 8)},
        {"ends_at": STARTS - timedelta(minutes=1)},
    ],
)
def test_wrong_input(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        made(**changes)


def test_lines_cannot_be_injected() -> None:
    event = event_of(made(location="A\r\nATTENDEE:mailto:x@example.vn"))
    assert "ATTENDEE" not in event
