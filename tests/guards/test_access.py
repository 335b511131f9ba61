"""Every endpoint stands here with the access it must have; a new, unlisted one fails.

The world is the rehearsal as `make run` leaves it, so each page is asked for with real data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from click import Context
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Text, cast, select
from sqlalchemy import event as sqlalchemy_event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from app.accounts.models import Account
from app.checkin.models import Gate, Presence
from app.core import writers
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import ROLES, can_administer, can_manage, can_see_contacts, can_view_desk
from app.documents.attendance import attended
from app.documents.confirmations import confirmation_code
from app.events.documents import attach_document
from app.events.guests import is_guest_pool
from app.events.models import Event, EventDocument, Participation, SeatPool
from app.events.queries import unit_secret
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, SheetScan
from app.hall_papers.sheet_content import SheetOptions
from app.hall_papers.sheet_intake import FileFound, PageFound, keep_file
from app.hall_papers.sheets import make_sheet
from app.invitations.approvals import submit
from app.invitations.batches import Choice, start_letters
from app.invitations.letter_files import ALL, SCAN
from app.invitations.letter_files import keep_file as keep_letter_file
from app.invitations.models import Approval, Invitation, LetterFile
from app.invitations.queries import letter_secret
from app.invitations.services import send_letters
from app.mail.models import MailBatch, Message, MessageAttachment
from app.personal_data.models import DataRequest
from app.registration.models import ChangeRequest, Registration
from app.registration.requests import ask as ask_desk
from app.registration.rules import RequestKind
from app.signed_forms.models import SignedForm
from app.signed_forms.services import take_in
from app.units.models import Unit, UnitImport
from tests.conftest import make_settings
from tests.factories.accounts import sign_in
from tests.factories.bad_scans import pdf
from tests.factories.signed_forms import read_of

ACCESS = {
    "public": """
        core.set_language health.healthz health.server_time
        events.home events.detail events.document events.privacy events.empty_form
        unit_pages.official_form unit_pages.official_form_file unit_pages.official_form_empty
        unit_pages.unit_page unit_pages.register unit_pages.change unit_pages.withdraw
        unit_pages.ask unit_pages.take_back
        unit_pages.lost_link unit_pages.send_form unit_pages.signed_form_picture
        unit_pages.receipt unit_pages.receipt_pdf
        receipts.index receipts.submit receipts.check receipts.signed_text receipts.key
        receipts.key_file
        invitations.letter_page invitations.letter_pdf invitations.letter_calendar
        invitations.answer invitations.worker
        checkin.pair checkin.confirm_pair checkin.roster checkin.sync
        checkin.worker checkin.manifest
        personal_data.ask personal_data.received checkin.certificate checkin.certificate_file
        confirmations.index confirmations.check confirmations.paper
    """,
    "can_admit": "checkin.door checkin.enter_at_door",
    "can_check_in": """
        checkin.hall checkin.scan_page checkin.scan checkin.search checkin.undo_presence
        checkin.photo checkin.photo_page
        checkin.desk_call checkin.undo_scan checkin.scan_to_desk
    """,
    "can_view_desk": """
        overview.desk_home overview.dashboard overview.missing
        desk_registrations.index desk_registrations.detail desk_registrations.waiting
        desk_registrations.late desk_registrations.change_requests
        signed_forms.index signed_forms.detail signed_forms.picture
        units.index units.detail
        invitations.proof
        approvals.index approvals.approval approvals.paper approvals.picture approvals.file
        invitations.index invitations.preview invitations.all_letters
        invitations.batch_list invitations.batch invitations.doubles
        letter_word.letter letter_word.letters
        reminders.index
        mail.outbox mail.message mail.body mail.attachment
        mail.rehearsal_mailbox mail.rehearsal_message
        checkin.desk documents.index documents.export
        attendance.index attendance.report attendance.absent_units
    """,
    "can_watch_hall": "checkin.board checkin.board_live",
    "can_see_contacts": "units.export documents.export_contacts checkin.not_arrived",
    "can_manage": """
        events.create events.create_by_form events.create_from_file events.settings events.edit
        events.save events.move events.call_units events.add_document events.drop_document
        events.rehearsal_clock events.set_rehearsal_clock
        overview.send_links overview.replace_link overview.mail_link overview.seats overview.save_seats
        desk_registrations.create desk_registrations.act desk_registrations.keep_flagged
        desk_registrations.open_seats desk_registrations.release desk_registrations.extend
        desk_registrations.extend_all desk_registrations.accept_change
        desk_registrations.refuse_change
        units.create units.edit units.import_file units.preview units.marked units.apply
        units.correct units.drop
        signed_forms.decide signed_forms.turn signed_forms.accept_matched signed_forms.upload
        invitations.proof_call invitations.proof_undo invitations.proof_withdraw
        invitations.print_run invitations.print_file invitations.print_done
        invitations.number invitations.send
        approvals.choose approvals.submit approvals.take_back approvals.numbers approvals.files
        approvals.assign approvals.remove approvals.sign
        invitations.batch_new invitations.batch_start invitations.batch_trial
        invitations.batch_mailboxes invitations.batch_move
        invitations.add_guest invitations.edit_guest invitations.remove_guest
        invitations.representatives invitations.save_representatives
        invitations.paste_representatives invitations.end_double invitations.keep_doubles
        letter_editor.edit letter_editor.save letter_editor.picture letter_editor.preview
        letter_editor.version letter_editor.restore
        letter_word.index letter_word.upload letter_word.remove letter_word.file
        letter_word.sample
        reminders.switch reminders.line reminders.add reminders.preview reminders.mail
        reminders.send confirmations.desk confirmations.number attendance.confirmations
        mail.address mail.retry mail.retry_temporary
        personal_data.index personal_data.detail personal_data.act personal_data.extract
        personal_data.erase personal_data.days_off
        hall_papers.sheets hall_papers.make_sheet hall_papers.sheet_file
        hall_papers.sheet_scans hall_papers.send_sheets hall_papers.sheet_scan
        hall_papers.sheet_picture hall_papers.confirm_sheet hall_papers.discard_sheet
        hall_papers.prints hall_papers.print_paper
        checkin.make_gate checkin.renew checkin.revoke checkin.revoke_phone checkin.desk_undo
        checkin.change_session checkin.desk_present checkin.excuse checkin.take_back_excuse
        checkin.settle checkin.scan_present
    """,
    "can_approve": "approvals.approve approvals.give_back",
    "can_administer": """
        accounts.index accounts.create accounts.detail accounts.act accounts.give_password
        accounts.audit_log
    """,
    "has_account": """
        accounts.start accounts.me accounts.two_step accounts.two_step_off
        accounts.recovery_codes
    """,
}
# Views of extensions carry no mark: who guards each is said here.
THIRD_PARTY = {
    "static": "files of ours, for everybody",
    "security.login": "for nobody yet signed in",
    "security.logout": "ends the session that asks",
    "security.forgot_password": "same answer for every address",
    "security.reset_password": "needs the signed token of the mail",
    "security.change_password": "Flask-Security asks for the session and the old password",
    "security.two_factor_token_validation": "needs the half-open session of the first step",
    "security.mf_recovery": "needs the half-open session of the first step",
    "security.two_factor_setup": "closed: 404",
    "security.two_factor_setup_validate": "closed: 404",
    "security.two_factor_rescue": "closed: 404",
    "security.tf_select": "closed: 404",
    "security.mf_recovery_codes": "closed: 404",
    "security.static": "closed: 404",
}
CLOSED = sorted(name for name, why in THIRD_PARTY.items() if why.startswith("closed"))
EXPECTED = {name: access for access, names in ACCESS.items() for name in names.split()}
NO_TOKEN_NEEDED = {
    "core.set_language": "changes a preference of this browser only",
    "checkin.sync": "asks where the request comes from: tests/checkin/test_sync_attacks.py",
    "checkin.undo_scan": "as checkin.sync: tests/checkin/test_phone_routes.py",
    "checkin.scan_to_desk": "as checkin.sync: tests/checkin/test_phone_routes.py",
}
MAY_WRITE = {
    "unit_pages.unit_page": "notes when a unit first opened its link",
    "invitations.letter_page": "notes when a letter was first opened",
    "invitations.letter_pdf": "notes when a letter was first opened",
}


def access_of(app: Flask, endpoint: str) -> str | None:
    access = getattr(app.view_functions[endpoint], "access", None)
    return access if access is None or isinstance(access, str) else access.__name__


def rules(app: Flask, method: str) -> list[Rule]:
    return [one for one in app.url_map.iter_rules() if method in (one.methods or ())]


def test_every_endpoint_has_the_access_listed(rehearsal: Flask) -> None:
    found = {name: access_of(rehearsal, name) for name in rehearsal.view_functions}
    assert found == EXPECTED | dict.fromkeys(THIRD_PARTY)


def test_without_a_rehearsal_its_pages_do_not_exist(app: Flask) -> None:
    sign = app.test_client()
    for path in ("/desk/rehearsal-clock", "/desk/rehearsal-mailbox", "/desk/rehearsal-mailbox/1"):
        assert sign.get(path).status_code in (302, 404)
    assert "seed-rehearsal" not in app.cli.list_commands(Context(app.cli))


@pytest.mark.parametrize("endpoint", CLOSED)
def test_pages_of_the_sign_in_that_are_not_ours_are_closed(rehearsal: Flask, endpoint: str) -> None:
    rule = next(one for one in rehearsal.url_map.iter_rules() if one.endpoint == endpoint)
    path = re.sub(r"<[^>]+>", "x", rule.rule)
    for method in rule.methods - {"HEAD", "OPTIONS"}:
        assert rehearsal.test_client().open(path, method=method).status_code == 404


DESK_MAY = {
    "can_view_desk", "can_check_in", "can_manage", "can_see_contacts", "can_admit",
    "can_watch_hall",
}  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "kind", "allowed"),
    [
        ([], "account", set()),
        (["hall"], "account", {"can_check_in", "can_admit", "can_watch_hall"}),
        (["leader"], "account", {"can_view_desk", "can_approve", "can_watch_hall"}),
        (["desk"], "account", DESK_MAY),
        (["admin"], "account", DESK_MAY | {"can_administer"}),
        ([], "gate", {"can_check_in", "can_watch_hall"}),
        (["supervisor"], "gate", {"can_check_in", "can_admit", "can_watch_hall"}),
        ([], "unit", set()),
        ([], "nobody", set()),
    ],
)
def test_what_each_role_may_do(roles: list[str], kind: str, allowed: set[str]) -> None:
    from app.core import policies

    actor = Actor(kind, roles=frozenset(roles))
    named = {name for name in dir(policies) if name.startswith("can_")}
    assert {name for name in named if getattr(policies, name)(actor)} == allowed


# ---------------------------------------------------------------- every page with real data


@pytest.fixture
def world(rehearsal: Flask) -> Flask:
    """The rehearsal with a letter sent, a document and a spreadsheet waiting for confirmation."""
    with unit_of_work():
        event = db.session.scalars(select(Event).where(Event.slug == "tap-huan-2024")).one()
        attach_document(
            event, title="Kế hoạch", filename="ke-hoach.pdf", content=b"%PDF-1.4 invented",
            by=SYSTEM, now=now(),
        )  # fmt: skip
        standing = standing_entry(event)
        take_in(
            standing.participation, standing, read_of(None), filename="a.jpg", by=SYSTEM, now=now()
        )
        submit(event, by=SYSTEM, now=now(), ids={standing.participation_id})
        keep_letter_file(
            event, None, pdf(), kind=SCAN, covers=ALL, filename="a.pdf",
            by=SYSTEM, now=now(),
        )  # fmt: skip
        send_letters(event, None, by=SYSTEM, now=now())
        start_letters(event, Choice(), expected=0, key="guards", by=SYSTEM, now=now())
        ask_desk(
            standing, standing.participation, RequestKind.WITHDRAW, None, reason="Thử",
            by=SYSTEM, now=now(),
        )  # fmt: skip
        db.session.add(
            Presence(
                event_id=event.id, session_id=event.sessions[0].id, registration_id=standing.id,
                at=now(), gate_name="Cửa chính", by="Cổng thử", how="scan",
            )
        )  # fmt: skip
        sheet = make_sheet(event, event.sessions, SheetOptions(), by=SYSTEM, now=now())
        signed = PageFound(b"JPEG", 1240, 1754, page=sheet.pages[0], findings=[a_finding(sheet)])
        keep_file(event, FileFound("0" * 64, [signed]), filename="a.jpg", by=SYSTEM, now=now())
        message = db.session.scalars(select(Message).order_by(Message.id)).first()
        db.session.add(
            MessageAttachment(
                message_id=message.id, filename="a.txt", media_type="text/plain", content=b"a"
            )
        )
    admin = signed_in(rehearsal, "admin")
    table = "Mã;Tên đơn vị;Loại;Quận/Huyện\nTHPT-901;Trường THPT Thử;Trường THPT;Hải An\n"
    answer = admin.post(
        "/desk/units/import",
        data={"file": (BytesIO(table.encode()), "units.csv")},
    )
    assert answer.status_code == 303, answer.text
    return rehearsal


def a_finding(sheet: AttendanceSheet) -> dict[str, Any]:
    """A cell of its first page that nobody could read."""
    row, column = sheet.pages[0].rows[0], sheet.pages[0].columns[0]
    return {"id": row["id"], "tt": row["tt"], "session": column["session"],
            "verdict": "doubtful", "score": 0.5, "box": [10, 10, 90, 40], "decision": None}  # fmt: skip


def standing_entry(event: Event) -> Registration:
    return db.session.scalars(
        select(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Registration.event_id == event.id,
            Participation.unit_id.is_not(None),
            Registration.state == "confirmed",
            Registration.full_name.is_not(None),
        )
        .order_by(Registration.id.desc())
    ).first()


def signed_in(app: Flask, role: str) -> FlaskClient:
    client = app.test_client()
    account = db.session.scalars(select(Account).where(Account.email == f"{role}@so.example")).one()
    sign_in(client, account)
    return client


def ask(app: Flask, client: FlaskClient, path: str, **form: Any) -> TestResponse:
    """One request in a context of its own: what a request remembers (actor, time) ends with it."""
    with app.app_context():
        return client.post(path, data=form) if form else client.get(path)


def values_for(rule: Rule) -> dict[str, Any]:
    """Real values for the parameters of a rule; a parameter without one fails here."""

    def newest(model: Any, *where: Any) -> Any:
        return db.session.scalars(select(model).where(*where).order_by(model.id.desc())).first()

    event = db.session.scalars(select(Event).where(Event.slug == "tap-huan-2024")).one()
    standing = standing_entry(event)
    unit = newest(Participation, Participation.id == standing.participation_id)
    letter = newest(Invitation, Invitation.registration_id == standing.id)
    secrets = {
        "unit_pages": unit_secret(unit), "invitations": letter_secret(letter),
        "units": newest(UnitImport).secret if newest(UnitImport) else "x", "checkin": "unknown",
    }  # fmt: skip
    pools = db.session.scalars(select(SeatPool).where(SeatPool.event_id == event.id))
    reserves = [one.id for one in pools if one.kinds and not is_guest_pool(one.kinds)]
    attached = db.session.scalars(select(MessageAttachment)).first()
    table = {
        "batch_id": newest(MailBatch).id if newest(MailBatch) else 1,
        "form_id": newest(SignedForm).id, "number": 1,
        "request_id": newest(DataRequest).id if newest(DataRequest) else 1,
        "code": standing.receipt_code, "kind": "replace",
        "slug": event.slug, "registration_id": standing.id, "participation_id": unit.id,
        "unit_id": newest(Unit).id, "account_id": newest(Account).id, "action": "replace",
        "pool_id": newest(SeatPool, SeatPool.event_id == event.id, SeatPool.id.in_(reserves)).id,
        "section": "names", "target": "closed", "document_id": newest(EventDocument).id,
        "file_format": "xlsx", "flag": "position", "presence_id": 1,
        "gate_id": newest(Gate).id, "message_id": attached.message_id, "attachment_id": attached.id,
        "approval_id": newest(Approval).id, "file_id": newest(LetterFile).id,
        "invitation_id": letter.id, "what": "letters",
        "sheet_id": newest(AttendanceSheet).id if newest(AttendanceSheet) else 1,
        "session_id": event.sessions[0].id, "scan_id": 1, "device_id": 1, "deed": "open",
        "client_id": "unknown",
        "filename": "robots.txt", "token": "x", "version": 0,
        "secret": secrets.get(rule.endpoint.split(".")[0]),
    }  # fmt: skip
    if rule.endpoint.startswith(("desk_registrations.", "unit_pages.")):
        asked = newest(ChangeRequest)
        table["request_id"] = asked.id if asked else 1
    if rule.endpoint.startswith("reminders."):
        table["kind"] = "not_registered"
    if rule.endpoint.startswith("confirmations."):
        came = attended(event)
        table["code"] = confirmation_code(came[0]) if came else "1"
    if rule.endpoint.startswith("hall_papers."):
        kept = newest(SheetScan)
        table["scan_id"] = kept.id if kept else 1
    if rule.endpoint == "personal_data.act":
        table["action"] = "answer"
    if "_form" in rule.endpoint:
        table["file_format"] = "pdf"
    if rule.endpoint == "accounts.act":
        table["action"] = "deactivate"
    if rule.endpoint == "invitations.answer":
        table["kind"] = "no"
    if rule.endpoint in ("invitations.edit_guest", "invitations.remove_guest"):
        guest = newest(Participation, Participation.unit_id.is_(None))
        table["participation_id"] = guest.id
    if rule.endpoint == "invitations.end_double":
        table["registration_id"] = newest(
            Registration, Registration.state == "confirmed",
            cast(Registration.flags, Text).contains('"same_person"'),
        ).id  # fmt: skip
    return {name: table[name] for name in rule.arguments}


PAGES_ELSEWHERE = {
    "static": "files",
    "checkin.pair": "needs a fresh link of a gate: tests/checkin",
    "checkin.certificate": "only where a hall is served: tests/checkin/test_hall_certificates",
    "checkin.certificate_file": "as checkin.certificate",
    "attendance.confirmations": "needs people who came: tests/documents/test_attendance_report",
    "security.reset_password": "needs the token of a mail: tests/accounts",
}


def pages(app: Flask) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of every page that can be fetched, with real values."""
    with app.test_request_context():
        for rule in rules(app, "GET"):
            if rule.endpoint not in {*PAGES_ELSEWHERE, *CLOSED}:
                yield rule.endpoint, app.url_for(rule.endpoint, **values_for(rule))


