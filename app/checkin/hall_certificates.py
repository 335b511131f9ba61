"""Certificates for https in a hall without internet: a root of our own, which phones trust once, and
a server's certificate for this machine's addresses, made anew when they change or it runs out.

They lie in ``DATA_DIR/hall``; the private keys are the owner's alone (0600). What iOS and Chromium ask
of a private root (Apple 103769): subject alternative names, at most 825 days, serverAuth, SHA-256.
The root may vouch for these addresses, private networks and local names only, so that a stolen key
opens nothing else on the phones that trust it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "hall"
ROOT_DAYS, SERVER_DAYS = 820, 395  # a little below 825, as clocks differ
ROOT_LEFT, SERVER_LEFT = 30, 7  # days under which a new one is made
BACKDATED = timedelta(days=1)  # a phone's clock may be behind
LOCAL_NAMES = ("local", "localhost", "lan", "internal", "home.arpa")
PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class HallFiles:
    """``chain``: the server's certificate with the root below it, as a web server wants it."""

    root_key: Path
    root: Path
    key: Path
    chain: Path


@dataclass(frozen=True)
class Prepared:
    """``new_root``: phones have to trust it (again); ``expires_at``: of the server's certificate."""

    files: HallFiles
    new_root: bool
    new_server: bool
    expires_at: datetime
    fingerprint: str


def hall_files(data_dir: Path) -> HallFiles:
    folder = data_dir / FOLDER
    return HallFiles(
        folder / "root.key", folder / "root.crt", folder / "server.key", folder / "server.crt"
    )


def prepare(data_dir: Path, hosts: Sequence[str], *, now: datetime) -> Prepared:
    """Root and server's certificate for these addresses and names, made where they are missing,
    wrong or nearly over. ``now``: the real clock."""
    files = hall_files(data_dir)
    files.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.root.parent.chmod(0o700)
    root_key, root = _load(files.root_key, files.root)
    new_root = not _is_good_root(root_key, root, hosts, now)
    if new_root or root_key is None or root is None:
        root_key, root = _make_root(hosts, now)
        _write(files.root_key, _pem(root_key), 0o600)
        _write(files.root, root.public_bytes(serialization.Encoding.PEM), 0o644)
    key, server = _load(files.key, files.chain)
    new_server = new_root or not _is_good_server(key, server, root, hosts, now)
    if new_server or server is None:
        key = ec.generate_private_key(ec.SECP256R1())
        server = _make_server(key, root_key, root, hosts, now)
        _write(files.key, _pem(key), 0o600)
        pems = [one.public_bytes(serialization.Encoding.PEM) for one in (server, root)]
        _write(files.chain, b"".join(pems), 0o644)
    for private in (files.root_key, files.key):
        private.chmod(0o600)
    return Prepared(files, new_root, new_server, server.not_valid_after_utc, fingerprint_of(root))


def read_root(data_dir: Path) -> x509.Certificate | None:
    """The root that phones are to trust; None where no hall has been served from here."""
    try:
        return x509.load_pem_x509_certificate(hall_files(data_dir).root.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 as phones show it: ``3A 0F …``."""
    return certificate.fingerprint(hashes.SHA256()).hex(" ").upper()


def _load(key_file: Path, file: Path) -> tuple[Key | None, x509.Certificate | None]:
    """What is there and belongs together."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None, None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return None, None
    same = key.public_key() == certificate.public_key()
    return (key, certificate) if same else (None, None)


def _write(path: Path, content: bytes, mode: int) -> None:
    """At once or not at all, and never readable by others for a moment."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


# ---------------------------------------------------------------- what still holds


def _lasts(certificate: x509.Certificate, now: datetime, days: int) -> bool:
    left = timedelta(days=days)
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - left


def _is_good_root(
    key: Key | None, root: x509.Certificate | None, hosts: Sequence[str], now: datetime
) -> bool:
    if key is None or root is None or not _lasts(root, now, ROOT_LEFT):
        return False
    limits = root.extensions.get_extension_for_class(x509.NameConstraints).value
    allowed = limits.permitted_subtrees or []
    return all(any(_covers(one, host) for one in allowed) for host in hosts)


def _covers(limit: x509.GeneralName, host: str) -> bool:
    address = _address(host)
    if isinstance(limit, x509.IPAddress):
        return address is not None and address in limit.value  # type: ignore[operator]
    name = limit.value if isinstance(limit, x509.DNSName) else ""
    return address is None and bool(name) and (host == name or host.endswith(f".{name}"))


def _is_good_server(
    key: Key | None,
    server: x509.Certificate | None,
    root: x509.Certificate,
    hosts: Sequence[str],
    now: datetime,
) -> bool:
    if key is None or server is None or not _lasts(server, now, SERVER_LEFT):
        return False
    try:
        server.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError, TypeError):
        return False
    found = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(_names(hosts)) == set(found)


# ---------------------------------------------------------------- making


def _make_root(hosts: Sequence[str], now: datetime) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "So GDDT Hai Phong"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Diem danh hoi truong {now:%Y-%m}"),
        ]
    )
    limits = [x509.IPAddress(ip_network(one)) for one in PRIVATE]
    limits += [x509.IPAddress(_single(one)) for host in hosts if (one := _address(host))]
    names = dict.fromkeys((*LOCAL_NAMES, *(host for host in hosts if _address(host) is None)))
    permitted: list[x509.GeneralName] = [*limits, *(x509.DNSName(one) for one in names)]
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    root = (
        _builder(name, name, key, now, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(own, critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, root


def _make_server(
    key: Key, root_key: Key, root: x509.Certificate, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    issuer = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    return (
        _builder(name, root.subject, key, now, SERVER_DAYS, until=root.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )  # fmt: skip


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    now: datetime,
    days: int,
    until: datetime | None = None,
) -> x509.CertificateBuilder:
    ends = now + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(min(ends, until) if until else ends)
    )


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [
        x509.IPAddress(address) if (address := _address(host)) else x509.DNSName(host)
        for host in dict.fromkeys(hosts)
    ]


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _single(address: IPv4Address | IPv6Address) -> IPv4Network | IPv6Network:
    return ip_network(f"{address}/{address.max_prefixlen}")
