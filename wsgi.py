"""The server's entry: `gunicorn wsgi:app`."""

import sys

from app import create_app
from config import SettingError, Settings

try:
    app = create_app(Settings.from_env())
except SettingError as error:
    sys.exit(f"Settings refused: {error}")
