"""DKIM signatures (RFC 6376) made here, for a mail server that makes none itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dkim

from app.mail.mime import Signer
from app.mail.smtp_errors import TransportError

if TYPE_CHECKING:
    from config import Settings

_LOOSE = (b"relaxed", b"relaxed")  # relays may fold headers anew


def signer_of(settings: Settings) -> Signer | None:
    """What puts the signature before a mail; None when nothing is to be signed.

    The key is an RSA one in PEM. Raises TransportError (our own server's) for a key that cannot
    be read.
    """
    if not settings.dkim_selector:
        return None
    try:
        key = Path(settings.dkim_key_file).read_bytes()
    except OSError as error:
        raise _unusable(error) from error
    selector, domain = settings.dkim_selector.encode(), settings.dkim_domain.encode("idna")

    def sign(raw: bytes) -> bytes:
        try:
            signature: bytes = dkim.sign(raw, selector, domain, key, canonicalize=_LOOSE)
        except (dkim.DKIMException, ValueError, IndexError) as error:
            raise _unusable(error) from error
        return signature + raw

    return sign


def _unusable(error: Exception) -> TransportError:
    # The kind alone: what a parser says of a key may hold pieces of it.
    return TransportError(False, "dkim", type(error).__name__, server=True)
