"""The desk's review of signed forms: the picture beside the entry."""

from __future__ import annotations

from flask import Blueprint

import app.signed_forms.models  # noqa: F401 - the tables

blueprint = Blueprint("signed_forms", __name__)
