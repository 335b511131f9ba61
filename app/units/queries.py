"""The register as the desk searches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.core.errors import NotFound
from app.core.vietnamese import fold
from app.extensions import db
from app.units.models import Unit

SORTS = {"name": Unit.sort_key, "code": Unit.code, "district": Unit.district, "kind": Unit.kind}
PER_PAGE = 50


@dataclass(frozen=True)
class UnitFilter:
    q: str = ""
    kind: str = ""
    district: str = ""
    sort: str = "code"
    page: int = 1

    @classmethod
    def of(cls, args: dict[str, str]) -> UnitFilter:
        page = args.get("page", "1")
        return cls(
            q=args.get("q", "").strip()[:200],
            kind=args.get("kind", ""),
            district=args.get("district", ""),
            sort=args.get("sort", "code"),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,
        )


def _filtered(chosen: UnitFilter) -> Select[Unit]:
    query = select(Unit)
    if chosen.q:
        query = query.where(Unit.search.contains(fold(chosen.q), autoescape=True))
    if chosen.kind:
        query = query.where(Unit.kind == chosen.kind)
    if chosen.district:
        query = query.where(Unit.district == chosen.district)
    return query


def units_page(chosen: UnitFilter) -> tuple[Sequence[Unit], int]:
    """(the page's units, how many there are in all)."""
    query = _filtered(chosen)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    column = SORTS.get(chosen.sort.removeprefix("-"), Unit.code)
    order = column.desc() if chosen.sort.startswith("-") else column
    rows = db.session.scalars(
        query.order_by(order, Unit.id).limit(PER_PAGE).offset((chosen.page - 1) * PER_PAGE)
    ).all()
    return rows, total


def all_units(chosen: UnitFilter) -> Sequence[Unit]:
    return db.session.scalars(_filtered(chosen).order_by(Unit.id)).all()


def get_unit(unit_id: int) -> Unit:
    unit = db.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound()
    return unit
