"""What the desk's page of the hall says: sessions, gates' phones, scans to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.checkin.models import Gate, GateDevice
from app.checkin.places import arrival_words
from app.checkin.remarks import Remarked
from app.checkin.rules import Outcome, Remark, SessionTime, session_time
from app.core.clock import rehearsal_offset
from app.core.filters import clock_time, date_time, short_date
from app.core.states import state_tag
from app.events.models import EventSession
from app.registration.rules import State

CLOCK_OFF = 60_000  # milliseconds; more is worth a word


@dataclass(frozen=True)
class SessionLook:
    """``by_hand``: the clock does not count now."""

    time: SessionTime
    sentence: str
    by_hand: bool


def session_look(session: EventSession, now: datetime) -> SessionLook:
    by_hand = session.opened_at is not None or session.closed_at is not None
    return SessionLook(session_time(session, now), _session_sentence(session), by_hand)


def _session_sentence(session: EventSession) -> str:
    if session.closed_at is not None:
        sentence = _("Đóng bằng tay lúc %(moment)s.", moment=date_time(session.closed_at))
    elif session.opened_at is not None:
        sentence = _(
            "Mở bằng tay lúc %(moment)s, đến khi đóng.", moment=date_time(session.opened_at)
        )
    elif session.starts_at is None:
        sentence = _("Buổi chưa có giờ nên luôn mở.")
    elif session.ends_at is None:
        sentence = _("Mở theo giờ: cả ngày %(day)s.", day=short_date(session.starts_at))
    else:
        day, last = short_date(session.starts_at), short_date(session.ends_at)
        sentence = _(
            "Mở theo giờ: từ đầu ngày %(day)s đến %(end)s.",
            day=day,
            end=clock_time(session.ends_at) if day == last else date_time(session.ends_at),
        )
    return f"{sentence} {_late_sentence(session)}".strip()


def _late_sentence(session: EventSession) -> str:
    if session.late_after is None or session.starts_at is None:
        return ""
    moment = session.starts_at + timedelta(minutes=session.late_after)
    return _("Từ %(time)s là đến muộn.", time=clock_time(moment))


# ---------------------------------------------------------------- gates and phones


def gate_state(gate: Gate, now: datetime) -> str:
    if gate.revoked_at is not None:
        return "revoked"
    return "expired" if gate.expires_at <= now else "paired"


def gate_sessions(gate: Gate, sessions: list[EventSession]) -> str:
    names = [one.name for one in sessions if one.id in gate.session_ids]
    return ", ".join(names) if names else _("mọi buổi")


def device_lines(device: GateDevice, behind: int | None) -> list[tuple[str, str]]:
    """(tone, words) of a phone. ``behind``: changes its list lacks, None: it has no list yet."""
    lines = []
    if device.unsent:
        lines.append(
            ("look", ngettext("%(num)s lượt chưa gửi", "%(num)s lượt chưa gửi", device.unsent))
        )
    if device.battery is not None:
        tone = "look" if device.battery <= 20 else ""
        lines.append((tone, _("pin %(percent)s%%", percent=device.battery)))
    if behind is None:
        lines.append(("", _("chưa tải danh sách")))
    elif behind == 0:
        lines.append(("", _("danh sách mới nhất")))
    else:
        lines.append(("look", _("danh sách cũ, thiếu %(number)s thay đổi", number=behind)))
    if device.offset_ms is not None:
        off = device.offset_ms - round(rehearsal_offset() / timedelta(milliseconds=1))
        if abs(off) > CLOCK_OFF:
            lines.append(("look", clock_words(off)))
    return lines


def clock_words(offset_ms: int) -> str:
    """``offset_ms``: the server's clock minus the phone's."""
    hours, rest = divmod(round(abs(offset_ms) / 60_000), 60)
    if hours >= 48:
        span = _("%(days)s ngày", days=hours // 24)
    elif hours:
        span = _("%(hours)s giờ %(minutes)s phút", hours=hours, minutes=rest)
    else:
        span = _("%(minutes)s phút", minutes=rest)
    if offset_ms > 0:
        return _("giờ máy chậm %(span)s", span=span)
    return _("giờ máy nhanh %(span)s", span=span)


# ---------------------------------------------------------------- scans to look at


@dataclass(frozen=True)
class RemarkWords:
    title: str
    sentence: str


def remark_words(one: Remarked) -> RemarkWords:
    """Who, and what is odd about it."""
    scan = one.scan
    moment = date_time(scan.counted_at)
    facts: dict[str, Any] = {"gate": scan.gate_name, "moment": moment}
    if scan.remark == Remark.DOUBLE:
        return RemarkWords(_who(one), _double(one, facts))
    sentence = {
        Remark.STALE: lambda: _(
            "%(gate)s cho vào lúc %(moment)s theo danh sách trên máy, nhưng %(reason)s.",
            reason=_why_stale(one), **facts,
        ),
        Remark.UNLISTED: lambda: _(
            "%(gate)s không cho vào lúc %(moment)s vì danh sách trên máy đã cũ. "
            "Người này có chỗ.", **facts,
        ),
        Remark.AFTER_REVOKE: lambda: _(
            "Quét ở %(gate)s lúc %(moment)s, sau khi máy bị thu hồi hoặc hết phiên. "
            "Chưa tính có mặt.", **facts,
        ),
        Remark.CLOCK: lambda: _(
            "Máy ở %(gate)s ghi %(moment)s, giờ đó không đúng. Đến máy chủ lúc %(arrived)s.",
            arrived=date_time(scan.arrived_at), **facts,
        ),
        Remark.WALK_IN: lambda: _(
            "Ghi ở %(gate)s lúc %(moment)s khi mất mạng, chưa vào được danh sách. "
            "Người cho phép: %(allowed)s.",
            allowed=(scan.given or {}).get("allowed_by") or "–", **facts,
        ) + _refusal(one),
    }[Remark(scan.remark or "")]()  # fmt: skip
    return RemarkWords(_who(one), sentence)


def _refusal(one: Remarked) -> str:
    """Why the list could not take them, as it was said when the phone sent it."""
    said = (one.scan.given or {}).get("refusal")
    return f" {said}" if said else ""


def _double(one: Remarked, facts: dict[str, Any]) -> str:
    if one.others:
        return _many(one)
    if one.presence is None:
        return _("%(gate)s quét lúc %(moment)s, một cổng khác cũng đã nhận mã này.", **facts)
    return _(
        "%(gate)s quét lúc %(moment)s. Hai cổng cùng nhận mã này, tính lượt trước: "
        "%(first)s lúc %(time)s.",
        first=one.presence.gate_name, time=clock_time(one.presence.at), **facts,
    )  # fmt: skip


def _many(one: Remarked) -> str:
    """Each phone once, where it scanned first."""
    first: dict[tuple[str, int | None], datetime] = {}
    for scan in (one.scan, *one.others):
        first.setdefault((scan.gate_name, scan.device_id), scan.counted_at)
    places = ", ".join(
        _("%(gate)s lúc %(time)s", gate=gate, time=clock_time(at))
        for (gate, _device), at in first.items()
    )
    day = short_date(one.scan.counted_at)
    said = _("Ngày %(day)s, mã này được nhận hơn một lần: %(places)s.", day=day, places=places)
    if one.presence is None:
        return said
    when = arrival_words(one.presence.at, one.presence.gate_name)
    return f"{said} " + _("Có mặt được tính %(when)s.", when=when)


def _who(one: Remarked) -> str:
    if one.registration is not None:
        return one.registration.full_name or _("Đại diện Lãnh đạo")
    return (one.scan.given or {}).get("name") or _("Mã lạ")


def _why_stale(one: Remarked) -> str:
    """Why the phone should not have let them in, as the server found it."""
    outcome = one.scan.outcome
    if outcome == Outcome.WRONG_SESSION:
        return _("lúc đó buổi %(session)s không mở", session=one.session_name)
    if outcome == Outcome.WRONG_EVENT:
        return _("mã này của một sự kiện khác")
    if one.registration is None:
        return _("mã này không có trong danh sách")
    if outcome == Outcome.VOID_CODE or one.registration.state == State.CONFIRMED:
        return _("mã này đã hủy")
    state = str(state_tag("registration", one.registration.state).word).lower()
    return _("người này: %(state)s", state=state)
