from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config import DEMO_SECRET, ROOT, SettingError, Settings

GOOD = {"SECRET_KEY": "k" * 32, "DATA_DIR": "/tmp/data"}


def test_settings_of_a_plain_production() -> None:
    settings = Settings.from_env({**GOOD, "BASE_URL": "https://dangky.example.vn/"})
    assert settings.base_url == "https://dangky.example.vn"
    assert settings.secure_cookies
    assert not settings.rehearsal
    assert settings.mail_transport == "smtp"
    assert settings.database_url == "sqlite:////tmp/data/app.db"


@pytest.mark.parametrize("secret", ["", " ", "short", "k" * 31, DEMO_SECRET])
def test_production_refuses_a_missing_short_or_known_secret(secret: str) -> None:
    with pytest.raises(SettingError, match=r"SECRET_KEY must be set to a private random text"):
        Settings.from_env({"SECRET_KEY": secret})


def test_a_rehearsal_needs_no_secret_and_sends_no_mail() -> None:
    settings = Settings.from_env({"REHEARSAL": "1", "MAIL_TRANSPORT": "smtp"})
    assert settings.secret_key == DEMO_SECRET
    assert settings.mail_transport == "folder"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("REHEARSAL", "maybe", "REHEARSAL must be 1 or 0, not “maybe”."),
        ("PORT", "0", "PORT must be a whole number from 1 to 65535, not “0”."),
        ("PORT", "eighty", "PORT must be a whole number from 1 to 65535, not “eighty”."),
        ("PORT", "²", "PORT must be a whole number from 1 to 65535, not “²”."),
        ("TRUSTED_PROXIES", "6", "TRUSTED_PROXIES must be a whole number from 0 to 5, not “6”."),
        ("MAIL_PORT", "-1", "MAIL_PORT must be a whole number from 1 to 65535, not “-1”."),
        ("MAIL_TIMEOUT", "0", "MAIL_TIMEOUT must be a whole number from 1 to 300, not “0”."),
        (
            "MAIL_PER_MINUTE",
            "x",
            "MAIL_PER_MINUTE must be a whole number from 0 to 100000, not “x”.",
        ),
        ("MAIL_TRANSPORT", "pigeon", "MAIL_TRANSPORT must be one of smtp, folder, not “pigeon”."),
        ("MAIL_SECURITY", "ssl", "MAIL_SECURITY must be one of none, starttls, tls, not “ssl”."),
        ("MAIL_SENDER", "Sở <gdtx@example.vn>", "MAIL_SENDER must be one address such as"),
        ("MAIL_REPLY_TO", "a@example.vn, b@example.vn", "MAIL_REPLY_TO must be one address"),
        ("MAIL_DKIM_SELECTOR", "s2024", "MAIL_DKIM_SELECTOR is set without MAIL_DKIM_KEY_FILE"),
        ("MAIL_DKIM_KEY_FILE", "/x", "MAIL_DKIM_KEY_FILE is set without MAIL_DKIM_SELECTOR"),
        ("IMAP_SECURITY", "ssl", "IMAP_SECURITY must be one of none, starttls, tls, not “ssl”."),
        ("IMAP_PORT", "0", "IMAP_PORT must be a whole number from 1 to 65535, not “0”."),
        ("BASE_URL", "dangky.example.vn", "BASE_URL must be a full address such as"),
        ("BASE_URL", "ftp://dangky.example.vn", "BASE_URL must be a full address such as"),
        (
            "DATABASE_URL",
            "mysql://u:secret@h/x",
            "must begin with sqlite:/// or postgresql+psycopg",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        Settings.from_env({**GOOD, name: value})
    assert sentence in str(refused.value)
    assert str(refused.value).startswith(name)
    assert "secret@" not in str(refused.value)


def test_the_password_of_the_mail_server_is_not_shown() -> None:
    assert "hidden-word" not in repr(Settings.from_env({**GOOD, "MAIL_PASSWORD": "hidden-word"}))
    assert "k" * 32 not in repr(Settings.from_env(GOOD))


def test_old_keys_are_separated_by_spaces() -> None:
    assert Settings.from_env({**GOOD, "OLD_SECRET_KEYS": " a  b "}).old_secret_keys == ("a", "b")


def test_the_server_says_what_is_wrong_and_stops(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin", "SECRET_KEY": "short", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Settings refused: SECRET_KEY must be set")
    assert "Traceback" not in done.stderr


def test_the_mailbox_for_reports_follows_the_sending_account() -> None:
    values = {
        **GOOD,
        "MAIL_USERNAME": "so",
        "MAIL_PASSWORD": "bi-mat",
        "IMAP_SERVER": "imap.example.vn",
    }
    settings = Settings.from_env(values)
    assert (settings.imap_username, settings.imap_password) == ("so", "bi-mat")
    assert (settings.imap_security, settings.imap_port, settings.imap_folder) == (
        "tls", 993, "INBOX",
    )  # fmt: skip
    assert Settings.from_env({**values, "IMAP_SECURITY": "starttls"}).imap_port == 143
    assert "bi-mat" not in repr(settings)
    assert Settings.from_env({**values, "REHEARSAL": "1"}).imap_server == ""  # nothing leaves


def test_a_signing_key_that_is_not_there(tmp_path: Path) -> None:
    key = tmp_path / "dkim.pem"
    values = {
        **GOOD, "MAIL_SENDER": "gdtx@so.example.vn", "MAIL_DKIM_SELECTOR": "s2024",
        "MAIL_DKIM_KEY_FILE": str(key),
    }  # fmt: skip
    with pytest.raises(SettingError, match=r"MAIL_DKIM_KEY_FILE: the file “.*” cannot be read"):
        Settings.from_env(values)
    key.write_text("-")
    assert Settings.from_env(values).dkim_domain == "so.example.vn"
