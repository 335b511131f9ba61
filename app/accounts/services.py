"""Making and changing accounts. Callers open the unit of work."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_security import hash_password

from app.accounts.models import Account
from app.accounts.policies import ROLES
from app.accounts.setup import datastore
from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.core.mailboxes import clean_address
from app.extensions import db

PASSWORD_MIN = 12


class AccountRefused(DomainError):
    status = 400


def create_account(
    email: str, role: str, *, password: str, by: Actor, now: datetime, full_name: str = ""
) -> Account:
    """Raises AccountRefused for a used address, an unknown role or a short password."""
    address = clean_address(email)
    if role not in ROLES:
        raise AccountRefused(_l("Không có vai trò “%(role)s”.", role=role))
    if len(password) < PASSWORD_MIN:
        raise AccountRefused(
            _l("Mật khẩu cần ít nhất %(count)d ký tự.", count=PASSWORD_MIN)
        )
    if datastore.find_user(email=address, case_insensitive=True):
        raise AccountRefused(_l("Đã có tài khoản với địa chỉ này."))
    account = datastore.create_user(
        email=address,
        password=hash_password(password),
        full_name=full_name or None,
        roles=[datastore.find_or_create_role(role)],
        active=True,
    )
    db.session.flush()
    record("account.created", ("account", account.id), by=by, now=now,
           after={"email": address, "role": role})
    return account
