"""The shapes of a plan file's tables: what each entry must be, said in one sentence when it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.events.errors import PlanFileError

TEXT, TEXTS, BASES, DOCUMENT = "text", "texts", "bases", "document"

CONTACT = dict.fromkeys(("department", "short", "officer", "phone", "email"), TEXT)
PLAN = {
    "organiser": TEXT, "role": TEXT, "headcount": TEXT, "headcount_note": TEXT, "time_note": TEXT,
    "costs": TEXT, "support": TEXT, "lead": TEXT, "presenters": TEXTS, "aims": TEXTS,
    "contents": TEXTS, "audience": TEXTS, "cooperating": TEXTS, "tasks": TEXTS,
    "distribution": TEXTS, "legal_bases": BASES, "document": DOCUMENT,
}  # fmt: skip
LETTER = {
    "superior": TEXTS, "issuer": TEXTS, "place": TEXT, "symbol": TEXT, "list_symbol": TEXT,
    "subject": TEXTS, "inviter": TEXT, "purpose": TEXT, "chair": TEXT, "notes": TEXT,
    "recipients": TEXTS, "authority": TEXT, "sign_title": TEXT, "signer": TEXT,
}  # fmt: skip
LEGAL_BASIS = dict.fromkeys(("number", "date", "issuer", "title", "short"), TEXT)
DOCUMENT_TABLE = dict.fromkeys(("type", "symbol", "number", "issued_on"), TEXT)
_HOUSE = {
    "superior": ["UBND THÀNH PHỐ HẢI PHÒNG"], "issuer": ["SỞ GIÁO DỤC VÀ ĐÀO TẠO"],
    "place": "Hải Phòng", "symbol": "GM-SGDĐT", "list_symbol": "DS-SGDĐT",
    "inviter": "Sở Giáo dục và Đào tạo Hải Phòng",
}  # fmt: skip
RESERVE_NAME_MAX, SESSION_NAME_MAX = 120, 60
LATE_AFTER_MOST = 600  # minutes


def filled(shape: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
    """The table with every entry of its shape: "" or [] where nothing is said, the Sở's own
    head lines in a letter."""
    blank: dict[str, Any] = {
        name: {} if kind == DOCUMENT else "" if kind == TEXT else [] for name, kind in shape.items()
    }
    if shape is LETTER:
        blank |= _HOUSE
    table = {**blank, **given}
    if "document" in table:
        table["document"] = {**filled(DOCUMENT_TABLE, {}), "type": "KH", **table["document"]}
    return table


def check_shapes(values: dict[str, Any]) -> None:
    """Tables and lists of a plan file. Raises PlanFileError naming the entry."""
    for name, shape in (("contact", CONTACT), ("plan", PLAN), ("letter", LETTER)):
        _check_table(name, values.get(name, {}), shape)
    for reserve in _tables("reserves", values.get("reserves", [])):
        _check_reserve(reserve)
    for session in _tables("sessions", values.get("sessions", [])):
        _check_session(session)


def _check_table(path: str, table: Any, shape: dict[str, str]) -> None:
    if not isinstance(table, dict):
        raise PlanFileError(_l("Mục “%(name)s” phải là một bảng.", name=path))
    for name, value in table.items():
        entry = f"{path}.{name}"
        if name not in shape:
            raise PlanFileError(_l("Tệp kế hoạch có mục lạ “%(name)s”.", name=entry))
        if shape[name] == TEXT:
            _check_text(entry, value)
        elif shape[name] == TEXTS:
            _check_texts(entry, value)
        elif shape[name] == DOCUMENT:
            _check_table(entry, value, DOCUMENT_TABLE)
        else:
            for basis in _tables(entry, value):
                _check_table(entry, basis, LEGAL_BASIS)


def _check_text(entry: str, value: Any) -> None:
    if not isinstance(value, str):
        raise PlanFileError(_l("Mục “%(name)s” phải là chữ trong dấu ngoặc kép.", name=entry))


def _check_texts(entry: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise PlanFileError(_l("Mục “%(name)s” phải là danh sách các dòng chữ.", name=entry))


def _tables(entry: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise PlanFileError(_l("Mục “%(name)s” phải viết thành các bảng [[%(name)s]].", name=entry))
    return value


def _check_reserve(reserve: dict[str, Any]) -> None:
    if set(reserve) != {"name", "kinds", "seats"}:
        raise PlanFileError(_l("Mỗi mục “reserves” cần đúng ba mục: name, kinds và seats."))
    _check_text("reserves.name", reserve["name"])
    _check_texts("reserves.kinds", reserve["kinds"])
    if type(reserve["seats"]) is not int:
        raise PlanFileError(_l("Mục “reserves.seats” phải là số chỗ."))
    if len(reserve["name"]) > RESERVE_NAME_MAX:
        raise PlanFileError(
            _l("Mục “%(name)s” dài quá %(most)s chữ.", name="reserves.name", most=RESERVE_NAME_MAX)
        )


def _check_session(session: dict[str, Any]) -> None:
    for name in session:
        if name not in {"name", "topic", "starts_at", "ends_at", "late_after"}:
            raise PlanFileError(_l("Tệp kế hoạch có mục lạ “%(name)s”.", name=f"sessions.{name}"))
    if not session.get("name"):
        raise PlanFileError(_l("Tệp kế hoạch thiếu mục “%(name)s”.", name="sessions.name"))
    for name in ("name", "topic"):
        _check_text(f"sessions.{name}", session.get(name, ""))
    if len(session["name"]) > SESSION_NAME_MAX:
        raise PlanFileError(
            _l("Mục “%(name)s” dài quá %(most)s chữ.", name="sessions.name", most=SESSION_NAME_MAX)
        )
    for name in ("starts_at", "ends_at"):
        moment = session.get(name)
        if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
            raise PlanFileError(
                _l(
                    "Mục “%(name)s” phải là ngày giờ có múi giờ, ví dụ 2024-03-05T17:00:00+07:00.",
                    name=f"sessions.{name}",
                )
            )
    late_after = session.get("late_after", 0)
    if type(late_after) is not int or not 0 <= late_after <= LATE_AFTER_MOST:
        raise PlanFileError(
            _l(
                "Mục “%(name)s” phải là số phút, từ 0 đến %(most)s.",
                name="sessions.late_after", most=LATE_AFTER_MOST,
            )
        )  # fmt: skip
