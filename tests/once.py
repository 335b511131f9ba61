"""What every application of a test would make anew though it is the same: made once a process.

Nearly every test has an application of its own. Compiling some 200 addresses took 50 ms of each,
compiling a page's templates as much again, and looking through all imported modules for garbage
100 ms of every fourth. The tests see the same: code is kept by the text it was made from.
"""

from __future__ import annotations

import gc
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_builders: dict[tuple[Any, ...], Any] = {}
_templates: dict[tuple[str, str], CodeType] = {}


class KeptRule(Rule):
    """An address whose code is made once for all applications."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (append_unknown, self.rule, tuple(self._trace))
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


class KeptTemplates(BytecodeCache):
    """Compiled templates by their file and a digest of their text."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _templates.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            _templates[bucket.key, bucket.checksum] = bucket.code


def keep() -> None:
    """To be called before the first application."""
    Flask.url_rule_class = KeptRule
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}


def look_for_garbage_less() -> None:
    """What is here now stays until the end; what a test leaves is found before it grows old."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
