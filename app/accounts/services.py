"""Making and changing accounts. Callers open the unit of work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_security import hash_password
from flask_security.proxies import _security
from sqlalchemy import select

from app.accounts.models import Account, Role
from app.accounts.passwords import password_problem
from app.accounts.setup import datastore
from app.audit.services import record
from app.core.access import Actor
from app.core.addresses import clean_address
from app.core.database import on_constraint
from app.core.errors import DomainError, NotFound
from app.core.policies import ROLES
from app.extensions import db


class AccountRefused(DomainError):
    """`field`: the name of the form's field the sentence belongs to, or empty."""

    status = 400

    def __init__(self, message: Any = None, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def _used_address() -> AccountRefused:
    return AccountRefused(_l("Đã có tài khoản với địa chỉ này."), "email")


on_constraint("uq_account_email", _used_address)


def role_of(account: Account) -> str:
    """The one role of an account; empty when it has none."""
    names = {role.name for role in account.roles}
    return next((name for name in ROLES if name in names), "")


def actor_of(account: Account) -> Actor:
    return Actor(
        "account",
        str(account.id),
        account.full_name or account.email,
        frozenset(role.name for role in account.roles),
    )


def account_of(account_id: int) -> Account:
    """Raises NotFound."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound()
    return account


def create_account(
    email: str, role: str, *, password: str, by: Actor, now: datetime, full_name: str = ""
) -> Account:
    """Raises AccountRefused for a used address, an unknown role or a weak password."""
    address = clean_address(email)
    if role not in ROLES:
        raise AccountRefused(_l("Không có vai trò “%(role)s”.", role=role), "role")
    _ensure_good(password, address, full_name)
    if datastore.find_user(email=address, case_insensitive=True):
        raise _used_address()
    account: Any = datastore.create_user(
        email=address,
        password=_hashed(password),
        full_name=full_name or None,
        roles=[datastore.find_or_create_role(role)],
        active=True,
    )
    db.session.flush()
    record(
        "account.created",
        ("account", account.id),
        by=by,
        now=now,
        after={"email": address, "role": role, "full_name": full_name or None},
    )
    return account


def edit_account(account: Account, *, full_name: str, role: str, by: Actor, now: datetime) -> bool:
    """True when something changed. Raises AccountRefused for a role that would leave no admin."""
    if role not in ROLES:
        raise AccountRefused(_l("Không có vai trò “%(role)s”.", role=role), "role")
    before = {"full_name": account.full_name, "role": role_of(account)}
    after = {"full_name": full_name or None, "role": role}
    if before == after:
        return False
    if before["role"] == "admin" and role != "admin":
        _ensure_admin_remains(account, by, "role")
    account.full_name = after["full_name"]
    account.roles = [datastore.find_or_create_role(role)]
    record(
        "account.edited", ("account", account.id), by=by, now=now,
        before={key: value for key, value in before.items() if after[key] != value},
        after={key: value for key, value in after.items() if before[key] != value},
    )  # fmt: skip
    return True


def rename_oneself(account: Account, *, full_name: str, now: datetime) -> bool:
    """True when the name changed."""
    if (full_name or None) == account.full_name:
        return False
    before, account.full_name = account.full_name, full_name or None
    record(
        "account.edited", ("account", account.id), by=actor_of(account), now=now,
        before={"full_name": before}, after={"full_name": account.full_name},
    )  # fmt: skip
    return True


def deactivate(account: Account, *, by: Actor, now: datetime) -> bool:
    """Ends its open sessions. False when it is closed already. Raises AccountRefused."""
    if not account.active:
        return False
    _ensure_admin_remains(account, by)
    account.active = False
    datastore.set_uniquifier(account)
    record("account.deactivated", ("account", account.id), by=by, now=now)
    return True


def reactivate(account: Account, *, by: Actor, now: datetime) -> bool:
    if account.active:
        return False
    account.active = True
    record("account.reactivated", ("account", account.id), by=by, now=now)
    return True


def give_password(account: Account, password: str, *, by: Actor, now: datetime) -> None:
    """By an administrator; ends its open sessions. Raises AccountRefused for a weak one."""
    _ensure_good(password, account.email, account.full_name or "")
    account.password = _hashed(password)
    datastore.set_uniquifier(account)
    record("account.password_given", ("account", account.id), by=by, now=now)


def turn_on_two_step(account: Account, secret: str, *, now: datetime) -> list[str]:
    """`secret`: the sealed TOTP secret just proved by a code. Gives the recovery codes."""
    changed = is_two_step_on(account)
    datastore.tf_set(account, "authenticator", totp_secret=secret)
    codes = _security.mf_recovery_codes_util.create_recovery_codes(account)
    record(
        "account.two_step_changed" if changed else "account.two_step_on",
        ("account", account.id), by=actor_of(account), now=now,
    )  # fmt: skip
    return list(codes)


def turn_off_two_step(account: Account, *, by: Actor, now: datetime) -> bool:
    """Recovery codes die too. False when it is off already."""
    if not is_two_step_on(account):
        return False
    datastore.tf_reset(account)
    datastore.mf_set_recovery_codes(account, None)
    record("account.two_step_off", ("account", account.id), by=by, now=now)
    return True


def renew_recovery_codes(account: Account, *, now: datetime) -> list[str]:
    """The old ones die. To be shown once."""
    codes = _security.mf_recovery_codes_util.create_recovery_codes(account)
    record("account.recovery_codes_made", ("account", account.id), by=actor_of(account), now=now)
    return list(codes)


def is_two_step_on(account: Account) -> bool:
    return bool(account.tf_totp_secret and account.tf_primary_method)


CHANGES: dict[str, Callable[..., bool]] = {
    "deactivate": deactivate,
    "reactivate": reactivate,
    "remove-two-step": turn_off_two_step,
}


def _hashed(password: str) -> str:
    return hash_password(_security.password_util.normalize(password))


def _ensure_good(password: str, email: str, full_name: str) -> None:
    problem = password_problem(
        _security.password_util.normalize(password), email=email, full_name=full_name
    )
    if problem:
        raise AccountRefused(problem, "password")


def _ensure_admin_remains(account: Account, by: Actor, field: str = "") -> None:
    """Nobody closes the own door, nobody takes away the last administrator."""
    if by.kind == "account" and by.ref == str(account.id):
        raise AccountRefused(
            _l("Không tự khóa hay đổi vai trò của chính mình được. Hãy nhờ quản trị khác."), field
        )
    if role_of(account) != "admin" or not account.active:
        return
    columns = Account.__table__.c
    others = db.session.scalars(  # locked: two at once would else take away each other
        select(columns.id)
        .where(columns.active.is_(True), Account.roles.any(Role.name == "admin"))
        .with_for_update()
    ).all()
    if set(others) <= {account.id}:
        raise AccountRefused(
            _l("Đây là quản trị cuối cùng. Hãy tạo hoặc mở một quản trị khác trước."), field
        )
