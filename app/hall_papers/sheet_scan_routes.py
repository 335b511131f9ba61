"""The desk's pages of signed sheets that came back: send in, look through, confirm."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage
from app.core.uploads import takes_upload
from app.events.models import Event
from app.events.queries import event_for
from app.hall_papers.models import SheetScan
from app.hall_papers.sheet_intake import keep_file, known_upload, read_file
from app.hall_papers.sheet_review import (
    CellLine,
    StillDoubtful,
    cell_lines,
    confirm,
    discard,
    scan_of,
    walk_in_rows,
)
from app.hall_papers.sheet_rules import Problem, ScanState, Verdict
from app.hall_papers.sheet_scan_queries import (
    confirmed_twin,
    missing_pages,
    next_to_review,
    scan_lines,
)

BASE = "/desk/events/<slug>/sheets/scans"
MOST_BYTES = 60 * 1024 * 1024
MOST_FILES = 20


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get(BASE, endpoint="sheet_scans")(index)
    blueprint.post(BASE, endpoint="send_sheets")(send)
    blueprint.get(f"{BASE}/<int:scan_id>", endpoint="sheet_scan")(review)
    blueprint.post(f"{BASE}/<int:scan_id>", endpoint="confirm_sheet")(confirm_page)
    blueprint.post(f"{BASE}/<int:scan_id>/discard", endpoint="discard_sheet")(discard_page)
    blueprint.get(f"{BASE}/<int:scan_id>.jpg", endpoint="sheet_picture")(picture)


def problem_words(problem: str | None) -> str:
    """What is wrong with a page, and what to do."""
    words = {
        Problem.NO_CODE: _(
            "Không đọc được mã vuông ở chân trang. Hãy chụp lại cả trang, đủ bốn góc, đủ sáng."
        ),
        Problem.OTHER_EVENT: _("Trang này là danh sách của sự kiện khác. Hãy chọn đúng tệp."),
        Problem.TWO_PAGES: _("Trong ảnh có hai trang. Hãy chụp từng trang một."),
        Problem.MARKS: _(
            "Các ô đen ở góc trang bị che hoặc bị cắt. Hãy chụp lại đủ bốn góc, trải phẳng giấy."
        ),
        Problem.DAMAGED: _("Không mở được ảnh của trang này. Hãy chụp lại."),
    }
    return words[Problem(problem)] if problem else ""


def _too_big(size: int) -> str:
    megabytes = -(-size // 1024**2)
    return _(
        "Các tệp nặng %(size)s MB, mỗi lần tối đa 60 MB. Hãy gửi ít trang hơn.", size=megabytes
    )


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


@requires(can_manage)
def index(slug: str) -> str:
    return _index(_event(slug))


def _index(event: Event, refusals: tuple[str, ...] = ()) -> str:
    lines = scan_lines(event)
    return render_template(
        "hall_papers/sheet_scans.html",
        event=event,
        lines=lines,
        refusals=list(refusals),
        problem_words=problem_words,
        missing=missing_pages(event, lines),
        to_review=next((one.scan for one in lines if one.scan.state == ScanState.TO_REVIEW), None),
    )


@requires(can_manage)
@takes_upload(MOST_BYTES, _too_big)
def send(slug: str) -> ResponseReturnValue:
    """Several files at once; each is read by itself, a bad one stops no other."""
    event = _event(slug)
    files = [one for one in request.files.getlist("file") if one.filename]
    if not files:
        sentence = _("Chưa chọn ảnh hay tệp nào. Hãy quét hoặc chụp danh sách đã ký rồi chọn tệp.")
        return _index(event, (sentence,)), 422
    if len(files) > MOST_FILES:
        sentence = _("Mỗi lần gửi tối đa %(most)s tệp. Hãy gửi làm nhiều lần.", most=MOST_FILES)
        return _index(event, (sentence,)), 422
    refusals, taken = [], 0
    for file in files:
        name = (file.filename or "")[-80:]
        try:
            taken += _take(slug, name, file.read())
        except DomainError as refusal:
            if refusal.status == 404:
                raise
            refusals.append(f"{name}: {refusal.message}")
    if taken:
        words = ngettext("Đã đọc %(num)s trang.", "Đã đọc %(num)s trang.", taken)
        flash(words, "done")
    if refusals:
        return _index(_event(slug), tuple(refusals)), 422
    return redirect(url_for("hall_papers.sheet_scans", slug=slug), 303)


class SameFile(DomainError):
    status = 409


def _take(slug: str, name: str, content: bytes) -> int:
    """One file: read outside the unit of work, kept inside. → pages. Raises DomainError."""
    event = _event(slug)
    _ensure_new(event, sha256(content).hexdigest())  # before the long reading, and after it
    found = read_file(event, content)
    with unit_of_work():
        event = _event(slug)
        _ensure_new(event, found.sha256)
        keep_file(event, found, filename=name, by=current_actor(), now=now())
    return len(found.pages)


def _ensure_new(event: Event, digest: str) -> None:
    if known_upload(event, digest):
        raise SameFile(_("tệp này đã gửi trước đó, không thêm gì."))


# ---------------------------------------------------------------- one page


@requires(can_manage)
def review(slug: str, scan_id: int) -> str:
    event = _event(slug)
    return _review(event, scan_of(event, scan_id))


def _review(
    event: Event, scan: SheetScan, chosen: dict[int, str] | None = None, refusal: str = ""
) -> str:
    lines = cell_lines(scan)
    return render_template(
        "hall_papers/sheet_scan.html",
        event=event,
        scan=scan,
        lines=lines,
        rows=[cells for cells in _rows(lines) if cells[0].registration_id],
        sheet_sessions=scan.page.sheet.session_ids if scan.page else [],
        doubtful=[one for one in lines if one.registration_id and one.verdict == Verdict.DOUBTFUL],
        walk_ins=walk_in_rows(scan, lines),
        chosen=chosen or {},
        refusal=refusal,
        problem=problem_words(scan.problem),
        sessions={one.id: one.name for one in event.sessions},
        twin=confirmed_twin(scan),
    )


def _rows(lines: list[CellLine]) -> list[list[CellLine]]:
    """Cells of one person together, in the paper's order."""
    rows: dict[tuple[int, int | None], list[CellLine]] = {}
    for line in lines:
        rows.setdefault((line.number, line.registration_id), []).append(line)
    return list(rows.values())


