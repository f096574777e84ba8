"""How objects are changed: JSON merge patch (RFC 7396), and what the `update` of a trigger does (mergo, by field).

Both give a new value that shares what did not change, so a value must not be written into afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Maps that the API leaves out when they are empty.
_LEFT_OUT = ("annotations", "data", "labels", "binaryData")


def patched(old: Any, patch: Any) -> Any:
    """`old` after a merge patch; null takes away."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if isinstance(value, dict):
            merged[name] = patched(merged.get(name), value)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    for name in _LEFT_OUT:
        if name in merged and not merged[name]:
            del merged[name]
    return merged


def overlaid(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`old` overlaid with `new`: maps are merged, everything else that is not empty replaces. Takes nothing away."""
    merged = dict(old)
    for name, value in new.items():
        mine = merged.get(name)
        if isinstance(value, dict) and isinstance(mine, dict):
            merged[name] = overlaid(mine, value)
        elif value not in (None, "", 0, False, [], {}) or name not in merged:
            merged[name] = value
    return merged
