"""Anyone checks a receipt: `/receipts/<code>`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("receipts", __name__)
