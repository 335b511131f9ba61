"""`flask hall serve`: https for the phones of a hall, on this machine's own network."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext as _
from qrcode.main import QRCode

from app.audit.services import record
from app.checkin.hall_addresses import HallHosts, hall_hosts
from app.checkin.hall_certificates import Prepared, prepare
from app.checkin.hall_server import Hall, HallPlan, ensure_free
from app.core.access import SYSTEM
from app.core.clock import real_now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import short_date
from app.core.health import HEARTBEAT
from app.core.settings_store import read_setting
from app.extensions import db

hall = AppGroup("hall", help="Check-in in a hall without internet.")
PORTS = click.IntRange(1, 65535)
FRESH = 25  # seconds; a living worker beats every ten
READABLE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@hall.command("serve")
@click.option("--host", help="Address or name that phones open; this machine's own unless given.")
@click.option("--port", type=PORTS, default=8443, show_default=True, help="For https.")
@click.option("--http-port", type=PORTS, default=8080, show_default=True,
              help="For the page on how to accept the certificate.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 16), default=2, show_default=True)
@click.option("--certificate", type=READABLE, help="A certificate phones trust already (PEM).")
@click.option("--key", type=READABLE, help="Its private key (PEM).")
def serve(
    host: str | None,
    port: int,
    http_port: int,
    processes: int,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Serve the application over https to the phones of this network, until Ctrl+C."""
    if (certificate is None) != (key is None):
        raise click.UsageError(_("--certificate và --key đi cùng nhau."))
    if certificate and not host:
        raise click.UsageError(_("Có --certificate thì cần --host là tên ghi trong chứng nhận."))
    try:
        hosts = HallHosts(host, (host,)) if certificate and host else hall_hosts(host)
        ensure_free(port, *(() if certificate else (http_port,)))
        if certificate and key:
            made, files = None, (certificate, key)
        else:
            made = _prepared(hosts)
            files = (made.files.chain, made.files.key)
        plan = HallPlan(
            url=f"https://{hosts.main}:{port}", hosts=hosts.every, port=port,
            plain_port=http_port if made else 0,
            certificate=files[0], key=files[1],
            processes=processes, worker=not _worker_runs(real_now()),
        )  # fmt: skip
        running = Hall(plan)
        running.start(ready=lambda: _worker_runs(real_now()))
        _show(plan, hosts, made)
        running.wait()
    except DomainError as error:
        raise click.ClickException(str(error)) from error


def _prepared(hosts: HallHosts) -> Prepared:
    """The certificates, and a line in the audit log when one was made."""
    now = real_now()
    made = prepare(current_app.config["SETTINGS"].data_dir, hosts.every, now=now)
    if made.new_server:
        with unit_of_work():
            record(
                "hall.certificate_made", ("hall", 0), by=SYSTEM, now=now,
                after={"addresses": list(hosts.every), "new_root": made.new_root,
                       "expires_at": made.expires_at.isoformat()},
            )  # fmt: skip
    return made


def _worker_runs(now: datetime) -> bool:
    beat = read_setting(HEARTBEAT)
    db.session.rollback()  # the next look is a new one
    if beat is None:
        return False
    return (now - datetime.fromisoformat(beat)).total_seconds() < FRESH


def _show(plan: HallPlan, hosts: HallHosts, made: Prepared | None) -> None:
    guide = f"http://{hosts.main}:{plan.plain_port}/hall/certificate" if made else plan.url
    picture = QRCode(border=2)
    picture.add_data(guide)
    picture.print_ascii(out=sys.stdout, invert=True)
    if made is None:
        lines = [_("Trang điểm danh: %(url)s", url=plan.url)]
    else:
        lines = [
            _("1. Điện thoại nối cùng mạng, quét mã trên hoặc mở: %(url)s", url=guide),
            _("2. Làm theo trang đó để tin chứng nhận, chỉ một lần cho mỗi máy."),
            _("3. Trang điểm danh và bàn đăng ký: %(url)s", url=plan.url),
            _("Dấu của chứng nhận: %(print)s", print=made.fingerprint),
            _("Hết hạn: %(day)s", day=short_date(made.expires_at)),
        ]
        if made.new_root:
            lines.append(_("Chứng nhận gốc mới: máy nào đã tin bản cũ phải làm lại bước 2."))
    if plan.worker:
        lines.append(_("Chương trình gửi thư cũng được chạy cùng."))
    lines.append(_("Dừng: Ctrl+C"))
    click.echo("\n".join(["", *lines, ""]))


def register(app: Flask) -> None:
    app.cli.add_command(hall)
