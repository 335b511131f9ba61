"""From the settled list to proof of every letter: names and a guest, the words, a leader's two taps
on a phone, number and date, the batch, one letter that comes back, a call, a delegate's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core import clock
from app.core.database import unit_of_work
from app.extensions import db
from app.invitations.models import Invitation
from app.mail.bounces import read_mailbox
from app.mail.models import Message
from tests.dovecot import PASSWORD, DovecotServer
from tests.factories.bounces import delivery_status
from tests.factories.events import make_event, make_unit, participations
from tests.factories.registration import IN_TIME, enter
from tests.journeys.conftest import PHONE, Live, Watch, overflows
from tests.journeys.desk import attachments, deliver, enter_desk, link_in_mail, words_of_pdf

pytestmark = pytest.mark.journey
DESK = "/desk/events/tap-huan-2024"
LETTERS = f"{DESK}/invitations"
GUEST = "lam@example.vn"
SCHOOL = "thpt-001@example.vn"
MAILBOX = "dangky@example.vn"
CHAIR = "Đồng chí Phó Giám đốc Sở"
NARROW = {"width": 360, "height": 760}
Sound = Callable[[Page], None]


@pytest.fixture
def mailbox(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DovecotServer]:
    """The shared mailbox to which letters come back, on a real IMAP server."""
    with DovecotServer(tmp_path_factory.mktemp("dovecot")) as server:
        live.app.config["SETTINGS"] = replace(
            live.app.config["SETTINGS"], imap_server="127.0.0.1", imap_port=server.port,
            imap_security="none", imap_username=MAILBOX, imap_password=PASSWORD,
        )  # fmt: skip
        yield server


@pytest.fixture
def event_id(live: Live, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two schools have registered; an office without an address is invited without a form; a
    leader must approve."""
    monkeypatch.setattr(clock, "real_now", lambda: IN_TIME)
    with live.app.app_context():
        with unit_of_work():
            make_unit("PB-1", "Văn phòng Sở", kind="department", email=None)
        event = make_event(seats=4, units=2, approval=True)
        schools = [one for one in participations(event) if one.code.startswith("THPT")]
        for unit, name in zip(schools, ("Phạm Thu Hiên", "Đinh Công Trực"), strict=True):
            enter(unit, name, phone="+84900000001")
        return event.id


@pytest.fixture
def desk(live: Live, event_id: int, desktop: Page) -> Page:
    enter_desk(desktop, live)
    return desktop


@pytest.fixture
def leader(live: Live, event_id: int, phone: Page) -> Page:
    enter_desk(phone, live, "leader")
    return phone


@pytest.fixture
def delegate(live: Live, browser: Browser, watch: Watch) -> Iterator[Page]:
    """A phone without any session."""
    context = watch.context(browser, **PHONE)
    yield context.new_page()
    context.close()


@pytest.fixture
def sound(axe: Callable[[Page], list[str]]) -> Sound:
    """Nothing wrong by axe, no sideways scrolling, on this window and on a phone's."""

    def check(page: Page) -> None:
        page.wait_for_load_state()
        window = page.viewport_size
        assert axe(page) == [], page.url
        assert overflows(page) == 0, page.url
        if window is not None and window["width"] != NARROW["width"]:
            page.set_viewport_size(NARROW)
            assert overflows(page) == 0, f"{page.url} at 360 px"
            page.set_viewport_size(window)

    return check


def test_from_the_settled_list_to_proof_of_every_letter(
    live: Live, desk: Page, leader: Page, delegate: Page, mailbox: DovecotServer, sound: Sound
) -> None:
    settle_the_list(live, desk, sound)
    write_the_letter(desk, sound)
    lay_before_the_leader(live, desk, sound)
    approve_with_two_taps(live, leader, sound)
    give_number_and_date(live, desk, sound)
    send_and_watch(live, desk, sound)
    one_comes_back(live, desk, mailbox, sound)
    call_whom_it_did_not_reach(desk, sound)
    answer_on_the_own_page(live, delegate, desk, sound)


