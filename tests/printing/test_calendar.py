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
        "organizer": ("Sở GDĐT Hải Phòng", "gdtx@example.vn"),
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
    [("PUBLISH", "CONFIRMED"), ("CANCEL", "CANCELLED")],
)
def test_method(method: str, status: str) -> None:
    data = made(method=method)
    assert data is not None
    assert Calendar.from_ical(data)["METHOD"] == method
    assert event_of(data)["STATUS"] == status


def test_it_has_an_organizer_and_asks_nobody_to_answer() -> None:
    event = event_of(made())
    assert event["ORGANIZER"] == "mailto:gdtx@example.vn"
    assert event["ORGANIZER"].params["CN"] == "Sở GDĐT Hải Phòng"
    assert "ATTENDEE" not in event


def test_the_whole_file_by_hand() -> None:
    """Lines of at most 75 bytes, CRLF, nothing that Google, Outlook or Apple does not know."""
    data = made(
        summary="Tập huấn, đánh giá; công nhận “Đơn vị học tập” và “Cộng đồng học tập”",
        organizer=("So GDDT", "gdtx@example.vn"),
        url="https://dang-ky.example.vn/invitations/abc",
    )
    assert data is not None
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert data.decode().replace("\r\n ", "").split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//So GDDT//Dang ky tap huan//VI",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Ho_Chi_Minh",
        "BEGIN:STANDARD",
        "DTSTART:19760101T000000",
        "TZNAME:+07",
        "TZOFFSETFROM:+0700",
        "TZOFFSETTO:+0700",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "SUMMARY:Tập huấn\\, đánh giá\\; công nhận “Đơn vị học tập” và “Cộng đồng học tập”",
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20240313T080000",
        "DTEND;TZID=Asia/Ho_Chi_Minh:20240313T170000",
        "DTSTAMP:20240307T090000Z",
        "UID:tap-huan-2024-17@dang-ky.example.vn",
        "SEQUENCE:2",
        "LOCATION:Hội trường tầng 3",
        'ORGANIZER;CN="So GDDT":mailto:gdtx@example.vn',
        "STATUS:CONFIRMED",
        "URL:https://dang-ky.example.vn/invitations/abc",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_tentative_time_gives_no_file() -> None:
    assert made(starts_at=None, ends_at=None) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "REQUEST"},
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
