from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from flask import Flask

from app.core.tokens import (
    CODE_DIGITS,
    ENTRY_CODE,
    FORM_CODE,
    entry_digits,
    is_code,
    is_link_secret,
    link_secret,
    link_thing_id,
    read_code,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_link_proves_its_thing_purpose_and_version(app: Flask) -> None:
    secret = link_secret("unit", 7, 1)
    assert secret == link_secret("unit", 7, 1)
    assert len(base64.urlsafe_b64decode(secret + "=")) == 4 + 16  # 128 bits of digest
    assert link_thing_id(secret) == 7
    assert is_link_secret(secret, "unit", 7, 1)
    for purpose, thing, version in [("letter", 7, 1), ("unit", 8, 1), ("unit", 7, 2)]:
        assert not is_link_secret(secret, purpose, thing, version)


def test_every_altered_sign_of_a_link_is_refused(app: Flask) -> None:
    secret = link_secret("unit", 7, 1)
    for place, sign in enumerate(secret):
        for other in ALPHABET:
            if other != sign:
                changed = secret[:place] + other + secret[place + 1 :]
                assert not is_link_secret(changed, "unit", 7, 1), changed


@pytest.mark.parametrize(
    "guess", ["", "a", "x" * 27, "không", "AAAA=", "../..", "\x00" * 27, "é" * 27]
)
def test_a_guess_is_refused(app: Flask, guess: str) -> None:
    assert not is_link_secret(guess, "unit", 7, 1)


def test_a_link_cut_or_lengthened_is_refused(app: Flask) -> None:
    secret = link_secret("unit", 7, 1)
    for end in range(len(secret)):
        assert not is_link_secret(secret[:end], "unit", 7, 1)
        assert link_thing_id(secret[:end]) is None
    assert not is_link_secret(secret + "A", "unit", 7, 1)
    assert not is_link_secret(secret + "=", "unit", 7, 1)


def rotate(app: Flask, new: str, *old: str) -> None:
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], secret_key=new, old_secret_keys=tuple(old)
    )


def test_after_rotating_keys_old_links_open_and_new_ones_are_signed_anew(app: Flask) -> None:
    first = app.config["SETTINGS"].secret_key
    old, old_code = link_secret("unit", 7, 1), code_of()
    rotate(app, "n" * 40, first)
    assert is_link_secret(old, "unit", 7, 1)
    assert is_code(read_code(old_code), 1)
    new, new_code = link_secret("unit", 7, 1), code_of()
    assert (new, new_code) != (old, old_code)
    rotate(app, "n" * 40)
    assert is_link_secret(new, "unit", 7, 1)
    assert not is_link_secret(old, "unit", 7, 1)
    assert is_code(read_code(new_code), 1)
    assert not is_code(read_code(old_code), 1)


def code_of(purpose: int = ENTRY_CODE, event: int = 1, thing: int = 42, version: int = 1) -> str:
    return entry_digits(purpose, event_id=event, thing_id=thing, version=version)


def test_a_code_holds_at_most_34_digits_and_says_what_it_is(app: Flask) -> None:
    code = read_code(code_of(FORM_CODE, 9999, 9_999_999, 13))
    assert len(code.digits) == CODE_DIGITS <= 34
    assert code.digits.isascii()
    assert code.digits.isdigit()
    assert (code.purpose, code.event_id, code.thing_id, code.version_digit) == (
        FORM_CODE, 9999, 9_999_999, 3,
    )  # fmt: skip
    assert is_code(code, 13)
    assert not is_code(code, 3)  # the same digit, another version


def test_every_altered_digit_of_a_code_is_refused(app: Flask) -> None:
    digits = code_of()
    for place, digit in enumerate(digits):
        for other in "0123456789":
            if other != digit and place != 12:  # the version's digit is only said, not proven
                changed = read_code(digits[:place] + other + digits[place + 1 :])
                assert not is_code(changed, 1), changed


def test_codes_of_other_purposes_events_things_and_versions_differ(app: Flask) -> None:
    codes = {
        code_of(), code_of(FORM_CODE), code_of(event=2), code_of(thing=43), code_of(version=2),
        code_of(version=11),
    }  # fmt: skip
    assert len({one[13:] for one in codes}) == 6
    assert not is_code(read_code(code_of(version=2)), 1)


@pytest.mark.parametrize("sign", [" ", "-", ".", "\n", "\t"])
def test_a_code_is_read_as_people_type_it(app: Flask, sign: str) -> None:
    digits = code_of()
    typed = sign.join(digits[start : start + 4] for start in range(0, len(digits), 4))
    assert read_code(f" {typed} ").digits == digits


@pytest.mark.parametrize("text", ["", "1" * 31, "1" * 33, "1" * 31 + "a", "٣" * 32, "²" * 32])
def test_what_is_no_code_is_not_read(text: str) -> None:
    assert read_code(text) is None


@pytest.mark.parametrize(("event", "thing"), [(0, 1), (10**4, 1), (1, 0), (1, 10**7)])
def test_ids_that_do_not_fit_are_refused(app: Flask, event: int, thing: int) -> None:
    with pytest.raises(OverflowError):
        code_of(event=event, thing=thing)
