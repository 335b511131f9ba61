"""States of a letter, and the words it takes from event and delegate; plain functions of values."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.core.clock import local


class LetterState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    READY = "ready"  # approved, number and date given
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    VOID = "void"


# What the desk sees in the place of "approved" and "ready" where the words changed since then.
OUTDATED = "outdated"


class ApprovalState(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"


NOT_OUT = (LetterState.DRAFT, LetterState.SUBMITTED, LetterState.APPROVED, LetterState.READY)

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def spoken_time(moment: datetime) -> str:
    """8 giờ 00 phút, thứ Tư, ngày 13 tháng 3 năm 2024 (Nghị định 30: zero for days under 10, months 1, 2)."""
    at = local(moment)
    month = f"{at.month:02d}" if at.month < 3 else str(at.month)
    return (
        f"{at.hour} giờ {at.minute:02d} phút, {WEEKDAYS[at.weekday()]}, "
        f"ngày {at.day:02d} tháng {month} năm {at.year}"
    )


def letter_time(
    starts_at: datetime | None, sessions: list[tuple[str, datetime | None]], tentative: str | None
) -> str:
    """What stands after "Thời gian:"; several sessions are named; tentative words until it is fixed."""
    if starts_at is None:
        return tentative or ""
    text = spoken_time(starts_at)
    later = [
        f"buổi {name.lower()} từ {local(at).hour} giờ {local(at).minute:02d} phút"
        for name, at in sessions
        if at is not None and at != starts_at
    ]
    return f"{text} ({'; '.join(later)})" if later else text


def issue_date(text: str | None) -> date | None:
    """Stored ISO date of the letter, given by the clerk's office; None while there is none."""
    return date.fromisoformat(text) if text else None


def approval_demanded(delivery: dict[str, Any]) -> bool:
    """Whether only letters that a leader approved and the clerk's office numbered go out."""
    return bool(delivery.get("approval", False))


def has_number(content: dict[str, Any]) -> tuple[str | None, date | None]:
    """Number and date that stand in a letter's content, each None while there is none."""
    numbering = content["numbering"]
    return numbering["number"] or None, issue_date(numbering["date"])


def own_numbers(delivery: dict[str, Any]) -> bool:
    """Whether the clerk's office gives each letter a number of its own."""
    return delivery.get("numbers") == "each"
