"""The outbox at the desk, and in a rehearsal the mailbox in which every mail can be read."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_view_desk
from app.mail import pages, queries, services
from app.mail.forms import AddressForm
from app.mail.mime import http_disposition
from app.mail.models import Message, MessageState
from app.mail.queries import Tab

blueprint = Blueprint("mail", __name__, url_prefix="/desk")

PER_PAGE = 50
# The mail's own HTML has styles in its elements and runs nothing; its links open a new page.
MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@blueprint.get("/outbox")
@requires(can_view_desk)
def outbox() -> str:
    try:
        tab = Tab(request.args.get("tab", Tab.UNSENT))
    except ValueError:
        abort(404)
    page = max(request.args.get("page", 1, type=int), 1)
    counts = queries.state_counts()
    totals = queries.tab_counts(counts)
    moment = now()
    rows = queries.outbox_rows(tab, page=page, per_page=PER_PAGE)
    last = queries.last_sent_at()
    silent = pages.worker_silent_since()
    return render_template(
        "mail/outbox.html",
        tab=tab,
        tabs=_tabs(tab, totals),
        lines=[pages.line_of(row, moment) for row in rows],
        page=page,
        per_page=PER_PAGE,
        total=totals[tab],
        retrying=counts.get(MessageState.RETRYING, 0),
        waiting=totals[Tab.WAITING],
        last_sent=pages.moment(last, moment) if last else None,
        trouble=pages.server_lines(queries.server_state(), moment),
        mailbox=pages.mailbox_lines(moment),
        came_back=pages.came_back([row.id for row in rows], moment),
        silent_since=pages.moment(silent, moment) if silent else None,
        to_folder=current_app.config["SETTINGS"].mail_transport == "folder",
        may_manage=can_manage(current_actor()),
    )


def _tabs(current: Tab, totals: dict[Tab, int]) -> list[dict[str, Any]]:
    words = {
        Tab.UNSENT: _("Chưa đi được"),
        Tab.WAITING: _("Chờ gửi"),
        Tab.SENT: _("Đã gửi"),
        Tab.ALL: _("Tất cả"),
    }
    return [
        {
            "label": word,
            "url": url_for("mail.outbox", tab=None if tab is Tab.UNSENT else tab),
            "count": totals[tab],
            "active": tab is current,
        }
        for tab, word in words.items()
    ]


@blueprint.get("/outbox/<int:message_id>")
@requires(can_view_desk)
def message(message_id: int) -> str:
    back = {"url": url_for("mail.outbox"), "label": _("Thư đi")}
    return _message_page(message_id, back)


def _message_page(message_id: int, back: dict[str, str]) -> str:
    found = queries.message_with_files(message_id)
    return render_template(
        "mail/message.html",
        message=found,
        line=pages.line_of(found, now()),
        came_back=pages.came_back([found.id], now()).get(found.id, []),
        shown=pages.shown(found),
        thing=pages.thing_link(found),
        back=back,
        may_manage=can_manage(current_actor()),
    )


@blueprint.get("/outbox/<int:message_id>/body")
@requires(can_view_desk)
def body(message_id: int) -> Response:
    """The HTML part alone, for the sandboxed frame of the message's page."""
    content = pages.shown(queries.message_with_files(message_id))
    if content is None or content.hidden or not content.html:
        abort(404)
    answer = make_response(content.html)
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


@blueprint.get("/outbox/<int:message_id>/files/<int:attachment_id>")
@requires(can_view_desk)
def attachment(message_id: int, attachment_id: int) -> Response:
    found = queries.attachment_of(message_id, attachment_id)
    answer = make_response(found.content)
    answer.headers["Content-Type"] = found.media_type
    answer.headers["Content-Disposition"] = http_disposition(found.filename)
    return answer


@blueprint.post("/outbox/<int:message_id>/retry")
@requires(can_manage)
def retry(message_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work():
            tried = services.retry(message_id, by=current_actor(), now=now())
            name = tried.recipient_name
    except (services.AlreadySent, services.BeingSent) as refusal:
        flash(str(refusal), "look")
    else:
        flash(_("Đang gửi lại thư tới %(name)s.", name=name), "waiting")
    return redirect(_back_to(message_id))


def _back_to(message_id: int) -> str:
    """Where the person came from: the page of the mail's batch when it asks so, else the outbox."""
    batch = None
    if request.values.get("from") == "batch":
        batch = pages.batch_url(queries.message_with_files(message_id))
    return batch or url_for("mail.outbox")


@blueprint.post("/outbox/retry")
@requires(can_manage)
def retry_temporary() -> ResponseReturnValue:
    with unit_of_work():
        number = services.retry_temporary(by=current_actor(), now=now())
    flash(
        ngettext("Đang gửi lại %(num)s thư.", "Đang gửi lại %(num)s thư.", number)
        if number
        else _("Không có thư nào bị lỗi tạm thời."),
        "waiting",
    )
    return redirect(url_for("mail.outbox"))


@blueprint.route("/outbox/<int:message_id>/address", methods=["GET", "POST"])
@requires(can_manage)
def address(message_id: int) -> ResponseReturnValue:
    found = queries.message_with_files(message_id)
    form = AddressForm(address=found.recipient)
    if form.validate_on_submit():
        try:
            with unit_of_work():
                mended = services.correct_address(
                    message_id, form.address.data or "", by=current_actor(), now=now()
                )
                sent_to = mended.recipient
        except DomainError as refusal:
            form.address.errors = [*form.address.errors, str(refusal)]
        else:
            flash(_("Đang gửi thư tới %(address)s.", address=sent_to), "waiting")
            return redirect(_back_to(message_id))
    return render_template(
        "mail/address.html",
        form=form,
        line=pages.line_of(found, now()),
        message=found,
        register_url=pages.register_url(found),
    )


# ---------------------------------------------------------------- rehearsal only


def _only_in_a_rehearsal() -> None:
    if not current_app.config["SETTINGS"].rehearsal:
        abort(404)


@blueprint.get("/rehearsal-mailbox")
@requires(can_view_desk)
def rehearsal_mailbox() -> str:
    _only_in_a_rehearsal()
    page = max(request.args.get("page", 1, type=int), 1)
    search = request.args.get("q", "").strip()
    rows, total = queries.mailbox_rows(search, page=page, per_page=PER_PAGE)
    return render_template(
        "mail/rehearsal_mailbox.html",
        rows=[(row, _subject(row)) for row in rows],
        search=search,
        page=page,
        per_page=PER_PAGE,
        total=total,
    )


def _subject(message: Message) -> str:
    return message.subject or pages.kind_of(message)


@blueprint.get("/rehearsal-mailbox/<int:message_id>")
@requires(can_view_desk)
def rehearsal_message(message_id: int) -> str:
    _only_in_a_rehearsal()
    back = {"url": url_for("mail.rehearsal_mailbox"), "label": _("Hộp thư diễn tập")}
    return _message_page(message_id, back)
