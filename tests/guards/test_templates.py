"""What every template keeps to: it compiles, brings nothing from elsewhere, and runs nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from flask import Flask
from jinja2 import meta, nodes
from werkzeug.exceptions import MethodNotAllowed, NotFound

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PAGES = sorted(str(one.relative_to(TEMPLATES)) for one in TEMPLATES.rglob("*.html"))
# Mail programs read neither our style sheets nor our policy: their templates carry styles inline.
MAIL = "mail/messages/"

# Who may say |safe, and what it marks.
SAFE = {
    r"""['"] aria-[a-z]+="true"['"] \| safe if""": "our own attribute, chosen by a condition",
    r"""['"] aria-current="page"['"] \| safe if""": "our own attribute, chosen by a condition",
    r"\b(svg|code_svg|[a-z_.]*_svg) \| safe": "a picture drawn by app.printing.qr or the chart",
    r"when=when \| safe": "made by the macro that escapes and joins its words",
}


def source(page: str) -> str:
    text = (TEMPLATES / page).read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


def test_unknown_names_are_errors(app: Flask) -> None:
    assert app.jinja_env.undefined is jinja2.StrictUndefined
    assert app.jinja_env.autoescape is not False


def test_every_template_compiles(app: Flask) -> None:
    for path in TEMPLATES.rglob("*"):
        if path.suffix in {".html", ".txt"}:
            app.jinja_env.get_template(str(path.relative_to(TEMPLATES)))


def test_every_template_named_exists(app: Flask) -> None:
    missing = {}
    for page in PAGES:
        tree = app.jinja_env.parse((TEMPLATES / page).read_text(encoding="utf-8"))
        for name in meta.find_referenced_templates(tree):
            if name is not None and not (TEMPLATES / name).is_file():
                missing[page] = name
    assert missing == {}


def imported_and_used(app: Flask, page: str) -> tuple[set[str], set[str]]:
    tree = app.jinja_env.parse((TEMPLATES / page).read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in tree.find_all(nodes.FromImport):
        imported |= {name[1] if isinstance(name, tuple) else name for name in node.names}
    imported |= {node.target for node in tree.find_all(nodes.Import)}
    return imported, {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}


def test_every_imported_macro_is_used(app: Flask) -> None:
    unused = {}
    for page in PAGES:
        imported, used = imported_and_used(app, page)
        if imported - used:
            unused[page] = imported - used
    assert unused == {}


GIVEN = {  # values of those views
    "checkin/answer.html": {"answer"},
    "checkin/door_answer.html": {"answer"},
    "invitations/batch_new.html": {"choice"},
    "invitations/editor.html": {"choice"},
    "mail/outbox.html": {"tabs"},
}


def test_every_macro_used_is_imported(app: Flask) -> None:
    macros = {
        macro.name
        for page in PAGES
        if page.startswith("components/")
        for macro in app.jinja_env.parse(source(page)).find_all(nodes.Macro)
    }
    lost = {}
    for page in PAGES:
        tree = app.jinja_env.parse(source(page))
        imported, used = imported_and_used(app, page)
        own = {node.name for node in tree.find_all(nodes.Macro)}
        own |= {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
        if missing := (used & macros) - imported - own - GIVEN.get(page, set()):
            lost[page] = missing
    assert lost == {}


@pytest.mark.parametrize("page", PAGES)
def test_nothing_runs_or_is_styled_inline(page: str) -> None:
    text = source(page)
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"javascript:", text, re.IGNORECASE) == []
    if not page.startswith(MAIL):
        assert re.findall(r"<style", text) == []
        assert re.findall(r"\sstyle=", text) == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_comes_from_another_host(page: str) -> None:
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", source(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_text_is_escaped(page: str) -> None:
    text = source(page)
    for allowed in SAFE:
        text = re.sub(allowed, "", text)
    assert re.findall(r".{0,60}\|\s*safe\b.{0,20}", text) == []
    assert re.findall(r"autoescape\s+false", text) == []


def test_style_sheets_and_scripts_ask_only_ourselves() -> None:
    found = {}
    for path in [*(ROOT / "static/css").rglob("*.css"), *(ROOT / "static/js").rglob("*.js")]:
        hits = re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
        hits = [one for one in hits if one != "http://www.w3.org/2000/svg"]
        if hits:
            found[path.name] = hits
    assert found == {}


WRITTEN_LINK = re.compile(
    r"""(?:(?:href|action)=["']|(?:href|action)="\{\{[^}]*else\s')(/[^"'{]*)["']"""
)


def test_every_written_out_link_leads_to_a_page(app: Flask) -> None:
    lost = {}
    adapter = app.url_map.bind("")
    for page in PAGES:
        for path in WRITTEN_LINK.findall(source(page)):
            try:
                adapter.match(path.split("#")[0].split("?")[0])
            except MethodNotAllowed:
                continue
            except NotFound:
                lost[page] = path
    assert lost == {}
