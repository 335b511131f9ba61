"""Flask-Security's forms with our limits: guesses are counted before they are judged."""

from __future__ import annotations

from typing import Any

from flask_security import current_user
from flask_security.forms import (
    ChangePasswordForm,
    EmailValidation,
    ForgotPasswordForm,
    LoginForm,
    RequiredLocalize,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorVerifyCodeForm,
    get_form_field_xlate,
    valid_user_email,
)
from flask_security.proxies import _security
from flask_security.recovery_codes import MfRecoveryForm
from wtforms import EmailField, RadioField

from app.accounts.attempts import (
    CODE,
    PASSWORD,
    PASSWORD_FROM,
    RESET,
    RESET_FROM,
    begin,
    client_address,
)
from app.extensions import db


def begin_writing() -> None:
    """What Flask-Security writes next is one transaction that cannot lose its place on SQLite."""
    db.session.commit()
    db.session.connection(execution_options={"begin": "IMMEDIATE"})


class SignInForm(LoginForm):
    """No “remember me”: desks are shared."""

    remember = None

    def validate(self, **kwargs: Any) -> bool:
        if not (self.email.data and self.password.data):
            return bool(super().validate(**kwargs))
        begun = begin((PASSWORD, self.email.data), (PASSWORD_FROM, client_address()))
        right = bool(super().validate(**kwargs))
        if right:
            begun.right()
        return right


class LostPasswordForm(ForgotPasswordForm):
    # As Flask-Security's, without asking the DNS: the address is only looked up among ours.
    email = EmailField(
        get_form_field_xlate("Email Address"),
        render_kw={"autocomplete": "email"},
        validators=[
            RequiredLocalize(message="EMAIL_NOT_PROVIDED"),
            EmailValidation(verify=False),
            valid_user_email,
        ],
    )

    def validate(self, **kwargs: Any) -> bool:
        if self.email.data:
            begin((RESET, self.email.data), (RESET_FROM, client_address()))
        return bool(super().validate(**kwargs))


class NewPasswordForm(ResetPasswordForm):
    def validate(self, **kwargs: Any) -> bool:
        right = bool(super().validate(**kwargs))
        if right:
            begin_writing()
        return right


class OtherPasswordForm(ChangePasswordForm):
    """Change of the own password; guessing the present one counts like guessing at the door."""

    def validate(self, **kwargs: Any) -> bool:
        if not self.password.data:
            return bool(super().validate(**kwargs))
        begun = begin((PASSWORD, current_user.email), (PASSWORD_FROM, client_address()))
        for new in (self.new_password, self.new_password_confirm):  # as the old one is compared
            new.data = _security.password_util.normalize(new.data or "")
        right = bool(super().validate(**kwargs))
        if right or not self.password.errors:
            begun.right()
        if right:
            begin_writing()
        return right


class SecondStepForm(TwoFactorVerifyCodeForm):
    def validate(self, **kwargs: Any) -> bool:
        if not self.code.data or self.user is None:
            return bool(super().validate(**kwargs))
        self.code.data = "".join(str(self.code.data).split())
        begun = begin((CODE, str(self.user.id)))
        right = bool(super().validate(**kwargs))
        if right:
            begun.right()
            begin_writing()
        return right


class RecoveryForm(MfRecoveryForm):
    def validate(self, **kwargs: Any) -> bool:
        if not self.code.data or self.user is None:
            return bool(super().validate(**kwargs))
        self.code.data = self.code.data.strip().lower()
        begun = begin((CODE, str(self.user.id)))
        right = bool(super().validate(**kwargs))
        if right:
            begun.right()
            begin_writing()
        return right


class NoRescueForm(TwoFactorRescueForm):
    """Flask-Security builds it beside the code's form; its page is closed, and it is not shown."""

    help_setup = RadioField(choices=[])


FORMS: dict[str, Any] = {
    "login_form": SignInForm,
    "forgot_password_form": LostPasswordForm,
    "reset_password_form": NewPasswordForm,
    "change_password_form": OtherPasswordForm,
    "two_factor_verify_code_form": SecondStepForm,
    "two_factor_rescue_form": NoRescueForm,
    "mf_recovery_form": RecoveryForm,
}
