"""Reading a plan file (TOML) into values; the 2024 plan is shipped as app/seed/plan-2024.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.events.errors import PlanFileError

SHIPPED_PLAN = Path(__file__).resolve().parent.parent / "seed" / "plan-2024.toml"


@dataclass(frozen=True)
class Plan:
    """One event as its plan says it. Instants are aware; texts are as printed."""

    slug: str
    title: str
    short_title: str
    list_title: str
    venue: str
    venue_address: str
    cutoff_at: datetime
    cutoff_words: str
    planned_seats: int
    valid_on: date
    tentative_time: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None
    hall_seats: int | None = None
    unit_quota: int = 1
    registering_kinds: list[str] = field(default_factory=list)
    invited_kinds: list[str] = field(default_factory=list)
    reserves: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    contact: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    letter: dict[str, Any] = field(default_factory=dict)


TEXTS = ("slug", "title", "short_title", "list_title", "venue", "venue_address", "cutoff_words")


def read_plan(source: bytes) -> Plan:
    """Raises PlanFileError naming the entry that is missing or wrong."""
    try:
        values = tomllib.loads(source.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlanFileError(
            _l("Tệp kế hoạch không đọc được: %(why)s.", why=str(error))
        ) from error
    known = set(Plan.__dataclass_fields__)
    for name in values:
        if name not in known:
            raise PlanFileError(_l("Tệp kế hoạch có mục lạ “%(name)s”.", name=name))
    for name in TEXTS:
        if not isinstance(values.get(name), str) or not values[name].strip():
            raise PlanFileError(_l("Tệp kế hoạch thiếu mục “%(name)s”.", name=name))
    for name in ("cutoff_at", "opens_at", "starts_at", "ends_at"):
        moment = values.get(name)
        if moment is None and name != "cutoff_at":
            continue
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise PlanFileError(
                _l("Mục “%(name)s” phải là ngày giờ có múi giờ, ví dụ 2024-03-05T17:00:00+07:00.",
                   name=name)
            )
    if not isinstance(values.get("planned_seats"), int) or values["planned_seats"] < 1:
        raise PlanFileError(_l("Mục “planned_seats” phải là số chỗ, từ 1 trở lên."))
    values.setdefault("valid_on", values["cutoff_at"].date())
    _check_reserves(values)
    return Plan(**values)


def _check_reserves(values: dict[str, Any]) -> None:
    reserved = 0
    for reserve in values.get("reserves", []):
        if not {"name", "kinds", "seats"} <= set(reserve):
            raise PlanFileError(_l("Mỗi mục “reserves” cần name, kinds và seats."))
        reserved += reserve["seats"]
    if reserved > values["planned_seats"]:
        raise PlanFileError(_l("Số chỗ giữ riêng nhiều hơn số chỗ dự kiến."))
