"""Refusals that a person will read, and nothing else.

A rule that says no raises a DomainError whose message is a whole sentence in the
reader's language (lazy: translated when shown). Routes place it at a field, in a
notice, or let it become a page with the same sentence.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """A refused rule. ``message``: the sentence to show; ``status``: the HTTP status of its page."""

    status = 409
    message: Any = _l("Việc này hiện không làm được.")

    def __init__(self, message: Any = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """Not there, or not in the actor's scope: both look the same from outside."""

    status = 404
    message = _l("Không tìm thấy trang này.")


class Forbidden(DomainError):
    """In scope, but not this actor's to do."""

    status = 403
    message = _l("Tài khoản này không có quyền làm việc đó.")


class TooManyAttempts(DomainError):
    status = 429
    message = _l("Đã thử quá nhiều lần. Hãy chờ 15 phút rồi thử lại.")


class NotStored(DomainError):
    """The database could not write (locked, full, gone). Nothing was changed (design 4.3)."""

    status = 503
    message = _l(
        "Chưa gửi được: máy chủ không ghi được dữ liệu. "
        "Nội dung vẫn còn ở đây, hãy gửi lại sau một phút."
    )
