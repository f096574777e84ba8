"""A PostgreSQL of the test run's own: made in a folder, on a socket there, and gone afterwards.

PostgreSQL refuses to run as root, so root lends it another user, and that user the folder. No port is opened. A
newcomer might end it with SIGKILL: it would leave shared memory behind, so it is asked to end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

NAME = "depgen"
START_SECONDS = 60
STOP_SECONDS = 30
# Debian keeps the server's programs here and not on the PATH.
DEBIAN = "/usr/lib/postgresql"
PROGRAMS = ("initdb", "postgres")


def programs() -> dict[str, Path] | None:
    """Where initdb and postgres are, of the newest version that has both; None if there is none."""
    installed = sorted(Path(DEBIAN).glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folders in (os.environ.get("PATH", ""), *map(str, installed)):
        found = {name: shutil.which(name, path=folders) for name in PROGRAMS}
        if all(found.values()):
            return {name: Path(path) for name, path in found.items() if path}
    return None


class Server:
    """One running server, with a superuser `depgen` that needs no password."""

    def __init__(self, initdb: Path, postgres: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="depgen-pg-"))
        self._databases = 0
        self._user = _user()
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        data = self._folder / "data"
        try:
            made = ("-D", data, "-U", NAME, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
            self._run(initdb, *made).communicate(timeout=START_SECONDS)
            settings = (f"unix_socket_directories={self._folder}", "listen_addresses=", "fsync=off")
            self._server = self._run(postgres, "-D", data, *(word for s in settings for word in ("-c", s)))
            self._wait()
        except BaseException:
            self.close()
            raise

    def database(self) -> str:
        """A URL under which there is nothing yet: that of a new schema, which costs less than a database."""
        self._databases += 1
        name = f"test{self._databases}"
        with self._connect() as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return f"postgresql://{NAME}@/postgres?host={self._folder}&options=-csearch_path%3D{name}"

    def close(self) -> None:
        """End the server and remove its folder."""
        server = getattr(self, "_server", None)
        if server is not None:
            server.send_signal(signal.SIGINT)  # fast: open connections are ended, and it cleans up
            server.wait(STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: Path, *arguments: object) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(word) for word in (program, *arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user=NAME, dbname="postgres", autocommit=True)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > end or self._server.poll() is not None:
                    raise AssertionError((self._folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return


def _user() -> pwd.struct_passwd | None:
    """Whom root lends the server; None if we are not root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
