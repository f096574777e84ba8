"""Setting a value at a path as sjson does, which Argo Events writes parameters into objects with.

What a newcomer gets wrong: a number makes an array where nothing was (`:0` makes a name), `-1` appends, and what stands
where an object or array is wanted is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_Step = tuple[str, bool]
_PART = re.compile(r"(?:[^.\\]|\\.)*", re.DOTALL)
_SPECIAL = re.compile(r"(?<!\\)[|#@*?]")


class PathError(ValueError):
    """sjson refuses the path."""


def problem(path: str) -> str | None:
    """What of a path cannot be done here; None if all can."""
    special = _SPECIAL.search(path)
    return f'the path "{path}" uses "{special[0]}"' if special else None


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[_Step, ...]:
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
    """`value` with `new` at the path: another value, which shares what is not on the path."""
    return _put(value, _parts(path), new)


def _put(value: Any, parts: Sequence[_Step], new: Any) -> Any:
    (name, is_name), rest = parts[0], parts[1:]
    if isinstance(value, dict):
        return {**value, name: _put(value.get(name), rest, new) if rest else new}
    if isinstance(value, list):
        return _put_item(value, name, rest, new)
    if not is_name and (name == "-1" or (name.isascii() and name.isdigit())):
        return _put_item([], name, rest, new)
    return {name: _put(None, rest, new) if rest else new}


def _put_item(items: list[Any], name: str, rest: Sequence[_Step], new: Any) -> list[Any]:
    if name == "-1":
        return [*items, _put(None, rest, new) if rest else new]
    if not (name.isascii() and name.isdigit()):
        raise PathError(f'cannot set array element for non-numeric key "{name}"')
    place = int(name)
    longer = [*items, *[None] * (place + 1 - len(items))]
    longer[place] = _put(longer[place], rest, new) if rest else new
    return longer
