"""The sheet goes out and comes back: printed, signed, photographed, settled by keyboard, reported."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.checkin.models import Presence
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, SheetScan
from tests.factories.events import make_event
from tests.factories.registration import fill
from tests.factories.signed_sheets import EMPTY, SIGNED, boxes_of, rendered, sign, spoil
from tests.journeys.conftest import Live, overflows
from tests.journeys.desk import enter_desk

Axe = Callable[[Page], list[str]]
PEOPLE = 24
KEYS = {SIGNED: "1", EMPTY: "2"}


def test_from_the_printed_sheet_to_the_report(live: Live, page: Page, axe: Axe) -> None:
    with live.app.app_context():
        event = make_event(seats=30, units=PEOPLE)
        fill(event, PEOPLE)
        slug = event.slug
    base = f"{live.url}/desk/events/{slug}"
    enter_desk(page, live)
    page.goto(f"{base}/sheets")
    assert axe(page) == []
    page.get_by_role("button", name="Lập danh sách điểm danh").click()
    expect(page.get_by_text("Đã lập bản in 2 trang.")).to_be_visible()
    address = page.get_by_role("link", name="Mở PDF").get_attribute("href")
    paper = page.context.request.get(f"{live.url}{address}").body()

    pictures, truth = signed_pages(live, paper)
    page.goto(f"{base}/sheets/scans")
    assert axe(page) == []
    page.set_input_files("#file", pictures)
    page.get_by_role("button", name="Đọc danh sách đã ký").click()
    expect(page.get_by_text("Đã đọc 2 trang.")).to_be_visible(timeout=60_000)
    assert (overflows(page), axe(page)) == (0, [])

    page.get_by_role("link", name="Xem trang cần xét").click()
    for _ in pictures:
        assert (overflows(page), axe(page)) == (0, [])
        settle(live, page, truth)
        page.get_by_role("button", name="Ghi có mặt").click()
    expect(page.get_by_text("Chờ xem lại")).to_have_count(0)

    with live.app.app_context():
        event = db.session.scalar(select(Event))
        wanted = {key for key, one in truth.items() if one == SIGNED}
        found = {
            (one.registration_id, one.session_id) for one in db.session.scalars(select(Presence))
        }
        assert found == wanted
        came = len({registration for registration, _ in wanted})
    page.goto(f"{base}/attendance")
    expect(page.get_by_text(f"{came}/{PEOPLE} đơn vị dự ít nhất một buổi")).to_be_visible()


def signed_pages(live: Live, paper: bytes) -> tuple[list[dict], dict[tuple[int, int], str]]:
    """(photographs of the signed pages, the last first; what is in whose cell)."""
    files, truth = [], {}
    with live.app.app_context():
        [sheet] = db.session.scalars(select(AttendanceSheet))
        for page, picture in zip(sheet.pages, rendered(paper), strict=True):
            places = json.loads(json.dumps({"rows": page.rows, "columns": page.columns}))
            cells = boxes_of(places)
            people = [
                (row["id"], column["session"])
                for row in places["rows"]
                for column in places["columns"]
            ]
            blank = [place for place, (who, _) in enumerate(people) if who is None]
            written, told = sign(picture, cells, seed=page.number, unsigned=blank, ticks=2)
            truth |= {
                who: SIGNED if one == SIGNED else EMPTY
                for who, one in zip(people, told, strict=True)
                if who[0] is not None
            }
            content = spoil(written, seed=page.number, kind="photo")
            name = f"IMG_{page.number}.jpg"
            files.append({"name": name, "mimeType": "image/jpeg", "buffer": content})
    return files[::-1], truth


def settle(live: Live, page: Page, truth: dict[tuple[int, int], str]) -> None:
    """One key for each doubtful cell, as whoever looks at it would press."""
    scan_id = int(page.url.rsplit("/", 1)[1])
    with live.app.app_context():
        scan = db.session.get_one(SheetScan, scan_id)
        doubtful = [
            (index, one["id"], one["session"])
            for index, one in enumerate(scan.findings)
            if one["verdict"] == "doubtful" and one["id"] is not None
        ]
    assert doubtful, "the ticks are doubtful"
    for index, registration, session in doubtful:
        expect(page.locator(".sheet-cell.current")).to_have_attribute("data-cell", str(index))
        page.keyboard.press(KEYS[truth[registration, session]])
    expect(page.locator(".sheet-cell input:checked")).to_have_count(len(doubtful))
