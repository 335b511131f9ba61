"""An event with personal data of one delegate in every place where such data can stand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from app.audit.services import record
from app.checkin.models import ExcusedAbsence, Gate, GateDevice, Scan
from app.core.access import Actor
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, LinkDevice
from app.extensions import db
from app.hall_papers.models import (
    AttendanceSheet,
    AttendanceSheetPage,
    HallPrint,
    SheetScan,
)
from app.invitations.models import Invitation, LetterFile
from app.invitations.services import send_letters
from app.mail.models import Bounce, Message, MessageAttachment, MessageState
from app.registration.models import ChangeRequest, Registration
from app.registration.rows import Entry
from app.registration.services import amend
from app.registration.services import replace as replace_delegate
from app.signed_forms.models import SignedForm, SignedFormPage
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, enter, unit_actor

NAME, OLD_NAME = "Hoàng Thị Mỹ Duyên", "Đỗ Văn Cũ"
PHONE, SPOKEN_PHONE = "+84912888777", "0912 888 777"
OLD_PHONE = "+84912888111"
EMAIL, WANTED_EMAIL = "duyen.rieng@example.vn", "muon-doi@example.vn"
REASON = "con nhỏ phải nằm viện"
PICTURE = b"\xff\xd8 anh chup chu ky va dau"
FILENAME = "IMG_chu-ky-cua-Duyen.jpg"
GATE_PHONE = "Máy của chị Tuyết giữ cửa"
ALLOWED_BY = "Bà Lê Thị Cho Vào"
REFUSED_NAME = "Vi Van Lai"  # typed at the door, entered nowhere
SHEET_PICTURE = b"\xff\xd8 chu ky tren to diem danh"
SHEET_FILE = "diem-danh-co-chu-ky.pdf"
SHEET_SCORE = 0.8125123
DEVICE = "Zalo, Android 13 cua Duyen"
#: What must be nowhere in the file once the event is erased, as bytes.
TRACES = {
    "phone": b"912888777", "spoken phone": b"0912 888 777", "old phone": b"912888111",
    "address": EMAIL.encode(), "wanted address": WANTED_EMAIL.encode(),
    "reason": REASON.encode(), "escaped reason": b"con nh\\u1ecf", "picture": PICTURE,
    "filename": FILENAME.encode(), "device": DEVICE.encode(),
    "gate's phone": GATE_PHONE.encode(), "who allowed it": ALLOWED_BY.encode(),
    "refused walk-in": REFUSED_NAME.encode(),
    "picture of a sheet": SHEET_PICTURE, "file of a sheet": SHEET_FILE.encode(),
    "what was found on it": str(SHEET_SCORE).encode(),
    "replaced delegate": OLD_NAME.encode(), "escaped name": b"\\u0110\\u1ed7 V\\u0103n",
}  # fmt: skip
AFTER_EVENT = from_local(datetime(2024, 3, 20, 9, 0))
RETENTION_OVER = from_local(
    datetime(2024, 9, 14, 3, 0)
)  # the plan's day, 13/03/2024, and six months


@dataclass(frozen=True)
class Traced:
    """Ids, so that a test may forget the session's objects."""

    event_id: int
    registration_id: int
    replaced_id: int


def make_traced(event: Event | None = None) -> Traced:
    """A delegate with contacts, replaced from another, amended, invited, scanned; commits."""
    event = event or make_event()
    unit = participations(event)[0]
    by = unit_actor(unit)
    old = enter(unit, OLD_NAME, phone=OLD_PHONE, email="cu@example.vn", late_reason=REASON)
    entry = Entry(NAME, "Phó Hiệu trưởng", phone="+84912888222", email=EMAIL, honorific="Bà")
    with unit_of_work():
        new = replace_delegate(
            db.session.get_one(Registration, old.registration.id), unit, entry, by=by, now=IN_TIME
        ).registration
    with unit_of_work():
        registration = db.session.get_one(Registration, new.id)
        amend(
            registration, unit,
            Entry(NAME, "Phó Hiệu trưởng", phone=PHONE, email=EMAIL, honorific="Bà"),
            by=DESK, now=IN_TIME, reason=f"{REASON}, gọi {SPOKEN_PHONE}",
        )  # fmt: skip
        registration.desk_reason, registration.allowed_by = REASON, ALLOWED_BY
    with unit_of_work():
        send_letters(db.session.get_one(Event, event.id), {unit.id}, by=DESK, now=IN_TIME)
        _hang_on(event, db.session.get_one(Registration, new.id), by)
        _letter_of_the_replaced(old.registration.id)
        _in_the_hall(event, new.id, old.registration.id)
    traced = Traced(event.id, new.id, old.registration.id)
    _deliver(event.id)
    return traced


