"""A PostgreSQL of the test run's own: made in a folder, on a socket there, and gone afterwards.

PostgreSQL refuses to run as root, so root lends it another user, and that user the folder. No port is opened. The
server is the child of a watcher, which reads a pipe whose other end only the test run holds: when that closes, even
because the run was killed, the watcher asks the server to end (killed, it would leave shared memory behind).
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

NAME = "depgen"
START_SECONDS = 60
STOP_SECONDS = 30
# Debian keeps the server's programs here and not on the PATH.
DEBIAN = "/usr/lib/postgresql"
PROGRAMS = ("initdb", "postgres")
WATCHER = """
import json, shutil, signal, subprocess, sys
folder, options, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.DEVNULL, **json.loads(options))
sys.stdin.read()
server.send_signal(signal.SIGINT)  # fast: open connections are ended
server.wait()
shutil.rmtree(folder)
"""


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
        user = _user()
        if user:
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        options = {"cwd": str(self._folder), "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, **_lent(user)}
        data = str(self._folder / "data")
        made = [str(initdb), "-D", data, "-U", NAME, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        settings = (f"unix_socket_directories={self._folder}", "listen_addresses=", "fsync=off")
        started = [str(postgres), "-D", data, *(word for setting in settings for word in ("-c", setting))]
        watcher = [sys.executable, "-S", "-c", WATCHER, str(self._folder), json.dumps(options), *started]
        with (self._folder / "log").open("ab") as log:
            subprocess.run(made, check=True, stdout=log, stderr=log, timeout=START_SECONDS, **options)
            self._watcher = subprocess.Popen(
                watcher, stdin=subprocess.PIPE, stdout=log, stderr=log, process_group=0
            )
        try:
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
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait(STOP_SECONDS)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user=NAME, dbname="postgres", autocommit=True)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise AssertionError((self._folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return


def _user() -> pwd.struct_passwd | None:
    """Whom root lends the server; None if we are not root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _lent(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
