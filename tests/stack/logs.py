"""Reads the log lines of Argo Events' services, and picks the errors.

A service writes in two ways: its own lines are JSON, those of the Kubernetes client are klog's (`E1121
09:41:02...`). A watch that is forbidden shows in the second kind only, so a reader of the JSON alone finds a
broken service healthy.
"""

from __future__ import annotations

import bisect
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The file of the election, which all services of a host share here: one that starts while another is about to open it
# takes it away. In a pod it is the pod's own. The service ends, and is started anew.
TAKEN_AWAY = "open /tmp/graft.log: no such file or directory"
ERROR_LEVELS = frozenset({"error", "dpanic", "panic", "fatal"})
KLOG = re.compile(r"(?P<level>[IWEF])\d{4} [0-9:.]+ +\d+ (?P<message>.*)")
KLOG_LEVELS = {"I": "info", "W": "warn", "E": "error", "F": "fatal"}


@dataclass(frozen=True)
class LogLine:
    """One line of the service of the EventSource or Sensor `component`; `text` is the whole line."""

    component: str
    level: str
    message: str
    text: str

    @property
    def is_error(self) -> bool:
        return self.level in ERROR_LEVELS and TAKEN_AWAY not in self.text

    def __str__(self) -> str:
        return f"{self.component}: {self.text[:600]}"


class LogFile:
    """The log of one service, of all its processes one after the other; reads on where it stopped."""

    def __init__(self, component: str, path: Path) -> None:
        self._component = component
        self._path = path
        self._offset = 0
        self._lines: list[tuple[int, LogLine]] = []
        self._lock = threading.Lock()

    def lines(self, offset: int = 0) -> list[LogLine]:
        """The lines that begin at this byte or later."""
        with self._lock:
            self._read_on()
            start = bisect.bisect_left(self._lines, offset, key=lambda numbered: numbered[0])
            return [line for _, line in self._lines[start:]]

    def _read_on(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._offset)
            for raw in log:
                if not raw.endswith(b"\n"):
                    break
                parsed = parse(self._component, raw.decode(errors="replace"))
                self._lines += [(self._offset, line) for line in parsed]
                self._offset += len(raw)


def parse(component: str, text: str) -> Iterator[LogLine]:
    """The lines that have a level; a panic's stack trace is one error, named by its first line."""
    for line in text.splitlines():
        if match := KLOG.match(line):
            yield LogLine(component, KLOG_LEVELS[match["level"]], match["message"], line)
        elif line.startswith("panic:"):
            yield LogLine(component, "panic", line, line)
        elif line.startswith("{"):
            yield _json_line(component, line)


def _json_line(component: str, line: str) -> LogLine:
    try:
        fields = json.loads(line)
    except ValueError:  # cut off by a kill
        return LogLine(component, "info", line, line)
    return LogLine(component, str(fields.get("level")), str(fields.get("msg")), line)
