"""Events in the database: units called, seats against pools, sessions, links, documents."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.events import links, services
from app.events.documents import (
    DOCX,
    PDF,
    XLSX,
    DocumentRefused,
    attach_document,
    kind_of,
    remove_document,
    safe_filename,
    size_words,
)
from app.events.errors import EventStateRefused, PlanFileError, SeatsRefused
from app.events.models import Event, EventDocument
from app.events.plan_files import SHIPPED_PLAN, read_plan
from app.events.queries import participation_of_secret, unit_secret
from app.events.services import SessionEntry
from app.extensions import db
from app.mail.models import Message
from tests.factories.events import DESK, OPENED, make_event, make_unit, participations


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_used_address_is_refused(app) -> None:
    make_event(units=0)
    with pytest.raises(PlanFileError), unit_of_work():
        services.create_event(read_plan(SHIPPED_PLAN.read_bytes()), by=SYSTEM, now=OPENED)
    assert db.session.query(Event).count() == 1


def test_a_bare_event_has_every_word_a_template_may_ask_for(app) -> None:
    event = make_event(units=0, plan={}, letter={}, contact={})
    assert event.plan["contents"] == [] and event.plan["document"]["number"] == ""
    assert event.letter["place"] == "Hải Phòng" and event.contact["phone"] == ""


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "called"),
    [
        (None, None, True),
        (date(2024, 3, 13), date(2024, 3, 13), True),
        (date(2024, 3, 14), None, False),
        (None, date(2024, 3, 12), False),
    ],
)
def test_units_are_called_by_their_validity_on_the_day(
    app, valid_from, valid_until, called
) -> None:
    with unit_of_work():
        make_unit("THPT-900", "Trường THPT Hạn", valid_from=valid_from, valid_until=valid_until)
        make_unit("OTHER-1", "Đơn vị ngoài", kind="other")
    event = make_event(units=0)
    assert [one.code for one in participations(event)] == (["THPT-900"] if called else [])


def test_calling_again_adds_only_what_is_new_and_takes_over_names(app) -> None:
    event = make_event(units=2)
    with unit_of_work():
        assert services.call_units(db.session.get_one(Event, event.id), by=DESK, now=OPENED) == 0
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo huyện Thử", kind="district_committee")
        first = participations(event)[0]
        from app.units.models import Unit

        db.session.get_one(Unit, first.unit_id).email = "moi@example.vn"
        assert services.call_units(db.session.get_one(Event, event.id), by=DESK, now=OPENED) == 1
    assert [one.route for one in participations(event)] == [
        "registration", "registration", "invitation",
    ]  # fmt: skip
    assert participations(event)[0].email == "moi@example.vn"


def test_moves_are_recorded_and_wrong_ones_refused(app) -> None:
    event = make_event(units=0, state="draft")
    with pytest.raises(EventStateRefused), unit_of_work():
        services.move_event(db.session.get_one(Event, event.id), "closed", by=DESK, now=OPENED)
    with unit_of_work():
        services.move_event(db.session.get_one(Event, event.id), "open", by=DESK, now=OPENED)
    assert event.state == "open"
    assert actions()[-1] == "event.moved"


@pytest.mark.both_databases
def test_seats_change_the_general_pool_and_never_below_what_is_taken(app) -> None:
    event = make_event(
        seats=10, units=0, reserves=[{"name": "Mời", "kinds": ["department"], "seats": 4}]
    )
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        services.edit_event(found, {"planned_seats": 12}, by=DESK, now=OPENED)
    assert sorted(pool.seats for pool in event.pools) == [4, 8]
    with unit_of_work():
        services.general_pool(db.session.get_one(Event, event.id)).taken = 7
    with pytest.raises(SeatsRefused), unit_of_work():
        found = db.session.get_one(Event, event.id)
        services.edit_event(found, {"planned_seats": 10}, by=DESK, now=OPENED)
    assert event.planned_seats == 12
    with pytest.raises(SeatsRefused), unit_of_work():
        services.edit_event(
            db.session.get_one(Event, event.id), {"hall_seats": 11}, by=DESK, now=OPENED
        )
    assert event.hall_seats is None


def test_an_archived_event_is_not_edited(app) -> None:
    event = make_event(units=0, state="closed")
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        services.move_event(found, "archived", by=DESK, now=OPENED)
    with pytest.raises(EventStateRefused), unit_of_work():
        services.edit_event(
            db.session.get_one(Event, event.id), {"venue": "Khác"}, by=DESK, now=OPENED
        )


def names(event: Event) -> list[tuple[int, str]]:
    return [(one.ordinal, one.name) for one in event.sessions]


@pytest.mark.both_databases
def test_sessions_are_added_renamed_and_put_in_order(app) -> None:
    event = make_event(units=0)
    morning, afternoon = (one.id for one in event.sessions)
    with unit_of_work():
        services.set_sessions(
            db.session.get_one(Event, event.id),
            [SessionEntry(afternoon, "Chiều"), SessionEntry(None, "Tối"),
             SessionEntry(morning, "Sáng sớm")],
            by=DESK, now=OPENED,
        )  # fmt: skip
    assert names(event) == [(1, "Chiều"), (2, "Tối"), (3, "Sáng sớm")]
    assert actions()[-1] == "event.sessions_edited"
    with pytest.raises(EventStateRefused), unit_of_work():
        services.set_sessions(
            db.session.get_one(Event, event.id),
            [SessionEntry(morning, "Sáng")],
            by=DESK,
            now=OPENED,
        )
    assert len(names(event)) == 3


def test_minutes_after_which_a_session_calls_somebody_late(app) -> None:
    event = make_event(units=0, sessions=[{"name": "Sáng", "late_after": 10}, {"name": "Chiều"}])
    assert [one.late_after for one in event.sessions] == [10, None]
    with unit_of_work():
        stored = db.session.get_one(Event, event.id)
        first, second = stored.sessions
        services.set_sessions(
            stored, [SessionEntry(first.id, "Sáng", late_after=15), SessionEntry(second.id, "Chiều")],
            by=DESK, now=OPENED,
        )  # fmt: skip
    assert [one.late_after for one in event.sessions] == [15, None]
    assert actions()[-1] == "event.sessions_edited"


def test_a_draft_may_lose_a_session(app) -> None:
    event = make_event(units=0, state="draft")
    with unit_of_work():
        services.set_sessions(
            db.session.get_one(Event, event.id),
            [SessionEntry(event.sessions[1].id, "Cả ngày")],
            by=DESK,
            now=OPENED,
        )
    assert names(event) == [(1, "Cả ngày")]


# ---------------------------------------------------------------- links


def mails() -> list[Message]:
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def test_links_go_once_a_press_to_units_with_an_address(app) -> None:
    event = make_event(units=3)
    with unit_of_work():
        participations(event)[0].email = None
    for _ in range(2):
        with unit_of_work():
            done = links.send_links(
                db.session.get_one(Event, event.id), participations(event), by=DESK, now=OPENED
            )
        assert done == links.Sending(sent=2, without=1)
    second = participations(event)[1]
    assert [one.purpose for one in mails() if one.thing_id == second.id] == [
        f"call:{second.id}:1:1", f"call:{second.id}:1:2",
    ]  # fmt: skip
    assert mails()[0].context["url"].endswith(f"/units/{unit_secret(second)}")
    assert [bool(one.link_sent_at) for one in participations(event)] == [False, True, True]
    assert actions().count("event.links_sent") == 2


def test_links_wait_for_the_opening(app) -> None:
    event = make_event(units=1, state="draft")
    with pytest.raises(links.LinksRefused), unit_of_work():
        links.send_links(
            db.session.get_one(Event, event.id), participations(event), by=DESK, now=OPENED
        )
    assert mails() == []


def test_a_renewed_link_kills_the_old_one(app) -> None:
    event = make_event(units=1)
    old = unit_secret(participations(event)[0])
    with unit_of_work():
        links.renew_link(participations(event)[0], by=DESK, now=OPENED)
    assert participation_of_secret(old) is None
    new = unit_secret(participations(event)[0])
    assert participation_of_secret(new) is not None
    assert mails()[0].context["url"].endswith(new)
    assert actions()[-1] == "participation.link_renewed"


def test_no_link_is_renewed_without_an_address(app) -> None:
    event = make_event(units=1)
    with unit_of_work():
        participations(event)[0].email = None
    with pytest.raises(links.NoAddress), unit_of_work():
        links.renew_link(participations(event)[0], by=DESK, now=OPENED)
    assert participations(event)[0].link_version == 1


# ---------------------------------------------------------------- documents


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 x", PDF),
        (package("[Content_Types].xml", "word/document.xml"), DOCX),
        (package("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (package("word/document.xml"), None),
        (package("evil.exe"), None),
        (b"PK\x03\x04 broken", None),
        (b"<html>", None),
        (b"MZ", None),
    ],
)
def test_kind_of_a_file_by_its_content(content, kind) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Kế hoạch.pdf", "Kế hoạch.pdf"),
        ("C:\\Users\\x\\kế hoạch.exe", "kế hoạch.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('a"b\r\nX: y.pdf', "a b X y.pdf"),
        ("", "tai-lieu.pdf"),
        ("...", "tai-lieu.pdf"),
    ],
)
def test_names_to_download_under(name: str, safe: str) -> None:
    assert safe_filename(name, PDF) == safe


def test_sizes_in_words() -> None:
    assert [size_words(one) for one in (10, 412 * 1024, 1_153_434)] == ["1 KB", "412 KB", "1,1 MB"]


@pytest.mark.parametrize("content", [b"", b"<html>", b"%PDF-" + b"x" * 10 * 1024 * 1024])
def test_foreign_empty_and_big_files_are_refused(app, content) -> None:
    event = make_event(units=0)
    with pytest.raises(DocumentRefused), unit_of_work():
        attach_document(
            db.session.get_one(Event, event.id),
            title="T",
            filename="t.pdf",
            content=content,
            by=DESK,
            now=OPENED,
        )
    assert db.session.query(EventDocument).count() == 0


def test_documents_come_and_go_with_a_line_in_the_log(app) -> None:
    event = make_event(units=0)
    with unit_of_work():
        attach_document(
            db.session.get_one(Event, event.id),
            title="Kế hoạch",
            filename="k.docx",
            content=b"%PDF-1",
            by=DESK,
            now=OPENED,
        )
    document = db.session.query(EventDocument).one()
    assert (document.filename, document.media_type) == ("k.pdf", "application/pdf")
    with unit_of_work():
        remove_document(db.session.query(EventDocument).one(), by=DESK, now=OPENED)
    assert actions()[-2:] == ["event.document_added", "event.document_removed"]
