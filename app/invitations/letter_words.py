"""The words of a letter: the fields the desk writes, their defaults, and what fills their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.core.clock import local
from app.core.vietnamese import clean_text
from app.events.models import Event, EventSession, Participation
from app.invitations.rules import letter_time
from app.printing.letters import MARK_OFF, MARK_ON, UNKNOWN_HONORIFIC
from app.printing.qr import group_digits
from app.registration.models import Registration

Body = dict[str, Any]

USUAL_ADDRESSEE = "{{ong_ba}} {{ho_ten}}, {{chuc_vu}}, {{don_vi}}"
USUAL_REPRESENTATIVE = "{{dai_dien}}"
REPRESENTATIVE = {"district_committee": "", "department": "Lãnh đạo "}
LINES = ("subject", "bases", "time", "notes", "recipients")  # a list of texts; the others one text
TEXTS = (
    "inviter", "addressee", "representative", "purpose", "chair", "place", "authority",
    "sign_title", "signer",
)  # fmt: skip


def default_body(event: Event) -> Body:
    """The letter as the event's own words make it, before the desk has written one."""
    words: dict[str, Any] = event.letter
    notes = f"{words.get('notes', '')} Thông tin chi tiết liên hệ {{{{lien_he}}}}".strip()
    return {
        "subject": list(words["subject"]),
        "bases": [],
        "inviter": words["inviter"],
        "addressee": USUAL_ADDRESSEE,
        "representative": USUAL_REPRESENTATIVE,
        "purpose": words["purpose"],
        "chair": words.get("chair", ""),
        "time": ["{{thoi_gian}}"],
        "place": "{{dia_diem}}",
        "notes": [notes],
        "recipients": list(words["recipients"]),
        "authority": words["authority"],
        "sign_title": words["sign_title"],
        "signer": words.get("signer") or "",
    }


_clean = lru_cache(maxsize=512)(clean_text)  # the same words stand in every letter of an event


def event_values(event: Event) -> dict[str, str]:
    """What is the same in every letter of an event."""
    return {
        "ten_su_kien": _clean(event.short_title),
        "ten_day_du": _clean(event.title),
        "thoi_gian": _clean(
            letter_time(
                event.starts_at,
                [(one.name, one.starts_at) for one in event.sessions],
                event.tentative_time,
            )
        ),
        "cac_buoi": "\n".join(session_line(one) for one in event.sessions),
        "dia_diem": _clean(f"{event.venue} ({event.venue_address})"),
        "han": _clean(event.cutoff_words),
        "lien_he": contact_words(event.contact),
        "can_cu": "\n".join(basis_line(one) for one in event.plan.get("legal_bases", [])),
    }


def session_line(session: EventSession) -> str:
    """ "Buổi sáng, từ 8 giờ 00 phút: …"; without a time or a topic only what there is."""
    name = _clean(session.name)
    text = name if name.lower().startswith(("buổi", "cả ngày")) else f"Buổi {name.lower()}"
    if session.starts_at is not None:
        at = local(session.starts_at)
        text += f", từ {at.hour} giờ {at.minute:02d} phút"
    return f"{text}: {_clean(session.topic)}" if session.topic else text


def basis_line(basis: Mapping[str, str]) -> str:
    """ "Căn cứ Kế hoạch số 337/KH-UBND ngày 29/12/2023 của UBND thành phố Hải Phòng …"."""
    short, number = _clean(basis.get("short", "")), _clean(basis.get("number", ""))
    kind = re.sub(r"(?:\s+số)?\s+\d.*$", "", short)  # "Thông tư 24" → "Thông tư"
    parts = ["Căn cứ", f"{kind} số {number}" if number else short]
    if basis.get("date"):
        parts.append(f"ngày {basis['date']}")
    if basis.get("issuer"):
        parts.append(f"của {basis['issuer']}")
    return _clean(" ".join([*parts, basis.get("title", "")]))


def contact_words(contact: Mapping[str, str]) -> str:
    """ "phòng Giáo dục thường xuyên và Đại học, điện thoại: …, email: …"."""
    department = (contact.get("department") or "").removeprefix("Phòng ").removeprefix("phòng ")
    parts = [
        department and f"phòng {department}",
        contact.get("phone") and f"điện thoại: {contact['phone']}",
        contact.get("email") and f"email: {contact['email']}",
    ]
    return _clean(", ".join(part for part in parts if part))


def unit_words(participation: Participation, registration: Registration) -> str:
    """ "Ban Chỉ đạo …", "Lãnh đạo Phòng …" while nobody is named (P13, P14)."""
    if registration.full_name:
        return participation.name
    return REPRESENTATIVE.get(participation.kind, "Lãnh đạo ") + participation.name


def person_values(
    participation: Participation, registration: Registration, code: str
) -> dict[str, str]:
    """What differs from letter to letter; no value holds a line break or control character."""
    return {
        "ong_ba": registration.honorific or UNKNOWN_HONORIFIC,
        "ho_ten": clean_text(registration.full_name or ""),
        "chuc_vu": clean_text(registration.position or ""),
        "don_vi": clean_text(participation.name),
        "dai_dien": clean_text(f"Đại diện {_unnamed_unit(participation)}"),
        "ma_so": " ".join(group_digits(code)) if code else "",
    }


def _unnamed_unit(participation: Participation) -> str:
    return REPRESENTATIVE.get(participation.kind, "Lãnh đạo ") + participation.name


def marked(values: Mapping[str, str]) -> dict[str, str]:
    """The same values as a preview shows them, each line on its own ground."""
    return {
        name: "\n".join(f"{MARK_ON}{line}{MARK_OFF}" if line else "" for line in text.split("\n"))
        for name, text in values.items()
    }
