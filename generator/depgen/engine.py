"""Runs jq programs as Argo Events does: the first output, in a time zone, at a given moment.

Two things of a program's surroundings decide its result: the zone of its process, for `localtime`, and the clock,
for `now`. Both are arguments here. The engine is libjq; Argo Events has gojq, and a test on the real one holds that
they agree on every program depgen writes.
"""

from __future__ import annotations

import json
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

    @cached_property
    def _clocked(self) -> Any:
        # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo
        # Events shows programs no environment.
        head = ".now as $depgen_now | {} as $ENV | def env: {}; def now: $depgen_now;"
        return jq.compile(f"{head} .value | ({self.text}\n)")

    def first(self, value: Any, zone: str = "UTC", now: float | None = None) -> Any:
        """The first output for a JSON value; `now` (seconds since 1970) stands in for the clock.

        Raises InternalError if the program fails or gives nothing: programs of depgen are total.
        """
        with zone_of_process(zone):
            if now is not None:
                return self.first_of_text(json.dumps(value), zone, now)
            return _first(self._compiled.input_value(value))

    def first_of_text(self, text: str, zone: str, now: float) -> Any:
        """As `first`, for a value that is JSON already. Leaves the process in that zone: call it within `zone_kept`."""
        _enter(zone)
        return _first(self._clocked.input_text(f'{{"now":{now!r},"value":{text}}}'))


@lru_cache(maxsize=1024)
def compiled(text: str) -> Program:
    """The program of this text, the same one each time."""
    return Program(text)


def check(text: str) -> None:
    """Raises ValueError, in jq's words, if the text is no program."""
    jq.compile(text)


def _first(results: Any) -> Any:
    try:
        return results.first()
    except (ValueError, StopIteration) as error:
        raise InternalError(f"a jq program failed: {error}") from error


@contextmanager
def zone_of_process(zone: str) -> Iterator[None]:
    """What `TZ` in a Sensor's container does: libjq's `localtime` follows it."""
    with zone_kept():
        _enter(zone)
        yield


@contextmanager
def zone_kept() -> Iterator[None]:
    """The process's zone is afterwards what it was. A change costs more than a small program, so many runs share one."""
    before = os.environ.get("TZ")
    try:
        yield
    finally:
        _enter(before)


def _enter(zone: str | None) -> None:
    if os.environ.get("TZ") == zone:
        return
    if zone is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = zone
    time.tzset()
