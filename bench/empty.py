"""The floor: a Flask page that does nothing."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing() -> str:
    return "ok"


@app.get("/healthz")
def healthz() -> str:
    return "ok"
