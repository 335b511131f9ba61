"""The built front end: hashed file names, their caching, and what templates need of the look.

``static/build.mjs`` writes ``static/dist/manifest.json``:
``{"files": {"public.css": "public-AB12.css", …}, "icons": ["check-lg", …]}``.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path

from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    request,
    send_from_directory,
    url_for,
)
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from app.core.look import install_look_globals

DIST = "dist"
YEAR = 365 * 24 * 3600
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
EXTENSION_KEY = "assets"


class AssetError(RuntimeError):
    """The built files are missing, or do not hold what a template asks for."""


@dataclass
class _Assets:
    """The manifest as last read; read again when the build has written a new one."""

    manifest: Path
    stamp: int = 0
    files: dict[str, str] = field(default_factory=dict)
    icons: frozenset[str] = frozenset()
    drawings: dict[str, Markup] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)  # as pages name them, at the root

    def load(self) -> None:
        """Read the manifest if it changed.

        Raises:
            AssetError: the front end was never built.
        """
        try:
            stamp = self.manifest.stat().st_mtime_ns
            if stamp == self.stamp:
                return
            built = json.loads(self.manifest.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise AssetError(
                f"{self.manifest} is missing: build the front end first "
                "(npm ci --ignore-scripts && node static/build.mjs)."
            ) from error
        self.files, self.icons = built["files"], frozenset(built["icons"])
        self.drawings, self.addresses = {}, {}
        self.stamp = stamp

    def drawing(self, name: str) -> Markup:
        """What stands in the sprite's symbol of this icon."""
        if not self.drawings:
            text = (self.manifest.parent / self.files["icons.svg"]).read_text(encoding="utf-8")
            drawn = _SYMBOL.findall(text)  # our own file, written by the build
            self.drawings = {one: Markup(inner) for one, inner in drawn}  # noqa: S704
        return self.drawings[name]


_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 16 16">(.*?)</symbol>', re.DOTALL)


def _assets() -> _Assets:
    found: _Assets = current_app.extensions[EXTENSION_KEY]
    found.load()
    return found


def asset(name: str) -> str:
    """The address of a built file by its plain name, such as ``public.css``.

    Raises:
        AssetError: nothing was built, or the build has no file of that name.
    """
    assets = _assets()
    at_root = has_request_context() and not request.root_path
    if at_root and name in assets.addresses:
        return assets.addresses[name]
    try:
        hashed = assets.files[name]
    except KeyError as error:
        raise AssetError(f"The built front end has no file called {name!r}.") from error
    address = url_for("static", filename=f"{DIST}/{hashed}")
    if at_root:
        assets.addresses[name] = address
    return address


def built_file(name: str) -> bytes:
    """What stands in a built file: for one that is served at another address.

    Raises:
        AssetError: nothing was built, or the build has no file of that name.
    """
    assets = _assets()
    try:
        return (assets.manifest.parent / assets.files[name]).read_bytes()
    except KeyError as error:
        raise AssetError(f"The built front end has no file called {name!r}.") from error


def asset_or_none(name: str) -> str | None:
    """Like :func:`asset`, but ``None`` when not built: for the page that reports a failure."""
    try:
        return asset(name)
    except AssetError:
        current_app.logger.exception("The error page is shown without its built files.")
        return None


def icon_href(name: str) -> str:
    """The address of one icon inside the sprite.

    Raises:
        AssetError: the sprite was built without this icon.
    """
    if name not in _assets().icons:
        raise AssetError(
            f"The icon {name!r} is not in the sprite: name it in a template as icon({name!r}) "
            "or in Python as icon=…, and run node static/build.mjs again."
        )
    return f"{asset('icons.svg')}#{name}"


def icon_drawing(name: str) -> Markup | None:
    """The icon itself, on pages that asked for it with :func:`draw_icons_inside`; else ``None``."""
    return _assets().drawing(name) if g.get("icons_inside") else None


def draw_icons_inside() -> None:
    """This answer's icons stand in the page: it needs five of them, and the sprite holds 80.

    Before the views of a blueprint whose pages are opened on slow networks.
    """
    g.icons_inside = True


def preload_style(response: Response, name: str) -> Response:
    """Let the browser ask for the style sheet while the page itself is still on its way."""
    if response.mimetype == "text/html":
        response.headers.add("Link", f"<{asset(name)}>; rel=preload; as=style")
    return response


def _static_view(app: Flask) -> Callable[..., Response]:
    """Serves static files; built ones compressed and for a year, for their names never repeat."""
    folder = Path(app.static_folder or "")

    def static(filename: str) -> Response:
        if not filename.startswith(f"{DIST}/"):
            return send_from_directory(folder, filename)
        if filename.endswith(("manifest.json", ".gz", ".br")):
            raise NotFound
        return _built_file(folder, filename)

    return static


def _built_file(folder: Path, filename: str) -> Response:
    answer = None
    for encoding, suffix in ENCODINGS:
        if encoding in request.accept_encodings and (folder / (filename + suffix)).is_file():
            mimetype = guess_type(filename)[0] or "application/octet-stream"
            answer = send_from_directory(folder, filename + suffix, mimetype=mimetype, max_age=YEAR)
            answer.headers["Content-Encoding"] = encoding
            break
    if answer is None:
        answer = send_from_directory(folder, filename, max_age=YEAR)
    answer.vary.add("Accept-Encoding")
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    return answer


def init_assets(app: Flask) -> None:
    """Give ``app`` the Jinja globals ``asset``, ``asset_or_none``, ``icon_href`` and those of
    :mod:`app.core.look`, and let the ``static`` endpoint serve built files compressed and cached.
    """
    manifest = Path(app.static_folder or "") / DIST / "manifest.json"
    app.extensions[EXTENSION_KEY] = _Assets(manifest)
    app.view_functions["static"] = _static_view(app)
    app.jinja_env.globals.update(
        asset=asset, asset_or_none=asset_or_none, icon_href=icon_href, icon_drawing=icon_drawing
    )
    install_look_globals(app.jinja_env)
