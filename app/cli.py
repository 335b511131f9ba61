"""`flask …` commands that outsiders rely on (design 8)."""

from flask import Flask


def init_cli(app: Flask) -> None:
    """Register the commands."""
