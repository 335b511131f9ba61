"""The one answer to every code that stands for nothing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound


class ReceiptNotFound(NotFound):
    message = _l("Không có biên nhận với mã này. Hãy xem lại từng chữ số.")
