"""`flask …` as a person at a terminal meets it: exit codes, sentences, no tracebacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_security import verify_password
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.settings_store import read_setting
from app.events.models import Event
from app.events.plan_files import SHIPPED_PLAN
from app.extensions import db
from app.units.models import Unit
from tests.factories.events import make_event
from tests.factories.registration import fill

HEAD = "Mã;Tên đơn vị;Loại;Quận/Huyện\n"
UNITS = SHIPPED_PLAN.parent / "units-haiphong-2024.csv"


def flask(app: Flask, *words: object, answer: str | None = None) -> Result:
    done = app.test_cli_runner().invoke(args=[str(one) for one in words], input=answer)
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    db.session.remove()
    return done


def refused(app: Flask, *words: object) -> str:
    done = flask(app, *words)
    assert done.exit_code in (1, 2), done.output
    return done.output


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.both_databases
def test_units_are_imported_and_a_second_time_nothing_changes(app: Flask) -> None:
    first = flask(app, "units", "import", UNITS)
    assert first.exit_code == 0
    assert "131 rows: 131 new, 0 updated, 0 unchanged, 0 refused" in first.output
    assert count(Unit) == 131
    second = flask(app, "units", "import", UNITS)
    assert "131 rows: 0 new, 0 updated, 131 unchanged, 0 refused" in second.output


def test_a_dry_run_writes_nothing(app: Flask) -> None:
    done = flask(app, "units", "import", UNITS, "--dry-run")
    assert done.exit_code == 0
    assert "(dry run) 131 rows: 131 new" in done.output
    assert count(Unit) == 0


def test_each_wrong_cell_is_named_and_the_other_rows_go_in(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text(
        HEAD + "THPT-901;Trường THPT Một;Trường THPT;Hải An\n;Trường THPT Hai;Trường THPT;Ở Xa\n",
        "utf-8",
    )
    done = flask(app, "units", "import", file)
    assert "1 new, 0 updated, 0 unchanged, 1 refused" in done.output
    errors = [line.split("\t") for line in done.output.splitlines() if "\terror\t" in line]
    assert {(one[0], one[1]) for one in errors} == {("3", "code"), ("3", "district")}
    assert db.session.scalars(select(Unit.code)).all() == ["THPT-901"]


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0old excel", b"one;two\n1;2\n"])
def test_a_file_that_is_no_register_is_refused(app: Flask, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(content)
    assert refused(app, "units", "import", file).startswith("Error: ")
    assert count(Unit) == 0


def test_an_event_is_loaded_from_its_plan_once(app: Flask) -> None:
    done = flask(app, "events", "load", SHIPPED_PLAN)
    assert (done.exit_code, done.output) == (0, "tap-huan-2024: draft event made\n")
    assert refused(app, "events", "load", SHIPPED_PLAN).startswith("Error: ")
    assert count(Event) == 1


@pytest.mark.parametrize("content", ["", "title = ", "title = 'x'", "[event]\nslug = 1"])
def test_a_wrong_plan_is_refused(app: Flask, tmp_path: Path, content: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(content, "utf-8")
    assert refused(app, "events", "load", file).startswith("Error: ")


@pytest.mark.parametrize(
    ("file_format", "begins"),
    [("xlsx", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF-"), ("csv", b"\xef\xbb\xbf")],
)
def test_the_participant_list_is_exported(
    app: Flask, tmp_path: Path, file_format: str, begins: bytes
) -> None:
    event = make_event(seats=3, units=3)
    fill(event, 3)
    out = tmp_path / f"list.{file_format}"
    done = flask(
        app, "registrations", "export", "--event", event.slug, "--format", file_format, out
    )
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(begins)
    if file_format == "csv":
        assert "Người Thử Aa" in out.read_text("utf-8-sig")


def test_an_export_of_nothing_known_is_refused(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    words = ("registrations", "export", "--event", "none", "--format")
    assert refused(app, *words, "csv", out).startswith("Error: ")
    assert "is not one of" in refused(app, *words, "xls", out)
    assert not out.exists()


def test_an_account_is_made_with_a_password_asked_or_made(app: Flask) -> None:
    made = flask(app, "accounts", "create", "mai@example.vn", "--role", "desk", answer="\n")
    assert made.exit_code == 0, made.output
    line = made.output.splitlines()[-1]
    assert line.startswith("mai@example.vn (desk): ")
    account = db.session.scalars(select(Account)).one()
    assert verify_password(line.split(": ")[1], account.password)
    typed = "Ba-con-voi-uong-nuoc-7"
    asked = flask(
        app, "accounts", "create", "an@example.vn", "--role", "admin", answer=f"{typed}\n"
    )
    assert asked.exit_code == 0, asked.output
    assert typed not in asked.output


def test_an_account_twice_or_with_a_wrong_word_is_refused(app: Flask) -> None:
    words = (
        "accounts",
        "create",
        "mai@example.vn",
        "--password",
        "Ba-con-voi-uong-nuoc-7",
        "--role",
    )
    assert flask(app, *words, "desk").exit_code == 0
    assert refused(app, *words, "desk").startswith("Error: ")
    assert "is not one of" in refused(app, *words, "king")
    short = ("accounts", "create", "an@example.vn", "--role", "desk", "--password", "ngan")
    assert refused(app, *short).startswith("Error: ")
    assert count(Account) == 1


def test_the_outbox_is_shown(app: Flask) -> None:
    event = make_event(seats=3, units=2)
    fill(event, 2)
    done = flask(app, "outbox", "status")
    assert done.exit_code == 0
    assert "     2  " in done.output


@pytest.mark.both_databases
def test_backup_and_restore(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    make_event(seats=3, units=2)
    done = flask(app, "backup", file)
    assert (done.exit_code, file.is_file()) == (0, True)
    make_event(seats=3, units=0, slug="another")
    assert flask(app, "restore", file, answer="n\n").exit_code == 1
    assert count(Event) == 2
    assert flask(app, "restore", file, "--yes").exit_code == 0
    assert (count(Event), read_setting("x")) == (1, None)


def test_backup_and_restore_that_cannot_be(app: Flask, tmp_path: Path) -> None:
    assert refused(app, "restore", "--yes", tmp_path / "none").startswith("Error: There is no file")
    assert "cannot be written" in refused(app, "backup", tmp_path / "none" / "a")
    wrong = tmp_path / "wrong"
    wrong.write_text("no backup")
    assert refused(app, "restore", "--yes", wrong).startswith("Error: ")
