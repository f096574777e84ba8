"""Objects as the API keeps them: never changed, so that everybody may share them, with their JSON text made once.

Whoever is given `value` must not write into it; `copied` makes one that may be written into.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

T = TypeVar("T")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def dumped(value: Any) -> str:
    """Compact JSON with sorted keys, as Go writes a map; `< > &` as they are."""
    return _ENCODER.encode(value)


def copied(value: T) -> T:
    """A JSON value of which nothing is shared; several times as fast as copy.deepcopy."""
    return _copied(value)  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_copied(part) for part in value]
    return value


class Frozen:
    """One version of an object."""

    __slots__ = ("_text", "value")

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self._text: str | None = None

    @property
    def text(self) -> str:
        """As JSON."""
        if self._text is None:
            self._text = dumped(self.value)
        return self._text

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return self.value["metadata"].get("labels") or {}

    @property
    def namespace(self) -> str:
        """Its namespace, "" if it has none."""
        return str(self.value["metadata"].get("namespace", ""))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.value["metadata"]["name"])

    @property
    def version(self) -> str:
        """Its resourceVersion."""
        return str(self.value["metadata"]["resourceVersion"])
