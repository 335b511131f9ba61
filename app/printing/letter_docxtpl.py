"""The department's own Word file of the giấy mời: looked through as a foreign file, and filled.

Reading and filling happen in a limited process (``letter_docxtpl_child``). Only places of the list
given are filled; commands, filters, macros and links to files elsewhere are refused.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.children import ChildFailed, LimitedChild
from app.core.errors import DomainError
from app.printing.nd30 import INVITATION
from app.printing.unit_form_picture import qr_png

logger = logging.getLogger(__name__)

MAX_BYTES = 5 * 1024 * 1024
LETTERS_AT_ONCE = 500
SECONDS = 10  # processor time of a file, and SECONDS_A_LETTER more for each
SECONDS_A_LETTER = 0.1
MEMORY_MB = 700
ANSWER_MB = 80
_FILLER = LimitedChild(Path(__file__).with_name("letter_docxtpl_child.py"))

SENTENCES: dict[str, Any] = {
    "too_big": _l("Tệp Word nặng quá 5 MB. Hãy bỏ bớt ảnh rồi chọn lại."),
    "not_docx": _l("Tệp này không phải tệp Word .docx. Trong Word hãy chọn Lưu thành .docx."),
    "password": _l("Tệp Word có mật khẩu. Hãy bỏ mật khẩu rồi chọn lại."),
    "macros": _l("Tệp Word có macro. Hãy lưu lại thành .docx không có macro."),
    "embedded": _l("Tệp Word có tệp khác nhúng bên trong. Hãy bỏ phần nhúng rồi chọn lại."),
    "external": _l("Tệp Word lấy nội dung từ nơi khác qua liên kết. Hãy bỏ liên kết rồi chọn lại."),
    "bomb": _l("Tệp Word nén bất thường, không mở được an toàn. Hãy lưu lại từ Word."),
    "damaged": _l("Không đọc được tệp Word này. Hãy mở bằng Word, lưu lại rồi chọn lại."),
    "too_heavy": _l("Tệp Word quá nặng để mở. Hãy bỏ bớt nội dung rồi chọn lại."),
    "too_slow": _l("Đọc tệp Word quá lâu nên đã dừng. Hãy bỏ bớt nội dung rồi chọn lại."),
    "busy": _l("Máy chủ đang xử lý tệp Word khác. Hãy thử lại sau một phút."),
    "notes": _l(
        "Chỗ điền chỉ đặt trong thân văn bản, đầu trang, chân trang; không đặt ở chú thích."
    ),
    "heads_differ": _l(
        "Đầu trang hoặc chân trang của mẫu Word có chỗ điền theo từng người, không gộp được thành "
        "một tệp. Hãy tải từng thư."
    ),
    "too_many": _l("Mỗi tệp Word gộp được tối đa 500 thư. Hãy chọn ít thư hơn."),
}


class WordRefused(DomainError):
    """A Word file that is not taken, or cannot be filled. ``code``: why; ``detail``: the name or
    words in question, as they stand in the file."""

    status = 422

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(_sentence(code, detail[:40]))


def _sentence(code: str, detail: str) -> Any:
    if code == "unknown":
        return _l("Mẫu Word có chỗ điền lạ: %(name)s.", name="{{" + detail + "}}")
    if code == "unbalanced":
        return _l("Dấu ngoặc nhọn ở “%(near)s” trong mẫu Word không thành cặp.", near=detail)
    if code == "commands":
        return _l(
            "Mẫu Word có lệnh (vòng lặp, bộ lọc, phép tính): chỉ dùng chỗ điền trong danh sách."
        )
    return SENTENCES.get(code, SENTENCES["damaged"])


@dataclass(frozen=True)
class FilledWord:
    """``places``: the names of the places the file uses."""

    content: bytes
    places: tuple[str, ...]


def fill_word(
    content: bytes, contexts: Sequence[Mapping[str, str]], codes: Sequence[str],
    names: Sequence[str],
) -> FilledWord:  # fmt: skip
    """The file filled for each context, one after the other. Raises WordRefused.

    ``contexts``: name → text, all ``names`` but ``ma_vuong`` in each; ``codes``: the digits of each
    letter's square code, "" for none.
    """
    if len(content) > MAX_BYTES:
        raise WordRefused("too_big")
    if len(contexts) > LETTERS_AT_ONCE:
        raise WordRefused("too_many")
    told = {
        "contexts": [dict(one) for one in contexts],
        "pictures": [base64.b64encode(qr_png(code)).decode() if code else "" for code in codes],
    }
    data = json.dumps(told).encode() + b"\n" + content
    return _read(_ask_child(data, list(names), len(contexts)))


def _ask_child(data: bytes, names: list[str], letters: int) -> bytes:
    seconds = SECONDS + int(SECONDS_A_LETTER * letters)
    options = {
        "names": names,
        "side_mm": INVITATION["code_size"],
        "seconds": seconds,
        "memory_mb": MEMORY_MB,
        "answer_mb": ANSWER_MB,
    }
    try:
        return _FILLER.ask(data, options, seconds=3 * seconds)
    except ChildFailed as failure:
        logger.warning("word file refused: %s", failure)
        raise WordRefused(failure.code) from failure


def _read(answer: bytes) -> FilledWord:
    """The child's answer, trusted no further than it can be checked. Raises WordRefused."""
    head, _, content = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if error := told.get("error"):
            logger.warning("word file refused: %s %s", error, str(told.get("detail", ""))[:200])
            raise WordRefused(str(error), str(told.get("detail", "")))
        places = tuple(str(name) for name in told["places"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WordRefused("damaged") from error
    if not content.startswith(b"PK\x03\x04"):
        raise WordRefused("damaged")
    return FilledWord(content, places)
