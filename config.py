"""Typed settings, read from the environment and `.env`; the only reader of environment variables.

`Settings.from_env()` raises `SettingError` with a sentence that names the variable,
what is wrong with it and what to write instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent
DEMO_SECRET = "rehearsal-only-secret-never-for-production"  # noqa: S105 - refused outside a rehearsal


_MAILBOX = re.compile(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+")


class SettingError(ValueError):
    """A setting is missing or wrong; the message says which and what to do."""


class _Reader:
    def __init__(self, values: Mapping[str, str | None]) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        return (self.values.get(name) or default).strip()

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.text(name, str(default))
        if not (raw.isascii() and raw.isdigit()) or not low <= int(raw) <= high:
            raise SettingError(f"{name} must be a whole number from {low} to {high}, not “{raw}”.")
        return int(raw)

    def flag(self, name: str, default: bool = False) -> bool:
        raw = self.text(name, "1" if default else "0").lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off", ""}:
            return False
        raise SettingError(f"{name} must be 1 or 0, not “{raw}”.")

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        raw = self.text(name, default)
        if raw not in allowed:
            raise SettingError(f"{name} must be one of {', '.join(allowed)}, not “{raw}”.")
        return raw

    def mailbox(self, name: str, default: str = "") -> str:
        raw = self.text(name, default)
        if raw and not _MAILBOX.fullmatch(raw):
            raise SettingError(f"{name} must be one address such as gdtx@example.vn, not “{raw}”.")
        return raw

    def url(self, name: str, default: str) -> str:
        raw = self.text(name, default).rstrip("/")
        parts = urlsplit(raw)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise SettingError(f"{name} must be a full address such as https://dangky.example.vn.")
        return raw


@dataclass(frozen=True)
class Settings:
    """All settings. Times in seconds, sizes in bytes."""

    secret_key: str = field(repr=False)
    old_secret_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)  # may hold a password
    data_dir: Path
    base_url: str
    rehearsal: bool
    secure_cookies: bool
    trusted_proxies: int
    fonts_dir: Path
    mail_transport: str
    mail_server: str
    mail_port: int
    mail_security: str
    mail_username: str
    mail_password: str = field(repr=False)
    mail_sender: str
    mail_sender_name: str
    mail_reply_to: str
    mail_timeout: int
    mail_per_minute: int
    signing_p12_file: str = ""
    signing_p12_password: str = field(default="", repr=False)
    signing_reason: str = "Ký giấy mời"
    max_upload: int = 10 * 1024 * 1024
    dkim_selector: str = ""  # empty: the mail server signs, or nobody
    dkim_domain: str = ""
    dkim_key_file: str = ""
    imap_server: str = ""  # empty: bounces are not read
    imap_port: int = 993
    imap_security: str = "tls"
    imap_username: str = ""
    imap_password: str = field(default="", repr=False)
    imap_folder: str = "INBOX"
    hall_url: str = ""  # `flask hall serve` sets these: where the phones of the hall come in
    hall_hosts: tuple[str, ...] = ()  # and by which other addresses and names; no others then

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the process environment over `.env`. Raises SettingError."""
        if environ is None:
            environ = {
                **{k: v or "" for k, v in dotenv_values(ROOT / ".env").items()},
                **os.environ,
            }
        read = _Reader(environ)
        rehearsal = read.flag("REHEARSAL")
        data_dir = Path(read.text("DATA_DIR", str(ROOT / "data"))).resolve()
        hall_url = read.url("HALL_URL", "") if read.text("HALL_URL") else ""
        base_url = read.url("BASE_URL", f"http://127.0.0.1:{read.number('PORT', 8000, 1, 65535)}")
        return cls(
            secret_key=_secret(read, rehearsal),
            old_secret_keys=tuple(read.text("OLD_SECRET_KEYS").split()),
            database_url=_database_url(read, data_dir),
            data_dir=data_dir,
            base_url=base_url,
            rehearsal=rehearsal,
            secure_cookies=(hall_url or base_url).startswith("https://"),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 5),
            fonts_dir=Path(read.text("FONTS_DIR", str(ROOT / "build" / "fonts"))),
            mail_transport="folder"
            if rehearsal
            else read.choice("MAIL_TRANSPORT", "smtp", ("smtp", "folder")),
            mail_server=read.text("MAIL_SERVER", "127.0.0.1"),
            mail_port=read.number("MAIL_PORT", 25, 1, 65535),
            mail_security=read.choice("MAIL_SECURITY", "none", ("none", "starttls", "tls")),
            mail_username=read.text("MAIL_USERNAME"),
            mail_password=read.text("MAIL_PASSWORD"),
            mail_sender=read.mailbox("MAIL_SENDER", "dangky@example.vn"),
            mail_sender_name=read.text("MAIL_SENDER_NAME", "Sở GDĐT Hải Phòng"),
            mail_reply_to=read.mailbox("MAIL_REPLY_TO"),
            mail_timeout=read.number("MAIL_TIMEOUT", 20, 1, 300),
            mail_per_minute=read.number("MAIL_PER_MINUTE", 0, 0, 100_000),
            signing_p12_file=read.text("SIGNING_P12_FILE"),
            signing_p12_password=read.text("SIGNING_P12_PASSWORD"),
            signing_reason=read.text("SIGNING_REASON", "Ký giấy mời"),
            hall_url=hall_url,
            hall_hosts=tuple(read.text("HALL_HOSTS").split()),
            **_dkim(read),
            **({} if rehearsal else _imap(read)),
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def environment_with(**settings: str) -> dict[str, str]:
    """For a program started by this one: our environment, these settings in place of ours."""
    return {**os.environ, **settings}


