"""Objects as the API keeps them: never changed, so that everybody may share them, with their JSON text made once.

Whoever is given `value` must not write into it; `copied` makes one that may be written into.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from sys import intern
from typing import Any, TypeVar

T = TypeVar("T")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def dumped(value: Any) -> str:
    """Compact JSON with sorted keys, as Go writes a map; `< > &` as they are."""
    return _ENCODER.encode(value)


def most_bytes(value: Any) -> int:
    """The JSON text of a value has no more, as Go writes it: six for a character, `\\u003c`."""
    if isinstance(value, str):
        return 6 * len(value) + 2
    if isinstance(value, dict):
        most = 2 + 6 * sum(map(len, value))
        for part in value.values():
            most += 6 + (6 * len(part) if isinstance(part, str) else most_bytes(part))
        return most
    if isinstance(value, list):
        return 2 + sum(most_bytes(part) + 1 for part in value)
    return 6 * len(repr(value))


def most_more(value: Any, patch: Any) -> int:
    """A merge patch makes the JSON text of a value longer by no more."""
    if not isinstance(patch, dict):
        return most_bytes(patch)
    known = value if isinstance(value, dict) else {}
    more = 2
    for name, part in patch.items():
        was = known.get(name)
        if part is None or part != was:
            more += 6 + 6 * len(name) + (6 * len(part) if isinstance(part, str) else most_more(was, part))
    return more


def go_bytes(text: str) -> int:
    """How many bytes a JSON text has where Go writes `< > &` as escapes."""
    return len(text.encode()) + 5 * sum(map(text.count, "<>&"))


def copied(value: T) -> T:
    """A JSON value of which nothing is shared but texts; several times as fast as copy.deepcopy."""
    return _copied(value)  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, str):
        return intern(str(value))  # names, labels and facts stand in many objects
    if isinstance(value, dict):
        return {intern(str(name)): _copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_copied(part) for part in value]
    return value


class Frozen:
    """One version of an object; `namespace` is "" if it has none."""

    __slots__ = (
        "_before",
        "_bytes",
        "_head",
        "_most_bytes",
        "_names",
        "_text",
        "_touched",
        "labels",
        "name",
        "namespace",
        "value",
        "version",
    )

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        metadata = value["metadata"]
        self.namespace: str = metadata.get("namespace", "")
        self.name: str = metadata["name"]
        self.version: str = metadata.get("resourceVersion", "")
        self.labels: dict[str, str] = metadata.get("labels") or {}
        self._before: str | None = None
        self._touched: tuple[str, ...] = ()
        self._most_bytes: int | None = None
        self._bytes: int | None = None
        self._text: str | None = None
        self._head: tuple[frozenset[str], str] | None = None
        self._names: list[str] | None = None

    def after(self, old: Frozen, patch: Mapping[str, Any]) -> Frozen:
        """Itself, as what a merge patch made of an older version: what is known of that one tells of this one."""
        self._most_bytes = old.most_bytes + most_more(old.value, patch) + 64
        if old._head is not None and old._fields(old._head[0]) == self._fields(old._head[0]):
            self._head = old._head
        data = patch.get("data", {})
        if isinstance(data, dict):
            self._before, self._touched = old.version, tuple(data)
            if old._names is not None and None not in data.values():
                # Next to nothing to sort where all but a few are in order.
                theirs = old.value.get("data", {})
                self._names = sorted([*old._names, *(name for name in data if name not in theirs)])
        return self

    def changed(self, old: Frozen) -> list[str]:
        """The names of the entries of `data` that are not as in an older version."""
        mine, theirs = self.value.get("data") or {}, old.value.get("data") or {}
        names = self._touched if self._before == old.version else mine.keys() | theirs.keys()
        return [name for name in names if mine.get(name) != theirs.get(name)]

    @property
    def text(self) -> str:
        """As JSON."""
        if self._text is None:
            self._text = dumped(self.value)
        return self._text

    @property
    def most_bytes(self) -> int:
        """Its text has no more than these, as Go writes it."""
        if self._most_bytes is None:
            self._most_bytes = most_bytes(self.value)
        return self._most_bytes

    @property
    def bytes(self) -> int:
        """How many its text has, as Go writes it; it is no estimate any more, for the versions that come after it too."""
        if self._bytes is None:
            self._bytes = self._most_bytes = go_bytes(self.text)
        return self._bytes

    def of(self, metadata: frozenset[str], names: frozenset[str], starts: tuple[str, ...]) -> str:
        """As JSON, only these fields of `metadata`, and of `data` the entries with these names or beginnings of names."""
        data = self.value.get("data")
        if self._head is None or self._head[0] != metadata:
            self._head = metadata, f'{{"metadata":{dumped(self._fields(metadata))}'
        head = self._head[1]
        if data is None:
            return head + "}"
        chosen = {name: data[name] for name in names if name in data}
        if self._names is None:
            self._names = sorted(data)
        for start in starts:
            for place in range(bisect_left(self._names, start), len(self._names)):
                name = self._names[place]
                if not name.startswith(start):
                    break
                chosen[name] = data[name]
        return f'{head},"data":{dumped(chosen)}}}'

    def _fields(self, names: frozenset[str]) -> dict[str, Any]:
        return {name: part for name, part in self.value["metadata"].items() if name in names}
