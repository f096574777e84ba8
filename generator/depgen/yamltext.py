"""Values as YAML text that PyYAML, YAML 1.2 readers and kubectl all read alike.

A string stands bare only where no reader could take it for something else; otherwise it is a JSON string, with the
few characters escaped that YAML does not print. Mappings keep their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nil", "nan", "inf"])
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\U00010000-\U0010ffff]")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


@lru_cache(maxsize=4096)
def _string(value: str) -> str:
    if _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return _UNPRINTABLE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def scalar(value: object) -> str:
    """A string, number, boolean or null on one line."""
    return _string(value) if isinstance(value, str) else json.dumps(value)


def block(text: str, indent: int) -> str:
    """The lines of a literal block (`|`), each indented; `text` ends in a line break or gets one."""
    margin = " " * indent
    return "\n".join(margin + line if line else "" for line in text.rstrip("\n").split("\n"))


def fields(mapping: Mapping[str, object], indent: int) -> str:
    """The lines of a block mapping, without a final line break."""
    return "\n".join(_lines(mapping, indent))


def _lines(value: object, indent: int) -> list[str]:
    margin = " " * indent
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            lines += _entry(f"{margin}{scalar(key)}:", item, indent)
    elif isinstance(value, Sequence):
        for item in value:
            nested = (
                _lines(item, indent + 2)
                if isinstance(item, (Mapping, list)) and item
                else [f"{margin}- {_inline(item)}"]
            )
            lines += [
                f"{margin}- {nested[0].lstrip(' ')}"
                if isinstance(item, (Mapping, list)) and item
                else nested[0]
            ]
            lines += nested[1:]
    return lines


def _entry(head: str, item: object, indent: int) -> list[str]:
    if isinstance(item, (Mapping, list)) and item:
        return [head, *_lines(item, indent + 2)]
    return [f"{head} {_inline(item)}"]


def _inline(item: object) -> str:
    if isinstance(item, Mapping):
        return "{}"
    return "[]" if isinstance(item, list) else scalar(item)
