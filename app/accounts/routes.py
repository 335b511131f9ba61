"""The desk's pages of accounts, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.accounts import services
from app.accounts.forms import AccountForm, NewAccountForm, PasswordForm
from app.accounts.models import Account
from app.accounts.passwords import made_password
from app.accounts.services import AccountRefused, account_of, is_two_step_on, role_of
from app.accounts.words import ROLE_HELP, ROLE_WORDS
from app.audit.field_words import changes
from app.audit.services import history_of
from app.audit.words import action_word
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.core.policies import can_administer
from app.extensions import db

blueprint = Blueprint("accounts", __name__)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Question:
    """An action asked about before it is done. Sentences hold %(name)s."""

    question: Any
    then: Any
    yes: Any
    done: Any
    danger: bool = False


QUESTIONS = {
    "deactivate": Question(
        _l("Khóa tài khoản của %(name)s?"),
        _l("Người này bị đăng xuất ngay và không đăng nhập được nữa. Mở lại được bất cứ lúc nào."),
        _l("Khóa tài khoản"),
        _l("Đã khóa tài khoản của %(name)s."),
        danger=True,
    ),
    "reactivate": Question(
        _l("Mở lại tài khoản của %(name)s?"),
        _l("Người này lại đăng nhập được bằng mật khẩu cũ."),
        _l("Mở lại tài khoản"),
        _l("Đã mở lại tài khoản của %(name)s."),
    ),
    "remove-two-step": Question(
        _l("Tắt xác thực hai bước của %(name)s?"),
        _l(
            "Dùng khi người này mất điện thoại. Lần sau chỉ cần mật khẩu để đăng nhập; "
            "mã khôi phục cũ hết hiệu lực."
        ),
        _l("Tắt xác thực hai bước"),
        _l("Đã tắt xác thực hai bước của %(name)s."),
        danger=True,
    ),
}


@blueprint.get("/desk/accounts")
@requires(can_administer)
def index() -> str:
    page = max(request.args.get("page", 1, type=int), 1)
    total = db.session.scalar(select(func.count()).select_from(Account)) or 0
    rows = db.session.scalars(
        select(Account)
        .options(selectinload(Account.roles))
        .order_by(Account.__table__.c.active.desc(), Account.__table__.c.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return render_template(
        "accounts/index.html", rows=rows, page=page, per_page=PAGE_SIZE, total=total, **_words()
    )


@blueprint.route("/desk/accounts/new", methods=["GET", "POST"])
@requires(can_administer)
def create() -> Any:
    form = NewAccountForm()
    if form.validate_on_submit():
        typed = form.password.data or ""
        password = typed or made_password()
        try:
            with unit_of_work():
                account = services.create_account(
                    form.email.data, form.role.data, full_name=form.full_name.data,
                    password=password, by=current_actor(), now=now(),
                )  # fmt: skip
        except AccountRefused as refused:
            _place(form, refused)
        else:
            return _made(account, password, typed, _("Đã tạo tài khoản"))
    return render_template("accounts/create.html", form=form, **_words())


@blueprint.route("/desk/accounts/<int:account_id>", methods=["GET", "POST"])
@requires(can_administer)
def detail(account_id: int) -> Any:
    account = account_of(account_id)
    form = AccountForm(full_name=account.full_name, role=role_of(account))
    if form.validate_on_submit():
        try:
            with unit_of_work():
                changed = services.edit_account(
                    account_of(account_id), full_name=form.full_name.data, role=form.role.data,
                    by=current_actor(), now=now(),
                )  # fmt: skip
        except AccountRefused as refused:
            _place(form, refused)
        else:
            flash(_("Đã lưu.") if changed else _("Không có gì thay đổi."), "done")
            return redirect(url_for("accounts.detail", account_id=account_id), code=303)
    return render_template(
        "accounts/detail.html",
        person=account,
        form=form,
        is_self=current_actor().ref == str(account_id),
        history=history_of(("account", account_id), limit=20),
        action_word=action_word,
        changes=changes,
        **_words(),
    )


@blueprint.route("/desk/accounts/<int:account_id>/password", methods=["GET", "POST"])
@requires(can_administer)
def give_password(account_id: int) -> Any:
    account = account_of(account_id)
    form = PasswordForm()
    if form.validate_on_submit():
        typed = form.password.data or ""
        password = typed or made_password()
        try:
            with unit_of_work():
                account = account_of(account_id)
                services.give_password(account, password, by=current_actor(), now=now())
        except AccountRefused as refused:
            _place(form, refused)
        else:
            return _made(account, password, typed, _("Đã đặt lại mật khẩu"))
    return render_template("accounts/give_password.html", person=account, form=form)


@blueprint.route("/desk/accounts/<int:account_id>/<action>", methods=["GET", "POST"])
@requires(can_administer)
def act(account_id: int, action: str) -> Any:
    """`action`: deactivate, reactivate or remove-two-step; asked first, then done."""
    question = QUESTIONS.get(action)
    if question is None:
        raise NotFound()
    account = account_of(account_id)
    name = account.full_name or account.email
    if request.method == "POST":
        try:
            with unit_of_work():
                services.CHANGES[action](account_of(account_id), by=current_actor(), now=now())
        except AccountRefused as refused:
            flash(str(refused), "stop")
        else:
            flash(str(question.done) % {"name": name}, "done")
        return redirect(url_for("accounts.detail", account_id=account_id), code=303)
    return render_template("accounts/question.html", person=account, name=name, asked=question)


def _made(account: Account, password: str, typed: str, title: str) -> Response:
    """The one page that shows a password made by the system; kept by no cache and no history."""
    page = render_template(
        "accounts/made.html", person=account, title=title, password="" if typed else password
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _place(form: Any, refused: AccountRefused) -> None:
    if refused.field in form:
        form[refused.field].errors = [*form[refused.field].errors, str(refused)]
    else:
        form.form_errors.append(str(refused))


def _words() -> dict[str, Any]:
    return {
        "role_of": role_of,
        "role_words": ROLE_WORDS,
        "role_help": ROLE_HELP,
        "is_two_step_on": is_two_step_on,
    }


# The other pages of this blueprint.
from app.accounts import audit_routes, own_routes  # noqa: E402

__all__ = ["audit_routes", "blueprint", "own_routes"]
