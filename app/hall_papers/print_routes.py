"""The desk's page of badges, name plates, labels, posters: choose, look at the first sheet, print.

Looking notes nothing; the file is sent for, and that is noted.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage
from app.core.vietnamese import fold
from app.documents.participant_list import MEDIA_TYPES
from app.events.models import Event
from app.events.queries import event_for
from app.hall_papers.models import HallPrint
from app.hall_papers.print_forms import PrintForm
from app.hall_papers.print_rules import KIND_WORDS, LAYOUTS, POSTER, SEAT
from app.hall_papers.prints import (
    MOST_PRINTS,
    NEW,
    PICKED,
    Person,
    PrintChoice,
    Prints,
    first_sheet_png,
    note_print,
    print_pdf,
    read_prints,
)

BASE = "/desk/events/<slug>/prints"
FILE_NAMES = {"badge": "The-dai-bieu", "plate": "Bien-ten", "label": "Nhan-ma-vuong",
              "seat": "Nhan-ghe", "poster": "Bien-chi-duong"}  # fmt: skip
MOST_PICKED, MOST_LISTED = 500, 200


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get(BASE, endpoint="prints")(prints_page)
    blueprint.post(BASE, endpoint="print_paper")(print_paper)


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


def _picked(values: MultiDict[str, str]) -> tuple[int, ...]:
    """The people ticked: a few hundred at most, the rest is done by groups."""
    given = values.getlist("ids")[:MOST_PICKED]
    return tuple(int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 10)


@requires(can_manage)
def prints_page(slug: str) -> str:
    prints = read_prints(_event(slug))
    form = PrintForm(request.args, meta={"csrf": False}).for_prints(prints)
    if SEAT == form.kind.data and "layout" not in request.args:
        form.named.data = True
    choice = form.choice(_picked(request.args))
    people = prints.chosen(choice)
    picture, problem = None, ""
    if form.validate():
        picture, problem = _picture(prints.event, choice, people)
    return _page(prints, form, choice, people, picture, problem)


def _picture(
    event: Event, choice: PrintChoice, people: list[Person]
) -> tuple[str | None, str]:  # fmt: skip
    """(first sheet as a data address, "") or (None, why there is none)."""
    if not people and choice.kind != POSTER and not choice.in_row:
        return None, ""
    try:
        png = first_sheet_png(event, choice, people)
    except DomainError as refusal:
        if refusal.status != 422:
            raise
        return None, str(refusal)
    return "data:image/png;base64," + b64encode(png).decode(), ""


def _page(
    prints: Prints,
    form: PrintForm,
    choice: PrintChoice,
    people: list[Person],
    picture: str | None = None,
    problem: str = "",
) -> str:
    return render_template(
        "hall_papers/prints.html",
        event=prints.event,
        form=form,
        wanted=choice,
        count=len(people),
        picture=picture,
        problems=[problem] if problem else [],
        kinds=KIND_WORDS,
        offers=_offers(prints, choice) if choice.who == PICKED else None,
        lines=_lines(prints),
        nobody=_nobody(prints, choice),
    )


def _nobody(prints: Prints, choice: PrintChoice) -> str:
    if not prints.people:
        return _("Chưa có ai đã có chỗ và có tên.")
    if choice.who == NEW:
        return _("Không có ai mới hoặc có thay đổi từ lần in trước.")
    if choice.who == PICKED:
        return _("Chưa chọn ai. Hãy đánh dấu những người cần in rồi bấm Xem tờ đầu.")
    return _("Không còn ai trong lựa chọn này.")


@dataclass(frozen=True)
class Offers:
    """People to tick: those ticked first, then those found; ``more``: not shown."""

    rows: list[tuple[Person, bool]]
    more: int
    query: str


def _offers(prints: Prints, choice: PrintChoice) -> Offers:
    query = request.args.get("q", "")[:80]
    ticked, folded = set(choice.picked), fold(query)
    found = [
        one
        for one in prints.people
        if one.id not in ticked and folded in fold(f"{one.row.full_name} {one.row.unit}")
    ]
    rows = [(one, True) for one in prints.people if one.id in ticked]
    rows += [(one, False) for one in found[:MOST_LISTED]]
    return Offers(rows, max(len(found) - MOST_LISTED, 0), query)


@dataclass(frozen=True)
class PrintLine:
    """A printing in the list of them; ``number``: counted from the event's first."""

    number: int
    note: HallPrint
    kind: str
    layout: str


def _lines(prints: Prints) -> list[PrintLine]:
    """The latest first."""
    return [
        PrintLine(
            number, one, str(KIND_WORDS[one.kind]), str(LAYOUTS[one.kind].get(one.layout, ""))
        )
        for number, one in enumerate(prints.prints, start=1)
    ][: -MOST_PRINTS - 1 : -1]


@requires(can_manage)
def print_paper(slug: str) -> ResponseReturnValue:
    """The whole paper, and the note that it was printed: by whom, for whom."""
    prints = read_prints(_event(slug))
    form = PrintForm().for_prints(prints)
    choice = form.choice(_picked(request.form))
    people = prints.chosen(choice) if choice.kind != POSTER else []
    if not form.validate_on_submit():
        return _page(prints, form, choice, people), 422
    try:
        content = print_pdf(prints.event, choice, people)
    except DomainError as refusal:
        if refusal.status != 422:
            raise
        return _page(prints, form, choice, people, None, str(refusal)), 422
    with unit_of_work():
        noted = people if choice.named else []
        note_print(prints.event, choice, noted, by=current_actor(), now=now())
    name = f"{FILE_NAMES[choice.kind]}-{prints.event.slug}.pdf"
    return Response(
        content,
        mimetype=MEDIA_TYPES["pdf"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
