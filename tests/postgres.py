"""A real PostgreSQL server for tests: own data directory, a socket only, gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Self

import psycopg


def binaries() -> Path:
    """Where Debian keeps the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise RuntimeError("PostgreSQL is not installed: run `make test`, which installs it")
    return Path(initdb).parent


EMPTY = r"""
DO $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR name IN SELECT quote_ident(nspname) FROM pg_namespace
    WHERE nspname NOT IN ('public', 'information_schema') AND nspname NOT LIKE 'pg\_%'
  LOOP EXECUTE 'DROP SCHEMA ' || name || ' CASCADE'; END LOOP;
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
  LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
  PERFORM setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL;
END $$"""
TABLES = """
SELECT array_agg(relname || array_agg::text ORDER BY oid) FROM pg_class JOIN (
  SELECT attrelid, array_agg(a ORDER BY attnum) FROM pg_attribute a GROUP BY attrelid
) columns ON attrelid = oid WHERE relnamespace = 'public'::regnamespace"""


class PostgresServer:
    def __init__(self, directory: Path) -> None:
        self.directory = Path("/tmp") / f"pg-{os.getpid()}-{directory.name}"  # noqa: S108 - socket paths must be short
        self.data = self.directory / "data"
        self.numbers = itertools.count(1)
        self.last: tuple[str, object] | None = None

    def run(self, program: str, *args: str) -> None:
        command = [str(binaries() / program), *args]
        if os.geteuid() == 0:  # the server refuses to run as root
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")

    def __enter__(self) -> Self:
        self.directory.mkdir(mode=0o755)
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        self.run(
            "initdb", "-D", str(self.data), "-A", "trust", "-U", "app", "-E", "UTF8", "--no-sync"
        )
        self.options = (
            f"-c listen_addresses='' -c unix_socket_directories={self.directory} "
            "-c max_connections=300 -c fsync=off -c full_page_writes=off -c autovacuum=off"
        )
        self.start_again()
        return self

    def __exit__(self, *exc: object) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop_hard()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://app@/{name}?host={self.directory}"

    def _connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.directory), user="app", dbname=name, autocommit=True)

    def _sql(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def create_database(self, name: str, template: str = "template0") -> None:
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def fresh_database(self, template: str) -> str:
        name = f"test_{next(self.numbers)}"
        self.create_database(name, template)
        return name

    def empty_database(self, template: str) -> str:
        """The one given before, without its rows and users; another where its tables were changed.

        A tenth of the work of a fresh one.
        """
        if self.last is not None:
            name, tables = self.last
            with self._connect(name) as connection:
                if connection.execute(TABLES).fetchone() == tables:
                    connection.execute(EMPTY)
                    return name
            self.drop_database(name)
        name = self.fresh_database(template)
        with self._connect(name) as connection:
            self.last = name, connection.execute(TABLES).fetchone()
        return name

    def drop_database(self, name: str) -> None:
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def stop_hard(self) -> None:
        """As when its machine dies."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def start_again(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-o", self.options, "-l",
                 str(self.directory / "log"), "start")  # fmt: skip
