"""No page mixes languages: every Vietnamese word of a page goes through gettext, at its time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tools.i18n import KEYWORDS, ROOT, VIETNAMESE

TEMPLATES = ROOT / "templates"
#: Papers and letters are Vietnamese whatever the language of the screen.
VIETNAMESE_ONLY = {"documents", "mail"}
#: A language is named in its own words on every page.
NEVER_TRANSLATED = {"Tiếng Việt"}

environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


def loose_texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each piece of Vietnamese in a template that gettext does not see."""
    yield from _loose(environment.parse(source))


def _loose(node: nodes.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        if node.node.name in KEYWORDS:
            for value in node.kwargs:
                yield from _loose(value)
            return
    text = ""
    if isinstance(node, nodes.TemplateData):
        text = node.data
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        text = node.value
    for number, line in enumerate(text.splitlines()):
        if VIETNAMESE.search(line) and line not in NEVER_TRANSLATED:
            yield node.lineno + number, line.strip()
    for child in node.iter_child_nodes():
        yield from _loose(child)


def page_templates() -> Iterator[Path]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        if path.relative_to(TEMPLATES).parts[0] not in VIETNAMESE_ONLY:
            yield path


def test_every_word_of_a_page_can_be_translated() -> None:
    assert [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {text}"
        for path in page_templates()
        for line, text in loose_texts(path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Gửi đăng ký</p>", [(1, "<p>Gửi đăng ký</p>")]),
        ("<p>\n  Gửi\n</p>", [(2, "Gửi")]),
        ('{{ tag("Đã gửi") }}', [(1, "Đã gửi")]),
        ('{{ _("Gửi %(what)s", what="đơn") }}', [(1, "đơn")]),
        ('{{ _("Gửi đăng ký") }}', []),
        ('{{ tag(word=_("Đã gửi")) }}', []),
        ('{{ "Tiếng Việt" }}', []),
        ("{% trans %}Gửi đăng ký{% endtrans %}", []),
        ("{% trans n=n %}{{ n }} đơn{% pluralize %}{{ n }} đơn{% endtrans %}", []),
        ("{# Chữ của người viết mã #}<p>102</p>", []),
    ],
)
def test_loose_texts(source: str, found: list[tuple[int, str]]) -> None:
    assert list(loose_texts(source)) == found


# ---------------------------------------------------------------- texts made too early

EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}


def early_texts(source: str) -> Iterator[int]:
    """Lines where gettext is called while the module is loading: it has no language yet.

    Such a text stays Vietnamese for ever; `lazy_gettext` waits until it is shown.
    """
    module = ast.parse(source)
    eager = {
        name.asname or name.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == "flask_babel"
        for name in node.names
        if name.name in EAGER
    }
    yield from _early(module, eager)


def _early(node: ast.AST, eager: set[str]) -> Iterator[int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        for default in [*arguments.defaults, *filter(None, arguments.kw_defaults)]:
            yield from _early(default, eager)
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in eager:
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _early(child, eager)


def test_no_text_is_made_before_its_language_is_known() -> None:
    assert [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for line in early_texts(path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("WORD = _('Đã gửi')", [2]),
        ("class Form:\n    name = Field(_('Tên'))", [3]),
        ("def show(word=_('Tên')):\n    return word", [2]),
        ("def show():\n    return _('Tên')", []),
        ("WORDS = {'a': lambda: _('Tên')}", []),
    ],
)
def test_early_texts(code: str, lines: list[int]) -> None:
    assert list(early_texts(f"from flask_babel import gettext as _\n{code}")) == lines
    assert list(early_texts(f"from flask_babel import lazy_gettext as _\n{code}")) == []
