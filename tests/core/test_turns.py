"""Requests of one process take turns, uploads and long waits let others go on."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from PIL import Image

from app.core import children, spreadsheets
from app.core.database import unit_of_work
from app.core.spreadsheets import read_table
from app.core.turns import SMALL, Turns, resting
from app.scans.reading import read_scan


def environ(body: bytes = b"", **more: str) -> dict[str, Any]:
    return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **more}


def together(work: Callable[[threading.Barrier], bool], given: dict[str, Any]) -> list[bool]:
    """Whether each of two requests met the other while it worked."""
    barrier = threading.Barrier(2)
    met: list[bool] = []

    def application(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        met.append(work(barrier))
        return []

    turns = Turns(application)
    threads = [
        threading.Thread(target=turns, args=(dict(given, **{"wsgi.input": io.BytesIO()}), None))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return met


def meets(barrier: threading.Barrier) -> bool:
    try:
        barrier.wait(0.2)
    except threading.BrokenBarrierError:
        barrier.reset()
        return False
    return True


def test_short_requests_run_one_after_the_other() -> None:
    assert together(meets, environ()) == [False, False]


def test_uploads_do_not_wait_for_each_other() -> None:
    large = {**environ(), "CONTENT_LENGTH": str(SMALL + 1)}
    assert together(meets, large) == [True, True]
    assert together(meets, {**environ(), "HTTP_TRANSFER_ENCODING": "chunked"}) == [True, True]


def test_a_long_wait_lets_the_next_one_in(app: Flask) -> None:
    def work(barrier: threading.Barrier) -> bool:
        with app.app_context(), resting():
            return meets(barrier)

    assert together(work, environ()) == [True, True]


def test_a_wait_inside_a_unit_of_work_keeps_the_turn(app: Flask) -> None:
    def work(barrier: threading.Barrier) -> bool:
        with app.app_context(), unit_of_work(), resting():
            return meets(barrier)

    assert together(work, environ()) == [False, False]


def test_the_body_is_whole_before_the_turn_begins() -> None:
    seen: list[bytes] = []

    def application(given: dict[str, Any], _start: Any) -> list[bytes]:
        seen.append(given["wsgi.input"].read())
        return []

    Turns(application)(environ(b"ten=Lan"), None)
    assert seen == [b"ten=Lan"]


def _scan(content: bytes) -> None:
    assert read_scan(content).pages


def _workbook(content: bytes) -> None:
    columns = {"code": ["Mã"], "name": ["Tên đơn vị"]}
    assert read_table(content, "don-vi.xlsx", columns=columns).rows


@pytest.mark.parametrize(
    ("read", "made", "runner"),
    [(_scan, "picture", children), (_workbook, "workbook", spreadsheets)],
    ids=["scan", "workbook"],
)
def test_a_small_foreign_file_holds_nobody_up(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[bytes], None],
    made: str,
    runner: Any,
) -> None:
    """Ten kilobytes can keep their reader busy for seconds: pages go on meanwhile."""
    content = {"picture": _picture, "workbook": _some_workbook}[made]()
    reading, others_went_on = threading.Event(), threading.Event()
    real = runner.subprocess.run

    def slow(*args: Any, **options: Any) -> Any:
        reading.set()
        assert others_went_on.wait(5), "the other request waited for the file"
        return real(*args, **options)

    monkeypatch.setattr(runner.subprocess, "run", slow)
    failures: list[BaseException] = []

    def upload(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        try:
            with app.app_context():
                read(content)
        except BaseException as error:
            failures.append(error)
        return []

    thread = threading.Thread(target=Turns(upload), args=(environ(), None))
    thread.start()
    assert reading.wait(10)
    Turns(lambda *_: [others_went_on.set() or b""])(environ(), None)  # a page of somebody else
    thread.join(30)
    assert failures == []


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (400, 500), "white").save(target, "PNG")
    return target.getvalue()


def _some_workbook() -> bytes:
    book, target = Workbook(), io.BytesIO()
    book.active.append(["Mã", "Tên đơn vị"])
    book.active.append(["THPT-01", "Trường THPT Thử"])
    book.save(target)
    return target.getvalue()
