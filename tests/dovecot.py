"""A real IMAP server for tests: Dovecot on loopback with its own settings, gone afterwards.

Any name may sign in with PASSWORD and has a mailbox of its own.
"""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

from tests.factories.certificates import make_certificate
from tests.factories.mails import free_port

PROGRAM = Path("/usr/sbin/dovecot")  # not on everybody's path
PASSWORD = "mat-khau-hop-thu"  # noqa: S105

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0 secs
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={home}/mails/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  client_limit = 200
}}
"""


class DovecotServer:
    """``port`` speaks plain IMAP and STARTTLS, ``tls_port`` TLS at once; ``certificate`` is the
    one to trust."""

    def __init__(self, directory: Path) -> None:
        self.home = Path("/tmp") / f"imap-{os.getpid()}-{directory.name}"  # noqa: S108 - socket paths must be short
        self.config = self.home / "dovecot.conf"
        self.port, self.tls_port = free_port(), free_port()

    def __enter__(self) -> Self:
        self.home.mkdir(mode=0o755)
        (self.home / "mails").mkdir()
        self.certificate, key = make_certificate(self.home)
        me = getpass.getuser()
        mine = grp.getgrgid(os.getgid()).gr_name
        users = dict.fromkeys(("internal", "login", "mail"), me)
        groups = dict.fromkeys(("internal_group", "mail_group"), mine)
        if os.geteuid() == 0:  # then the server gives up root's rights by itself
            users = {"internal": "dovecot", "login": "dovenull", "mail": "mail"}
            groups = {"internal_group": "dovecot", "mail_group": "mail"}
            account = pwd.getpwnam("mail")
            os.chown(self.home / "mails", account.pw_uid, account.pw_gid)
        self.config.write_text(
            CONFIG.format(
                home=self.home, certificate=self.certificate, key=key, password=PASSWORD,
                port=self.port, tls_port=self.tls_port, **users, **groups,
            )
        )  # fmt: skip
        self._run()  # returns when it listens
        return self

    def __exit__(self, *exc: object) -> None:
        os.kill(int((self.home / "run" / "master.pid").read_text()), signal.SIGTERM)
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, *args: str) -> None:
        told = self.home / "told"
        with told.open("wb") as output:  # a pipe would stay open in the server
            done = subprocess.run(
                [str(PROGRAM), "-c", str(self.config), *args],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"dovecot: {told.read_text()}")

    def deliver(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into this user's mailbox."""
        with self.session(user) as imap:
            for mail in mails:
                content = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                answer, told = imap.append(folder, "", "", content)  # type: ignore[arg-type]
                assert answer == "OK", told

    def session(self, user: str) -> imaplib.IMAP4:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        imap.login(user, PASSWORD)
        return imap
