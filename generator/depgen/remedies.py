"""The fix of a breach of form, where it is certain what was meant.

A hint may be a guess (`repairs`), a fix may not: it is made without anybody looking at it. So a name is corrected only to
one of depgen's or Argo's own words, never to one that the user has made up, and only if no other word is as near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from depgen.breaches import Breach, fits
from depgen.diagnostics import AnyFix, Fix, FixValue, Place, Quoting, Renaming
from depgen.repairs import repaired

_SHORTEST = 4
_SEPARATORS = re.compile(r"[-_ ]")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
# What may be written otherwise and can mean one thing only.
_SLIPS = {
    "bad-date": re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"),
    "bad-duration": re.compile(
        r"\d+ *(h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|d|days?|w|weeks?|mo|months?)", re.IGNORECASE
    ),
    "bad-time": re.compile(r" *\d{1,2}:\d{2} *"),
}


def remedy(breach: Breach, path: str) -> AnyFix | None:
    """The fix of a breach in the file at `path`, if it is certain."""
    find = _REMEDIES.get(breach.keyword)
    return find(breach, path) if find and breach.route else None


def certain(name: str, words: Sequence[str]) -> str | None:
    """The one of some words that was meant by `name`: written otherwise (`depends_on`), or with one slip of the finger."""
    folded = _folded(name)
    same = [word for word in words if _folded(word) == folded]
    if same or len(name) < _SHORTEST:
        return same[0] if len(same) == 1 else None
    near = [word for word in words if len(word) >= _SHORTEST and _is_slip(folded, _folded(word))]
    return near[0] if len(near) == 1 else None


def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name).lower()


def _is_slip(one: str, other: str) -> bool:
    """Whether a letter is missing, one too many, another one, or two have changed places."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or swapped + short[start + 2 :] == long[start:]


def _set(breach: Breach, path: str, value: FixValue) -> Fix:
    return Fix(Place(path, breach.route[:-1]), breach.route[-1], value)


def _unknown(breach: Breach, path: str) -> AnyFix | None:
    name, schema = str(breach.route[-1]), breach.schema
    meant = certain(name, tuple(schema.get("properties", ())))
    if meant is None or meant in breach.value or name in schema.get("x-hints", {}):
        return None
    return Renaming(Place(path, breach.route[:-1]), name, meant)


def _enum(breach: Breach, path: str) -> AnyFix | None:
    value, schema = breach.value, breach.schema
    if breach.is_key or not isinstance(value, str) or value in schema.get("x-hints", {}):
        return None
    meant = certain(value, [option for option in schema["enum"] if isinstance(option, str)])
    return None if meant is None else _set(breach, path, meant)


def _pattern(breach: Breach, path: str) -> AnyFix | None:
    text, schema = breach.value, breach.schema
    rule, pattern = schema.get("x-rule", ""), schema["pattern"]
    if (
        breach.is_key
        or rule not in _SLIPS
        or not _SLIPS[rule].fullmatch(text)
        or text in schema.get("x-hints", {})
    ):
        return None
    meant = repaired(rule, pattern, text, ())
    return None if meant is None or "+" in meant else _set(breach, path, meant)


def _type(breach: Breach, path: str) -> AnyFix | None:
    value: Any = breach.value
    types = breach.schema["type"]
    wanted = {types} if isinstance(types, str) else set(types)
    if isinstance(value, str):
        new = _of_text(value, wanted)
        return None if new is None else _set(breach, path, new)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    pattern = breach.schema.get("pattern")
    if is_number and "string" in wanted and (pattern is None or fits(pattern, str(value))):
        return Quoting()
    return None


def _of_text(text: str, wanted: set[str]) -> FixValue:
    if "array" in wanted:
        return [text] if re.fullmatch(r"\$?\w[\w./:-]*", text) else None
    if wanted & {"integer", "number"} and re.fullmatch(r"0|[1-9][0-9]{0,8}", text):
        return int(text)
    if "boolean" in wanted and text.lower() in (*_TRUE, *_FALSE):
        return text.lower() in _TRUE
    return None


def _repeated(breach: Breach, path: str) -> AnyFix | None:
    return _set(breach, path, None)


_REMEDIES: dict[str, Callable[[Breach, str], AnyFix | None]] = {
    "enum": _enum,
    "pattern": _pattern,
    "type": _type,
    "uniqueItems": _repeated,
    "unknown": _unknown,
}
