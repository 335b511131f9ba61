"""Mail addresses: checked without asking the network, never derived from a name (domain.md 4.2)."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError


def clean_address(text: str) -> str:
    """The normalised address. Raises DomainError with what to mend."""
    text = text.strip()
    if "@" not in text or text.endswith("@"):
        raise DomainError(_l("Thiếu phần sau chữ @. Ví dụ: vanthu@truong.edu.vn."))
    if "," in text:
        raise DomainError(_l("Có dấu phẩy trong địa chỉ. Hãy đổi thành dấu chấm."))
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise DomainError(
            _l("Địa chỉ thư này chưa đúng. Ví dụ: vanthu@truong.edu.vn.")
        ) from None
