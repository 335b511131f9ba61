"""The calendar file that goes with an invitation (RFC 5545, 5546)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText

ZONE_NAME = "Asia/Ho_Chi_Minh"
ZONE = ZoneInfo(ZONE_NAME)
PRODUCT = "-//So GDDT//Dang ky tap huan//VI"
PUBLISH, CANCEL = "PUBLISH", "CANCEL"

Mailbox = tuple[str, str]  # name, address


def media_type(method: str) -> str:
    """The Content-Type of a file, which mail programs want to repeat its method (RFC 6047)."""
    return f"text/calendar; method={method}; charset=utf-8"


def invitation_ics(
    *,
    uid: str,
    sequence: int,
    summary: str,
    location: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    stamp: datetime,
    organizer: Mailbox,
    description: str = "",
    url: str = "",
    method: str = PUBLISH,
) -> bytes | None:
    """The .ics file, or ``None`` while there is no exact time (a diary cannot hold words).

    ``uid`` never changes for the same invitation, ``sequence`` rises with every change sent;
    times carry a time zone and are written in Vietnam's. ``method``: ``PUBLISH``, or ``CANCEL``
    to take it back; both want the organizer (RFC 5546, 3.2.1 and 3.2.5), neither asks anybody to
    answer. Raises ``ValueError`` for another method, a time without zone, or an end before the
    start.
    """
    if method not in (PUBLISH, CANCEL):
        raise ValueError(f"unknown method: {method}")
    if starts_at is None:
        return None
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    _add_times(event, starts_at, ends_at or starts_at, stamp)
    event.add("summary", summary)
    event.add("location", location)
    if description:
        event.add("description", description)
    if url:
        event.add("url", url)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", _address(*organizer), encode=False)
    return _calendar(event, method)


def _calendar(event: Event, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_timezone())
    calendar.add_component(event)
    return bytes(calendar.to_ical())


@lru_cache(maxsize=1)
def _timezone() -> Timezone:
    """Seven hours ahead all the year. Older times, which Vietnam had until 1975, would only give
    Outlook a second rule to stumble over."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1976, 1, 1))
    standard.add("tzname", "+07")
    standard.add("tzoffsetfrom", timedelta(hours=7))
    standard.add("tzoffsetto", timedelta(hours=7))
    zone = Timezone()
    zone.add("tzid", ZONE_NAME)
    zone.add_component(standard)
    return zone


def _add_times(event: Event, starts: datetime, ends: datetime, stamp: datetime) -> None:
    if any(moment.tzinfo is None for moment in (starts, ends, stamp)):
        raise ValueError("a time without time zone")
    if ends < starts:
        raise ValueError("the end is before the start")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", starts.astimezone(ZONE))
    event.add("dtend", ends.astimezone(ZONE))


def _address(name: str, mailbox: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox}")
    address.params["CN"] = vText(name)
    return address
