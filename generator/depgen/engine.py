"""Runs jq programs as Argo Events does: the first output, in a time zone, at a given moment.

Two things of a program's surroundings decide its result: the zone of its process, for `localtime`, and the clock,
for `now`. Both are arguments here. The engine is libjq; Argo Events has gojq, and a test on the real one holds that
they agree on every program depgen writes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

import jq

from depgen.errors import InternalError


class Program:
    """A jq program; it is compiled when it is first run, which takes a few milliseconds."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _compiled(self) -> Any:
        return jq.compile(self.text)

    def first(self, value: Any, zone: str = "UTC", now: float | None = None) -> Any:
        """The first output for a JSON value; `now` (seconds since 1970) stands in for the clock.

        Raises InternalError if the program fails or gives nothing: programs of depgen are total.
        """
        program = self if now is None else _at(self.text, now)
        with zone_of_process(zone):
            try:
                return program._compiled.input_value(value).first()
            except (ValueError, StopIteration) as error:
                raise InternalError(f"a jq program failed: {error}") from error


@lru_cache(maxsize=1024)
def compiled(text: str) -> Program:
    """The program of this text, the same one each time."""
    return Program(text)


def check(text: str) -> None:
    """Raises ValueError, in jq's words, if the text is no program."""
    jq.compile(text)


@lru_cache(maxsize=64)
def _at(text: str, now: float) -> Program:
    return Program(f"def now: {now!r};\n{text}")


@contextmanager
def zone_of_process(zone: str) -> Iterator[None]:
    """What `TZ` in a Sensor's container does: libjq's `localtime` follows it."""
    before = os.environ.get("TZ")
    if before == zone:
        yield
        return
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
