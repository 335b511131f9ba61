"""What people type, paste and try: each through the real page, each kept or refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.registration.models import Registration
from tests.faults.conftest import TYPED

REFUSED = {
    "300 letters": ("Nguyễn " + "A" * 293, "Họ và tên dài 300 chữ, nhiều nhất"),
    "only spaces": (" \t \u00a0\u2003 ", "Hãy nhập họ và tên của người dự."),
    "html": ("<script>alert(1)</script>", "Họ và tên có ký hiệu “<”. Hãy bỏ ký hiệu đó."),
    "formula": ('=HYPERLINK("http://x.example")', "Họ và tên có ký hiệu “=”"),
    "formula with plus": ("+SUM(A1:A9)", "Mỗi đơn vị cử 01 người. Hãy giữ lại một tên."),
    "emoji": ("Phạm Thu Hiên 😀", "Họ và tên có ký hiệu “😀”. Hãy bỏ ký hiệu đó."),
    "other letters": ("Фам Тху Хиен", "Hãy viết họ và tên bằng chữ cái tiếng Việt"),
    "two people": ("Phạm Thu Hiên, Đỗ Hải Nam", "Mỗi đơn vị cử 01 người."),
    "null byte": ("Phạm\x00<b>", "Hãy bỏ ký hiệu đó."),
}


@pytest.mark.parametrize(("name", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_name_that_is_no_name_is_refused_at_its_field(
    unit_paths: list[str], browser: FlaskClient, stored: Callable[[], int], name: str, sentence: str
) -> None:
    answer = browser.post(unit_paths[0], data={**TYPED, "full_name": name})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert escape(sentence) in page
    assert re.search(r'id="full_name"[^>]*aria-invalid="true"', page) or re.search(
        r'aria-invalid="true"[^>]*id="full_name"', page
    )
    for other in ("position", "phone", "email"):
        assert f'value="{TYPED[other]}"' in page
    assert "<script>alert" not in page
    assert stored() == 0


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u200b", "\ufeff", "\u2066"])
def test_invisible_marks_do_not_reach_the_list(
    unit_paths: list[str], browser: FlaskClient, mark: str
) -> None:
    """A right-to-left mark from a pasted cell would turn names around on paper."""
    sent = {**TYPED, "full_name": f"{mark}Phạm Thu{mark} Hiên{mark}"}
    assert browser.post(unit_paths[0], data=sent).status_code == 303
    assert db.session.query(Registration).one().full_name == "Phạm Thu Hiên"


@pytest.mark.parametrize("field", ["position", "phone", "email"])
@pytest.mark.parametrize("value", ["x" * 300, "<img src=x onerror=alert(1)>", "=1+1", "😀" * 40])
def test_nonsense_in_other_fields_is_answered(
    unit_paths: list[str], browser: FlaskClient, stored: Callable[[], int], field: str, value: str
) -> None:
    """A strange post may be kept for the desk to judge; never as markup, never as an error page."""
    answer = browser.post(unit_paths[0], data={**TYPED, field: value}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "<img src=x" not in page
    if answer.status_code == 422:
        assert stored() == 0
        assert 'aria-invalid="true"' in page
        assert f'value="{TYPED["full_name"]}"' in page
    else:
        assert answer.status_code == 200
        assert field == "position"
        assert escape(value) in page
