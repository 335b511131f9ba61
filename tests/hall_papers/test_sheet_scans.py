"""Signed sheets that come back: known by their code, settled by a person, written once.

The same people give the same paper, byte for byte: its pictures are drawn, signed and read once,
and what was read is given its page of this test's own database.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.models import Presence
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, SheetScan
from app.hall_papers.sheet_content import SheetOptions
from app.hall_papers.sheet_intake import FileFound, keep_file, known_upload, read_file, sheet_shape
from app.hall_papers.sheet_review import (
    NotToReview,
    StillDoubtful,
    cell_lines,
    confirm,
    discard,
    scan_of,
    walk_in_rows,
)
from app.hall_papers.sheets import make_sheet, sheet_pdf
from app.printing.nd30 import SHEET
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace as replace_delegate
from app.registration.services import withdraw
from app.scans.reading import ScanRefused
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event
from tests.factories.queries import counted_queries
from tests.factories.registration import fill
from tests.factories.signed_sheets import EMPTY, SIGNED, boxes_of, rendered, sign, spoil
from tests.factories.units import words_of


@dataclass(frozen=True)
class Printed:
    """A sheet of 24 people, two sessions, as it is printed."""

    event: Event
    sheet: AttendanceSheet
    pdf: bytes

    @property
    def pages(self) -> Sequence[Image.Image]:
        return pictures(self.pdf)


@pytest.fixture
def printed(app: Flask, frozen_clock: FrozenClock) -> Printed:
    event = make_event(seats=30, units=24)
    fill(event, 24)
    return print_sheet(event)


def print_sheet(event: Event) -> Printed:
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        sheet = make_sheet(found, found.sessions, SheetOptions(), by=DESK, now=now())
    return Printed(event, sheet, sheet_pdf(sheet))


@cache
def pictures(pdf: bytes) -> tuple[Image.Image, ...]:
    return tuple(rendered(pdf))


def signed(printed: Printed, page: int = 0, *, seed: int = 1, kind: str = "flatbed") -> tuple:
    """(JPEG of a signed page, what is in each cell of it)."""
    cells = boxes_of(
        {"rows": printed.sheet.pages[page].rows, "columns": printed.sheet.pages[page].columns}
    )
    return signed_picture(printed.pdf, page, cells, seed, kind)


@cache
def signed_picture(pdf: bytes, page: int, cells: tuple, seed: int, kind: str) -> tuple:
    picture, truth = sign(pictures(pdf)[page], cells, seed=seed)
    return spoil(picture, seed=seed, kind=kind), truth


READ: dict[tuple[bytes, bytes], tuple[FileFound, list[int | None]]] = {}


def found_in(printed: Printed, content: bytes) -> FileFound:
    """As `read_file` finds it; the reader itself is asked once for each picture of a paper."""
    key = (printed.pdf, content)
    if key not in READ:
        found = read_file(printed.event, content)
        READ[key] = found, [one.page and one.page.number for one in found.pages]
    found, numbers = READ[key]
    pages = {None: None, **{one.number: one for one in printed.sheet.pages}}
    ours = zip(found.pages, numbers, strict=True)
    return replace(found, pages=[replace(one, page=pages[number]) for one, number in ours])


def keep(event: Event, found: FileFound, name: str = "scan.jpg") -> list[SheetScan]:
    with unit_of_work():
        return keep_file(event, found, filename=name, by=DESK, now=now())


def as_signed(scan: SheetScan, truth: tuple) -> dict[int, str]:
    """Every cell told by a person, as it really is."""
    return {place: SIGNED if one == SIGNED else EMPTY for place, one in enumerate(truth)}


def presences() -> set[tuple[int, int, str]]:
    standing = select(Presence).where(Presence.undone_at.is_(None))
    return {(one.registration_id, one.session_id, one.how) for one in db.session.scalars(standing)}


def test_the_shape_is_the_one_that_is_printed() -> None:
    shape = sheet_shape()
    assert shape.marks == ((10.5, 10.5), (199.5, 10.5), (10.5, 286.5), (199.5, 286.5))
    assert (shape.size, shape.mark_side) == ((210, 297), SHEET["mark_size"])


def test_a_signed_page_becomes_presences_once_a_person_says_so(printed: Printed) -> None:
    content, truth = signed(printed)
    [scan] = keep(printed.event, found_in(printed, content))
    assert (scan.state, scan.problem, scan.page.number) == ("to_review", None, 1)
    told = [one["verdict"] for one in scan.findings if one["id"] is not None]
    wrong = [(t, v) for t, v in zip(truth, told, strict=False) if {t, v} == {SIGNED, EMPTY}]
    assert wrong == []
    assert presences() == set()
    with unit_of_work():
        scan = scan_of(printed.event, scan.id, lock=True)
        made = confirm(scan, as_signed(scan, truth), by=DESK, now=now())
    page = printed.sheet.pages[0]
    keys = [(row["id"], column["session"]) for row in page.rows for column in page.columns]
    wanted = {(*key, "paper") for key, one in zip(keys, truth, strict=False) if one == SIGNED}
    assert presences() == wanted
    assert made == len(wanted)
    entries = db.session.scalars(select(AuditEntry)).all()
    arrived = [one.after for one in entries if one.action == "checkin.arrived"]
    assert len(arrived) == len(wanted)
    assert {one["session"] for one in arrived} == {one.name for one in printed.event.sessions}
    assert {"sheet.scanned", "sheet.confirmed"} <= {one.action for one in entries}


def test_the_same_page_twice_adds_nothing(printed: Printed) -> None:
    for kind in ("flatbed", "photo"):
        content, truth = signed(printed, kind=kind)
        [scan] = keep(printed.event, found_in(printed, content))
        with unit_of_work():
            scan = scan_of(printed.event, scan.id, lock=True)
            made = confirm(scan, as_signed(scan, truth), by=DESK, now=now())
    assert made == 0
    with pytest.raises(NotToReview), unit_of_work():
        confirm(scan_of(printed.event, scan.id, lock=True), {}, by=DESK, now=now())


def test_the_very_same_file_is_known(printed: Printed) -> None:
    content, _ = signed(printed)
    [scan] = keep(printed.event, found_in(printed, content))
    found = found_in(printed, content)
    assert known_upload(printed.event, found.sha256) == scan.upload
    with unit_of_work():
        discard(scan_of(printed.event, scan.id, lock=True), by=DESK, now=now())
    assert known_upload(printed.event, found.sha256) is None


def test_a_page_of_an_older_list_is_matched_by_its_people(printed: Printed) -> None:
    """One is replaced, one withdraws, others follow: everybody's row is still their own."""
    content, truth = signed(printed, seed=3)
    page = printed.sheet.pages[0]
    people = [row["id"] for row in page.rows if row["id"] is not None]
    with unit_of_work():
        gone = db.session.get_one(Registration, people[0])
        withdraw(gone, gone.participation, by=DESK, now=now())
        other = db.session.get_one(Registration, people[1])
        entry = Entry(full_name="Phạm Thu Hiên", position="Phó Hiệu trưởng")
        new = replace_delegate(other, other.participation, entry, by=DESK, now=now())
        new_id = new.registration.id
    print_sheet(printed.event)
    [scan] = keep(printed.event, found_in(printed, content))
    lines = cell_lines(scan)
    assert [line.seated for line in lines[:4]] == [False] * 4
    with unit_of_work():
        scan = scan_of(printed.event, scan.id, lock=True)
        everything = {line.index: SIGNED for line in lines}
        confirm(scan, everything, by=DESK, now=now())
    there = {registration for registration, _, _ in presences()}
    assert there == set(people[2:])
    assert new_id not in there


