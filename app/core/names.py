"""What may stand in the fields "Họ và tên" and "Chức vụ", and who counts as a leader.

Names of one, two or five words, of ethnic minorities ("H'Hen Niê", "Y-Bhiăk Êban") and of
foreigners in Latin letters pass. Errors stop the entry; warnings carry a suggestion the person
may take or leave.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.vietnamese import clean_text, fold, legacy_to_unicode, title_case_name

NAME_MAX = 100
POSITION_MAX = 100

_HONORIFIC = re.compile(
    r"(?:(?:(?:ông|bà|thầy|cô|đồng chí|đ/\s?c|ths|th\.s|ts|pgs|gs|ngưt|ngnd)\b|(?:đc|cn|ks|bs)\.)"
    r"(?:\s*\(bà\)|/bà|/cô)?[.:,\s]*)+(?=\S)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s(?:và|với)\s|[;,&/+|]|\s[-–]\s")
_ALLOWED_SIGNS = frozenset("-'’. ")
_SURNAMES_WITHOUT_MARKS = frozenset(
    "nguyen tran le pham huynh vu vo dang bui do ngo duong ly dinh doan ta mac luong trinh ha "
    "hoang dao ho truong lam to".split()
)

_LEADER = re.compile(
    r"\b(?:hieu truong|hieu pho|giam doc|truong phong|pho phong|truong ban|pho ban|chu tich|"
    r"chanh van phong|pho van phong|chanh thanh tra|thu truong|vien truong|truong trung tam|"
    r"phu trach (?:nha )?(?:truong|phong|trung tam|don vi))\b"
)
_LEADER_SHORT = frozenset("ht pht gd pgd tp ptp cvp pcvp tb ptb ct pct qht qgd qtp".split())
_NOT_OF_THE_UNIT = re.compile(
    r"^(?:nguyen|thu ky|tro ly|van thu)\b|cong doan|cha me|phu huynh|chu thap do|nu cong|"
    r"thanh tra nhan dan|doan thanh nien|hoi khuyen hoc|cuu chien binh"
)


@dataclass(frozen=True)
class TextProblem:
    """One thing wrong with a field: stable ``code``, lazy ``message``, text to offer instead.

    ``is_warning``: the entry may stay as it is.
    """

    code: str
    message: Any
    suggestion: str | None = None
    is_warning: bool = False


def split_honorific(name: str) -> tuple[str, str]:
    """("Bà", "Lê Thị An") of "Bà Lê Thị An"; the first part is empty when there is none."""
    clean = clean_text(name)
    found = _HONORIFIC.match(clean)
    rest = clean[found.end() :] if found else clean
    if found is None or len(rest.split()) < 2:
        return "", clean
    return found.group().strip(" :,"), rest


def _is_several(name: str, raw: str) -> bool:
    lines = [clean_text(line) for line in raw.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > 1 and all(len(line.split()) > 1 for line in lines):
        return True
    if _JOINED.search(name):
        return True
    halves = re.split(r"\sVÀ\s", name)
    return len(halves) > 1 and all(len(half.split()) > 1 for half in halves)


def _sign_problem(name: str) -> TextProblem | None:
    if re.search(r"\d", name):
        without = re.sub(r"^\d+\s*[.)\-]?\s*", "", name)
        suggestion = without if without and not re.search(r"\d", without) else None
        return TextProblem("digits", _l("Họ và tên không có chữ số. Hãy bỏ chữ số đi."), suggestion)
    if not any(char.isalpha() for char in name):
        return TextProblem("signs", _l("Ô này không có chữ nào. Hãy nhập họ và tên."))
    for char in name:
        if char.isalpha():
            if "LATIN" not in unicodedata.name(char, ""):
                return TextProblem(
                    "letters", _l("Hãy viết họ và tên bằng chữ cái tiếng Việt hoặc La-tinh.")
                )
        elif char not in _ALLOWED_SIGNS:
            return TextProblem(
                "signs", _l("Họ và tên có ký hiệu “%(sign)s”. Hãy bỏ ký hiệu đó.", sign=char)
            )
    return None


def _case_problem(name: str) -> TextProblem | None:
    letters = [char for char in name if char.isalpha()]
    nice = title_case_name(name)
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return TextProblem(
            "all_capitals",
            _l("Tên đang viết hoa hết. Đổi thành “%(name)s”?", name=nice),
            nice,
            is_warning=True,
        )
    if all(char.islower() for char in letters):
        return TextProblem(
            "all_small",
            _l("Tên đang viết thường hết. Đổi thành “%(name)s”?", name=nice),
            nice,
            is_warning=True,
        )
    return None


def _old_font_problem(raw: str) -> TextProblem | None:
    converted = legacy_to_unicode(raw)
    if converted is None:
        return None
    return TextProblem(
        "old_font",
        _l("Chữ bị lỗi phông. Hãy gõ lại bằng bảng mã Unicode."),
        clean_text(converted),
    )


def name_problem(raw: str) -> TextProblem | None:
    """The first thing wrong with a full name as typed, errors before warnings; None when fine.

    Codes: missing, old_font, too_long, position_in_name, several, digits, letters, signs;
    warnings: honorific, all_capitals, all_small, no_marks.
    """
    if problem := _old_font_problem(raw) or _old_font_problem(title_case_name(raw)):
        return problem
    name = clean_text(raw)
    if not name:
        return TextProblem("missing", _l("Hãy nhập họ và tên của người dự."))
    if len(name) > NAME_MAX:
        return TextProblem(
            "too_long",
            _l(
                "Họ và tên dài %(count)d chữ, nhiều nhất %(limit)d. Hãy viết gọn lại.",
                count=len(name),
                limit=NAME_MAX,
            ),
        )
    honorific, rest = split_honorific(name)
    head, *others = re.split(r"\s*(?:[,;(]|\s[-–]\s)\s*", rest)
    if others and any(is_leader_post(other) for other in others):
        return TextProblem(
            "position_in_name",
            _l("Ô này chỉ ghi họ và tên. Hãy chuyển chức vụ sang ô chức vụ."),
            head,
        )
    if re.search(r"[<>=@#$%^*_{}\[\]\\~]", rest):
        return _sign_problem(re.sub(r"\d", "", rest))
    if _is_several(rest, raw):
        return TextProblem("several", _l("Mỗi đơn vị cử 01 người. Hãy giữ lại một tên."))
    if problem := _sign_problem(rest):
        return problem
    if honorific:
        case = _case_problem(rest)
        nice = case.suggestion if case and case.suggestion else rest
        return TextProblem(
            "honorific",
            _l(
                "Ô này chỉ ghi họ và tên, không ghi “%(honorific)s”. Đổi thành “%(name)s”?",
                honorific=honorific,
                name=nice,
            ),
            nice,
            is_warning=True,
        )
    return _case_problem(name) or _marks_problem(name)


def _marks_problem(name: str) -> TextProblem | None:
    words = name.lower().split()
    if len(words) > 1 and name.isascii() and words[0] in _SURNAMES_WITHOUT_MARKS:
        return TextProblem(
            "no_marks",
            _l("Tên chưa có dấu. Hãy gõ đủ dấu, ví dụ “Phạm Thu Hiên”."),
            is_warning=True,
        )
    return None


def position_problem(raw: str) -> TextProblem | None:
    """The first thing wrong with a position as typed (missing, old_font, too_long, signs)."""
    if problem := _old_font_problem(raw):
        return problem
    position = clean_text(raw)
    if not position:
        return TextProblem("missing", _l("Hãy chọn hoặc nhập chức vụ của người dự."))
    if len(position) > POSITION_MAX:
        return TextProblem(
            "too_long",
            _l(
                "Chức vụ dài %(count)d chữ, nhiều nhất %(limit)d. Hãy viết gọn lại.",
                count=len(position),
                limit=POSITION_MAX,
            ),
        )
    if not any(char.isalpha() for char in position):
        return TextProblem("signs", _l("Ô này không có chữ nào. Hãy nhập chức vụ."))
    for char in position:
        if not (char.isalnum() or char in " .,;:-–()/&+'’“”\""):
            return TextProblem(
                "signs", _l("Chức vụ có ký hiệu “%(sign)s”. Hãy bỏ ký hiệu đó.", sign=char)
            )
    if position[0] in "-+/&":
        return TextProblem("signs", _l("Chức vụ phải bắt đầu bằng chữ. Hãy bỏ ký hiệu ở đầu."))
    return None


def is_leader_post(position: str) -> bool:
    """Whether the post makes its holder a head or a deputy of the unit (plan P27, reading G5).

    Acting heads ("Q. Hiệu trưởng", "Quyền Giám đốc", "Phụ trách trường") count. Former heads,
    their secretaries and the chairs of unions and associations inside the unit do not.
    """
    for part in re.split(r"[,;()]|\s[-–]\s|\bkiêm\b", clean_text(position), flags=re.IGNORECASE):
        plain = re.sub(r"^(?:q\.|quyen)\s*", "", fold(part).strip())
        if not plain or _NOT_OF_THE_UNIT.search(plain):
            continue
        spelled = re.sub(r"\bp\s*\.\s*", "pho ", plain)
        if _LEADER.search(spelled) or re.sub(r"[.\s]", "", plain) in _LEADER_SHORT:
            return True
    return False
