"""The processes of one stack: one folder, one process group, and an end with the test run, however that ends.

A newcomer might look for PR_SET_PDEATHSIG: it needs code between fork and exec, which a threaded Python must
not run. Instead one small watcher leads the group and reads a pipe whose other end only the test run holds.
When the test run dies, even by SIGKILL, the pipe closes and the watcher ends the group. An orderly `close`
ends each process by its pid.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5.0
# What the stacks of a whole test run may take.
ROOM = 8 * 1024**3

# SIGHUP: the kernel sends it to the group if the test run dies while a process of the group is paused.
WATCHER = """
import os, shutil, signal, sys, time
for ignored in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT): signal.signal(ignored, signal.SIG_IGN)
print("ready", flush=True)
sys.stdin.read()
os.killpg(0, signal.SIGTERM)
os.killpg(0, signal.SIGCONT)
time.sleep(1)
if sys.argv[1]: shutil.rmtree(sys.argv[1], ignore_errors=True)
os.killpg(0, signal.SIGKILL)
"""


# Below those that a kernel gives to outgoing connections, which could take one before its server is up.
_PORTS = range(12_000, 32_000)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _memory() -> Path | None:
    """A folder that no disk is behind, if there is one with room: a disk that others use too may hold a server up for seconds."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


class Process:
    """One running program; its output is appended to `log`, from byte `log_start` on."""

    def __init__(self, popen: subprocess.Popen[bytes], log: Path, log_start: int) -> None:
        self._popen = popen
        self.log = log
        self.log_start = log_start

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        """A paused process is alive."""
        return self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll()

    def pause(self) -> None:
        """Freezes the process: its connections stay open and nobody answers on them."""
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._popen.send_signal(signal.SIGCONT)

    def reload(self) -> None:
        """Asks the process to read its configuration again."""
        self._popen.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Ends the process at once, as a crash or a lost node would."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        """Asks the process to end, waits for it, and kills it if it does not."""
        self._popen.terminate()
        self._popen.send_signal(signal.SIGCONT)
        try:
            self._popen.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


class ProcessGroup:
    """Starts processes in one folder; `close` ends them and removes it, unless DEPGEN_STACK_KEEP=1."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="depgen-stack-", dir=_memory()))
        self._keeps_folder = os.environ.get("DEPGEN_STACK_KEEP") == "1"
        self._processes: list[Process] = []
        removed = "" if self._keeps_folder else str(self.folder)
        self._watcher = subprocess.Popen(
            [sys.executable, "-S", "-c", WATCHER, removed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        assert self._watcher.stdout is not None
        self._watcher.stdout.readline()

    def run(self, name: str, argv: Sequence[str | Path], env: Mapping[str, str]) -> Process:
        """Starts a program with exactly this environment; `name` names its log file."""
        path = self.folder / f"{name}.log"
        with path.open("ab") as log:
            start = log.tell()
            popen = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=dict(env),
                process_group=self._watcher.pid,
            )
        process = Process(popen, path, start)
        self._processes = [p for p in self._processes if p.is_alive] + [process]
        return process

    @property
    def pids(self) -> list[int]:
        """Of the processes that run now."""
        return [process.pid for process in self._processes if process.is_alive]

    def close(self) -> None:
        """Ends everything, youngest first, and removes the folder."""
        for process in reversed(self._processes):
            process.stop()
        self._watcher.kill()
        self._watcher.communicate()
        if self._keeps_folder:
            print(f"kept {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
