"""Asking to see, correct or erase one's data, and the desk's clock for each request."""

from __future__ import annotations

from flask import Blueprint

import app.personal_data.models  # noqa: F401 - the tables

blueprint = Blueprint("personal_data", __name__)