def _dkim(read: _Reader) -> dict[str, Any]:
    """Signing by ourselves, for a mail server that does not. Without a selector nothing is signed."""
    selector, key_file = read.text("MAIL_DKIM_SELECTOR"), read.text("MAIL_DKIM_KEY_FILE")
    if bool(selector) != bool(key_file):
        names = ["MAIL_DKIM_SELECTOR", "MAIL_DKIM_KEY_FILE"][:: 1 if selector else -1]
        raise SettingError("{} is set without {}: set both.".format(*names))
    if key_file and not os.access(key_file, os.R_OK):
        raise SettingError(f"MAIL_DKIM_KEY_FILE: the file “{key_file}” cannot be read.")
    sender = read.text("MAIL_SENDER", "dangky@example.vn")
    return {
        "dkim_selector": selector,
        "dkim_domain": read.text("MAIL_DKIM_DOMAIN", sender.rsplit("@", 1)[-1]),
        "dkim_key_file": key_file,
    }


def _imap(read: _Reader) -> dict[str, Any]:
    """The mailbox that delivery reports come back to. Without a server it is not read."""
    security = read.choice("IMAP_SECURITY", "tls", ("none", "starttls", "tls"))
    return {
        "imap_server": read.text("IMAP_SERVER"),
        "imap_port": read.number("IMAP_PORT", 993 if security == "tls" else 143, 1, 65535),
        "imap_security": security,
        "imap_username": read.text("IMAP_USERNAME", read.text("MAIL_USERNAME")),
        "imap_password": read.text("IMAP_PASSWORD", read.text("MAIL_PASSWORD")),
        "imap_folder": read.text("IMAP_FOLDER", "INBOX"),
    }


def _secret(read: _Reader, rehearsal: bool) -> str:
    secret = read.text("SECRET_KEY", DEMO_SECRET if rehearsal else "")
    if not rehearsal and (secret in {"", DEMO_SECRET} or len(secret) < 32):
        raise SettingError(
            "SECRET_KEY must be set to a private random text of at least 32 characters: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))".'
        )
    return secret


def _database_url(read: _Reader, data_dir: Path) -> str:
    url = read.text("DATABASE_URL", f"sqlite:///{data_dir / 'app.db'}")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingError(
            "DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://, "
            f"not “{url.split(':', 1)[0]}:”."
        )
    return url