def test_doubtful_cells_must_be_settled(printed: Printed) -> None:
    content, truth = signed(printed)
    found = found_in(printed, content)
    cells = [dict(one) for one in found.pages[0].findings]
    cells[2]["verdict"] = "doubtful"
    [scan] = keep(printed.event, replace(found, pages=[replace(found.pages[0], findings=cells)]))
    with pytest.raises(StillDoubtful) as refusal, unit_of_work():
        confirm(scan_of(printed.event, scan.id, lock=True), {}, by=DESK, now=now())
    assert "Còn 1 ô" in str(refusal.value.message)
    assert presences() == set()


def test_pages_in_any_order_upside_down_and_some_missing(printed: Printed) -> None:
    pictures = []
    for page in reversed(range(len(printed.pages))):
        content, _ = signed(printed, page, seed=page)
        picture = Image.open(io.BytesIO(content))
        pictures.append(picture.rotate(180) if page == 0 else picture)
    target = io.BytesIO()
    pictures[0].save(target, "PDF", save_all=True, append_images=pictures[1:])
    found = read_file(printed.event, target.getvalue())
    numbers = [one.page.number for one in found.pages if one.page]
    assert numbers == list(range(len(printed.pages), 0, -1))


def test_what_is_no_page_of_ours_is_kept_with_its_reason(printed: Printed) -> None:
    white = Image.new("RGB", (1240, 1754), "white")
    target = io.BytesIO()
    white.save(target, "JPEG")
    found = read_file(printed.event, target.getvalue())
    assert [page.problem for page in found.pages] == ["no_code"]
    other = make_event(slug="khac", units=0)
    content, _ = signed(printed)
    [page] = read_file(other, content).pages
    assert page.problem == "other_event"
    [scan] = keep(printed.event, found)
    assert (scan.state, scan.page_id, scan.findings) == ("unread", None, [])


