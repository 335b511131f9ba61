"""The desk's page of attendance sheets: choose, print, have an earlier printing again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_manage
from app.documents.participant_list import MEDIA_TYPES
from app.documents.queries import delegates
from app.events.models import Event
from app.events.queries import event_for
from app.hall_papers.sheet_forms import PDF, SheetForm
from app.hall_papers.sheets import keep, lay_out, sheet_file, sheet_lines, sheet_of, sheet_pdf
from app.printing.errors import PrintingError
from app.printing.press import PressRefused

BASE = "/desk/events/<slug>/sheets"
NAME = "Danh-sach-diem-danh"


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get(BASE, endpoint="sheets")(sheets)
    blueprint.post(BASE, endpoint="make_sheet")(make_sheet)
    blueprint.get(f"{BASE}/<int:sheet_id>.pdf", endpoint="sheet_file")(sheet_again)


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


def _page(event: Event, form: SheetForm, problems: tuple[str, ...] = ()) -> str:
    return render_template(
        "hall_papers/sheets.html",
        event=event,
        form=form,
        problems=list(problems),
        people=len(delegates(event.id)),
        lines=sheet_lines(event),
    )


@requires(can_manage)
def sheets(slug: str) -> str:
    event = _event(slug)
    return _page(event, SheetForm(formdata=None).for_event(event))


@requires(can_manage)
def make_sheet(slug: str) -> ResponseReturnValue:
    """A PDF is kept, because it comes back; Word and Excel are answered at once."""
    event = _event(slug)
    form = SheetForm().for_event(event)
    if not form.validate_on_submit():
        return _page(event, form), 422
    try:
        if form.file_format.data != PDF:
            return _file(event, form)
        laid = lay_out(event, form.chosen, form.options)
    except (PrintingError, PressRefused) as error:
        if error.status != 422:
            raise
        return _page(event, form, (str(error),)), 422
    with unit_of_work():
        sheet = keep(laid, by=current_actor(), now=now())
        number, sheet_id = len(laid.pages), sheet.id
    words = ngettext("Đã lập bản in %(num)s trang.", "Đã lập bản in %(num)s trang.", number)
    flash(words, "done")
    return redirect(url_for("hall_papers.sheets", slug=slug, _anchor=f"sheet-{sheet_id}"), 303)


def _file(event: Event, form: SheetForm) -> Response:
    file_format = form.file_format.data
    content = sheet_file(event, form.chosen, form.options, file_format)
    return Response(
        content,
        mimetype=MEDIA_TYPES[file_format],
        headers={
            "Content-Disposition": f'attachment; filename="{NAME}-{event.slug}.{file_format}"'
        },
    )


@requires(can_manage)
def sheet_again(slug: str, sheet_id: int) -> Response:
    """The paper as it was made, to print it again or to look something up."""
    event = _event(slug)
    sheet = sheet_of(event, sheet_id)
    return Response(
        sheet_pdf(sheet),
        mimetype=MEDIA_TYPES[PDF],
        headers={
            "Content-Disposition": f'inline; filename="{NAME}-{event.slug}-{sheet.id}.pdf"',
        },
    )
