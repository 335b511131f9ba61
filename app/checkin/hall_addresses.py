"""By which addresses and names the phones of a hall reach this machine."""

from __future__ import annotations

import fcntl
import re
import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError

_SIOCGIFADDR = 0x8915  # netdevice(7): the interface's IPv4 address
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
LOOPBACK = ("127.0.0.1", "localhost")


class NoNetwork(DomainError):
    message = _l(
        "Máy này chưa nối mạng nào mà điện thoại vào được. Hãy nối wifi hoặc dây mạng rồi chạy lại."
    )


class NotOurAddress(DomainError):
    def __init__(self, host: str, ours: list[str]) -> None:
        super().__init__(
            _l("“%(host)s” không phải địa chỉ của máy này. Địa chỉ của máy: %(ours)s.",
               host=host, ours=", ".join(ours) or "–")
        )  # fmt: skip


class UnknownHost(DomainError):
    def __init__(self, host: str) -> None:
        super().__init__(
            _l("Mạng này không biết tên “%(host)s”. Hãy bỏ --host để dùng địa chỉ số.", host=host)
        )


@dataclass(frozen=True)
class HallHosts:
    """``main``: what the phones open; ``every``: all that the certificate names, ``main`` first."""

    main: str
    every: tuple[str, ...]


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine in its networks, the one it goes out by first."""
    found = [one for one in map(_address_of, _interfaces()) if one]
    usable = [one for one in found if not ip_address(one).is_loopback]
    out = _outgoing()
    return list(dict.fromkeys([*([out] if out in usable else []), *usable]))


def _interfaces() -> list[str]:
    return [name for _number, name in socket.if_nameindex()]


def _address_of(interface: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("256s", interface.encode()[:15])
        try:
            answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
        except OSError:
            return None  # the interface is down, or has no IPv4 address
    return socket.inet_ntoa(answer[20:24])


def _outgoing() -> str | None:
    """Nothing is sent: the kernel only chooses the route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def hall_hosts(wanted: str | None) -> HallHosts:
    """``wanted``: an address of ours or a name that leads here; None: the machine's own.

    Raises NoNetwork, NotOurAddress, UnknownHost.
    """
    ours = lan_addresses()
    names = [*LOOPBACK]
    if (own := socket.gethostname().lower()) and _NAME.fullmatch(own):
        names += [own, own if own.endswith(".local") else f"{own.split('.')[0]}.local"]
    if wanted is None:
        if not ours:
            raise NoNetwork()
        main = ours[0]
    else:
        main = wanted.strip().lower().rstrip(".")
        _ensure_ours(main, [*ours, *names])
    return HallHosts(main, tuple(dict.fromkeys([main, *ours, *names])))


def _ensure_ours(host: str, ours: list[str]) -> None:
    if host in ours:
        return
    try:
        address = str(ip_address(host))
    except ValueError:
        address = _resolved(host)
    if address not in ours:
        raise NotOurAddress(host, [one for one in ours if one[0].isdigit()])


def _resolved(host: str) -> str:
    if not _NAME.fullmatch(host):
        raise UnknownHost(host[:80])
    try:
        found = str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise UnknownHost(host) from error
    return found