def test_two_pages_in_one_picture_are_refused(printed: Printed) -> None:
    assert len(printed.pages) > 1
    both = Image.new("RGB", (4200, 2970), "white")
    for place, picture in enumerate(printed.pages[:2]):
        both.paste(picture, (2100 * place, 0))
    target = io.BytesIO()
    both.save(target, "JPEG", quality=90)
    [page] = read_file(printed.event, target.getvalue()).pages
    assert page.problem == "two_pages"


def test_one_mark_may_be_covered_two_may_not(printed: Printed) -> None:
    content, truth = signed(printed, kind="thumb")
    [page] = read_file(printed.event, content).pages
    assert page.problem is None
    picture = printed.pages[0].copy()
    picture.paste("white", (0, 0, 2100, 150))  # the paper's upper edge is cut off
    [page] = read_file(printed.event, spoil(picture, seed=1, kind="flatbed")).pages
    assert page.problem == "marks"


def test_a_foreign_file_is_refused_in_words(printed: Printed) -> None:
    with pytest.raises(ScanRefused):
        read_file(printed.event, b"not a picture at all, but long enough to be looked at")


def test_another_events_page_is_not_there(printed: Printed) -> None:
    content, _ = signed(printed)
    [scan] = keep(printed.event, found_in(printed, content))
    with pytest.raises(NotFound):
        scan_of(make_event(slug="khac", units=0), scan.id)


# ---------------------------------------------------------------- pages


def test_the_desk_sends_looks_and_confirms(client: FlaskClient, printed: Printed) -> None:
    sign_in(client, make_account())
    base = f"/desk/events/{printed.event.slug}/sheets/scans"
    content, _ = signed(printed)
    answer = client.post(base, data={"file": [(io.BytesIO(content), "Trang 1.jpg")]})
    assert answer.status_code == 303
    scan_id = db.session.scalar(select(SheetScan.id))
    assert "Chờ xem lại" in client.get(base).text
    page = client.get(f"{base}/{scan_id}")
    assert page.status_code == 200
    assert client.get(f"{base}/{scan_id}.jpg").mimetype == "image/jpeg"
    again = client.post(base, data={"file": [(io.BytesIO(content), "Trang 1.jpg")]})
    assert again.status_code == 422
    assert "tệp này đã gửi trước đó" in again.text
    scan = db.session.get_one(SheetScan, scan_id)
    doubtful = {
        f"cell-{place}": "empty"
        for place, one in enumerate(scan.findings)
        if one["verdict"] == "doubtful"
    }
    assert client.post(f"{base}/{scan_id}", data=doubtful).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Presence)) > 10
    assert client.post(f"{base}/{scan_id}/discard").status_code == 409


