"""What can go wrong while a document is printed.

Errors with a Vietnamese sentence can be caused by what people typed; the others mean that the
installation or the program is at fault.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError


class PrintingError(DomainError):
    """Base of everything this package refuses."""

    status = 500
    message = _l("Không lập được văn bản này. Hãy báo người quản trị hệ thống.")


class MissingGlyphError(PrintingError):
    """The paper font cannot show some characters; nothing is printed rather than a blank box.

    ``characters``: the distinct characters, in order of first appearance.
    """

    status = 422

    def __init__(self, characters: str, sentence: Any = None) -> None:
        self.characters = characters
        super().__init__(
            sentence
            or _l(
                "Văn bản có ký tự không in được: %(characters)s. Hãy sửa nội dung rồi lập lại.",
                characters=named_characters(characters),
            )
        )


def named_characters(characters: str) -> str:
    """Each with its code and name: ``😀 (U+1F600 GRINNING FACE)``."""
    return ", ".join(
        f"{c if c.isprintable() else ''} (U+{ord(c):04X} {unicodedata.name(c, '?')})".strip()
        for c in characters
    )


class LetterGlyphError(MissingGlyphError):
    """One letter holds what cannot be printed. ``index``: its place in the sequence, from 0;
    ``field``: the label of what holds it."""

    def __init__(self, characters: str, *, index: int, who: str, field: str) -> None:
        self.index, self.field = index, field
        super().__init__(
            characters,
            _l(
                "Giấy mời của %(who)s, ô “%(field)s”, có ký tự không in được: %(characters)s.",
                who=who,
                field=field,
                characters=named_characters(characters),
            ),
        )


class LetterTooLongError(PrintingError):
    """A letter does not fit on its one page even with the smallest allowed type and distances.

    ``index``: place of the letter in the sequence given, from 0.
    """

    status = 422

    def __init__(self, index: int, who: str) -> None:
        self.index = index
        super().__init__(
            _l(
                "Giấy mời của %(who)s dài quá một trang. Hãy rút gọn lời văn, ghi chú hoặc căn cứ.",
                who=who,
            )
        )


class FormTooLongError(PrintingError):
    """A unit's form does not fit on its one page."""

    status = 422
    message = _l("Phiếu dài quá một trang. Hãy rút gọn họ tên, tên đơn vị hoặc chức vụ.")


class LabelTooLongError(PrintingError):
    """An address does not fit on its label or envelope in the smallest type."""

    status = 422

    def __init__(self, who: str) -> None:
        super().__init__(
            _l("Địa chỉ của %(who)s dài quá một nhãn. Hãy dùng nhãn lớn hơn.", who=who)
        )


class HeadLineTooWideError(PrintingError):
    """Number or place and date are wider than their column; these lines are never broken."""

    status = 422
    message = _l("Số, ký hiệu hoặc địa danh dài quá một dòng của phiếu. Hãy viết gọn lại.")


class RowTooTallError(PrintingError):
    """One row of a table is taller than a page. ``row``: its place in the table, from 0."""

    status = 422

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(_l("Một dòng của bảng dài quá một trang. Hãy rút gọn nội dung dòng đó."))


class FontsMissingError(PrintingError):
    """The merged paper fonts are not where the configuration says (run the fonts build)."""

    def __init__(self, path: object) -> None:
        self.path = path
        super().__init__()

    def __str__(self) -> str:
        return f"font file not found: {self.path}"


class TypesettingError(PrintingError):
    """The typesetter failed or warned; ``messages`` are its own words, for the log."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__()

    def __str__(self) -> str:
        return "; ".join(self.messages)


class CodeError(PrintingError):
    """A code that is not 1 to 34 digits and so does not fit a version 1 level M picture."""


class TooManyColumnsError(PrintingError):
    """An attendance sheet with no session, or with more than leave room for the names."""

    status = 422
    message = _l("Một danh sách điểm danh có từ một đến bốn cột ký tên. Hãy chọn bớt buổi.")


class SheetGlyphError(MissingGlyphError):
    """One row of an attendance sheet holds what cannot be printed. ``number``: its TT; 0: a title."""

    def __init__(self, characters: str, *, number: int, who: str) -> None:
        self.number = number
        super().__init__(
            characters,
            _l(
                "Dòng %(number)s, “%(who)s”, có ký tự không in được: %(characters)s. Hãy sửa họ "
                "tên, đơn vị hoặc chức vụ rồi lập lại.",
                number=number or "",
                who=who,
                characters=named_characters(characters),
            ),
        )


class SheetChangedError(PrintingError):
    """A kept attendance sheet would not look as it did when it was made."""

    status = 409
    message = _l(
        "Phần mềm đã đổi cách trình bày từ ngày lập tờ này, nên không in lại đúng như cũ được. "
        "Hãy lập bản in mới."
    )
