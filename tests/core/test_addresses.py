"""Mail addresses as typed. All are invented."""

import pytest

from app.core.addresses import clean_address, clean_email, email_problem
from app.core.errors import DomainError


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("vanthu@truong.example.vn", "vanthu@truong.example.vn"),
        (" vanthu@TRUONG.Example.vn\u00a0", "vanthu@truong.example.vn"),
        ("mailto:vanthu@truong.example.vn", "vanthu@truong.example.vn"),
        ("<vanthu@truong.example.vn>", "vanthu@truong.example.vn"),
        ("Van.Thu+1@truong.example.vn", "Van.Thu+1@truong.example.vn"),
        ("", ""),
    ],
)
def test_usable_addresses(raw: str, clean: str) -> None:
    assert email_problem(raw) is None
    assert clean_email(raw) == clean


@pytest.mark.parametrize(
    ("raw", "code", "suggestion"),
    [
        ("vanthu", "no_at", None),
        ("vanthu@", "no_domain", None),
        ("vanthu@truong", "no_domain", None),
        ("vanthu@catba,example.vn", "comma", "vanthu@catba.example.vn"),
        ("văn thư@truong.example.vn", "letters", None),
        ("vănthư@truong.example.vn", "letters", "vanthu@truong.example.vn"),
        ("van thu@truong.example.vn", "blank", "vanthu@truong.example.vn"),
        ("Văn thư <vanthu@truong.example.vn>", "blank", "vanthu@truong.example.vn"),
        ("Van thu <vanthu@truong.example.vn>", "blank", "vanthu@truong.example.vn"),
        ("a@b.example.vn; c@d.example.vn", "several", "a@b.example.vn"),
        ("a@b.example.vn, c@d.example.vn", "several", "a@b.example.vn"),
        ("a@@b.example.vn", "form", None),
        ("a..b@c.example.vn", "form", "a.b@c.example.vn"),
        ("a@b.example.vn.", "form", "a@b.example.vn"),
        ("x" * 300 + "@b.example.vn", "form", None),
    ],
)
def test_unusable_addresses(raw: str, code: str, suggestion: str | None) -> None:
    problem = email_problem(raw)
    assert problem is not None
    assert (problem.code, problem.suggestion) == (code, suggestion)


def test_line_break_cannot_smuggle_a_header() -> None:
    assert email_problem("a@b.example.vn\r\nBcc: c@d.example.vn") is not None
    assert "\n" not in clean_email("a@b.example.vn\r\nBcc: x")


def test_clean_address_gives_the_address_or_refuses_with_the_sentence() -> None:
    assert clean_address(" a@B.example.vn ") == "a@b.example.vn"
    with pytest.raises(DomainError) as refused:
        clean_address("vanthu@")
    assert str(refused.value) == "Thiếu phần sau chữ @. Ví dụ: vanthu@truong.edu.vn."
