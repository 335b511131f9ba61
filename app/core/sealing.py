"""Short texts in an address that nobody but us can read: typed names stay out of every log.

Fernet (AES-128-CBC and HMAC-SHA-256) under a key derived from SECRET_KEY; what was sealed under
OLD_SECRET_KEYS still opens. Nothing is stored.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

MOST = 2000  # signs of a sealed text; an address line has room for twice that


def seal(purpose: str, text: str) -> str:
    """The text as letters, digits, "-" and "_"; another each time."""
    return _fernet(purpose).encrypt(text.encode()).decode().rstrip("=")


def unseal(purpose: str, sealed: str) -> str | None:
    """The text, or None for what was never sealed for this purpose or was altered."""
    if not (sealed.isascii() and len(sealed) <= MOST):
        return None
    padded = sealed + "=" * (-len(sealed) % 4)
    try:
        return _fernet(purpose).decrypt(padded.encode()).decode()
    except InvalidToken:
        return None


def _fernet(purpose: str) -> MultiFernet:
    settings = current_app.config["SETTINGS"]
    keys = (settings.secret_key, *settings.old_secret_keys)
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    digest = hashlib.sha256(f"seal\x1f{purpose}\x1f{key}".encode()).digest()
    return base64.urlsafe_b64encode(digest)
