"""The public check of a receipt: what everybody sees, and what a guess gets."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core import limits
from app.core.errors import NotStored
from app.extensions import db
from app.receipts import routes
from app.receipts.rules import grouped
from app.receipts.signatures import signature_of
from tests.conftest import FrozenClock
from tests.factories.units import typed_values, words_of
from tests.receipts.conftest import CODES, EMAIL, NAME, PHONE, SHA256, Received

NONE = "Không có biên nhận với mã này. Hãy xem lại từng chữ số."
PERSONAL = (NAME, "Lê Văn Bình", "Tạ Đăng Khuê", "Phó Hiệu trưởng", "Đi công tác", EMAIL, PHONE,
            "0912 000 345", "Pham Thu Hien", "thpt-001@example.vn")  # fmt: skip


@pytest.mark.parametrize("kind", list(CODES))
def test_everybody_sees_what_was_received_and_no_person(
    received: Received, client: FlaskClient, kind: str
) -> None:
    answer = client.get(f"/receipts/{CODES[kind]}")
    words = words_of(answer)
    assert answer.status_code == 200
    assert "Biên nhận này do Sở cấp" in words
    receipt = received.receipt(kind)
    assert receipt.unit is not None and receipt.unit.name in words
    assert " ".join(grouped(CODES[kind], 4)) in words
    assert (SHA256 in words) is (kind == "scan")
    for path in ("", ".txt"):
        text = client.get(f"/receipts/{CODES[kind]}{path}").get_data(as_text=True)
        assert [one for one in PERSONAL if one in text] == []


def test_the_second_and_the_cutoff_are_said(received: Received, client: FlaskClient) -> None:
    words = words_of(client.get(f"/receipts/{CODES['entry']}"))
    assert "16 giờ 42 phút 07 giây, ngày 04/03/2024" in words
    assert "thứ Hai, theo đồng hồ máy chủ của Sở" in words
    assert "Trước hạn. Hạn là trước 17 giờ 00 phút, ngày 05/03/2024." in words
    assert "Sau hạn. Hạn là" in words_of(client.get(f"/receipts/{CODES['late']}"))


def test_in_english_too(received: Received, client: FlaskClient) -> None:
    client.set_cookie("lang", "en")
    for path in ("", CODES["scan"], CODES["late"], "key", "1"):
        answer = client.get(f"/receipts/{path}")
        assert answer.status_code == (404 if path == "1" else 200)
        assert 'lang="en"' in answer.get_data(as_text=True)


# ---------------------------------------------------------------- codes that are none


def test_each_altered_digit_gets_the_same_plain_answer(
    received: Received, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WRONG", routes.Limit("receipt", 1000))
    code, seen = CODES["entry"], set()
    for place in range(12):
        for digit in "0123456789".replace(code[place], ""):
            altered = code[:place] + digit + code[place + 1 :]
            answer = client.get(f"/receipts/{altered}")
            assert answer.status_code == 404 and NONE in answer.text
            seen.add(words_of(answer))
            assert client.get(f"/receipts/{altered}.txt").status_code == 404
    assert len(seen) == 1


@pytest.mark.parametrize(
    "typed",
    ["1", "2406031877521", "24060318775a", "abc", "%00%00", "٢٤٠٦٠٣١٨٧٧٥٢", "x" * 5000, "-", "..",
     "%F0%9F%98%80", "%3Cscript%3E", "1' OR '1'='1", "%E2%80%AE240603187752", "2406031877.pdf"],
)  # fmt: skip
def test_what_is_no_code_at_all_gets_it_too(
    received: Received, client: FlaskClient, typed: str
) -> None:
    answer = client.get(f"/receipts/{typed}")
    assert answer.status_code == 404
    if typed != "..":
        assert NONE in answer.text
    assert "<script>" not in answer.text
    assert len(typed_values(answer).get("code", "")) <= 40


def test_groups_in_the_address_are_read(received: Received, client: FlaskClient) -> None:
    assert client.get("/receipts/2406%200318%207752").status_code == 200
    assert client.get("/receipts/2406-0318-7752").status_code == 200


def test_guessing_stops_after_thirty_and_right_codes_count_nothing(
    received: Received, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    for _again in range(40):
        assert client.get(f"/receipts/{CODES['entry']}").status_code == 200
    assert attempts() == 0
    for number in range(30):
        assert client.get(f"/receipts/{number:012d}").status_code == 404
    for path in ("000000000999", CODES["entry"], f"{CODES['entry']}.txt"):
        assert client.get(f"/receipts/{path}").status_code == 429
    assert attempts() == 30
    elsewhere = client.get(f"/receipts/{CODES['entry']}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200
    frozen_clock.move_to(2024, 3, 6, 10, 16)
    assert client.get(f"/receipts/{CODES['entry']}").status_code == 200


def attempts() -> int:
    return db.session.scalar(select(func.count()).select_from(limits.Attempt)) or 0


def test_a_full_disk_changes_the_plain_answer_in_nothing(
    received: Received, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_values: Any) -> None:
        raise NotStored()

    monkeypatch.setattr(routes, "count_attempt", full)
    answer = client.get("/receipts/000000000000")
    assert answer.status_code == 404 and NONE in answer.text


# ---------------------------------------------------------------- the form


def test_the_form_leads_to_the_receipt(received: Received, client: FlaskClient) -> None:
    assert client.get("/receipts/").status_code == 200
    answer = client.post("/receipts/", data={"code": " 2406 0318-7752 "})
    assert (answer.status_code, answer.location) == (303, "/receipts/240603187752")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": ""}, "Hãy nhập mã biên nhận, 12 chữ số."),
        ({"code": "24060318775"}, "Mã này có 11 chữ số, mã biên nhận có 12. Hãy xem lại."),
        ({"code": "2406031877520"}, "Mã này có 13 chữ số"),
        ({"code": "24060318775O"}, "Mã biên nhận chỉ có chữ số."),
        ({"code": "9" * 10_000}, "Mã này có 400 chữ số"),
        ({"code": CODES["scan"], "sha256": "12"}, "Mã SHA-256 có 64 chữ số và chữ cái từ a đến f."),
    ],
)
def test_what_is_typed_wrong_is_said_and_stays(
    received: Received, client: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = client.post("/receipts/", data=typed)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert typed_values(answer)["code"] == typed["code"]


def test_the_right_signature_and_file_fit(received: Received, client: FlaskClient) -> None:
    signature = " ".join(grouped(signature_of(received.receipt("scan"))))
    answer = client.post(
        "/receipts/",
        data={"code": CODES["scan"], "signature": signature, "sha256": SHA256.upper()},
        follow_redirects=True,
    )
    words = words_of(answer)
    assert "Chữ ký khớp: nội dung không bị sửa." in words
    assert "Đúng là tệp Sở đã nhận." in words
    assert "không khớp" not in words


@pytest.mark.parametrize("signature", ["A" * 86, "x", "ă", "A" * 5000, "%00", "+" * 90])
def test_a_wrong_signature_is_said_clearly(
    received: Received, client: FlaskClient, signature: str
) -> None:
    answer = client.get(f"/receipts/{CODES['entry']}", query_string={"signature": signature})
    words = words_of(answer)
    assert answer.status_code == 200
    assert "Chữ ký không khớp" in words and "Chữ ký khớp:" not in words


def test_another_file_is_said_clearly(received: Received, client: FlaskClient) -> None:
    for digest in ("0" * 64, "12", "\x00"):
        answer = client.get(f"/receipts/{CODES['scan']}", query_string={"sha256": digest})
        assert "Không phải tệp Sở đã nhận" in words_of(answer)
    answer = client.get(f"/receipts/{CODES['entry']}", query_string={"sha256": SHA256})
    assert "Biên nhận này không có tệp" in words_of(answer)


# ---------------------------------------------------------------- checked without us


def openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)


def test_the_steps_of_the_key_page_with_openssl(
    received: Received, client: FlaskClient, tmp_path: Path
) -> None:
    page = client.get("/receipts/key").text
    key = client.get("/receipts/key.pem").get_data()
    assert key.decode() in page
    text = client.get(f"/receipts/{CODES['scan']}.txt").get_data()
    assert text.endswith(f"sha256: {SHA256}\n".encode())
    signature = " ".join(grouped(signature_of(received.receipt("scan"))))
    decode = "printf '%s==' \"$1\" | tr -d ' ' | tr -- '-_' '+/' | base64 -d"
    assert "tr -- &#39;-_&#39; &#39;+/&#39; | base64 -d" in page.replace("'", "&#39;")
    made = subprocess.run(
        ["sh", "-c", decode, "sh", signature], capture_output=True, check=True
    ).stdout
    names = {"key.pem": key, "text": text, "sig": made, "other": text.replace(b"yes", b"no")}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    command = ["pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "key.pem"), "-rawin",
               "-sigfile", str(tmp_path / "sig"), "-in"]  # fmt: skip
    assert "openssl pkeyutl -verify -pubin -inkey key.pem -rawin" in page
    assert "Verified Successfully" in openssl(*command, str(tmp_path / "text")).stdout
    assert openssl(*command, str(tmp_path / "other")).returncode != 0


def test_old_keys_stay_published(app: Flask, client: FlaskClient) -> None:
    from dataclasses import replace

    settings = app.config["SETTINGS"]
    before = client.get("/receipts/key.pem").text
    app.config["SETTINGS"] = replace(
        settings, secret_key="n" * 40, old_secret_keys=(settings.secret_key,)
    )
    page = client.get("/receipts/key").text
    assert before in page and page.count("BEGIN PUBLIC KEY") == 2
    assert client.get("/receipts/key.pem").text != before
