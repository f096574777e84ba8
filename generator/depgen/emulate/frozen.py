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
    """The JSON text of a value has no more, as Go writes it: six for a character, `\\u003c`, of which repr has no fewer."""
    return 6 * len(repr(value))


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


def shared(value: T, known: dict[Any, Any]) -> T:
    """An equal JSON value of which equal parts are one and the same, also with others that were made with this `known`."""
    found: Any = value
    if isinstance(value, dict):
        found = {shared(name, known): shared(part, known) for name, part in value.items()}
        return known.setdefault((dict, *found, *map(id, found.values())), found)  # type: ignore[no-any-return]
    if isinstance(value, list):
        found = [shared(part, known) for part in value]
        return known.setdefault(tuple(map(id, found)), found)  # type: ignore[no-any-return]
    return known.setdefault(value, value) if isinstance(value, str) else found  # type: ignore[no-any-return]


class Frozen:
    """One version of an object."""

    __slots__ = ("_before", "_bytes", "_head", "_most_bytes", "_names", "_text", "_touched", "value")

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self._before: str | None = None
        self._touched: tuple[str, ...] = ()
        self._most_bytes: int | None = None
        self._bytes: int | None = None
        self._text: str | None = None
        self._head: str | None = None
        self._names: list[str] | None = None

    def after(self, old: Frozen, patch: Mapping[str, Any]) -> Frozen:
        """Itself, as what a merge patch made of an older version: what is known of that one tells of this one."""
        self._most_bytes = old.most_bytes + most_bytes(patch) + 64
        data = patch.get("data", {})
        if isinstance(data, Mapping):
            self._before, self._touched = old.version, tuple(data)
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

    def of(self, names: frozenset[str], starts: tuple[str, ...]) -> str:
        """As JSON, of `data` only the entries with these names or beginnings of names."""
        data = self.value.get("data")
        if self._head is None:
            self._head = dumped({name: part for name, part in self.value.items() if name != "data"})[:-1]
        if data is None:
            return self._head + "}"
        chosen = {name: data[name] for name in names if name in data}
        if self._names is None:
            self._names = sorted(data)
        for start in starts:
            for place in range(bisect_left(self._names, start), len(self._names)):
                name = self._names[place]
                if not name.startswith(start):
                    break
                chosen[name] = data[name]
        return f'{self._head},"data":{dumped(chosen)}}}'

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
