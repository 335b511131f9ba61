"""Việc hôm nay: what at the desk waits for a person, each with one link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.events.models import Event
from app.events.rules import EventState
from app.invitations.proof_queries import ProofTotals
from app.mail.services import NO_ADDRESS
from app.overview.queries import LinkFacts, failed_mails, link_facts
from app.registration.queries import RegistrationFilter, registration_page

NAMES_SHOWN = 2


@dataclass(frozen=True)
class Task:
    """``tone``: stop or look; ``icon``: of the sprite; ``action``: the words of the link."""

    tone: str
    icon: str
    title: str
    detail: str
    url: str
    action: str


def tasks_of(
    event: Event,
    counts: Mapping[str, int],
    forms: Mapping[str, int],
    letters: ProofTotals | None = None,
    links: LinkFacts | None = None,
) -> list[Task]:
    """``counts``: of the registrations by tab; ``forms``: of the signed forms by tab;
    ``letters``: how far the giấy mời came. The most pressing first."""
    found = [
        _failed(event),
        *_letters(event, letters),
        _late(event, counts["late"]),
        _forms(event, forms),
        _same_person(event),
        _not_leader(event),
        *_links(event, links or link_facts(event)),
    ]
    return [one for one in found if one is not None]


def _failed(event: Event) -> Task | None:
    failed = failed_mails(event)
    total = sum(failed.values())
    if not total:
        return None
    without = failed.get(NO_ADDRESS, 0)
    detail = (
        _(
            "%(without)s thư do đơn vị chưa có địa chỉ, %(others)s thư do lý do khác.",
            without=without,
            others=total - without,
        )
        if without
        else _("Xem lý do từng thư và gửi lại.")
    )
    return Task(
        "stop",
        icon="x-octagon-fill",
        title=_("%(n)s thư không gửi được", n=total),
        detail=detail,
        url=url_for("mail.outbox"),
        action=_("Xử lý"),
    )


def _letters(event: Event, letters: ProofTotals | None) -> list[Task]:
    found = []
    if letters is not None and letters.to_call:
        found.append(
            Task(
                "stop",
                icon="telephone-outbound",
                title=_("%(n)s giấy mời chưa tới", n=letters.to_call),
                detail=_("Không có địa chỉ, không gửi được, bị trả lại hoặc lâu chưa mở: hãy gọi."),
                url=url_for("invitations.proof", slug=event.slug),
                action=_("Gọi"),
            )
        )
    if letters is not None and letters.declined:
        found.append(
            Task(
                "look",
                icon="x-circle",
                title=_("%(n)s người được mời không dự được", n=letters.declined),
                detail=_("Chỗ vẫn giữ cho đến khi rút hoặc đổi người."),
                url=url_for("invitations.proof", slug=event.slug, tab="answered"),
                action=_("Xem"),
            )
        )
    return found


def _late(event: Event, late: int) -> Task | None:
    if not late:
        return None
    return Task(
        "look",
        icon="clock-history",
        title=_("%(n)s đăng ký quá hạn chờ xét", n=late),
        detail=_("Nhận, xếp chờ hoặc không nhận; đơn vị được trả lời qua thư."),
        url=url_for("desk_registrations.late", slug=event.slug),
        action=_("Quyết định"),
    )


def _forms(event: Event, forms: Mapping[str, int]) -> Task | None:
    if not forms["doubtful"]:
        return None
    return Task(
        "look",
        icon="file-earmark-check",
        title=_("%(n)s bản ký cần xem", n=forms["doubtful"]),
        detail=_("Không đọc được mã vuông: đối chiếu ảnh với đăng ký rồi duyệt."),
        url=url_for("signed_forms.index", slug=event.slug),
        action=_("Đối chiếu"),
    )


def _same_person(event: Event) -> Task | None:
    page = registration_page(event, RegistrationFilter(flag="same_person", sort="person", size=25))
    if not page.total:
        return None
    people = {row.registration.person_key for row in page.rows}
    first = next(iter(row.registration.person_key for row in page.rows))
    names = [
        row.participation.short_name for row in page.rows if row.registration.person_key == first
    ]
    detail = (
        _("%(first)s và %(second)s", first=names[0], second=names[1])
        if len(names) >= NAMES_SHOWN
        else names[0]
    )
    return Task(
        "look",
        icon="people-fill",
        title=_("%(n)s người đứng tên hai đơn vị", n=len(people)),
        detail=detail,
        url=url_for("desk_registrations.index", slug=event.slug, flag="same_person"),
        action=_("Quyết định"),
    )


def _not_leader(event: Event) -> Task | None:
    page = registration_page(event, RegistrationFilter(flag="not_leader", size=25))
    if not page.total:
        return None
    row = page.rows[0]
    return Task(
        "look",
        icon="exclamation-triangle-fill",
        title=_("%(n)s chức vụ cần xem", n=page.total),
        detail=f"{row.participation.short_name}: {row.registration.position}",
        url=url_for("desk_registrations.index", slug=event.slug, flag="not_leader"),
        action=_("Xem"),
    )


def _links(event: Event, facts: LinkFacts) -> list[Task]:
    found = []
    if facts.without_address:
        found.append(
            Task(
                "look",
                icon="envelope-exclamation",
                title=_("%(n)s đơn vị chưa có địa chỉ thư", n=facts.without_address),
                detail=_("Ghi địa chỉ vào danh bạ rồi mới gửi đường dẫn được."),
                url=url_for("overview.missing", slug=event.slug, mail="none"),
                action=_("Xem"),
            )
        )
    if facts.unsent and event.state == EventState.OPEN:
        found.append(
            Task(
                "waiting",
                icon="send",
                title=_("%(n)s đơn vị chưa được gửi đường dẫn", n=facts.unsent),
                detail=_("Chưa có đường dẫn riêng thì đơn vị chưa đăng ký được."),
                url=url_for("reminders.preview", slug=event.slug, kind="call"),
                action=_("Gửi"),
            )
        )
    return found
