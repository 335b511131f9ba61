"""The child's own word for a file that is not read; knows nothing of the application."""

from __future__ import annotations


class Refused(Exception):
    """``code`` and ``values`` choose the sentence, ``detail`` is for the log."""

    def __init__(self, code: str, detail: str = "", **values: int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.values = values
