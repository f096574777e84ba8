"""jq as a Sensor of Argo Events evaluates it: the real transform, asked over a pipe."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any


class GojqError(Exception):
    """The transform refused: such an event is dropped by a Sensor."""


class Gojq:
    """A running evaluator; `timezone` is the process's TZ, which decides what `localtime` means."""

    def __init__(self, events: Path, timezone: str = "UTC") -> None:
        self._process = subprocess.Popen(
            [events, "jq"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TZ": timezone},
        )

    def __enter__(self) -> Gojq:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.communicate()

    def run(self, program: str, payload: Any) -> Any:
        """The first output, always an object; raises GojqError for whatever makes a Sensor drop the event."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"program": program, "input": payload}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise GojqError(answer["error"])
        return answer["output"]
