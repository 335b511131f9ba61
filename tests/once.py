"""What every application of a test would make anew though it is the same: made once a process.

Nearly every test has an application of its own. Compiling some 200 addresses took 50 ms of each,
putting them in order 30 ms, compiling a page's templates and its database statements as much again,
and looking through all imported modules for garbage 100 ms of every fourth. The tests see the same:
what is kept is kept by everything it was made from.
"""

from __future__ import annotations

import copy
import gc
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

_builders: dict[tuple[Any, ...], Any] = {}
_templates: dict[tuple[str, str], CodeType] = {}
_maps: dict[tuple[Any, ...], tuple[StateMachineMatcher, dict[Any, list[Rule]]]] = {}
_statements: LRUCache[Any, Any] = LRUCache(3000)


class KeptRule(Rule):
    """An address whose code is made once for all applications."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (append_unknown, self.rule, tuple(self._trace))
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


class KeptMap(Map):
    """Addresses that are put in order at first use, once for all applications with the same ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._own: list[Rule] = []
        self._settled = 0
        super().__init__(*args, **kwargs)

    def add(self, rulefactory: RuleFactory) -> None:
        self._own.extend(rulefactory.get_rules(self))

    def update(self) -> None:
        if self._settled < len(self._own):
            self._settle()
        super().update()

    def _settle(self) -> None:
        self._settled = len(self._own)
        key = (tuple(self.converters.items()), *map(_facts, self._own))
        if key not in _maps:
            self._matcher = StateMachineMatcher(self.merge_slashes)
            self._rules_by_endpoint = {}
            for rule in self._own:
                super().add(copy.copy(rule))
            super().update()
            _maps[key] = self._matcher, self._rules_by_endpoint
        self._matcher, self._rules_by_endpoint = _maps[key]
        self._remap = False


def _facts(rule: Rule) -> tuple[Any, ...]:
    """All that an address is made from."""
    return (
        rule.rule, rule.endpoint, frozenset(rule.methods or ()), repr(rule.defaults),
        rule.subdomain, rule.host, rule.build_only, rule.websocket, rule.alias,
        rule.redirect_to, rule.strict_slashes, rule.merge_slashes,
    )  # fmt: skip


class KeptTemplates(BytecodeCache):
    """Compiled templates by their file and a digest of their text."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _templates.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            _templates[bucket.key, bucket.checksum] = bucket.code


def keep() -> None:
    """To be called before the first application."""
    Flask.url_rule_class, Flask.url_map_class = KeptRule, KeptMap
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}

    _keep_statements()


def _keep_statements() -> None:
    """Two dialects of a kind compile alike, so that a statement is compiled once for all engines."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    Engine._compiled_cache = property(lambda self: _statements, lambda self, value: None)  # type: ignore[assignment]


def look_for_garbage_less() -> None:
    """What is here now stays until the end; what a test leaves is found before it grows old."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
