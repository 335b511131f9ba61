"""`flask hall serve` as it runs: a client that trusts the root, and Chromium with a camera."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, Playwright, expect

from app.checkin.gate_services import create_gate
from app.core import clock
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from bench.server import ROOT, environment, free_port
from bench.world import make_app, visit
from tests.factories.events import DESK, make_event
from tests.journeys.conftest import PHONE, chromium_path

pytestmark = pytest.mark.journey


@dataclass(frozen=True)
class Served:
    """A running hall. ``host``: the address the machine chose; ``said``: the terminal so far."""

    process: subprocess.Popen[str]
    data_dir: Path
    host: str
    port: int
    plain_port: int
    secret: str
    said: str

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.data_dir / "hall" / "root.crt"))

    def get(self, path: str, context: ssl.SSLContext | None = None, host: str = "", **headers: str):
        """(status, body) over https, everything verified."""
        connection = http.client.HTTPSConnection(
            host or self.host, self.port, timeout=20, context=context or self.trusting()
        )
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("hall")
    shutil.copy(sqlite_template, directory / "app.db")
    env = environment(directory, f"sqlite:///{directory / 'app.db'}", free_port())
    with visit(make_app(env)):
        event = make_event(units=2)
        with unit_of_work():
            found = db.session.get_one(Event, event.id)
            secret = create_gate(found, "Cổng A", by=DESK, now=clock.real_now()).secret
    port, plain_port = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "hall", "serve", "--port", str(port),
         "--http-port", str(plain_port), "--processes", "1"],
        cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    said = ""
    assert process.stdout is not None
    while "Ctrl+C" not in said:
        line = process.stdout.readline()
        assert line, f"the hall did not start: {said}"
        said += line
    host = re.search(rf"https://([0-9.]+):{port}", said)
    assert host
    yield Served(process, directory, host[1], port, plain_port, secret, said)
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    process.stdout.close()


def test_a_client_that_trusts_the_root_comes_in(served: Served) -> None:
    status, body = served.get("/hall/certificate")
    assert status == 200
    assert "Cho điện thoại vào trang điểm danh" in body.decode()
    assert served.get("/", host="localhost")[0] == 200  # named in the certificate, too


def test_the_worker_runs_too(served: Served) -> None:
    assert "gửi thư" in served.said
    status, problems = served.get("/healthz")
    assert status == 200, problems


def test_nobody_else_is_trusted_or_answered(served: Served) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        served.get("/", ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        served.get("/", host="127.0.0.2")  # leads here, but is no address of ours
    assert served.get("/desk/", Host="bank.example")[0] == 421


def test_plain_http_only_shows_how(served: Served) -> None:
    def plain(path: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(served.host, served.plain_port, timeout=20)
        with closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer, answer.read()

    assert f"http://{served.host}:{served.plain_port}/hall/certificate" in served.said
    page, body = plain("/hall/certificate")
    assert page.status == 200
    assert f"{served.url}/hall/" in body.decode()
    root, body = plain("/hall/certificate/diem-danh-hoi-truong.crt")
    assert root.headers["Content-Type"] == "application/x-x509-ca-cert"
    fingerprint = hashlib.sha256(body).digest().hex(" ").upper()
    assert fingerprint in served.said
    away, _body = plain("/desk/")
    assert (away.status, away.headers["Location"]) == (302, f"{served.url}/desk/")


@pytest.fixture
def trusting_phone(
    served: Served, playwright: Playwright, tmp_path: Path
) -> Iterator[BrowserContext]:
    """Chromium that takes our root for good, as a phone where it was installed."""
    root = x509.load_pem_x509_certificate((served.data_dir / "hall" / "root.crt").read_bytes())
    spki = root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=chromium_path(), permissions=["camera"],
        args=["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream",
              "--use-fake-ui-for-media-stream", f"--ignore-certificate-errors-spki-list={pin}"],
        **PHONE,
    )  # fmt: skip
    yield context
    context.close()


def test_the_scan_page_has_what_only_https_gives(
    served: Served, trusting_phone: BrowserContext
) -> None:
    page = trusting_phone.new_page()
    page.goto(f"{served.url}/hall/pair/{served.secret}")
    page.get_by_role("button", name=re.compile("Ghép|Dùng")).click()
    page.wait_for_url(re.compile("/hall/"))
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("isSecureContext")
    assert page.evaluate("!!navigator.mediaDevices?.getUserMedia")
    camera = "navigator.mediaDevices.getUserMedia({video: true}).then(it => it.getTracks().length)"
    assert page.evaluate(camera) == 1
    ready = "navigator.serviceWorker.ready.then(it => new URL(it.scope).protocol)"
    assert page.evaluate(ready) == "https:"
