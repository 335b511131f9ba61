"""People invited for themselves, without a unit of the register (P20, P35): kinds, words, order.

A guest's participation has no unit; its kind is one of `GuestKind`, its name the organisation.
Guests come on top of the plan's seats (P17 counts the units' delegates) and sit within the hall's:
their seats are a pool of their own that grows with them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.units.rules import GROUPS, KIND_LABELS, UnitGroup, UnitKind
from app.units.rules import group_of as unit_group_of
from app.units.rules import kind_order as unit_kind_order

GUEST_POOL = "Khách mời"  # stored


class GuestKind(StrEnum):
    GUEST = "guest"
    PRESENTER = "presenter"
    ORGANISER = "organiser"


GUEST_LABELS: dict[GuestKind, Any] = {
    GuestKind.GUEST: _l("Khách mời"),
    GuestKind.PRESENTER: _l("Báo cáo viên"),
    GuestKind.ORGANISER: _l("Ban Tổ chức"),
}
_GUESTS = UnitGroup("guests", "Khách mời, báo cáo viên", (GuestKind.GUEST, GuestKind.PRESENTER))
_ORGANISERS = UnitGroup("organisers", "Ban Tổ chức", (GuestKind.ORGANISER,))
#: Groups of the participant list: guests first (P35; leading rank comes before the alphabet,
#: domain.md 2.2), then the plan's Thành phần, the organisers last.
LIST_GROUPS: tuple[UnitGroup, ...] = (_GUESTS, *GROUPS, _ORGANISERS)


def is_guest(kind: str) -> bool:
    return kind in list(GuestKind)


def is_guest_pool(kinds: Collection[str]) -> bool:
    """Whether seats for these kinds are the guests', outside the plan's number."""
    return bool(kinds) and all(is_guest(kind) for kind in kinds)


def kind_label(kind: str) -> str:
    """The word for a kind of unit or guest; an unknown one as it is."""
    if kind in list(UnitKind):
        return str(KIND_LABELS[UnitKind(kind)])
    return str(GUEST_LABELS[GuestKind(kind)]) if is_guest(kind) else kind


def kind_order(kind: str) -> int:
    """The plan's kinds in their order, then guests."""
    guests = list(GuestKind)
    return (
        len(UnitKind) + guests.index(GuestKind(kind)) if is_guest(kind) else unit_kind_order(kind)
    )


def list_group(kind: str) -> UnitGroup:
    """The group of the participant list."""
    return next((one for one in LIST_GROUPS if kind in one.kinds), unit_group_of(kind))
