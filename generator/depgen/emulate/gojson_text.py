"""JSON as Go's encoder writes it: no blanks, `< > &` escaped, floats in Go's form.

Only what ends up as text somewhere (a whole payload as a parameter, a raw value) needs this.
"""

from __future__ import annotations

import json
import math
from sys import intern
from typing import Any

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def encoded(value: Any) -> str:
    """The value as Go's json.Marshal writes it."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(encoded, value))}]"
    return "{" + ",".join(f"{encoded(name)}:{encoded(part)}" for name, part in value.items()) + "}"


def ordered(value: Any) -> Any:
    """The value with its names sorted, as they are after Go has read it into a map.

    Equal texts are one: names, labels and facts come to stand in many objects.
    """
    if isinstance(value, dict):
        return {
            intern(name): intern(part) if isinstance(part := value[name], str) else ordered(part)
            for name in sorted(value)
        }
    if isinstance(value, list):
        return [ordered(part) for part in value]
    return intern(value) if isinstance(value, str) else value


def _number(value: float) -> str:
    """A float64: no exponent from 1e-6 up to 1e21, no `.0`."""
    if not math.isfinite(value):
        raise ValueError("JSON has no infinity and no NaN")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    if 1e-6 <= abs(value) < 1e21:
        return plain(value)
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = format(value, ".16e").partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
    sign = "-" if exponent.startswith("-") else "+"
    digits = exponent.lstrip("+-").lstrip("0").zfill(1)
    # Go cleans up e-09 to e-9 and keeps two digits in e+21.
    return f"{mantissa.removesuffix('.0')}e{sign}{digits}"


def plain(value: float) -> str:
    """A number without an exponent, however large, and no more digits than it takes."""
    if value == int(value):
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent)
    return format(value, f".{max(places, 0)}f")
