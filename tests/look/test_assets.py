import gzip
import json
from pathlib import Path

import pytest
from flask import Flask

from app.core.assets import AssetError, asset, asset_or_none, icon_href, init_assets


@pytest.fixture
def built(tmp_path: Path) -> Flask:
    dist = tmp_path / "static" / "dist"
    dist.mkdir(parents=True)
    (dist / "public-AB.css").write_text("body{}")
    (dist / "public-AB.css.gz").write_bytes(gzip.compress(b"body{}"))
    (tmp_path / "static" / "plain.txt").write_text("plain")
    manifest = {
        "files": {"public.css": "public-AB.css", "icons.svg": "icons-CD.svg"},
        "icons": ["check-lg"],
    }
    (dist / "manifest.json").write_text(json.dumps(manifest))
    app = Flask("built", root_path=str(tmp_path))
    app.config["TESTING"] = True
    init_assets(app)
    return app


def test_asset_gives_the_hashed_name(built: Flask) -> None:
    with built.test_request_context():
        assert asset("public.css") == "/static/dist/public-AB.css"
        assert icon_href("check-lg") == "/static/dist/icons-CD.svg#check-lg"


def test_unknown_file_and_icon_are_refused_by_name(built: Flask) -> None:
    with built.test_request_context():
        with pytest.raises(AssetError, match="'lost.css'"):
            asset("lost.css")
        with pytest.raises(AssetError, match="'lost-icon' is not in the sprite"):
            icon_href("lost-icon")


def test_unbuilt_front_end_says_how_to_build(tmp_path: Path) -> None:
    app = Flask("unbuilt", root_path=str(tmp_path))
    init_assets(app)
    with app.test_request_context():
        with pytest.raises(AssetError, match="node static/build.mjs"):
            asset("public.css")
        assert asset_or_none("public.css") is None


def test_built_file_is_kept_for_a_year_and_sent_compressed(built: Flask) -> None:
    client = built.test_client()
    headers = {"Accept-Encoding": "gzip"}
    with client.get("/static/dist/public-AB.css", headers=headers) as squeezed:
        assert gzip.decompress(squeezed.data) == b"body{}"
        assert squeezed.mimetype == "text/css"
        assert squeezed.headers["Content-Encoding"] == "gzip"
        assert "immutable" in squeezed.headers["Cache-Control"]
        assert "max-age=31536000" in squeezed.headers["Cache-Control"]
        assert squeezed.headers["Vary"] == "Accept-Encoding"
    headers = {"Accept-Encoding": "identity"}
    with client.get("/static/dist/public-AB.css", headers=headers) as plain:
        assert plain.data == b"body{}"
        assert "Content-Encoding" not in plain.headers


def test_manifest_and_siblings_are_not_served_but_other_static_files_are(built: Flask) -> None:
    client = built.test_client()
    assert client.get("/static/dist/manifest.json").status_code == 404
    assert client.get("/static/dist/public-AB.css.gz").status_code == 404
    with client.get("/static/plain.txt") as plain:
        assert plain.data == b"plain"


def test_new_build_is_noticed_without_a_restart(built: Flask) -> None:
    manifest = Path(built.static_folder or "") / "dist" / "manifest.json"
    with built.test_request_context():
        assert asset("public.css").endswith("public-AB.css")
        manifest.write_text(json.dumps({"files": {"public.css": "public-EF.css"}, "icons": []}))
        manifest.touch()
        assert asset("public.css").endswith("public-EF.css")
