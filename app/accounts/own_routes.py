"""The own account: name, password, second step; and where a sign-in lands."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import current_user
from flask_security.proxies import _security
from itsdangerous import BadData, URLSafeTimedSerializer

from app.accounts import services
from app.accounts.attempts import CODE, PASSWORD, PASSWORD_FROM, begin, client_address
from app.accounts.forms import NameForm, OwnPasswordForm, TwoStepForm
from app.accounts.models import Account
from app.accounts.routes import blueprint
from app.accounts.services import account_of, is_two_step_on, role_of
from app.accounts.words import ROLE_HELP, ROLE_WORDS
from app.core.access import Actor, current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_check_in, can_view_desk

SEALED_FOR = 30 * 60  # seconds to scan the picture and type the code


def has_account(actor: Actor) -> bool:
    """Anybody who signs in, of whatever role; a paired gate does not."""
    return actor.kind == "account"


@blueprint.get("/account/start")
@requires(has_account)
def start() -> Any:
    """Where a sign-in lands: the hall for hall staff, the desk for the others."""
    actor = current_actor()
    if can_view_desk(actor):
        return redirect(url_for("overview.desk_home"))
    return redirect(url_for("checkin.hall" if can_check_in(actor) else "accounts.me"))


@blueprint.route("/desk/account", methods=["GET", "POST"])
@requires(has_account)
def me() -> Any:
    form = NameForm(full_name=current_user.full_name)
    if form.validate_on_submit():
        with unit_of_work():
            services.rename_oneself(_self(), full_name=form.full_name.data, now=now())
        flash(_("Đã lưu."), "done")
        return redirect(url_for("accounts.me"), code=303)
    role = role_of(_self())
    return render_template(
        "accounts/me.html",
        form=form,
        person=_self(),
        role=ROLE_WORDS.get(role, ""),
        role_help=ROLE_HELP.get(role, ""),
        two_step=is_two_step_on(_self()),
        codes_left=len(_security.mf_recovery_codes_util.get_recovery_codes(_self())),
        **_frame(),
    )


@blueprint.route("/desk/account/two-step", methods=["GET", "POST"])
@requires(has_account)
def two_step() -> Any:
    """Turn the second step on, or move it to another telephone. A GET stores nothing."""
    form = TwoStepForm()
    secret = _unsealed(form.secret.data) if form.is_submitted() else None
    if form.is_submitted() and secret is None:
        flash(_("Mã vuông đã hết hạn. Hãy quét lại mã mới."), "look")
        return redirect(url_for("accounts.two_step"), code=303)
    if form.validate_on_submit() and secret is not None:
        if _password_is_right(form.password) and _code_is_right(form.code, secret):
            with unit_of_work():
                codes = services.turn_on_two_step(_self(), secret, now=now())
            return _codes_page(codes, _("Đã bật xác thực hai bước"))
    secret = secret or _security.totp_factory.generate_totp_secret()
    form.secret.data = _sealer().dumps({"secret": secret, "account": current_user.id})
    return render_template(
        "accounts/two_step.html",
        form=form,
        changing=is_two_step_on(_self()),
        picture=_security.totp_factory.fetch_setup_values(secret, _self()),
        **_frame(),
    )


@blueprint.route("/desk/account/two-step/off", methods=["GET", "POST"])
@requires(has_account)
def two_step_off() -> Any:
    form = OwnPasswordForm()
    if form.validate_on_submit() and _password_is_right(form.password):
        with unit_of_work():
            account = _self()
            services.turn_off_two_step(account, by=current_actor(), now=now())
        flash(_("Đã tắt xác thực hai bước."), "done")
        return redirect(url_for("accounts.me"), code=303)
    return render_template("accounts/two_step_off.html", form=form, **_frame())


@blueprint.route("/desk/account/recovery-codes", methods=["GET", "POST"])
@requires(has_account)
def recovery_codes() -> Any:
    """New codes; the old ones die. Only who uses the second step needs them."""
    if not is_two_step_on(_self()):
        return redirect(url_for("accounts.two_step"))
    form = OwnPasswordForm()
    if form.validate_on_submit() and _password_is_right(form.password):
        with unit_of_work():
            codes = services.renew_recovery_codes(_self(), now=now())
        return _codes_page(codes, _("Mã khôi phục mới"))
    return render_template("accounts/recovery_codes.html", form=form, **_frame())


def _self() -> Account:
    return account_of(current_user.id)


def _frame() -> dict[str, Any]:
    """Hall staff have no desk around the page."""
    on_desk = can_view_desk(current_actor())
    return {
        "on_desk": on_desk,
        "own_layout": "layouts/desk.html" if on_desk else "layouts/public.html",
    }


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="two-step")


def _unsealed(sealed: str | None) -> str | None:
    """The secret behind the picture shown to this account; None when too old or not ours."""
    try:
        found = _sealer().loads(sealed or "", max_age=SEALED_FOR)
    except BadData:
        return None
    return str(found["secret"]) if found["account"] == current_user.id else None


def _password_is_right(field: Any) -> bool:
    """Counts guesses like the sign-in does. Raises TooManyAttempts."""
    begun = begin((PASSWORD, current_user.email), (PASSWORD_FROM, client_address()))
    typed = _security.password_util.normalize(field.data)
    if not _self().verify_and_update_password(typed):
        field.errors = [_("Mật khẩu không đúng.")]
        return False
    begun.right()
    return True


def _code_is_right(field: Any, secret: str) -> bool:
    begun = begin((CODE, str(current_user.id)))
    typed = "".join(field.data.split())
    right = _security.totp_factory.verify_totp(
        token=typed,
        totp_secret=secret,
        user=_self(),
        window=current_app.config["SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY"],
    )
    if not right:
        field.errors = [_("Mã không đúng. Hãy nhập mã đang hiện trên điện thoại.")]
        return False
    begun.right()
    return True


def _codes_page(codes: list[str], title: str) -> Response:
    answer = make_response(
        render_template("accounts/codes.html", codes=codes, title=title, **_frame())
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
