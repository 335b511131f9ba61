"""What a sent file is refused for, each with the sentence its sender reads (look: words)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError

_SENTENCES: dict[str, Any] = {
    "empty": _l("Tệp trống. Hãy chọn lại ảnh hoặc tệp PDF."),
    "too_big": _l(
        "Tệp nặng %(size)s MB, tối đa %(limit)s MB. Hãy chụp bằng điện thoại thay vì quét màu."
    ),
    "password": _l(
        "Tệp PDF có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại, hoặc chụp bản giấy bằng điện thoại."
    ),
    "too_many_pages": _l(
        "Tệp có %(pages)s trang, tối đa %(limit)s trang. Hãy gửi riêng các trang cần nộp."
    ),
    "cut": _l("Tệp bị thiếu phần cuối. Hãy gửi lại; nếu vẫn vậy, hãy chụp lại bản giấy."),
    "damaged": _l("Tệp hỏng, không mở được. Hãy chụp lại bản giấy bằng điện thoại rồi gửi ảnh."),
    "word": _l("Đây là tệp Word. Hãy gửi ảnh chụp hoặc tệp PDF quét từ bản giấy đã ký."),
    "office": _l("Đây không phải ảnh hay tệp PDF. Hãy chụp bản giấy bằng điện thoại rồi gửi ảnh."),
    "archive": _l("Đây là tệp nén. Hãy mở tệp nén rồi gửi riêng ảnh hoặc tệp PDF bên trong."),
    "program": _l("Tệp này là chương trình, không được nhận. Hãy gửi ảnh hoặc tệp PDF."),
    "web_page": _l("Tệp này là trang web, không phải ảnh. Hãy gửi ảnh chụp hoặc tệp PDF."),
    "other_picture": _l("Kiểu ảnh này chưa đọc được. Hãy lưu thành JPEG hoặc PNG rồi gửi lại."),
    "video": _l("Đây là đoạn phim. Hãy chụp ảnh bản giấy rồi gửi ảnh."),
    "unknown": _l("Tệp này không phải ảnh hay PDF. Hãy chụp bản giấy bằng điện thoại rồi gửi ảnh."),
    "animated": _l("Đây là ảnh động. Hãy gửi ảnh chụp thường."),
    "too_small": _l(
        "Ảnh chỉ có %(width)s × %(height)s điểm, không đọc được chữ. Hãy gửi ảnh gốc, không thu nhỏ."
    ),
    "too_large": _l(
        "Ảnh có %(width)s × %(height)s điểm, quá lớn nên không được mở. "
        "Hãy chụp bằng điện thoại rồi gửi ảnh."
    ),
    "too_heavy": _l(
        "Tệp giải nén ra quá lớn nên không được mở. Hãy chụp bản giấy bằng điện thoại rồi gửi ảnh."
    ),
    "too_slow": _l(
        "Tệp đọc quá lâu nên đã dừng. Hãy chụp bản giấy bằng điện thoại rồi gửi ảnh."
    ),
    "busy": _l("Máy chủ đang đọc nhiều tệp khác. Tệp chưa được nhận, hãy gửi lại sau một phút."),
}  # fmt: skip
_STATUSES = {"too_big": 413, "busy": 503}


class ScanRefused(DomainError):
    """A file that is not taken. ``code`` is stable, ``message`` says what to do instead."""

    status = 422

    def __init__(self, code: str, **values: int) -> None:
        sentence = _SENTENCES[code]
        shown = {name: f"{value:,}".replace(",", ".") for name, value in values.items()}
        super().__init__(sentence % shown if shown else sentence)
        self.code = code
        self.status = _STATUSES.get(code, 422)


def is_known(code: object) -> bool:
    """Whether there is a sentence for it."""
    return code in _SENTENCES