@requires(can_manage)
def confirm_page(slug: str, scan_id: int) -> ResponseReturnValue:
    chosen = _decisions()
    try:
        with unit_of_work():
            event = _event(slug)
            scan = scan_of(event, scan_id, lock=True)
            made = confirm(scan, chosen, by=current_actor(), now=now())
    except StillDoubtful as refusal:
        event = _event(slug)
        return _review(event, scan_of(event, scan_id), chosen, str(refusal.message)), 422
    flash(
        ngettext("Đã ghi thêm %(num)s lượt có mặt.", "Đã ghi thêm %(num)s lượt có mặt.", made),
        "done",
    )
    following = next_to_review(event.id)
    if following is not None:
        return redirect(url_for("hall_papers.sheet_scan", slug=slug, scan_id=following), 303)
    return redirect(url_for("hall_papers.sheet_scans", slug=slug), 303)


def _decisions() -> dict[int, str]:
    """``cell-<index>``: signed or empty; anything else is not said."""
    words: dict[int, str] = {}
    for name, value in request.form.items():
        index = name.removeprefix("cell-")
        if name != index and index.isdigit() and len(index) < 6:
            if value in (Verdict.SIGNED, Verdict.EMPTY):
                words[int(index)] = value
    return words


@requires(can_manage)
def discard_page(slug: str, scan_id: int) -> ResponseReturnValue:
    with unit_of_work():
        discard(scan_of(_event(slug), scan_id, lock=True), by=current_actor(), now=now())
    flash(_("Đã bỏ trang. Không ghi gì từ trang này."), "done")
    return redirect(url_for("hall_papers.sheet_scans", slug=slug), 303)


@requires(can_manage)
def picture(slug: str, scan_id: int) -> Response:
    """Our own JPEG, never what was sent; kept by this browser only."""
    scan = scan_of(_event(slug), scan_id)
    answer = Response(
        scan.picture,
        mimetype="image/jpeg",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer
