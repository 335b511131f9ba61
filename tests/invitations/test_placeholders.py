"""The places of a letter: filled once, named when unknown, never run."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from app.invitations.placeholders import PLACEHOLDERS, WORD_PLACEHOLDERS, fill, nearest, problem

VALUES = {"ho_ten": "{{don_vi}}", "don_vi": "Trường #set page() $x$", "chuc_vu": ""}


def test_values_are_data_and_filled_once() -> None:
    assert fill("{{ho_ten}} – {{ don_vi }}", VALUES) == "{{don_vi}} – Trường #set page() $x$"


def test_what_is_not_known_stays_as_it_is() -> None:
    assert fill("{{la}} {ho_ten} {{chuc_vu}}|", VALUES) == "{{la}} {ho_ten} |"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Kính mời {{ho_ten}}, {{ don_vi }}.", None),
        ("Không có chỗ điền", None),
        ("{{ho_tn}}", "Không có chỗ điền {{ho_tn}}. Có phải {{ho_ten}}?"),
        ("{{Họ và tên}}", "Không có chỗ điền {{Họ và tên}}. Có phải {{ho_ten}}?"),
        ("{{Chức vụ}}", "Không có chỗ điền {{Chức vụ}}. Có phải {{chuc_vu}}?"),
        ("{{HO_TEN}}", "Không có chỗ điền {{HO_TEN}}. Có phải {{ho_ten}}?"),
        ("{{}}", "Không có chỗ điền {{}}. Hãy chọn một chỗ điền trong danh sách."),
        ("{{xyzzyqq}}", "Không có chỗ điền {{xyzzyqq}}. Hãy chọn một chỗ điền trong danh sách."),
        ("{{ ''.__class__ }}", "Không có chỗ điền {{''.__class__}}."),
        ("{{ho_ten|safe}}", "Không có chỗ điền {{ho_ten|safe}}. Có phải {{ho_ten}}?"),
        ("{{ho_ten}", "Dấu ngoặc nhọn ở “{{ho_ten}” không thành cặp."),
        ("}} trước", "Dấu ngoặc nhọn ở “}} trước” không thành cặp."),
        ("{{{ho_ten}}}", "không thành cặp"),
        ("{% include 'x' %}", "không thành cặp"),
        ("một { đơn", "Dấu ngoặc nhọn ở “một { đơn” không thành cặp."),
    ],
)
def test_problem_is_said_in_one_sentence(app: Flask, text: str, sentence: str | None) -> None:
    found = problem(text)
    assert (found is None) if sentence is None else sentence in str(found)


def test_long_typing_is_not_repeated_whole(app: Flask) -> None:
    assert len(str(problem("{{" + "x" * 3_000 + "}}"))) < 120


def test_many_braces_take_no_time(app: Flask) -> None:
    started = time.perf_counter()
    for text in ("{{" * 6_000, "{{ " + " " * 11_000 + "x", "{{a}" * 3_000):
        assert problem(text) is not None
    assert time.perf_counter() - started < 1


def test_word_has_its_own_places_too(app: Flask) -> None:
    assert set(WORD_PLACEHOLDERS) - set(PLACEHOLDERS) == {"so", "ngay_ky", "ma_vuong"}
    assert nearest("ma vuong", WORD_PLACEHOLDERS) == "ma_vuong"
