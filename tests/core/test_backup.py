"""The whole state to a file and back, on and between both databases."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select

from app import create_app
from app.core import backup
from app.core.access import SYSTEM
from app.core.backup import BackupRefused, restore_backup, write_backup
from app.core.database import Base, unit_of_work
from app.core.settings_store import read_setting, write_setting
from app.events.documents import attach_document
from app.events.models import Event
from app.extensions import db
from tests.conftest import make_settings
from tests.factories.checkin import make_gate, scan
from tests.factories.events import make_event
from tests.factories.registration import IN_TIME, fill

pytestmark = pytest.mark.both_databases


def fill_everything() -> None:
    """Rows of every sort: files, JSON, instants, rows that point at earlier ones of their table."""
    event = make_event(seats=2, units=4)
    first, *_ = fill(event, 4)
    make_gate(event)
    scan(first)
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        attach_document(found, title="Kế hoạch", filename="k.pdf", content=b"%PDF-1.4 \x00\xff",
                        by=SYSTEM, now=IN_TIME)  # fmt: skip
        write_setting("json", {"chữ": ["ư", None, 1.5, True]})


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    db.session.remove()
    with db.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def elsewhere(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """An empty, migrated application on the other kind of database."""
    if database_kind == "sqlite":
        server = request.getfixturevalue("postgres")
        name = server.fresh_database(template="migrated")
        url = server.url(name)
    else:
        path = tmp_path / "other.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    other = create_app(make_settings(tmp_path, url), TESTING=True, WTF_CSRF_ENABLED=False)
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
    if database_kind == "sqlite":
        server.drop_database(name)


def test_to_the_other_database_and_back_row_by_row(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    fill_everything()
    before = all_rows()
    rows = write_backup(tmp_path / "a.backup")
    assert rows == sum(len(one) for one in before.values()) > 30
    with elsewhere.app_context():
        fill_everything()  # what stood there goes
        assert restore_backup(tmp_path / "a.backup") == rows
        assert all_rows() == before
        write_backup(tmp_path / "b.backup")
        event = db.session.scalars(select(Event)).one()
        make_gate(event, "Cổng sau khi phục hồi")  # ids go on where they were
    with unit_of_work():
        write_setting("json", "changed")
    restore_backup(tmp_path / "b.backup")
    assert all_rows() == before


def test_the_file_is_one_private_file(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "sao lưu 100% #1.backup"
    write_backup(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert {one.name for one in tmp_path.iterdir() if "sao" in one.name} == {path.name}
    assert restore_backup(path) > -1
    assert {one.name for one in tmp_path.iterdir() if "sao" in one.name} == {path.name}


def test_while_others_write_it_sees_one_moment(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = make_event(seats=9, units=3).id
    original, wrote = backup._version, threading.Event()

    def version(connection: Any) -> Any:
        found = original(connection)  # the moment is fixed here; then somebody writes
        if not wrote.is_set():
            wrote.set()
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(20)
            assert not writer.is_alive(), "the backup keeps writers waiting"
        return found

    def write() -> None:
        with app.app_context():
            fill(db.session.get_one(Event, event_id), 2)
            db.session.remove()

    monkeypatch.setattr(backup, "_version", version)
    before = all_rows()
    write_backup(tmp_path / "a.backup")
    assert len(all_rows()["registration"]) == 2
    restore_backup(tmp_path / "a.backup")
    assert all_rows() == before


def test_another_schema_is_refused(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    write_backup(path)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '0000'")
    file.close()
    with unit_of_work():
        write_setting("stands", 1)
    with pytest.raises(BackupRefused, match="The backup has schema 0000, this program 0"):
        restore_backup(path)
    assert read_setting("stands") == 1


@pytest.mark.parametrize(
    "content", [b"", b"not a backup" * 200, b"SQLite format 3\x00" + b"\x01" * 5000]
)
def test_what_is_no_backup_is_refused(app: Flask, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.backup"
    path.write_bytes(content)
    with unit_of_work():
        write_setting("stands", 1)
    with pytest.raises(BackupRefused, match=r"is no backup of this program|damaged"):
        restore_backup(path)
    assert read_setting("stands") == 1


def test_a_file_that_is_not_there_or_cannot_be_made(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="There is no file"):
        restore_backup(tmp_path / "none")
    with pytest.raises(BackupRefused, match="cannot be written"):
        write_backup(tmp_path / "none" / "a.backup")


def test_failing_in_the_middle_leaves_the_old_state(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    fill_everything()
    write_backup(path)
    with sqlite3.connect(path) as file:  # a row that no longer fits, after thousands that do
        file.execute(
            "UPDATE audit_entry SET at = 'yesterday' WHERE id = (SELECT max(id) FROM audit_entry)"
        )
        file.execute("PRAGMA foreign_keys=OFF")
        file.execute(
            "UPDATE registration SET participation_id = 99999 WHERE id = (SELECT max(id) FROM registration)"
        )
    file.close()
    with unit_of_work():
        write_setting("stands", 1)
    before = all_rows()
    with pytest.raises((BackupRefused, ValueError)):
        restore_backup(path)
    assert all_rows() == before


def test_an_unfinished_backup_leaves_the_old_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.backup"
    write_backup(path)
    old = path.read_bytes()
    monkeypatch.setattr(backup, "_copy", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_backup(path)
    assert path.read_bytes() == old
    assert not path.with_name("a.backup.part").exists()


def test_files_are_copied_few_at_a_time(app: Flask) -> None:
    with_files = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(isinstance(column.type, LargeBinary) for column in table.c)
    }
    assert {"event_document", "message_attachment"} <= with_files
