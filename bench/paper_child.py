"""`python -m bench.paper_child what slug repeats`: makes one paper, prints its figures as JSON."""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app import create_app
from app.core.access import SYSTEM
from app.core.clock import real_now
from app.core.database import unit_of_work
from app.documents.participant_list import ListOptions, list_file
from app.events.form_paper import form_file
from app.events.models import Event
from app.extensions import db
from app.hall_papers.prints import PrintChoice, print_pdf, read_prints
from app.hall_papers.sheet_content import SheetOptions
from app.hall_papers.sheets import keep, lay_out, sheet_pdf
from app.invitations.letters import letters_pdf, make_letter
from app.invitations.queries import addressed
from app.printing.makers import warm
from app.printing.press import open_press
from app.registration.models import Registration
from app.unit_pages.form_choices import FormChoices
from app.unit_pages.form_papers import filled_form
from config import Settings


def main(what: str, slug: str, repeats: int) -> None:
    app = create_app(Settings.from_env())
    warm()  # as the helper that makes papers
    if what == "sheet":
        open_press(app)  # as in a web process: long sheets are made in runs, a process each
    with app.app_context():
        event = db.session.query(Event).filter_by(slug=slug).one()
        event_id, count = event.id, event.planned_seats
        start = peak_mb()
        make, floor = {
            "xlsx": (lambda: participant_list(event_id, "xlsx"), lambda: plain_xlsx(count)),
            "pdf": (lambda: participant_list(event_id, "pdf"), lambda: empty_pdf(count // 30 + 1)),
            "sheet": (lambda: attendance_sheet(event_id), lambda: empty_pdf(count // 18 + 1)),
            "badges": (lambda: badges(event_id), lambda: empty_pdf(count // 8 + 1)),
            "letters": (lambda: letters(event_id), lambda: empty_pdf(count)),
            "form-docx": (lambda: form(event_id, "docx"), plain_docx),
            "form-pdf": (lambda: form(event_id, "pdf"), lambda: empty_pdf(1)),
        }[what]
        times = []
        peak = start
        for _ in range(repeats):
            times.append(seconds(make))
            peak = peak_mb()
        floors = [seconds(floor) for _ in range(repeats)]
    answer = {
        "seconds": statistics.median(times),
        "floor": statistics.median(floors),
        "peak_mb": peak,
        "start_mb": start,
    }
    print(json.dumps(answer))


def seconds(work: Callable[[], object]) -> float:
    db.session.remove()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mb() -> float:
    """Of this process only: getrusage would begin with the size of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def participant_list(event_id: int, file_format: str) -> bytes:
    return list_file(db.session.get_one(Event, event_id), file_format, ListOptions())


def letters(event_id: int) -> bytes:
    event = db.session.get_one(Event, event_id)
    return letters_pdf(
        [
            make_letter(event, row.participation, row.registration)
            for row in addressed(event)
            if row.registration is not None
        ]
    )


def attendance_sheet(event_id: int) -> bytes:
    """From the choice of sessions to the file: laid out, kept with its pages, printed."""
    event = db.session.get_one(Event, event_id)
    laid = lay_out(event, event.sessions, SheetOptions())
    with unit_of_work():
        sheet = keep(laid, by=SYSTEM, now=real_now())
    return sheet_pdf(sheet)


def badges(event_id: int) -> bytes:
    """Eight a sheet for everybody, from the list's query to the file."""
    prints = read_prints(db.session.get_one(Event, event_id))
    choice = PrintChoice("badge", "a7-8")
    return print_pdf(prints.event, choice, prints.chosen(choice))


def form(event_id: int, file_format: str) -> bytes:
    """One unit's form, from the database's rows to the file."""
    entry = db.session.query(Registration).filter_by(event_id=event_id).first()
    if entry is None:
        raise LookupError("nobody is registered")
    return form_file(filled_form(entry.participation, entry, FormChoices()), file_format)


def plain_docx() -> bytes:
    """One line by python-docx, in its own template."""
    import docx

    document = docx.Document()
    document.add_paragraph("DANH SÁCH")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def plain_xlsx(rows: int) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(rows):
        sheet.append([number, "Nguyễn Thị An Ánh", "Trường THPT Thử", "Phó Hiệu trưởng", ""])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def empty_pdf(pages: int) -> bytes:
    import typst

    source = '#set page(paper: "a4")\n' + "#pagebreak()\n" * (pages - 1)
    pdf = typst.compile(source.encode(), format="pdf")
    if not isinstance(pdf, bytes):
        raise TypeError("one PDF was expected")
    return pdf


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
