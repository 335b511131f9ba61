"""A small application with only the look in it: no database, no built files."""

from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from app.core.assets import init_assets

ROOT = Path(__file__).parents[2]


@pytest.fixture
def look_app() -> Flask:
    app = Flask("look", root_path=str(ROOT))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.config.update(SECRET_KEY="tests", TESTING=True, BABEL_DEFAULT_LOCALE="vi")
    Babel(app)
    CSRFProtect(app)
    app.add_url_rule("/time", endpoint="health.server_time")
    init_assets(app)
    app.jinja_env.globals["icon_href"] = lambda name: f"/icons.svg#{name}"
    app.jinja_env.globals["icon_drawing"] = lambda name: None
    return app
