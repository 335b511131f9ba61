"""The calendar file that goes with an invitation (RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

ZONE_NAME = "Asia/Ho_Chi_Minh"
ZONE = ZoneInfo(ZONE_NAME)
PRODUCT = "-//So GDDT//Dang ky tap huan//VI"
METHODS = ("PUBLISH", "REQUEST", "CANCEL")


@dataclass(frozen=True)
class CalendarEntry:
    """One person's place in the diary.

    ``uid`` never changes for the same invitation; ``sequence`` rises with every change sent.
    ``starts`` is ``None`` while the time is only known in words. Times carry a time zone.
    ``organizer`` and ``attendee``: (name, mailbox) or ``None``.
    """

    uid: str
    sequence: int
    summary: str
    place: str
    starts: datetime | None
    ends: datetime | None
    stamped: datetime
    description: str = ""
    organizer: tuple[str, str] | None = None
    attendee: tuple[str, str] | None = None


def invitation_ics(entry: CalendarEntry, method: str = "REQUEST") -> bytes | None:
    """The .ics file, or ``None`` while there is no exact time (a diary cannot hold words).

    ``method``: ``REQUEST`` for a new or changed meeting, ``CANCEL`` to take it back, ``PUBLISH``
    without answer. Serve it as ``text/calendar; method=…; charset=utf-8``. Raises ``ValueError``
    for another method, a time without zone, or an end before the start.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method: {method}")
    if entry.starts is None:
        return None
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(Timezone.from_tzid(ZONE_NAME))
    calendar.add_component(_event(entry, method, entry.starts))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry, method: str, starts: datetime) -> Event:
    ends = entry.ends or starts
    for moment in (starts, ends, entry.stamped):
        if moment.tzinfo is None:
            raise ValueError("a time without time zone")
    if ends < starts:
        raise ValueError("the end is before the start")
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamped.astimezone(ZoneInfo("UTC")))
    event.add("dtstart", starts.astimezone(ZONE))
    event.add("dtend", ends.astimezone(ZONE))
    event.add("summary", entry.summary)
    event.add("location", entry.place)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if entry.organizer:
        event.add("organizer", _address(*entry.organizer), encode=0)
    if entry.attendee:
        attendee = _address(*entry.attendee)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("FALSE")
        event.add("attendee", attendee, encode=0)
    return event


def _address(name: str, mailbox: str) -> vCalAddress:
    address = vCalAddress(f"MAILTO:{mailbox}")
    address.params["CN"] = vText(name)
    return address
