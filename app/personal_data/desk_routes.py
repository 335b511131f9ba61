"""The desk's side of requests: list with clocks, one request, each step on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.services import history_of
from app.audit.words import action_word
from app.core.access import Actor, current_actor, requires
from app.core.clock import local, local_date, now
from app.core.database import unit_of_work
from app.core.days_off import FIXED_HOLIDAYS, read_days_off
from app.core.errors import DomainError, NotFound
from app.core.filters import date_time, short_date
from app.core.look import url_with
from app.core.policies import can_manage
from app.core.spreadsheet_writing import write_xlsx
from app.personal_data import people, queries, rules, services
from app.personal_data.erasing_one import EVERYTHING, StillStanding
from app.personal_data.forms import AnswerForm, DaysOffForm, EraseForm, ExtendForm, RefuseForm
from app.personal_data.models import DataRequest
from app.personal_data.people import Found
from app.personal_data.routes import blueprint
from app.personal_data.rules import Kind, State
from app.personal_data.words import (
    KIND_SHORT,
    KIND_WORDS,
    PLACE_WORDS,
    STATE_LOOKS,
    step_words,
    time_words,
)
from app.registration.history import name_of
from app.registration.rules import ACTIVE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAB_WORDS = {"running": _l("Đang mở"), "ended": _l("Đã xong, đã từ chối")}


def _common() -> dict[str, Any]:
    return {
        "kind_short": KIND_SHORT,
        "kind_words": KIND_WORDS,
        "state_looks": STATE_LOOKS,
        "place_words": PLACE_WORDS,
        "time_words": time_words,
        "step_words": step_words,
        "name_of": name_of,
        "active_states": ACTIVE,
    }


@blueprint.get("/desk/personal-data")
@requires(can_manage)
def index() -> str:
    tab = request.args.get("tab", "running")
    tab = tab if tab in queries.TABS else "running"
    found = queries.request_page(tab, request.args.get("page", 1, type=int), now())
    items = [
        {
            "label": str(word),
            "url": url_with(tab=None if name == "running" else name, page=None),
            "count": found.counts[name],
            "active": name == tab,
        }
        for name, word in TAB_WORDS.items()
    ]
    return render_template(
        "personal_data/index.html",
        **_common(),
        tab=tab,
        tab_items=items,
        found=found,
        per_page=queries.PAGE_SIZE,
    )


@blueprint.get("/desk/personal-data/<int:request_id>")
@requires(can_manage)
def detail(request_id: int) -> str:
    asked = services.request_of(request_id)
    q = request.args.get("q", asked.full_name or "")
    return render_template(
        "personal_data/detail.html",
        **_common(),
        asked=asked,
        row=queries.row_of(asked, now()),
        is_running=State(asked.state) in rules.RUNNING,
        may_extend=rules.may_extend(asked.state, asked.extended_at),
        q=q,
        found=people.find_people(q),
        most=people.MOST_FOUND,
        history=[
            {"text": action_word(one.action), "when": f"{date_time(one.at)} · {one.actor_label}",
             "main": number == 0}
            for number, one in enumerate(history_of(("data_request", asked.id)))
        ],
    )  # fmt: skip


# ---------------------------------------------------------------- the steps


@dataclass(frozen=True)
class Step:
    """``work``: runs in the unit of work, with the form filled."""

    title: Any
    button: Any
    form: type[Any]
    work: Callable[[DataRequest, Any, Actor], None]
    done: Any
    states: frozenset[State] = rules.RUNNING
    is_red: bool = False


def _extend(asked: DataRequest, form: Any, by: Actor) -> None:
    services.extend(asked, form.until.day, form.answer.data, by=by, now=now())


STEPS: dict[str, Step] = {
    "answer": Step(
        _l("Trả lời người yêu cầu"), _l("Gửi trả lời"), AnswerForm,
        lambda asked, form, by: services.answer(asked, form.answer.data, by=by, now=now()),
        _l("Đã ghi câu trả lời."), frozenset({State.OPEN}),
    ),
    "extend": Step(
        _l("Gia hạn một lần"), _l("Gia hạn"), ExtendForm, _extend, _l("Đã gia hạn."),
    ),
    "done": Step(
        _l("Ghi đã làm xong"), _l("Ghi đã làm xong"), AnswerForm,
        lambda asked, form, by: services.finish(asked, form.answer.data, by=by, now=now()),
        _l("Đã ghi: làm xong."),
    ),
    "refuse": Step(
        _l("Từ chối yêu cầu này?"), _l("Từ chối yêu cầu"), RefuseForm,
        lambda asked, form, by: services.refuse(asked, form.answer.data, by=by, now=now()),
        _l("Đã ghi lời từ chối."), is_red=True,
    ),
}  # fmt: skip


@blueprint.route(
    f"/desk/personal-data/<int:request_id>/<any({', '.join(STEPS)}):action>",
    methods=["GET", "POST"],
)
@requires(can_manage)
def act(request_id: int, action: str) -> Any:
    asked, step = services.request_of(request_id), STEPS[action]
    if not _allowed(asked, action):
        flash(str(services.StepRefused.message), "look")
        return redirect(url_for(".detail", request_id=request_id))
    form = step.form()
    if isinstance(form, ExtendForm):
        form.after = local_date(asked.act_by)
        form.latest = rules.latest_extension(asked.received_at, asked.kind)
    if form.validate_on_submit():
        try:
            with unit_of_work():
                step.work(services.request_of(request_id, lock=True), form, current_actor())
        except DomainError as refusal:
            if refusal.status != 409:
                raise
            form.form_errors.append(str(refusal))
        else:
            flash(_told(step, services.request_of(request_id)), "done")
            return redirect(url_for(".detail", request_id=request_id), 303)
        asked = services.request_of(request_id)
    page = render_template(
        "personal_data/act.html", **_common(), asked=asked, step=step, action=action, form=form,
        suggestions=_suggestions(asked, action),
    )  # fmt: skip
    return page, 422 if form.errors or form.form_errors else 200


def _allowed(asked: DataRequest, action: str) -> bool:
    if action == "extend":
        return rules.may_extend(asked.state, asked.extended_at)
    return State(asked.state) in STEPS[action].states


def _told(step: Step, asked: DataRequest) -> str:
    if asked.contact and "@" in asked.contact:
        return f"{step.done} " + _("Thư cho người yêu cầu đã vào hàng gửi.")
    return f"{step.done} " + _("Người yêu cầu để lại số điện thoại: hãy gọi để báo.")


def _suggestions(asked: DataRequest, action: str) -> list[str]:
    """Vietnamese whatever the language of the screen: the words go to the person."""
    day = short_date(asked.act_by)
    finished = {
        Kind.SEE: "Sở đã gửi bản trích dữ liệu đang lưu.",
        Kind.CORRECT: "Sở đã sửa dữ liệu theo yêu cầu.",
        Kind.ERASE: "Sở đã xóa dữ liệu theo yêu cầu.",
    }.get(Kind(asked.kind), "Sở đã thực hiện yêu cầu.")
    return {
        "answer": [f"Sở đã nhận yêu cầu và sẽ thực hiện chậm nhất ngày {day}."],
        "done": [finished, "Sở không tìm thấy dữ liệu nào mang tên này."],
        "refuse": [
            "Họ tên, chức vụ trong danh sách đại biểu là hồ sơ hoạt động theo luật định của cơ quan "
            "nhà nước, được lưu trữ theo quy định nên không xóa."
        ],
    }.get(action, [])


# ---------------------------------------------------------------- what is held: give, erase


def _chosen(values: Any) -> list[Found]:
    ids = {int(one) for one in values.getlist("ids") if one.isascii() and one.isdigit()}
    return people.people_of({one for one in ids if one < 2**31})


def _back(request_id: int) -> Any:
    flash(_("Chưa chọn dòng nào. Hãy đánh dấu các đăng ký của người này."), "look")
    return redirect(url_for(".detail", request_id=request_id), 303)


@blueprint.post("/desk/personal-data/<int:request_id>/extract")
@requires(can_manage)
def extract(request_id: int) -> Any:
    """The bản trích as a table, to be given to the person; noted in the log."""
    asked, found = services.request_of(request_id), _chosen(request.form)
    if State(asked.state) not in rules.RUNNING:
        raise services.StepRefused()
    if not found:
        return _back(request_id)
    rows = [
        [*row[:4], local(row[4]).replace(tzinfo=None) if row[4] else None]
        for row in people.extract_rows(found)
    ]
    content = write_xlsx(_("Bản trích dữ liệu"), people.extract_header(), rows)
    with unit_of_work():
        services.note_extract(services.request_of(request_id), found, by=current_actor(), now=now())
    return Response(
        content,
        mimetype=XLSX,
        headers={
            "Content-Disposition": f'attachment; filename="Ban-trich-{asked.receipt_code}.xlsx"'
        },
    )


@blueprint.route("/desk/personal-data/<int:request_id>/erase", methods=["GET", "POST"])
@requires(can_manage)
def erase(request_id: int) -> Any:
    """The question, with what will go; then the erasure itself, which nothing brings back."""
    asked = services.request_of(request_id)
    found = _chosen(request.form if request.method == "POST" else request.args)
    if State(asked.state) not in rules.RUNNING:
        raise NotFound()
    form = EraseForm()
    if request.method == "POST" and not found:
        return _back(request_id)
    if form.validate_on_submit():
        try:
            return _erase(request_id, found, form)
        except DomainError as refusal:
            if refusal.status != 409:
                raise
            at_scope = isinstance(refusal, StillStanding)
            (form.scope.errors if at_scope else form.form_errors).append(str(refusal))  # type: ignore[union-attr]
        asked, found = services.request_of(request_id), _chosen(request.form)
    page = render_template(
        "personal_data/erase.html", **_common(), asked=asked, found=found, form=form
    )
    return page, 422 if form.errors or form.form_errors else 200


def _erase(request_id: int, found: list[Found], form: EraseForm) -> Any:
    ids = {one.registration.id for one in found}
    scope, reason = form.scope.data or "", form.reason.data or ""
    with unit_of_work():
        counts = services.erase(
            services.request_of(request_id, lock=True),
            people.people_of(ids),
            scope,
            reason,
            by=current_actor(),
            now=now(),
        )
    what = _("tất cả dữ liệu") if scope == EVERYTHING else _("liên hệ, bản ký và thư gửi riêng")
    flash(
        _(
            "Đã xóa %(what)s ở %(n)s đăng ký: %(mails)s thư, %(pages)s trang bản ký, %(log)s dòng "
            "nhật ký. Hãy ghi “Đã làm xong” để báo người yêu cầu.",
            what=what,
            n=counts["registrations"],
            mails=counts["mails"],
            pages=counts["form_pages"],
            log=counts["log"],
        ),
        "done",
    )
    return redirect(url_for(".detail", request_id=request_id), 303)


# ---------------------------------------------------------------- days off


@blueprint.route("/desk/personal-data/days-off", methods=["GET", "POST"])
@requires(can_manage)
def days_off() -> Any:
    """Tết, Giỗ Tổ and days moved by decision: what the working days are counted without."""
    form = DaysOffForm(data={"days": "\n".join(f"{one:%d/%m/%Y}" for one in read_days_off())})
    if form.validate_on_submit():
        with unit_of_work():
            services.set_days_off(form.parsed, by=current_actor(), now=now())
        flash(_("Đã lưu ngày nghỉ. Hạn của yêu cầu đã nhận giữ như đã báo."), "done")
        return redirect(url_for(".index"), 303)
    fixed = ", ".join(f"{day:02d}/{month:02d}" for month, day in sorted(FIXED_HOLIDAYS))
    page = render_template("personal_data/days_off.html", form=form, fixed=fixed)
    return page, 422 if form.errors else 200
