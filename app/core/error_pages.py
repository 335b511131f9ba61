"""Refusals and failures as pages: a sentence, what to do, the request's id. Never a trace."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.core.errors import DomainError, NotStored
from app.extensions import db

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}


def init_error_pages(app: Flask) -> None:
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _not_stored)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, message: Any = None) -> Response | tuple[Any, int]:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=str(message or ""), request_id=g.get("request_id")), status
    template = f"errors/{status if status in PAGES else 400 if status < 500 else 500}.html"
    return render_template(template, message=message, request_id=g.get("request_id", "")), status


def _refused(error: DomainError) -> Any:
    return _page(error.status, error.message)


def _csrf(error: CSRFError) -> Any:
    return _page(400)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if error.response is not None and error.code < 500:
        return error.response
    return _page(error.code)


def _not_stored(error: OperationalError) -> Any:
    current_app.logger.error("database cannot answer: %s", type(error.orig).__name__)
    db.session.rollback()
    return _refused(NotStored())


def _unexpected(error: Exception) -> Any:
    current_app.logger.error("unexpected error", exc_info=error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    db.session.rollback()
    return _page(500)
