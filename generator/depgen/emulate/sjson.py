"""Setting a value at a path as sjson does, which Argo Events writes parameters into objects with.

What a newcomer gets wrong: a number makes an array where nothing was (`:0` makes a name), `-1` appends, and what stands
where an object or array is wanted is replaced.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_PART = re.compile(r"(?:[^.\\]|\\.)*", re.DOTALL)
_SPECIAL = re.compile(r"(?<!\\)[|#@*?]")


class PathError(ValueError):
    """sjson refuses the path."""


def problem(path: str) -> str | None:
    """What of a path cannot be done here; None if all can."""
    special = _SPECIAL.search(path)
    return f'the path "{path}" uses "{special[0]}"' if special else None


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[tuple[str, bool], ...]:
    """Each name, and whether it was forced to be one by a colon."""
    if not path:
        raise PathError("path cannot be empty")
    texts = []
    place = 0
    while True:
        match = _PART.match(path, place)
        assert match is not None
        texts.append(match[0])
        place = match.end() + 1
        if place > len(path):
            break
    return tuple((re.sub(r"\\(.)", r"\1", t.removeprefix(":"), flags=re.DOTALL), t[:1] == ":") for t in texts)


def put(value: Any, path: str, new: Any) -> Any:
    """`value` with `new` at the path. What changes is written into in place: give it a copy."""
    return _put(value, _parts(path), new)


def _put(value: Any, parts: tuple[tuple[str, bool], ...], new: Any) -> Any:
    if not parts:
        return new
    (name, is_name), rest = parts[0], parts[1:]
    if isinstance(value, list):
        return _put_item(value, name, rest, new)
    if isinstance(value, dict):
        value[name] = _put(value.get(name), rest, new)
        return value
    if not is_name and (name == "-1" or (name.isascii() and name.isdigit())):
        return _put_item([], name, rest, new)
    return {name: _put(None, rest, new)}


def _put_item(items: list[Any], name: str, rest: tuple[tuple[str, bool], ...], new: Any) -> list[Any]:
    if name == "-1":
        items.append(_put(None, rest, new))
        return items
    if not (name.isascii() and name.isdigit()):
        raise PathError(f'cannot set array element for non-numeric key "{name}"')
    place = int(name)
    items.extend([None] * (place + 1 - len(items)))
    items[place] = _put(items[place], rest, new)
    return items