def settle_the_list(live: Live, desk: Page, sound: Sound) -> None:
    desk.goto(f"{live.url}{LETTERS}")
    sound(desk)
    name_the_representative(desk, "Phạm Thu Hiên", sound)  # who is a school's delegate already
    desk.goto(f"{live.url}{LETTERS}")
    desk.get_by_role("link", name="Xem và giải quyết trùng người").click()
    end = desk.get_by_role("link", name="Bỏ suất này").filter(has_text="Văn phòng Sở")
    end.wait_for()
    sound(desk)
    end.click()
    reason = desk.get_by_role("textbox", name="Lý do")
    reason.fill("Dự với trường.")
    sound(desk)
    desk.get_by_role("button", name="Bỏ suất này").click()
    expect(
        desk.get_by_text("Đơn vị được mời giữ chỗ, nay ghi “Đại diện Lãnh đạo”.")
    ).to_be_visible()
    desk.goto(f"{live.url}{LETTERS}")
    name_the_representative(desk, "Lương Khắc Định", sound)
    desk.goto(f"{live.url}{LETTERS}/guests/new")
    sound(desk)
    desk.get_by_role("textbox", name="Cơ quan, tổ chức").fill("Vụ Giáo dục thường xuyên")
    desk.get_by_role("textbox", name="Họ và tên").fill("Đặng Hải Lâm")
    desk.get_by_role("textbox", name="Chức vụ").fill("Chuyên viên chính")
    desk.get_by_role("textbox", name="Điện thoại").fill("0900 000 002")
    desk.get_by_role("textbox", name="Thư điện tử").fill(GUEST)
    desk.get_by_role("button", name="Thêm khách mời").click()
    expect(desk.get_by_text("Đã thêm Đặng Hải Lâm.")).to_be_visible()
    desk.goto(f"{live.url}{LETTERS}")
    for name in ("Phạm Thu Hiên", "Đinh Công Trực", "Lương Khắc Định", "Đặng Hải Lâm"):
        expect(desk.get_by_role("table").get_by_text(name)).to_be_visible()


def name_the_representative(desk: Page, name: str, sound: Sound) -> None:
    desk.get_by_role("link", name="Nhập tên người dự").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Người dự của đơn vị được mời")
    sound(desk)
    desk.get_by_role("textbox", name="Họ và tên của").fill(name)
    desk.get_by_role("textbox", name="Chức vụ của").fill("Chánh Văn phòng")
    desk.get_by_role("button", name="Lưu tên").click()
    expect(desk.get_by_text("Đã ghi 1 đơn vị.")).to_be_visible()


def write_the_letter(desk: Page, sound: Sound) -> None:
    desk.get_by_role("link", name="Soạn lời thư").click()
    expect(desk.get_by_role("button", name="Lưu lời thư")).to_be_visible()
    sound(desk)
    chair = desk.get_by_role("textbox", name="Chủ trì")
    chair.fill("Đồng chí {{khong_co}}")
    desk.get_by_role("button", name="Lưu lời thư").click()
    expect(desk.get_by_role("alert")).to_contain_text("khong_co")
    sound(desk)
    chair.fill(CHAIR)
    desk.get_by_role("button", name="Lưu lời thư").click()
    expect(desk.get_by_text("Đã lưu. Thư chưa gửi lấy lời mới")).to_be_visible()
    drawn = desk.locator("[data-letter-picture]")
    assert drawn.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
    sound(desk)


def lay_before_the_leader(live: Live, desk: Page, sound: Sound) -> None:
    desk.goto(f"{live.url}{LETTERS}/batches/new")  # nothing goes out before
    expect(desk.get_by_text("Không có giấy mời nào cần gửi trong lựa chọn này.")).to_be_visible()
    sound(desk)
    desk.goto(f"{live.url}{DESK}/approvals")
    sound(desk)
    desk.get_by_role("textbox", name="Lời trình").fill("Kính trình lãnh đạo duyệt.")
    desk.get_by_role("button", name="Trình lãnh đạo").click()
    expect(desk.get_by_text("Đã trình lãnh đạo 4 thư.")).to_be_visible()
    sound(desk)


def approve_with_two_taps(live: Live, leader: Page, sound: Sound) -> None:
    deliver(live)
    leader.goto(link_in_mail(live, DESK.strip("/") + "/approvals"))
    expect(leader.get_by_role("heading", level=1)).to_have_text("Giấy mời cho 4 nơi")
    expect(leader.get_by_text("Kính trình lãnh đạo duyệt.")).to_be_visible()
    picture = leader.locator(".letter-picture")
    assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
    sound(leader)
    leader.get_by_role("link", name="Duyệt", exact=True).tap()
    expect(leader.get_by_role("heading", level=1)).to_have_text("Duyệt 4 giấy mời?")
    sound(leader)
    leader.get_by_role("button", name="Duyệt 4 thư").tap()
    expect(leader.get_by_text("Đã duyệt 4 thư.")).to_be_visible()
    sound(leader)


