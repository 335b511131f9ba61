"""How phones come to trust the hall's certificate: a page for everybody, also over plain http, and
the root to download."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import lazy_gettext as _l

from app.checkin.hall_certificates import fingerprint_of, read_root
from app.core.access import public
from app.core.errors import NotFound

FILE = "diem-danh-hoi-truong.crt"


class NoHallCertificate(NotFound):
    message = _l(
        "Máy chủ này không dùng chứng nhận riêng, nên điện thoại không cần cài gì. Hãy mở thẳng trang "
        "điểm danh."
    )


def add_to(blueprint: Blueprint) -> None:
    blueprint.get("/hall/certificate", endpoint="certificate")(certificate)
    blueprint.get(f"/hall/certificate/{FILE}", endpoint="certificate_file")(certificate_file)


@public
def certificate() -> Any:
    settings = current_app.config["SETTINGS"]
    root = read_root(settings.data_dir)
    if root is None:
        raise NoHallCertificate()
    system = (request.user_agent.string or "").lower()
    apple = any(one in system for one in ("iphone", "ipad", "macintosh"))
    return render_template(
        "checkin/certificate.html",
        is_apple=apple,
        fingerprint=fingerprint_of(root),
        expires_at=root.not_valid_after_utc,
        hall_url=settings.hall_url or settings.base_url,
        file=FILE,
    )


@public
def certificate_file() -> Response:
    """DER under the media type that Android and iOS offer to install."""
    root = read_root(current_app.config["SETTINGS"].data_dir)
    if root is None:
        raise NoHallCertificate()
    return Response(
        root.public_bytes(Encoding.DER),
        mimetype="application/x-x509-ca-cert",
        headers={"Content-Disposition": f'attachment; filename="{FILE}"'},
    )
