"""Reading a plan file (TOML) into values; the 2024 plan is shipped as app/seed/plan-2024.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.clock import local, local_date
from app.events.errors import PlanFileError
from app.events.plan_shapes import check_shapes
from app.events.rules import TIME_SENTENCES, is_slug, times_problem, words_fit_cutoff
from app.units.rules import UnitKind

SHIPPED_PLAN = Path(__file__).resolve().parent.parent / "seed" / "plan-2024.toml"
PLAN_FILE_MAX = 200 * 1024


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


# Longest texts: what the columns of app.events.models hold.
TEXTS = {
    "slug": 80, "title": 2000, "short_title": 160, "list_title": 2000, "venue": 200,
    "venue_address": 300, "cutoff_words": 120,
}  # fmt: skip
INSTANTS = ("cutoff_at", "opens_at", "starts_at", "ends_at")
NUMBERS = {"planned_seats": (1, 100_000), "hall_seats": (1, 100_000), "unit_quota": (1, 20)}


def read_plan(source: bytes) -> Plan:
    """Raises PlanFileError naming the entry that is missing or wrong."""
    values = _read_toml(source)
    for name in values:
        if name not in Plan.__dataclass_fields__:
            raise PlanFileError(_l("Tệp kế hoạch có mục lạ “%(name)s”.", name=name))
    _check_texts(values)
    _check_instants(values)
    _check_numbers(values)
    _check_kinds(values)
    check_shapes(values)
    _check_reserves(values)
    _check_times(values)
    values.setdefault("valid_on", local_date(values["cutoff_at"]))
    if type(values["valid_on"]) is not date:
        raise PlanFileError(_l("Mục “valid_on” phải là một ngày, ví dụ 2024-03-13."))
    return Plan(**values)


def _read_toml(source: bytes) -> dict[str, Any]:
    if len(source) > PLAN_FILE_MAX:
        raise PlanFileError(_l("Tệp kế hoạch nặng quá 200 KB. Hãy chọn đúng tệp kế hoạch (.toml)."))
    try:
        return tomllib.loads(source.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PlanFileError(
            _l("Tệp này không phải tệp kế hoạch: không đọc được chữ theo bảng mã UTF-8.")
        ) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        if found is None:
            raise PlanFileError(
                _l("Tệp kế hoạch dừng giữa chừng. Hãy xem lại dòng cuối của tệp.")
            ) from error
        raise PlanFileError(
            _l(
                "Tệp kế hoạch viết sai ở dòng %(line)s, chữ thứ %(column)s.",
                line=found[1],
                column=found[2],
            )
        ) from error


def _check_texts(values: dict[str, Any]) -> None:
    for name, most in TEXTS.items():
        text = values.get(name)
        if not isinstance(text, str) or not text.strip():
            raise PlanFileError(_l("Tệp kế hoạch thiếu mục “%(name)s”.", name=name))
        if len(text) > most:
            raise PlanFileError(_l("Mục “%(name)s” dài quá %(most)s chữ.", name=name, most=most))
    tentative = values.get("tentative_time")
    if tentative is not None and (not isinstance(tentative, str) or len(tentative) > 200):
        raise PlanFileError(_l("Mục “tentative_time” phải là chữ, không quá 200 chữ."))
    if not is_slug(values["slug"]):
        raise PlanFileError(
            _l("Mục “slug” chỉ gồm chữ thường không dấu, chữ số và dấu gạch, ví dụ tap-huan-2024.")
        )


def _check_instants(values: dict[str, Any]) -> None:
    for name in INSTANTS:
        moment = values.get(name)
        if moment is None and name != "cutoff_at":
            continue
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise PlanFileError(
                _l(
                    "Mục “%(name)s” phải là ngày giờ có múi giờ, ví dụ 2024-03-05T17:00:00+07:00.",
                    name=name,
                )
            )


def _check_numbers(values: dict[str, Any]) -> None:
    for name, (low, high) in NUMBERS.items():
        number = values.get(name)
        if number is None and name != "planned_seats":
            continue
        if type(number) is not int or not low <= number <= high:
            raise PlanFileError(
                _l(
                    "Mục “%(name)s” phải là số nguyên từ %(low)s đến %(high)s.",
                    name=name,
                    low=low,
                    high=high,
                )
            )
    hall = values.get("hall_seats")
    if hall is not None and hall < values["planned_seats"]:
        raise PlanFileError(_l("Mục “hall_seats” không thể ít hơn “planned_seats”."))


def _check_kinds(values: dict[str, Any]) -> None:
    called: list[str] = []
    for name in ("registering_kinds", "invited_kinds"):
        kinds = values.get(name, [])
        if not isinstance(kinds, list):
            raise PlanFileError(_l("Mục “%(name)s” phải là một danh sách.", name=name))
        for kind in kinds:
            if kind not in list(UnitKind):
                raise PlanFileError(
                    _l("Mục “%(name)s” có loại đơn vị lạ “%(kind)s”.", name=name, kind=str(kind))
                )
        called += kinds
    if not called:
        raise PlanFileError(_l("Tệp kế hoạch chưa gọi loại đơn vị nào dự."))
    twice = next((kind for kind in called if called.count(kind) > 1), None)
    if twice:
        raise PlanFileError(_l("Loại đơn vị “%(kind)s” được gọi hai lần.", kind=twice))


def _check_reserves(values: dict[str, Any]) -> None:
    called = {*values.get("registering_kinds", []), *values.get("invited_kinds", [])}
    reserved = 0
    for reserve in values.get("reserves", []):
        if not reserve["kinds"] or not set(reserve["kinds"]) <= called:
            raise PlanFileError(
                _l(
                    "Chỗ giữ riêng “%(name)s” dành cho loại đơn vị không được gọi.",
                    name=reserve["name"],
                )
            )
        if reserve["seats"] < 1:
            raise PlanFileError(
                _l("Chỗ giữ riêng “%(name)s” phải từ 1 chỗ trở lên.", name=reserve["name"])
            )
        reserved += reserve["seats"]
    if reserved > values["planned_seats"]:
        raise PlanFileError(_l("Số chỗ giữ riêng nhiều hơn số chỗ dự kiến."))


def _check_times(values: dict[str, Any]) -> None:
    sessions = [(one.get("starts_at"), one.get("ends_at")) for one in values.get("sessions", [])]
    problem = times_problem(values.get("starts_at"), values.get("ends_at"), sessions)
    if problem:
        raise PlanFileError(TIME_SENTENCES[problem])
    if not values.get("tentative_time") and not values.get("starts_at"):
        raise PlanFileError(
            _l("Tệp kế hoạch cần “tentative_time” (thời gian dự kiến) hoặc “starts_at”.")
        )
    opens, cutoff = values.get("opens_at"), values["cutoff_at"]
    if opens is not None and opens >= cutoff:
        raise PlanFileError(_l("Giờ mở đăng ký “opens_at” phải trước hạn “cutoff_at”."))
    if not words_fit_cutoff(values["cutoff_words"], local(cutoff)):
        raise PlanFileError(_l("Lời văn “cutoff_words” không khớp với giờ “cutoff_at”."))
