"""What the pages say of a receipt, in the reader's language. No person's name comes from here."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.clock import local
from app.core.filters import official_words
from app.events.rules import cutoff_sentence
from app.receipts.queries import ENTRY, SCAN, Receipt
from app.receipts.signatures import public_keys, signature_groups, text_of

LATE_ENTRY = "late_entry"
KIND_WORDS = {
    ENTRY: _l("Đăng ký dự tập huấn"),
    LATE_ENTRY: _l("Đề nghị bổ sung, gửi sau hạn"),
    SCAN: _l("Bản ký, đóng dấu"),
    "replace": _l("Đề nghị thay người dự"),
    "withdraw": _l("Đề nghị rút đăng ký"),
}
OTHER = _l("Yêu cầu gửi tới Sở")
MEGABYTE = 1_000_000


def kind_of(receipt: Receipt) -> str:
    """The kind, with a unit's own late entry apart: it is a request and not yet a place."""
    late = receipt.kind == ENTRY and not receipt.on_time and receipt.thing.source == "web"
    return LATE_ENTRY if late else receipt.kind


def received_words(receipt: Receipt) -> str:
    """ "Bản ký, đóng dấu: 2 trang, 1,3 MB" """
    words = str(KIND_WORDS.get(kind_of(receipt), OTHER))
    if receipt.kind != SCAN:
        return words
    pages = ngettext("%(num)s trang", "%(num)s trang", receipt.thing.page_count)
    return f"{words}: {pages}, {size_words(receipt.thing.size)}"


def size_words(size: int) -> str:
    """ "1,3 MB", "640 KB" """
    if size < MEGABYTE:
        return f"{max(1, round(size / 1000))} KB"
    return f"{format_decimal(size / MEGABYTE, '0.0')} MB"


def cutoff_words(receipt: Receipt) -> str | None:
    """The cut-off it was held against, in the plan's words where it is everybody's."""
    cutoff = receipt.cutoff_at
    if cutoff is None or receipt.event is None:
        return None
    if cutoff == receipt.event.cutoff_at:
        return official_words(receipt.event.cutoff_words, cutoff)
    return official_words(cutoff_sentence(local(cutoff)), cutoff)


def standing_words(receipt: Receipt) -> str | None:
    """Before or after the cut-off, and which; None where a cut-off does not matter."""
    if receipt.on_time is None:
        return None
    words = cutoff_words(receipt)
    if words is None:  # the cut-off was moved past this instant afterwards
        return _("Trước hạn lúc đó") if receipt.on_time else _("Sau hạn lúc đó; hạn đã dời về sau")
    if receipt.on_time:
        return _("Trước hạn. Hạn là %(words)s.", words=words)
    return _("Sau hạn. Hạn là %(words)s.", words=words)


def values_of(receipt: Receipt) -> dict[str, Any]:
    """For the templates of a receipt."""
    return {
        "receipt": receipt,
        "received": received_words(receipt),
        "standing": standing_words(receipt),
        "signature": signature_groups(receipt),
        "signed_text": text_of(receipt),
        "key": public_keys()[0],
        "check_url": check_url(receipt.code),
    }


def check_url(code: str = "") -> str:
    """The public address, as papers and mails give it."""
    return f"{current_app.config['SETTINGS'].base_url}/receipts/{code}"