def _letter_of_the_replaced(registration_id: int) -> None:
    """It went out before the replacement and is void since."""
    standing = db.session.query(Invitation).one()
    addressee = {**standing.content["addressee"], "name": OLD_NAME}
    letter = Invitation(
        event_id=standing.event_id, registration_id=registration_id, version=1, state="void",
        content={**standing.content, "addressee": addressee}, created_at=IN_TIME,
        answer="no", answer_reason=REASON, told_note=f"{OLD_NAME}: {REASON}",
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    db.session.add(
        LetterFile(
            event_id=standing.event_id, invitation_id=letter.id, kind="signed_scan",
            filename=FILENAME, media_type="application/pdf", size=len(PICTURE), sha256="0" * 64,
            content=PICTURE, created_at=IN_TIME, created_by="Bàn",
        )
    )  # fmt: skip


def _hang_on(event: Event, registration: Registration, by: Actor) -> None:
    unit_id = registration.participation_id
    digest = hashlib.sha256(PICTURE).hexdigest()
    form = SignedForm(
        event_id=event.id, participation_id=unit_id, registration_id=registration.id,
        state="received", form_version=1, source="web", filename=FILENAME,
        media_type="image/jpeg", size=len(PICTURE), sha256=digest, page_count=1,
        received_at=IN_TIME, on_time=True, receipt_code="111122223333", sentence=REASON,
    )  # fmt: skip
    form.pages = [SignedFormPage(number=1, width=10, height=10, picture=PICTURE * 3)]
    request = ChangeRequest(
        event_id=event.id, participation_id=unit_id, registration_id=registration.id,
        kind="replace", full_name=OLD_NAME, position="Hiệu trưởng", honorific="Ông", phone=OLD_PHONE,
        email=WANTED_EMAIL, reason=REASON, sentence=REASON, received_at=IN_TIME,
        receipt_code="444455556666",
    )  # fmt: skip
    device = LinkDevice(participation_id=unit_id, digest="d" * 64, label=DEVICE, first_at=IN_TIME)
    db.session.add_all([form, request, device])
    db.session.flush()
    record(
        "registration.amended", ("registration", registration.id), by=by, now=IN_TIME,
        event_id=event.id, before={"note": f"{PHONE} {EMAIL}"}, after={"phone": PHONE},
        reason=f"{NAME}: {REASON}",
    )  # fmt: skip


def _in_the_hall(event: Event, registration_id: int, replaced_id: int) -> None:
    """A gate's phone, a scan, a walk-in refused, a reason of absence, a signed sheet."""
    session_id = db.session.get_one(Event, event.id).sessions[0].id
    gate = Gate(
        event_id=event.id, name="Cổng A", pair_hash="a" * 64, created_at=IN_TIME,
        expires_at=AFTER_EVENT,
    )  # fmt: skip
    gate.devices = [GateDevice(secret_hash="b" * 64, label=GATE_PHONE, paired_at=IN_TIME)]
    printed = [[replaced_id, 1, OLD_NAME, "Trường", "", 0.0]]  # before the replacement
    sheet = AttendanceSheet(
        event_id=event.id, session_ids=[session_id], row_count=1, made_at=IN_TIME, made_by="Bàn",
        content={"groups": [["", printed]]},
    )  # fmt: skip
    cell = {"id": registration_id, "session": session_id, "verdict": "signed",
            "score": SHEET_SCORE, "box": [1, 2, 3, 4], "decision": "signed"}  # fmt: skip
    row = {"id": registration_id, "tt": 1, "top": 70.0, "bottom": 80.0}
    column = {"session": session_id, "left": 150.0, "right": 195.0}
    page = AttendanceSheetPage(number=1, rows=[row], columns=[column])
    sheet.pages = [page]
    db.session.add_all([gate, sheet])
    db.session.flush()
    facts = {"gate_name": "Cổng A", "by": "Cửa", "arrived_at": AFTER_EVENT,
             "counted_at": AFTER_EVENT, "device_id": gate.devices[0].id}  # fmt: skip
    db.session.add_all([
        Scan(client_id="c1", event_id=event.id, registration_id=registration_id, how="scan",
             code="1" * 32, outcome="welcome", **facts),
        Scan(client_id="c2", event_id=event.id, how="walk_in", outcome="unknown",
             remark="walk_in", given={"name": REFUSED_NAME, "allowed_by": ALLOWED_BY}, **facts),
        ExcusedAbsence(event_id=event.id, session_id=session_id, at=IN_TIME, by="Bàn",
                       registration_id=registration_id, reason=REASON),
        SheetScan(event_id=event.id, page_id=page.id, upload="u1", number=1, state="confirmed",
                  filename=SHEET_FILE, sha256="2" * 64, width=10, height=10, findings=[cell],
                  picture=SHEET_PICTURE * 3, received_at=AFTER_EVENT, received_by="Bàn"),
        HallPrint(event_id=event.id, kind="badge", layout="a7-8", people=[[registration_id, "1.1.0"]],
                  made_at=IN_TIME, made_by="Bàn"),
    ])  # fmt: skip


def _deliver(event_id: int) -> None:
    """As the worker would have: written, sent, with their files kept."""
    with unit_of_work():
        for message in db.session.query(Message).filter(Message.event_id == event_id):
            message.state, message.subject = MessageState.SENT, f"Gửi {message.context['person']}"
            message.text = f"{message.context['person']}, {SPOKEN_PHONE}, {EMAIL}"
            message.html = f"<p>{message.text}</p>"
            message.sent_at = IN_TIME
            db.session.add(
                Bounce(
                    mail_key=f"{message.id:064d}", message_ref=message.id, kind="permanent",
                    recipient=EMAIL, detail=f"550 {EMAIL}: no such user", found_at=IN_TIME,
                )
            )  # fmt: skip
            db.session.add(
                MessageAttachment(
                    message_id=message.id, filename="Giay-moi.pdf",
                    media_type="application/pdf", content=PICTURE,
                )
            )  # fmt: skip
