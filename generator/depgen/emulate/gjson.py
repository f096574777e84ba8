"""Paths of gjson, which Argo Events reads payloads with: `a.b\\.c.0`, of a value that was JSON.

What a newcomer gets wrong: `\\.` is a dot inside a name; a number is a place in an array and a name in an object; the
text of null is empty, and a value that is null is there. What `problem` names is refused: modifiers, queries, pipes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from depgen.emulate import gojson_text

_PART = re.compile(r"((?:[^.\\]|\\.)*)(?:\.|$)", re.DOTALL)
_SPECIAL = re.compile(r"(?<!\\)[|#@!{\[\"(<>%=*?]")


class Found(NamedTuple):
    """What a path leads to."""

    value: Any

    @property
    def text(self) -> str:
        """As gjson's String(): a string itself, an object or array as JSON, a number in full, null as nothing."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, float):
            return gojson_text.plain(self.value)
        return "" if self.value is None else gojson_text.encoded(self.value)

    @property
    def is_true(self) -> bool:
        """As gjson's Bool(): also of texts and numbers."""
        if isinstance(self.value, str):
            return self.value.lower() in ("1", "t", "true")
        if isinstance(self.value, bool):
            return self.value
        return isinstance(self.value, int | float) and self.value != 0

    @property
    def number(self) -> float:
        """As gjson's Float(): 0 of what is no number."""
        if isinstance(self.value, bool):
            return float(self.value)
        if isinstance(self.value, int | float):
            return float(self.value)
        try:
            return float(self.value) if isinstance(self.value, str) else 0.0
        except ValueError:
            return 0.0


def problem(path: str) -> str | None:
    """What of a path cannot be done here; None if all can."""
    special = _SPECIAL.search(path)
    if special:
        return f'the path "{path}" uses "{special[0]}" of gjson'
    return None


@lru_cache(maxsize=4096)
def parts(path: str) -> tuple[str, ...]:
    """The names of a path, without their backslashes."""
    found = []
    place = 0
    while place <= len(path):
        match = _PART.match(path, place)
        if match is None:
            break
        found.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL))
        place = match.end()
        if not match[0].endswith(".") or match[0].endswith("\\."):
            break
    return tuple(found)


def get(value: Any, path: str) -> Found | None:
    """What is at a path; None if nothing is."""
    for part in parts(path):
        if isinstance(value, dict):
            if part not in value:
                return None
            value = value[part]
        elif isinstance(value, list):
            if not part.isascii() or not part.isdigit() or int(part) >= len(value):
                return None
            value = value[int(part)]
        else:
            return None
    return Found(value)
