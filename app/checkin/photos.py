"""A photograph of square codes, for phones that give the page no camera: read by the server.

The picture is read in the limited child and forgotten; what stays are the scans.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.checkin.errors import ScanRefused
from app.checkin.gate_services import note_device_seen
from app.checkin.places import place_name
from app.checkin.results import ScanResult, SessionFacts
from app.checkin.rules import How, is_client_id
from app.checkin.scanning import find_subject, result_of, store_scan
from app.core.access import Actor
from app.core.database import unit_of_work
from app.core.errors import DomainError, TooManyAttempts
from app.core.limits import count_attempt, ensure_allowed
from app.core.tokens import ENTRY_CODE, read_code
from app.scans.errors import ScanRefused as PictureRefused
from app.scans.reading import MAX_BYTES, read_scan

MOST_BYTES = MAX_BYTES
MOST_CODES = 10  # people who hold their papers before one phone
MOST_PHOTOS, WITHIN = 20, timedelta(minutes=1)  # of one phone or account
PURPOSE = "hall-photo"
MEGABYTE = 1024 * 1024


class NoPhoto(DomainError):
    status = 422
    message = _l("Chưa có ảnh. Hãy bấm Chụp ảnh mã vuông rồi chụp lại.")


class NoCodeInPhoto(DomainError):
    status = 422
    message = _l(
        "Không đọc được mã vuông trong ảnh. Hãy chụp lại: đưa máy gần hơn, thấy đủ bốn góc mã, "
        "không bị lóa. Hoặc dùng Tìm tên, Nhập mã."
    )


class PhotoUnreadable(DomainError):
    status = 422
    message = _l("Không mở được ảnh này. Hãy chụp lại mã vuông bằng máy ảnh của điện thoại.")


class PhotoReaderBusy(DomainError):
    status = 503
    message = _l("Máy chủ đang đọc ảnh khác. Hãy gửi lại sau ít giây.")


class PhotoTooBig(DomainError):
    status = 413

    def __init__(self, size: int) -> None:
        super().__init__(too_big_sentence(size))


class PhotosTooOften(TooManyAttempts):
    message = _l("Máy này gửi ảnh quá dày. Hãy chờ một phút, hoặc dùng Tìm tên, Nhập mã.")


def too_big_sentence(size: int) -> str:
    """``size``: bytes sent, as far as known."""
    return _(
        "Ảnh nặng %(size)s MB, tối đa %(most)s MB. Hãy chụp lại ở cỡ ảnh nhỏ hơn.",
        size=-(-size // MEGABYTE),
        most=MOST_BYTES // MEGABYTE,
    )


def count_photo(who: str, *, now: datetime) -> None:
    """One photo of this phone or account. Raises PhotosTooOften."""
    with unit_of_work():
        try:
            ensure_allowed(PURPOSE, who, most=MOST_PHOTOS, within=WITHIN, now=now)
        except TooManyAttempts as error:
            raise PhotosTooOften() from error
        count_attempt(PURPOSE, who, now=now)


def codes_in(content: bytes) -> list[str]:
    """The entry codes of a picture, each once; without one the first square code of another kind,
    which is answered as a scan of it would be.

    Raises NoPhoto, PhotoTooBig, PhotoUnreadable, PhotoReaderBusy, NoCodeInPhoto.
    """
    if not content:
        raise NoPhoto()
    if len(content) > MOST_BYTES:
        raise PhotoTooBig(len(content))
    try:
        pages = read_scan(content, max_pages=1).pages
    except PictureRefused as refusal:
        raise (PhotoReaderBusy() if refusal.code == "busy" else PhotoUnreadable()) from refusal
    texts = list(dict.fromkeys(code.text for page in pages for code in page.codes))
    ours = [text for text in texts if _is_entry_code(text)]
    if not texts:
        raise NoCodeInPhoto()
    return ours[:MOST_CODES] or texts[:1]


def _is_entry_code(text: str) -> bool:
    code = read_code(text)
    return code is not None and code.purpose == ENTRY_CODE


def check_in_photo(
    event_id: int,
    session: SessionFacts,
    codes: list[str],
    *,
    client_id: str,
    by: Actor,
    device: Any,
    now: datetime,
) -> list[ScanResult]:
    """One scan a code, in the order they were read; the photo sent again adds nothing.

    ``device``: the phone's row (`g.gate_device`) or None. Raises ScanRefused.
    """
    if not is_client_id(client_id):
        raise ScanRefused()
    return [
        _check_in(event_id, session, code, _client_id(client_id, code), by, device, now)
        for code in codes
    ]


def _client_id(photo: str, code: str) -> str:
    """The same for the same code of the same photo, however often it is sent."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{photo}/{code}"))


def _check_in(
    event_id: int,
    session: SessionFacts,
    code: str,
    client_id: str,
    by: Actor,
    device: Any,
    now: datetime,
) -> ScanResult:
    subject = find_subject(event_id, session.id, code, None)
    with unit_of_work(keep=True):
        if device is not None:
            note_device_seen(device.id, now=now)
        stored = store_scan(
            event_id, session, subject, client_id=client_id, how=How.PHOTO, by=by,
            gate_name=place_name(by), now=now, code_text=code,
            device_id=device.id if device is not None else None,
        )  # fmt: skip
        return result_of(stored, event_id, session)