def test_nothing_chosen_and_bad_files_are_said_in_words(
    client: FlaskClient, printed: Printed
) -> None:
    sign_in(client, make_account())
    base = f"/desk/events/{printed.event.slug}/sheets/scans"
    assert "Chưa chọn ảnh hay tệp nào" in client.post(base).text
    good, _ = signed(printed)
    files = [(io.BytesIO(b"PK\x03\x04 nothing"), "bad.zip"), (io.BytesIO(good), "good.jpg")]
    answer = client.post(base, data={"file": files})
    assert answer.status_code == 422
    assert "bad.zip" in answer.text
    assert db.session.scalar(select(func.count()).select_from(SheetScan)) == 1


def written_walk_in(scan: SheetScan, number: int, session: int, top: int) -> dict[str, object]:
    """A finding: a signature in one cell of a row for walk-ins."""
    return {"id": None, "tt": number, "session": session, "verdict": SIGNED, "score": 1.0,
            "box": [900, top, 160, 60], "decision": None}  # fmt: skip


def test_used_rows_of_walk_ins_are_shown_and_lead_to_the_door(
    client: FlaskClient, printed: Printed
) -> None:
    sign_in(client, make_account())
    content, _ = signed(printed)
    [scan] = keep(printed.event, found_in(printed, content))
    address = f"/desk/events/{printed.event.slug}/sheets/scans/{scan.id}"
    assert "bổ sung" not in words_of(client.get(address))
    morning, afternoon = (one.id for one in printed.event.sessions)
    with unit_of_work():
        scan = db.session.get_one(SheetScan, scan.id)
        scan.findings = [
            *scan.findings,
            written_walk_in(scan, 25, morning, 900),
            written_walk_in(scan, 25, afternoon, 902),
            written_walk_in(scan, 27, afternoon, 1040),
        ]
    page = client.get(address)
    assert "2 dòng ở phần đại biểu bổ sung có chữ." in words_of(page)
    assert "Hãy ghi những người này tại cửa" in words_of(page)
    door = f"/hall/{printed.event.slug}/door?session="
    assert page.text.count(f'href="{door}{morning}"') == 2  # the notice and row 25
    assert page.text.count(f'href="{door}{afternoon}"') == 2  # rows 25 and 27
    assert client.get(f"{door}{morning}").status_code == 200
    first, second = walk_in_rows(scan, cell_lines(scan))
    assert (first.number, first.session_ids) == (25, (morning, afternoon))
    left, top, width, height = first.crop
    assert 120 < left < 180 and left + width > 1140  # from the table's line to beyond its right
    assert top < 900 and top + height > 962
    assert (second.number, second.crop[1] > top) == (27, True)


def test_a_page_that_was_not_read_has_no_legend_of_cells(
    client: FlaskClient, printed: Printed
) -> None:
    sign_in(client, make_account())
    target = io.BytesIO()
    Image.new("RGB", (620, 877), "white").save(target, "JPEG")
    [scan] = keep(printed.event, read_file(printed.event, target.getvalue()))
    words = words_of(client.get(f"/desk/events/{printed.event.slug}/sheets/scans/{scan.id}"))
    assert "Không đọc được trang này" in words
    assert "Xanh: có ký" not in words


def test_too_many_files_are_refused_not_dropped(client: FlaskClient, printed: Printed) -> None:
    sign_in(client, make_account())
    base = f"/desk/events/{printed.event.slug}/sheets/scans"
    files = [(io.BytesIO(b"x"), f"{number}.jpg") for number in range(21)]
    answer = client.post(base, data={"file": files})
    assert answer.status_code == 422
    assert "Mỗi lần gửi tối đa 20 tệp" in answer.text


def test_the_list_takes_as_many_queries_for_many_printings(
    client: FlaskClient, printed: Printed
) -> None:
    """And says which pages of a printing did not come back."""
    sign_in(client, make_account())
    base = f"/desk/events/{printed.event.slug}/sheets/scans"
    content, _ = signed(printed)
    keep(printed.event, read_file(printed.event, content))
    client.get(base)
    with counted_queries() as one:
        page = client.get(base)
    assert "còn thiếu trang 2" in page.text
    for _ in range(3):
        print_sheet(printed.event)
    with counted_queries() as many:
        client.get(base)
    assert len(many) == len(one)
