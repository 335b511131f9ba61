from __future__ import annotations

import pytest
from flask import Flask, session
from flask_wtf.csrf import validate_csrf

from app.core.page_cache import EDGE, MOST, form_token, hole, kept_page


def page(app: Flask, key: object, *, drawn: list[object], **holes: str) -> str:
    def draw() -> str:
        drawn.append(key)
        return f"<h1>{hole('name')}</h1><p>{key}</p>"

    return kept_page(key, draw, {"name": "", **holes})


def test_a_page_is_drawn_once_and_filled_for_each(app: Flask) -> None:
    drawn: list[object] = []
    assert page(app, "a", drawn=drawn, name="Một") == "<h1>Một</h1><p>a</p>"
    assert page(app, "a", drawn=drawn, name="Hai") == "<h1>Hai</h1><p>a</p>"
    assert drawn == ["a"]


def test_another_key_is_another_page(app: Flask) -> None:
    drawn: list[object] = []
    assert page(app, ("x", 1, "vi"), drawn=drawn) != page(app, ("x", 2, "vi"), drawn=drawn)
    page(app, ("x", 1, "en"), drawn=drawn)
    assert drawn == [("x", 1, "vi"), ("x", 2, "vi"), ("x", 1, "en")]


def test_what_fills_a_hole_is_escaped(app: Flask) -> None:
    shown = page(app, "a", drawn=[], name='<script>"&')
    assert shown == "<h1>&lt;script&gt;&#34;&amp;</h1><p>a</p>"
    kept = page(app, "a", drawn=[], name=f"{EDGE}name{EDGE}")
    assert kept.count(EDGE) == 2  # a value is never read as a hole


def test_a_hole_nobody_fills_is_a_fault(app: Flask) -> None:
    with pytest.raises(KeyError):
        kept_page("k", lambda: hole("forgotten"), {})


def test_a_hole_is_only_asked_for_where_the_page_has_it(app: Flask) -> None:
    asked: list[str] = []

    def value() -> str:
        asked.append("name")
        return "<Ba>"

    draw = f"{hole('name')} {hole('name')}"
    assert kept_page("k", lambda: draw, {"name": value, "other": value}) == "&lt;Ba&gt; &lt;Ba&gt;"
    assert asked == ["name"]


def test_a_browsers_token_is_signed_once_and_is_its_own(app: Flask) -> None:
    tokens = []
    for _browser in range(2):
        with app.test_request_context("/"):
            first = form_token()
            raw = session["csrf_token"]
        with app.test_request_context("/"):
            session["csrf_token"] = raw
            assert form_token() == first
            validate_csrf(first)
        tokens.append(first)
    assert tokens[0] != tokens[1]
    with app.test_request_context("/"):
        for number in range(MOST + 1):
            session["csrf_token"] = f"{number:040d}"
            form_token()
    assert len(app.extensions["form_tokens"]) == MOST


def test_no_more_than_so_many_pages_are_kept(app: Flask) -> None:
    drawn: list[object] = []
    for key in range(MOST + 5):
        page(app, key, drawn=drawn)
    assert len(app.extensions["page_cache"]) == MOST
    page(app, MOST + 4, drawn=drawn)
    assert len(drawn) == MOST + 5
    page(app, 0, drawn=drawn)  # the oldest went first
    assert len(drawn) == MOST + 6


def test_each_application_keeps_its_own(app: Flask, settings) -> None:
    from app import create_app

    page(app, "a", drawn=[])
    assert len(create_app(settings, TESTING=True).extensions["page_cache"]) == 0
