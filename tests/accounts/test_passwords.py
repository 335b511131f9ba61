"""The password policy, as a table."""

from __future__ import annotations

import pytest

from app.accounts.passwords import made_password, password_problem

GOOD = [
    "bốn con sếu trắng 42",
    "ghe-xanh-tren-song",
    "kX9#mPq2vL7!",
    "đường về nhà hôm qua",
]


@pytest.mark.parametrize("password", GOOD)
def test_good_password_has_no_problem(app, password):
    assert password_problem(password, email="vumaian@example.vn", full_name="Vũ Mai An") is None


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("ngắn quá", "Mật khẩu cần ít nhất 12 ký tự."),
        ("x" * 129, "Mật khẩu dài nhất 128 ký tự."),
        ("aaaaaaaaaaaa", "Mật khẩu còn dễ đoán. Hãy dùng nhiều ký tự khác nhau."),
        ("121212121212", "Mật khẩu còn dễ đoán. Hãy dùng nhiều ký tự khác nhau."),
        ("987654321012", "Mật khẩu còn dễ đoán. Hãy ghép vài từ không liên quan với nhau."),
        ("Password2024!", "Mật khẩu còn dễ đoán. Hãy ghép vài từ không liên quan với nhau."),
        ("qwertyuiop123", "Mật khẩu còn dễ đoán. Hãy ghép vài từ không liên quan với nhau."),
        (
            "matkhau-haiphong-2024",
            "Mật khẩu còn dễ đoán. Hãy ghép vài từ không liên quan với nhau.",
        ),
        ("xinchao-vumaian-1", "Mật khẩu không được chứa tên hoặc địa chỉ thư của chính tài khoản."),
        (
            "VŨ MAI AN muôn năm",
            "Mật khẩu không được chứa tên hoặc địa chỉ thư của chính tài khoản.",
        ),
    ],
)
def test_weak_password_gets_its_sentence(app, password, sentence):
    problem = password_problem(password, email="vumaian@example.vn", full_name="Vũ Mai An")
    assert str(problem) == sentence


def test_made_passwords_are_good_and_differ():
    made = {made_password() for _ in range(50)}
    assert len(made) == 50
    assert all(password_problem(one) is None for one in made)
