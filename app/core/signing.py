"""Ed25519 signatures of texts that we attest and anybody can check (design 4.7: nothing is stored).

The private key of a purpose is derived from SECRET_KEY by HKDF-SHA-256 (RFC 5869), so every
process has it and a signature is the same each time. The current key signs; what was signed
under an old one (OLD_SECRET_KEYS) still verifies, and its public key stays published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app

SIGNATURE_BYTES = 64


@dataclass(frozen=True)
class PublicKey:
    """``id``: the first 16 hexadecimal digits of SHA-256 of the 32 key bytes; ``pem``: as openssl
    reads it; ``current``: signs now."""

    id: str
    pem: str
    current: bool


def sign(purpose: str, text: str) -> bytes:
    """64 bytes over the UTF-8 of the text, by the current key of this purpose."""
    return _private_keys(purpose)[0].sign(text.encode())


def is_signed(purpose: str, text: str, signature: bytes) -> bool:
    """Whether one of the accepted keys of this purpose signed exactly this text."""
    return any([_verifies(key, text, signature) for key in _private_keys(purpose)])


def public_keys(purpose: str) -> tuple[PublicKey, ...]:
    """The key that signs now, then the old ones."""
    return tuple(
        _published(key, current=place == 0) for place, key in enumerate(_private_keys(purpose))
    )


def _private_keys(purpose: str) -> list[Ed25519PrivateKey]:
    settings = current_app.config["SETTINGS"]
    return [_derived(purpose, one) for one in (settings.secret_key, *settings.old_secret_keys)]


def _derived(purpose: str, secret: str) -> Ed25519PrivateKey:
    seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return Ed25519PrivateKey.from_private_bytes(seed.derive(secret.encode()))


def _verifies(key: Ed25519PrivateKey, text: str, signature: bytes) -> bool:
    try:
        key.public_key().verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _published(key: Ed25519PrivateKey, *, current: bool) -> PublicKey:
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16], pem, current)
