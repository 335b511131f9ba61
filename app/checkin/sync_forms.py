"""What a phone sends of the time it was alone: read item by item, a bad one for itself alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from app.checkin.door_entries import WalkIn
from app.checkin.errors import BatchRefused
from app.checkin.forms import MOST_CODE, MOST_ID
from app.checkin.late_scans import LateScan
from app.checkin.merging import MOST_OFFSET_MS, corrected
from app.checkin.rules import How, Outcome, is_client_id

MOST_SCANS, MOST_WALK_INS = 500, 20
MOST_BYTES = 1024 * 1024
MOST_ECHO = 64  # letters of an id that is none, sent back so that its phone knows which
MOST_WORDS = 400  # of a name or a unit, before it is cleaned
BY_PHONE = frozenset({How.SCAN, How.TYPED, How.SEARCH, How.PHOTO})


@dataclass(frozen=True)
class DeviceWord:
    """What the phone says of itself. ``offset_ms``: server minus phone; None: never measured."""

    unsent: int = 0
    battery: int | None = None
    list_version: int | None = None
    offset_ms: int | None = None
    wiped: bool = False


@dataclass(frozen=True)
class LateWalkIn:
    client_id: str
    session_id: int
    given: WalkIn
    device_at: datetime | None
    at: datetime
    nonsense: bool


@dataclass(frozen=True)
class Batch:
    """``invalid``: ids, as far as they were sent, of items that cannot be read."""

    device: DeviceWord
    scans: list[LateScan] = field(default_factory=list)
    walk_ins: list[LateWalkIn] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Times:
    """What turns a phone's time into ours."""

    now: datetime
    made_at: datetime | None
    offset_ms: int

    def of(self, item: Mapping[str, Any]) -> dict[str, Any]:
        device_at = instant(item.get("device_at"))
        offset = whole(item.get("offset_ms"), -MOST_OFFSET_MS, MOST_OFFSET_MS)
        if offset is None:
            offset = self.offset_ms
        at, nonsense = corrected(device_at, offset, made_at=self.made_at, now=self.now)
        return {"device_at": device_at, "at": at, "nonsense": nonsense}


def read_batch(*, now: datetime, made_at: datetime | None, known_offset: int | None) -> Batch:
    """The body of this request. ``made_at``: of the gate; ``known_offset``: the phone's last one.

    Raises BatchRefused for what is no batch at all, and for more than it may hold.
    """
    body = _body()
    scans, walk_ins = _list(body, "scans", MOST_SCANS), _list(body, "walk_ins", MOST_WALK_INS)
    given = body.get("device")
    device = given if isinstance(given, dict) else {}
    word = _word(device)
    batch = Batch(word)
    times = _Times(now, made_at, _offset(device, word, known_offset, now))
    for item in scans:
        _sort(batch, batch.scans, item, _scan(item, times))
    for item in walk_ins:
        _sort(batch, batch.walk_ins, item, _walk_in(item, times))
    return batch


def _body() -> dict[str, Any]:
    if not request.is_json:
        raise BatchRefused()
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise BatchRefused() from None
    if not isinstance(body, dict):
        raise BatchRefused()
    return body


def _list(body: dict[str, Any], name: str, most: int) -> list[Any]:
    items = body.get(name, [])
    if not isinstance(items, list) or len(items) > most:
        raise BatchRefused()
    return items


def _word(device: Mapping[str, Any]) -> DeviceWord:
    return DeviceWord(
        unsent=whole(device.get("unsent"), 0, MOST_ID) or 0,
        battery=whole(device.get("battery"), 0, 100),
        list_version=whole(device.get("list_version"), 1, MOST_ID),
        offset_ms=whole(device.get("offset_ms"), -MOST_OFFSET_MS, MOST_OFFSET_MS),
        wiped=device.get("wiped") is True,
    )


def _offset(device: Mapping[str, Any], word: DeviceWord, known: int | None, now: datetime) -> int:
    """As measured, as it was the last time, or by this very request: its way is far under the
    minute that is let pass."""
    if word.offset_ms is not None:
        return word.offset_ms
    if known is not None:
        return known
    sent_at = instant(device.get("sent_at"))
    return (now - sent_at) // timedelta(milliseconds=1) if sent_at is not None else 0


def _sort(batch: Batch, good: list[Any], item: Any, read: Any) -> None:
    if read is not None:
        good.append(read)
        return
    client_id = item.get("client_id") if isinstance(item, dict) else None
    batch.invalid.append(words(client_id, MOST_ECHO) if isinstance(client_id, str) else "")


def _scan(item: Any, times: _Times) -> LateScan | None:
    if not isinstance(item, dict):
        return None
    client_id, how = item.get("client_id"), item.get("how")
    session_id = whole(item.get("session_id"), 1, MOST_ID)
    code, registration_id = item.get("code"), whole(item.get("registration_id"), 1, MOST_ID)
    told = item.get("told")
    if (
        not (isinstance(client_id, str) and is_client_id(client_id))
        or session_id is None
        or not (isinstance(how, str) and how in BY_PHONE)
        or isinstance(code, str) == (registration_id is not None)
    ):
        return None
    return LateScan(
        client_id=client_id,
        session_id=session_id,
        how=How(how),
        code_text=words(code, MOST_CODE) if isinstance(code, str) else None,
        registration_id=registration_id,
        told=told if told in list(Outcome) else None,
        **times.of(item),
    )


def _walk_in(item: Any, times: _Times) -> LateWalkIn | None:
    if not isinstance(item, dict):
        return None
    client_id, session_id = item.get("client_id"), whole(item.get("session_id"), 1, MOST_ID)
    if not (isinstance(client_id, str) and is_client_id(client_id)) or session_id is None:
        return None

    def text(name: str) -> str:
        value = item.get(name)
        return words(value, MOST_WORDS) if isinstance(value, str) else ""

    given = WalkIn(
        name=text("name"),
        position=text("position"),
        participation_id=whole(item.get("participation_id"), 1, MOST_ID),
        unit=text("unit"),
        replaces=whole(item.get("replaces"), 1, MOST_ID),
        allowed_by=text("allowed_by"),
    )
    return LateWalkIn(client_id, session_id, given, **times.of(item))


# ---------------------------------------------------------------- values


def words(text: str, most: int) -> str:
    """What both databases can store: no NUL, no half of a pair of surrogates."""
    return text[:most].replace("\x00", "").encode("utf-8", "ignore").decode()


def whole(value: Any, least: int, most: int) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    return None


def instant(value: Any) -> datetime | None:
    """A phone's time; from 1970, for a phone whose battery was empty may say so."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None or not 1970 <= moment.year < 2200:
        return None
    return moment.astimezone(UTC)