ANSWERS_OTHERWISE = {
    "accounts.start": 302,
    "checkin.hall": 302,
    "overview.desk_home": 302,
    "personal_data.received": 302,  # for the browser that asked
    "health.healthz": 503,  # no worker runs here
    "security.login": 302,  # signed in already
    "security.two_factor_token_validation": 302,
    "security.mf_recovery": 302,
    "accounts.recovery_codes": 302,
    "unit_pages.change": 303,  # the letter is out: the unit asks
    "unit_pages.withdraw": 303,
    "approvals.approve": 403,  # a leader's alone, not the administrator's
    "approvals.give_back": 403,
    "invitations.letter_calendar": 404,  # the plan's time stands in words yet
}


def test_every_page_answers_and_fetching_it_changes_nothing(
    world: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, wrong, turns = signed_in(world, "admin"), {}, []
    written: list[str] = []
    monkeypatch.setattr(writers, "writers_turn", _counted(writers.writers_turn, turns))

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().split(" ", 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            written.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    seen = list(pages(world))
    for endpoint, path in seen:
        turns.clear(), written.clear()
        answer = ask(world, admin, path)
        if answer.status_code != ANSWERS_OTHERWISE.get(endpoint, 200):
            wrong[endpoint] = f"{answer.status_code} {path}"
        if endpoint not in MAY_WRITE and (turns or written):
            wrong[endpoint] = f"writes: {written or 'opens a unit of work'}"
    sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)
    assert wrong == {}
    assert set(MAY_WRITE) <= {endpoint for endpoint, _path in seen}


def _counted(original: Any, turns: list[int]) -> Any:
    def turn() -> Any:
        turns.append(1)
        return original()

    return turn


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_page_lets_in_whom_it_should_and_nobody_else(world: Flask, role: str | None) -> None:
    client = signed_in(world, role) if role else world.test_client()
    actor = Actor("account", roles=frozenset({role})) if role else Actor("nobody")
    wrong = {}
    for endpoint, path in list(pages(world)):
        policy = getattr(world.view_functions[endpoint], "access", None)
        if policy is None or policy == "public":
            continue
        world.view_functions[endpoint] = _let_in(policy)
        answer = ask(world, client, path)
        if policy(actor):
            expected = (200, "let in")
        else:
            expected = (403, None) if role else (302, None)
        if answer.status_code != expected[0] or expected[1] not in (None, answer.text):
            wrong[endpoint] = (answer.status_code, expected)
        if role is None and "/account/sign-in" not in answer.headers["Location"]:
            wrong[endpoint] = answer.headers["Location"]
    assert wrong == {}


def _let_in(policy: Any) -> Any:
    """In a view's place, with its mark: whether one gets there is asked, not what stands there."""

    def view(**_values: Any) -> str:
        return "let in"

    view.access = policy  # type: ignore[attr-defined]
    return view


# ---------------------------------------------------------------- tokens of forms


def test_every_post_needs_the_token_of_its_form(world: Flask) -> None:
    settings = make_settings(
        world.config["SETTINGS"].data_dir, world.config["SETTINGS"].database_url, REHEARSAL="1"
    )
    guarded = create_app(settings, TESTING=True)
    open_ones = {}
    with guarded.app_context():
        admin = signed_in(guarded, "admin")
        with guarded.test_request_context():
            paths = {
                rule.endpoint: guarded.url_for(rule.endpoint, **values_for(rule))
                for rule in rules(guarded, "POST")
            }
        for endpoint, path in paths.items():
            answer = ask(guarded, admin, path, lang="vi")
            if answer.status_code != 400 or "mở quá lâu" not in answer.text:
                open_ones[endpoint] = answer.status_code
        db.session.remove()
        db.engine.dispose()
    assert set(open_ones) == set(NO_TOKEN_NEEDED), open_ones


def test_the_four_marks_differ() -> None:
    leader = Actor("account", roles=frozenset({"leader"}))
    assert can_view_desk(leader)
    assert not (can_manage(leader) or can_see_contacts(leader) or can_administer(leader))
