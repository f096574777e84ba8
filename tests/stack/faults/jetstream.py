"""Asks the bus's JetStream API to purge the stream or to delete a consumer, as somebody with `nats` in a shell would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.stack.bus_request import request


def ask(url: str, certificate: Path, subject: str) -> dict[str, Any]:
    """The answer to an empty request on `$JS.API.<subject>`; AssertionError if JetStream refuses."""
    return request(url, certificate, f"$JS.API.{subject}")
