"""Refusals and failures as pages: a sentence, what to do, the request's id. Never a trace."""

from __future__ import annotations

import errno
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.core.errors import DomainError, NotStored
from app.core.uploads import too_big_sentence
from app.extensions import db

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
ALONE = {500, 503}  # drawn without layout, context processors, database or current user


def init_error_pages(app: Flask) -> None:
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _not_stored)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, message: Any = None) -> Response | tuple[Any, int]:
    request_id = g.get("request_id", "")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=str(message or _default_sentence()), request_id=request_id), status
    page = status if status in PAGES else 400 if status < 500 else 500
    values = {"message": message, "request_id": request_id}
    if page in ALONE:
        template = current_app.jinja_env.get_template(f"errors/{page}.html")
        return template.render(**values), status
    return render_template(f"errors/{page}.html", **values), status


def _default_sentence() -> str:
    return _("Lần gửi vừa rồi chưa được ghi nhận.")


def refused(error: DomainError) -> Any:
    """The page of a refusal nobody placed at a field."""
    return _page(error.status, error.message)


def _csrf(error: CSRFError) -> Any:
    return _page(400)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if error.response is not None and error.code < 500:
        return error.response
    return _page(error.code, _sentence(error))


def _sentence(error: HTTPException) -> Any:
    if error.code == 413:
        return too_big_sentence()
    if isinstance(error, ClientDisconnected):
        return _("Tệp gửi lên bị đứt giữa chừng, Sở chưa nhận được gì. Hãy gửi lại.")
    return None


def _not_stored(error: OperationalError) -> Any:
    current_app.logger.error("database cannot answer: %s", type(error.orig).__name__)
    _give_up()
    return _page(NotStored.status, NotStored.message)


def _unexpected(error: Exception) -> Any:
    if isinstance(error, OSError) and error.errno in NO_ROOM:  # while a body was put aside
        current_app.logger.error("no room for a request: %s", type(error).__name__)
        _give_up()
        return _page(NotStored.status, NotStored.message)
    current_app.logger.error("unexpected error", exc_info=error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    _give_up()
    return _page(500)


def _give_up() -> None:
    """End the transaction; a database that is gone cannot even do that, and the page must stand."""
    try:
        db.session.rollback()
    except SQLAlchemyError as error:
        current_app.logger.error("rollback failed: %s", type(error).__name__)
