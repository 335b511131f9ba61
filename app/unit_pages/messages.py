"""Messages a clerk copies into Zalo: to the head who signs, and to the delegate.

The unit's own address is in none of them: whoever has it may change and withdraw, and a message
is forwarded further than one thinks. The one secret address that does go out is the delegate's
letter, in a message of its own that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from app.core.filters import clock_time, official_words, short_date, weekday
from app.events.models import Event, Participation
from app.registration.models import Registration
from app.registration.rules import State
from app.unit_pages.steps import Progress

LONGEST_LINE = 34  # characters of a line of the box at 360 px, to know how many lines it takes


@dataclass(frozen=True)
class ReadyMessage:
    """``secret``: whose private address is in it, in words for the clerk; empty when none is."""

    key: str
    label: str
    text: str
    secret: str = ""

    @property
    def rows(self) -> int:
        """Lines of the box at phone width; the script fits it to what it holds."""
        lines = self.text.split("\n")
        return min(16, sum(-(-max(1, len(line)) // LONGEST_LINE) for line in lines))


def ready_messages(
    participation: Participation,
    registration: Registration,
    progress: Progress,
    *,
    cutoff_words: str,
    cutoff_over: bool,
    place: int | None,
    letter: dict[str, Any] | None,
) -> list[ReadyMessage]:
    """The letter's first, for it is what is wanted then; an invented fact is in none of them."""
    event = participation.event
    found = []
    if letter is not None and registration.state == State.CONFIRMED:
        found.append(_letter_message(participation, registration, event, letter))
        return found
    lines = [
        _("%(unit)s – %(event)s", unit=participation.short_name, event=event.short_title),
        _("Người dự: %(person)s.", person=_person(registration)),
        _standing_line(registration, place),
    ]
    if progress.form_is_missing:
        lines.append(_sign_line(cutoff_words, cutoff_over))
    lines += [_when(event), _("Kế hoạch: %(address)s", address=_plan_address(event))]
    found.append(
        ReadyMessage(
            "standing",
            _("Tin gửi lãnh đạo và người dự"),
            "\n".join(line for line in lines if line),
        )
    )
    return found


def _person(registration: Registration) -> str:
    name = registration.full_name or _("đại diện lãnh đạo")
    return ", ".join(part for part in (name, registration.position) if part)


def _standing_line(registration: Registration, place: int | None) -> str:
    time, day = clock_time(registration.received_at), short_date(registration.received_at)
    if registration.state == State.WAITLISTED:
        return _(
            "Sở đã nhận đăng ký lúc %(time)s ngày %(day)s. Đơn vị đứng thứ %(place)s trong danh "
            "sách chờ, chưa có chỗ.",
            time=time, day=day, place=place,
        )  # fmt: skip
    if registration.state == State.LATE:
        return _(
            "Sở đã nhận đề nghị bổ sung lúc %(time)s ngày %(day)s, đang xét, chưa có chỗ.",
            time=time, day=day,
        )  # fmt: skip
    return _("Sở đã nhận đăng ký lúc %(time)s ngày %(day)s, có chỗ.", time=time, day=day)


def _sign_line(cutoff_words: str, cutoff_over: bool) -> str:
    if cutoff_over:
        return _("Cần ký và đóng dấu phiếu đăng ký (gửi kèm tin này), rồi gửi bản chụp cho Sở.")
    return _(
        "Cần ký và đóng dấu phiếu đăng ký (gửi kèm tin này), rồi gửi bản chụp cho Sở %(words)s.",
        words=cutoff_words,
    )


def _when(event: Event) -> str:
    if event.starts_at is not None:
        time = _(
            "%(time)s, %(weekday)s %(day)s",
            time=clock_time(event.starts_at), weekday=weekday(event.starts_at),
            day=short_date(event.starts_at),
        )  # fmt: skip
    else:
        time = event.tentative_time or ""
    place = ", ".join(part for part in (event.venue, event.venue_address) if part)
    lines = [_("Thời gian: %(time)s.", time=time) if time else ""]
    lines.append(_("Địa điểm: %(place)s.", place=place) if place else "")
    return "\n".join(line for line in lines if line)


def _plan_address(event: Event) -> str:
    return _address("events.detail", slug=event.slug)


def _address(endpoint: str, **values: Any) -> str:
    """As mails write it: with the address of this installation, whatever the request's was."""
    base: str = current_app.config["SETTINGS"].base_url
    return base + url_for(endpoint, **values)


def _letter_message(
    participation: Participation, registration: Registration, event: Event, letter: dict[str, Any]
) -> ReadyMessage:
    number = ""
    if letter["number"]:
        number = _("số %(number)s/%(symbol)s", number=letter["number"], symbol=letter["symbol"])
    lines = [
        _("Giấy mời %(number)s", number=number).strip() + f": {event.short_title}",
        _("Người dự: %(person)s (%(unit)s).", person=_person(registration),
          unit=participation.short_name),
        _when(event),
        _("Giấy mời và mã điểm danh: %(address)s", address=_address(
            "invitations.letter_page", secret=letter["secret"])),
    ]  # fmt: skip
    return ReadyMessage(
        "letter",
        _("Tin gửi người dự"),
        "\n".join(line for line in lines if line),
        _(
            "Tin này có đường dẫn giấy mời riêng của %(name)s. Chỉ gửi cho người dự: ai có đường "
            "dẫn cũng xem được mã điểm danh.",
            name=registration.full_name or _("người dự"),
        ),
    )


def cutoff_in_words(event: Event, cutoff_at: Any) -> str:
    """The plan's own words, or those of the unit's own cut-off."""
    if cutoff_at == event.cutoff_at:
        return official_words(event.cutoff_words, event.cutoff_at)
    return _("trước %(time)s, ngày %(day)s", time=clock_time(cutoff_at), day=short_date(cutoff_at))
