"""Certificates of our own: what is in them, when they are made anew, who may read the keys."""

from __future__ import annotations

import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import Flask
from flask.testing import FlaskClient

from app.checkin import commands, hall_addresses
from app.checkin.hall_addresses import (
    HallHosts,
    NoNetwork,
    NotOurAddress,
    UnknownHost,
    hall_hosts,
)
from app.checkin.hall_certificates import fingerprint_of, hall_files, prepare, read_root
from app.checkin.hall_doors import guide_only, host_of, only_for
from app.checkin.hall_server import HallPlan, commands_of, environment_of
from tests.factories.units import words_of

NOW = datetime(2024, 3, 12, 8, 0, tzinfo=UTC)
HOSTS = ("192.168.1.20", "may-chu.local", "203.0.113.9")


def extension(certificate: x509.Certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def server_of(data_dir: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(hall_files(data_dir).chain.read_bytes())


def test_the_certificates_are_what_phones_ask_for(tmp_path: Path) -> None:
    made = prepare(tmp_path, HOSTS, now=NOW)
    assert made.new_root
    assert made.new_server
    root, server = read_root(tmp_path), server_of(tmp_path)
    assert root is not None
    limits = extension(root, x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)
    names = extension(server, x509.SubjectAlternativeName).value
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == [HOSTS[0], HOSTS[2]]
    assert names.get_values_for_type(x509.DNSName) == [HOSTS[1]]
    usage = extension(server, x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extension(server, x509.BasicConstraints).value.ca
    for one in (root, server):
        lasts = one.not_valid_after_utc - one.not_valid_before_utc
        assert lasts <= timedelta(days=825)
        assert one.signature_hash_algorithm.name == "sha256"
    assert made.expires_at == server.not_valid_after_utc <= root.not_valid_after_utc
    assert made.fingerprint == fingerprint_of(root)
    assert len(made.fingerprint.split()) == 32


@pytest.mark.parametrize(("host", "good"), [("192.168.1.20", True), ("192.168.1.21", False)])
def test_a_strict_checker_takes_them_for_our_addresses_only(
    tmp_path: Path, host: str, good: bool
) -> None:
    files = prepare(tmp_path, HOSTS, now=datetime.now(UTC)).files
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", str(files.root), "-purpose", "sslserver",
         "-verify_ip", host, str(files.chain)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is good, done.stderr


def test_the_root_cannot_vouch_for_the_rest_of_the_world(tmp_path: Path) -> None:
    """Its key, stolen, makes no certificate for a bank: names outside fail at the phone."""
    prepare(tmp_path, HOSTS, now=datetime.now(UTC))
    root = read_root(tmp_path)
    assert root is not None
    limits = extension(root, x509.NameConstraints)
    assert limits.critical
    names = [one.value for one in limits.value.permitted_subtrees if isinstance(one, x509.DNSName)]
    assert set(names) == {"local", "localhost", "lan", "internal", "home.arpa", "may-chu.local"}
    networks = [
        one.value for one in limits.value.permitted_subtrees if isinstance(one, x509.IPAddress)
    ]
    assert all(one.is_private or str(one) == "203.0.113.9/32" for one in networks)


def test_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    files = prepare(tmp_path, HOSTS, now=NOW).files
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (files.root_key, files.key)}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(files.root.parent.stat().st_mode) == 0o700
    files.key.chmod(0o644)  # as after a careless restore
    prepare(tmp_path, HOSTS, now=NOW)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_what_still_holds_is_kept(tmp_path: Path) -> None:
    first = prepare(tmp_path, HOSTS, now=NOW)
    again = prepare(tmp_path, HOSTS, now=NOW + timedelta(days=200))
    assert (again.new_root, again.new_server) == (False, False)
    assert again.fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("hosts", "days", "new_root"),
    [
        (("192.168.7.3", "may-chu.local"), 0, False),  # another wifi: phones keep their trust
        (("198.51.100.7",), 0, True),  # outside what the root may vouch for
        (HOSTS, 389, False),  # the server's own is nearly over
        (HOSTS, 791, True),
        (HOSTS, -2, True),  # made in the future: the clock was wrong then
    ],
)
def test_what_does_not_is_made_anew(
    tmp_path: Path, hosts: tuple[str, ...], days: int, new_root: bool
) -> None:
    prepare(tmp_path, HOSTS, now=NOW)
    made = prepare(tmp_path, hosts, now=NOW + timedelta(days=days))
    assert (made.new_root, made.new_server) == (new_root, True)


@pytest.mark.parametrize("broken", ["root_key", "root", "key", "chain"])
def test_a_broken_file_is_made_anew(tmp_path: Path, broken: str) -> None:
    files = prepare(tmp_path, HOSTS, now=NOW).files
    getattr(files, broken).write_bytes(b"-----BEGIN NOTHING-----\n")
    made = prepare(tmp_path, HOSTS, now=NOW)
    assert made.new_server
    assert made.new_root == broken.startswith("root")
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(files.chain, files.key)


# ---------------------------------------------------------------- addresses


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ours = ["192.168.1.20", "10.9.0.4"]
    monkeypatch.setattr(hall_addresses, "lan_addresses", lambda: ours)
    monkeypatch.setattr(hall_addresses.socket, "gethostname", lambda: "May-Chu")
    return ours


def test_the_machines_own_address_first(network: list[str]) -> None:
    every = ("192.168.1.20", "10.9.0.4", "127.0.0.1", "localhost", "may-chu", "may-chu.local")
    assert hall_hosts(None) == HallHosts("192.168.1.20", every)
    assert hall_hosts("10.9.0.4").every[:2] == ("10.9.0.4", "192.168.1.20")
    assert hall_hosts("MAY-CHU.local.").main == "may-chu.local"
    assert hall_hosts("127.0.0.1").main == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "error"),
    [("192.168.1.21", NotOurAddress), ("8.8.8.8", NotOurAddress), ("không có", UnknownHost),
     ("no-such-name.invalid", UnknownHost), ("", UnknownHost), ("-x", UnknownHost),
     ("a" * 300, UnknownHost), ("192.168.1.20/../x", UnknownHost)],
)  # fmt: skip
def test_an_address_that_is_not_ours_is_refused(
    app: Flask, network: list[str], host: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        hall_hosts(host)


def test_without_a_network_nothing_is_served(app: Flask, network: list[str]) -> None:
    network.clear()
    with pytest.raises(NoNetwork):
        hall_hosts(None)
    assert hall_hosts("localhost").main == "localhost"  # a rehearsal on one machine


def test_addresses_of_this_machine_are_found() -> None:
    for one in hall_addresses.lan_addresses():
        assert not one.startswith("127.")


# ---------------------------------------------------------------- doors, command, page


def answered(site, path: str = "/", host: str = "192.168.1.20:8443", method: str = "GET"):
    told: list = []
    environ = {"PATH_INFO": path, "HTTP_HOST": host, "REQUEST_METHOD": method, "QUERY_STRING": ""}
    body = b"".join(site(environ, lambda status, headers: told.append((status, dict(headers)))))
    return (*told[0], body) if told else ("passed", {}, body)


@pytest.mark.parametrize(
    ("host", "passes"),
    [("192.168.1.20:8443", True), ("192.168.1.20", True), ("[::1]:8443", True),
     ("bank.example", False), ("", False), ("192.168.1.20.evil.example", False), ("[", False)],
)  # fmt: skip
def test_another_machines_name_is_not_answered(host: str, passes: bool) -> None:
    site = only_for({"192.168.1.20", "::1"}, lambda _environ, _start: [b"in"])
    status, _headers, body = answered(site, host=host)
    assert (body == b"in") is passes
    assert passes or status.startswith("421")


@pytest.mark.parametrize(
    ("path", "method", "to"),
    [
        ("/hall/certificate", "GET", None),
        ("/hall/certificate/diem-danh-hoi-truong.crt", "GET", None),
        ("/static/dist/public.css", "GET", None),
        ("/", "GET", "/hall/certificate"),
        ("/desk/", "GET", "https://192.168.1.20:8443/desk/"),
        ("/hall/pair/abc", "POST", "https://192.168.1.20:8443/hall/pair/abc"),
        ("//evil.example/x", "GET", "https://192.168.1.20:8443//evil.example/x"),
        ("/a\r\nX: y", "GET", "https://192.168.1.20:8443/a%0D%0AX%3A%20y"),
    ],
)
def test_plain_http_shows_the_guide_and_nothing_else(
    path: str, method: str, to: str | None
) -> None:
    site = guide_only("https://192.168.1.20:8443", lambda _environ, _start: [b"in"])
    _status, headers, body = answered(site, path, method=method)
    assert headers.get("Location") == to
    assert (body == b"in") is (to is None)


def test_host_of_nonsense_is_nothing() -> None:
    assert [host_of(one) for one in ("https://a:1/", "//b", "x", "//[")] == ["a", "b", "", ""]


def test_children_serve_the_hall_and_mails_keep_the_real_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_URL", "https://dangky.example.vn")
    monkeypatch.setenv("HALL_URL", "https://10.0.0.9")
    plan = HallPlan(
        "https://192.168.1.20:8443", HOSTS, 8443, 8080, tmp_path / "c", tmp_path / "k", worker=False
    )
    tls, plain = commands_of(plan)
    assert tls[-1] == "app.hall_site:tls_site()"
    assert plain[-1] == "app.hall_site:plain_site()"
    env = environment_of(plan)
    assert env["BASE_URL"] == "https://dangky.example.vn"
    assert env["HALL_URL"] == plan.url


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "192.168.1.99"], "không phải địa chỉ của máy này"),
        (["--host", "no-such-name.invalid"], "không biết tên"),
        (["--port", "99999"], "99999"),
        (["--certificate", __file__], "đi cùng nhau"),
        (["--certificate", __file__, "--key", __file__], "cần --host"),
    ],
)
def test_the_command_refuses_with_a_sentence(
    app: Flask, network: list[str], arguments: list[str], sentence: str
) -> None:
    done = app.test_cli_runner().invoke(args=["hall", "serve", *arguments])
    assert done.exit_code != 0
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_no_network_and_a_taken_port_are_said(
    app: Flask, network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104
        taken.listen()
        port = str(taken.getsockname()[1])
        done = app.test_cli_runner().invoke(args=["hall", "serve", "--port", port])
        assert f"Cổng mạng {port} đang có chương trình khác dùng" in done.output
        done = app.test_cli_runner().invoke(args=["hall", "serve", "--http-port", port])
        assert "chương trình khác dùng" in done.output
    network.clear()
    assert "chưa nối mạng" in app.test_cli_runner().invoke(args=["hall", "serve"]).output
    assert not hall_files(app.config["SETTINGS"].data_dir).root.exists()


def test_the_page_tells_how_and_gives_the_root(app: Flask, client: FlaskClient) -> None:
    assert client.get("/hall/certificate").status_code == 404
    assert client.get("/hall/certificate/diem-danh-hoi-truong.crt").status_code == 404
    with app.app_context():
        made = commands._prepared(HallHosts(HOSTS[0], HOSTS))
    words = words_of(client.get("/hall/certificate"))
    assert made.fingerprint in words
    assert words.index("Điện thoại Android") < words.index("iPhone, iPad")
    phone = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"}
    words = words_of(client.get("/hall/certificate", headers=phone))
    assert words.index("iPhone, iPad") < words.index("Điện thoại Android")
    file = client.get("/hall/certificate/diem-danh-hoi-truong.crt")
    assert file.mimetype == "application/x-x509-ca-cert"
    assert fingerprint_of(x509.load_der_x509_certificate(file.data)) == made.fingerprint


def test_a_new_certificate_is_in_the_log(app: Flask) -> None:
    from app.audit.models import AuditEntry
    from app.extensions import db

    for _ in range(2):
        commands._prepared(HallHosts(HOSTS[0], HOSTS))
    [entry] = db.session.query(AuditEntry).filter_by(action="hall.certificate_made")
    assert entry.after["addresses"] == list(HOSTS)
    assert entry.after["new_root"] is True