def give_number_and_date(live: Live, desk: Page, sound: Sound) -> None:
    desk.goto(f"{live.url}{LETTERS}")
    desk.get_by_role("textbox", name="Số giấy mời").fill("214")
    desk.get_by_role("textbox", name="Ngày ban hành").fill("26/02/2024")
    desk.get_by_role("button", name="Ghi số và ngày").click()
    expect(desk.get_by_text("Đã ghi số và ngày của giấy mời.")).to_be_visible()
    assert states(live) == ["ready"] * 4


def send_and_watch(live: Live, desk: Page, sound: Sound) -> None:
    """The progress page moves by itself while the worker sends."""
    desk.get_by_role("link", name="Gửi mọi giấy mời chưa gửi").click()
    expect(desk.get_by_role("heading", name="3 giấy mời sẽ gửi")).to_be_visible()
    expect(desk.get_by_text("1 đơn vị chưa có địa chỉ")).to_be_visible()
    sound(desk)
    desk.get_by_role("button", name="Gửi 3 giấy mời").click()
    expect(desk.get_by_role("heading", name="Lô thư này")).to_be_visible()
    sound(desk)
    deliver(live)
    expect(desk.locator("#figures")).to_have_text("Đã gửi xong")  # htmx, no reload
    expect(desk.get_by_text("3 đã gửi")).to_be_visible()
    sound(desk)
    words = words_of_pdf(next(data for name, data in attachments(live).items() if ".pdf" in name))
    assert "Số: 214/" in words
    assert CHAIR in words


def one_comes_back(live: Live, desk: Page, mailbox: DovecotServer, sound: Sound) -> None:
    with live.app.app_context():
        ours = db.session.scalars(
            select(Message).where(Message.recipient == GUEST, Message.template == "invitation")
        ).one()
        mailbox.deliver(MAILBOX, delivery_status(ours.message_id, to=GUEST))
        assert read_mailbox().found == {"permanent": 1}
    desk.goto(f"{live.url}{LETTERS}")
    row = desk.get_by_role("row").filter(has_text="Đặng Hải Lâm")
    expect(row.get_by_text("Bị trả lại")).to_be_visible()
    desk.get_by_role("link", name="Theo dõi").first.click()
    row = desk.get_by_role("row").filter(has_text="Đặng Hải Lâm")
    expect(row.get_by_text("Bị trả lại")).to_be_visible()
    expect(row.get_by_role("link", name="0900 000 002")).to_be_visible()
    sound(desk)


def call_whom_it_did_not_reach(desk: Page, sound: Sound) -> None:
    row = desk.get_by_role("row").filter(has_text="Đặng Hải Lâm")
    row.get_by_role("link", name="Báo qua điện thoại").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Đặng Hải Lâm")
    sound(desk)
    desk.get_by_role("textbox", name="Ghi chú").fill("Đã gặp, sẽ dự")
    desk.get_by_role("button", name="Đã báo qua điện thoại").click()
    expect(
        desk.get_by_text("Đã ghi: đã báo Vụ Giáo dục thường xuyên qua điện thoại.")
    ).to_be_visible()
    expect(desk.get_by_role("row").filter(has_text="Đặng Hải Lâm")).to_have_count(0)
    sound(desk)


def answer_on_the_own_page(live: Live, delegate: Page, desk: Page, sound: Sound) -> None:
    delegate.goto(link_in_mail(live, "invitations", to=SCHOOL))
    expect(delegate.get_by_text("Phạm Thu Hiên").first).to_be_visible()
    sound(delegate)
    delegate.get_by_role("link", name="Sẽ dự").tap()
    expect(delegate.get_by_role("heading", name="Phạm Thu Hiên sẽ dự tập huấn?")).to_be_visible()
    sound(delegate)
    delegate.get_by_role("button", name="Sẽ dự").tap()
    expect(delegate.locator("#answer .tag")).to_have_text("Sẽ dự")
    sound(delegate)
    desk.goto(f"{live.url}{LETTERS}/proof?tab=yes")
    expect(desk.get_by_role("row").filter(has_text="Phạm Thu Hiên")).to_be_visible()
    desk.goto(f"{live.url}{LETTERS}/proof?tab=told")
    expect(desk.get_by_role("row").filter(has_text="Đặng Hải Lâm")).to_be_visible()
    sound(desk)


def states(live: Live) -> list[str]:
    """Of the letters, in the order they were made."""
    with live.app.app_context():
        return [str(one) for one in db.session.scalars(
            select(Invitation.state).order_by(Invitation.id)
        )]  # fmt: skip
