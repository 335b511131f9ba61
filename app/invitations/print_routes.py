"""The print run: one PDF of the letters, labels, envelopes, and the note that they are printed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.core.policies import can_manage
from app.invitations import print_run as runs
from app.invitations.letter_files import outgoing_pdf, real_file
from app.invitations.letters import from_content, letters_pdf
from app.invitations.models import Invitation
from app.invitations.print_run import PrintLine
from app.invitations.routes import blueprint, desk_event, pdf_answer
from app.printing.compiler import join_pdfs
from app.printing.labels import ENVELOPES, SHEETS

BASE = "/desk/events/<slug>/invitations/print"


@blueprint.get(BASE)
@requires(can_manage)
def print_run(slug: str) -> str:
    event = desk_event(slug)
    lines = runs.print_lines(event)
    choice = _choice()
    chosen = runs.chosen_lines(lines, choice)
    return render_template(
        "invitations/print.html",
        event=event,
        which=choice,
        choices={name: len(runs.chosen_lines(lines, name)) for name in runs.CHOICES},
        chosen=chosen,
        letter_ids=",".join(str(one.letter.id) for one in chosen),
        sheets=SHEETS,
    )


def _choice() -> str:
    choice = request.args.get("which", runs.WITHOUT_ADDRESS)
    return choice if choice in runs.CHOICES else runs.WITHOUT_ADDRESS


def _letters(letters: list[Invitation]) -> bytes:
    """Signed files where there are some, else our own printing, in one run when none is."""
    if not any(map(real_file, letters)):
        return letters_pdf([from_content(one.content) for one in letters])
    return join_pdfs([outgoing_pdf(one) for one in letters])


@blueprint.get(f"{BASE}/<any(letters,labels,envelopes):what>.pdf")
@requires(can_manage)
def print_file(slug: str, what: str) -> ResponseReturnValue:
    """Of the letters chosen by ``which``; ``sheet`` and ``first`` (from 1) for labels, ``size``
    for envelopes."""
    event = desk_event(slug)
    lines = runs.chosen_lines(runs.print_lines(event), _choice())
    if not lines:
        raise NotFound(_("Không có giấy mời nào để in."))
    if what == "letters":
        return pdf_answer(_letters([one.letter for one in lines]), f"Giay-moi-{event.slug}.pdf")
    if what == "labels":
        return _labels(event, lines)
    size = request.args.get("size", "dl")
    if size not in ENVELOPES:
        raise NotFound()
    return pdf_answer(runs.envelopes(event, lines, size), f"Phong-bi-{event.slug}.pdf")


def _labels(event: Any, lines: list[PrintLine]) -> ResponseReturnValue:
    sheet = request.args.get("sheet", "24")
    first = request.args.get("first", 1, type=int)
    if sheet not in SHEETS:
        raise NotFound()
    if not 1 <= first <= SHEETS[sheet].labels:
        flash(
            _("Tờ này có %(n)s nhãn. Hãy nhập số từ 1 đến %(n)s.", n=SHEETS[sheet].labels), "stop"
        )
        url = url_for("invitations.print_run", slug=event.slug, which=_choice())
        return redirect(url, 303)
    content = runs.labels(event, lines, sheet, first - 1)
    return pdf_answer(content, f"Nhan-dia-chi-{event.slug}.pdf")


@blueprint.post(f"{BASE}/done")
@requires(can_manage)
def print_done(slug: str) -> ResponseReturnValue:
    """Exactly the letters that the page listed, whatever was sent meanwhile."""
    event = desk_event(slug)
    given = request.form.get("letters", "").split(",")
    ids = [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 10]
    with unit_of_work():
        count = runs.mark_printed(event, ids, by=current_actor(), now=now())
    words = ngettext("Đã ghi: đã in %(num)s giấy mời.", "Đã ghi: đã in %(num)s giấy mời.", count)
    flash(words, "done" if count else "look")
    return redirect(
        url_for("invitations.print_run", slug=slug, which=request.form.get("which")), 303
    )
