"""Anyone checks a receipt: `/receipts/<code>`. No personal data; a guess gets one plain answer.

Wrong codes are counted by client address (core.limits); right ones write nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from app.accounts.attempts import WITHIN, Limit, client_address
from app.core import clock
from app.core.access import public
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.core.limits import count_attempt, ensure_allowed
from app.receipts.errors import ReceiptNotFound
from app.receipts.forms import CheckForm
from app.receipts.pages import check_url, values_of
from app.receipts.queries import Receipt, receipt_of
from app.receipts.rules import read_code, read_sha256, without_blanks
from app.receipts.signatures import is_signature, public_keys, text_of

blueprint = Blueprint("receipts", __name__)
WRONG = Limit("receipt", 30)
SHOWN_MAX = 40  # of a wrong code, in the field again


@blueprint.get("/receipts/")
@public
def index() -> Any:
    typed = {name: request.args.get(name, "")[:200] for name in ("code", "signature", "sha256")}
    return _form_page(CheckForm(formdata=None, data=typed), asked_more=bool(typed["code"]))


@blueprint.post("/receipts/")
@public
def submit() -> Any:
    form = CheckForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    given = {
        "signature": without_blanks(form.signature.data or ""),
        "sha256": read_sha256(form.sha256.data or "") or "",
    }
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value}
    return redirect(url_for(".check", code=read_code(form.code.data), **wanted), 303)


@blueprint.get("/receipts/<code>")
@public
def check(code: str) -> Any:
    try:
        receipt = _found(code)
    except ReceiptNotFound as refusal:
        form = CheckForm(formdata=None, data={"code": code[:SHOWN_MAX]})
        return _form_page(form, refusal=refusal), refusal.status
    signature, digest = request.args.get("signature", ""), request.args.get("sha256", "")
    return render_template(
        "receipts/check.html",
        signature_fits=is_signature(receipt, signature) if signature else None,
        file_fits=read_sha256(digest) == receipt.sha256 if digest and receipt.sha256 else None,
        file_given=bool(digest),
        **values_of(receipt),
    )


@blueprint.get("/receipts/<code>.txt")
@public
def signed_text(code: str) -> Response:
    """The bytes that are signed, to check them with other programs."""
    return Response(text_of(_found(code)), mimetype="text/plain")


@blueprint.get("/receipts/key")
@public
def key() -> str:
    return render_template("receipts/key.html", keys=public_keys(), check_url=check_url())


@blueprint.get("/receipts/key.pem")
@public
def key_file() -> Response:
    """The public key that signs now."""
    return Response(
        public_keys()[0].pem,
        mimetype="application/x-pem-file",
        headers={"Content-Disposition": 'attachment; filename="key.pem"'},
    )


def _found(code: str) -> Receipt:
    """Raises ReceiptNotFound, or TooManyAttempts for right and wrong codes alike."""
    who, real_now = client_address(), clock.real_now()
    ensure_allowed(WRONG.purpose, who, most=WRONG.most, within=WITHIN, now=real_now)
    receipt = receipt_of(code)
    if receipt is not None:
        return receipt
    try:
        with unit_of_work():
            count_attempt(WRONG.purpose, who, now=real_now)
    except NotStored:
        current_app.logger.warning("wrong receipt code not counted")
    raise ReceiptNotFound()


def _form_page(
    form: CheckForm, *, refusal: ReceiptNotFound | None = None, asked_more: bool = False
) -> str:
    """``asked_more``: the fields beside the code stand open."""
    return render_template("receipts/index.html", form=form, refusal=refusal, asked_more=asked_more)
