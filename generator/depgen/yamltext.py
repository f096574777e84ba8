"""Values as YAML text that PyYAML, YAML 1.2 readers and kubectl all read alike.

A string stands bare only where no reader could take it for something else; otherwise it is a JSON string, with the
few characters escaped that YAML does not print. Mappings keep their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
    lines = f"{margin}{text.rstrip(chr(10))}".replace("\n", f"\n{margin}")
    return lines.replace(f"\n{margin}\n", "\n\n")


def fields(mapping: Mapping[str, object], indent: int) -> str:
    """The lines of a block mapping, without a final line break."""
    lines: list[str] = []
    _mapping(mapping, " " * indent, lines)
    return "\n".join(lines)


def _mapping(mapping: Mapping[str, object], margin: str, lines: list[str]) -> None:
    for key, item in mapping.items():
        if type(item) is str:
            lines.append(f"{margin}{_string(key)}: {_string(item)}")
        elif item and isinstance(item, dict | list):
            lines.append(f"{margin}{_string(key)}:")
            _nested(item, margin + "  ", lines)
        else:
            lines.append(f"{margin}{_string(key)}: {_inline(item)}")


def _nested(value: dict[str, object] | list[object], margin: str, lines: list[str]) -> None:
    if isinstance(value, dict):
        _mapping(value, margin, lines)
        return
    for item in value:
        if item and isinstance(item, dict | list):
            first = len(lines)
            _nested(item, margin + "  ", lines)
            lines[first] = f"{margin}- {lines[first][len(margin) + 2 :]}"
        else:
            lines.append(f"{margin}- {_inline(item)}")


def _inline(item: object) -> str:
    if isinstance(item, dict):
        return "{}"
    return "[]" if isinstance(item, list) else scalar(item)
