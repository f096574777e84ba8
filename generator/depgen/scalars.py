"""What a scalar without quotes means: YAML 1.2's core schema, or a refusal where other readers differ.

The same file is read by depgen (YAML 1.2), editors, PyYAML (YAML 1.1) and kubectl (its own mixture). A scalar
is taken only if all of them read the same value; for the rest the way out is always a pair of quotes. Numbers
that JSON cannot carry unchanged (infinite, beyond 2^53) are refused too.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

Scalar = None | bool | int | float | str

# Read alike by every reader.
CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

# Words of YAML 1.1 that are text in YAML 1.2. PyYAML leaves "y" and "n" alone, kubectl does not.
_WORDS_OF_1_1 = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), "false"),
    "=": "a default-value mark",
}

_MAY_BE_NUMBER = frozenset("+-.0123456789")
_LARGEST_EXACT = 2**53
_MOST_DIGITS = 400  # far below the 4,300 at which int() raises, far above any number meant as one

# Source: YAML 1.2.2, section 10.3.2.
_CORE_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_CORE_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

_ENDS_OF_NO_NUMBER = frozenset("fFnN")  # .inf and .nan

# Source: PyYAML 6.0, yaml/resolver.py.
_OLD_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)")
_OLD_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?")
# Wider than PyYAML by 09:00 (Ruby takes the leading zero) and 2027-1-5 (go-yaml takes one digit): a rule for
# 10:00 and not for 09:00 would surprise.
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?"
)

# Source: sigs.k8s.io/yaml v1.6, goyaml.v2/resolve.go, which drops underscores first.
_GO_INT = re.compile(r"[-+]?(?:0[bB][-+]?[01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
_GO_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_BASES = {"0b": 2, "0o": 8, "0x": 16}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plain scalar is not taken, in the words of a Diagnostic; `is_text` if YAML 1.2 takes it for text."""

    rule: str
    message: str
    hint: str
    is_text: bool = False


def read_plain(text: str) -> Scalar | Refusal:
    """The value of an unquoted scalar that is none of CONSTANTS."""
    if text[0] not in _MAY_BE_NUMBER:
        if text not in _WORDS_OF_1_1:
            return text
        return _ambiguous(text, "text", f"{_WORDS_OF_1_1[text]} in YAML 1.1")
    value = _core_number(text)
    if value is not None and (refusal := _not_exact(text, value)):
        return refusal
    reading = "text" if value is None else _number(value)
    for other, reader in ((_reading_1_1(text), "in YAML 1.1"), (_reading_go(text), "to kubectl")):
        if other != reading:
            return _ambiguous(text, reading, f"{other} {reader}")
    return text if value is None else value


def _not_exact(text: str, value: float) -> Refusal | None:
    if text[-1] in _ENDS_OF_NO_NUMBER and not math.isfinite(value):
        return Refusal("yaml-number", f"{text} is not a number that JSON can hold", quoted_hint(text))
    if math.isinf(value) or (isinstance(value, int) and abs(value) > _LARGEST_EXACT):
        return Refusal("yaml-number", f"{shown(text)} would lose digits beyond 2^53", quoted_hint(text))
    return None


def shown(text: str) -> str:
    """A scalar as it is quoted in a message: on one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."


def quoted_hint(text: str) -> str:
    """The way out of every refusal of a plain scalar."""
    return f'quote it: "{shown(text)}"'


def _ambiguous(text: str, reading: str, other: str) -> Refusal:
    message = f"unquoted {shown(text)} is {reading} in YAML 1.2 but {other}"
    return Refusal("ambiguous-scalar", message, quoted_hint(text), reading == "text")


def _core_number(text: str) -> int | float | None:
    """The number that YAML 1.2 sees, if any; infinite if it has more digits than any number needs."""
    if _CORE_INT.fullmatch(text):
        if len(text) > _MOST_DIGITS:
            return math.inf
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    if _CORE_FLOAT.fullmatch(text):
        return float(text.replace(".", "") if text[-1] in _ENDS_OF_NO_NUMBER else text)
    return None


def _reading_1_1(text: str) -> str:
    if _DATE.fullmatch(text):
        return "a date"
    if _BASE_60.fullmatch(text):
        return _number(_base_60(text.replace("_", "")))
    if _OLD_INT.fullmatch(text):
        return _integer(text.replace("_", ""))
    return _number(float(text.replace("_", ""))) if _OLD_FLOAT.fullmatch(text) else "text"


def _reading_go(text: str) -> str:
    if _DATE.fullmatch(text):
        return "a date"
    digits = text.replace("_", "")
    if _GO_INT.fullmatch(digits):
        return _integer(digits)
    return _number(float(digits)) if _GO_FLOAT.fullmatch(digits) else "text"


def _integer(text: str) -> str:
    """The reading of a signed integer whose prefix tells its base, as in C."""
    digits = text.lstrip("+-").lower()
    base = _BASES.get(digits[:2], 8 if digits[0] == "0" else 10)
    try:
        return _number(int(text, base))
    except ValueError:  # "0b" alone, or thousands of digits
        return "a malformed number"


def _base_60(text: str) -> float:
    sign = -1 if text[0] == "-" else 1
    value = 0.0
    for digits in text.lstrip("+-").split(":"):
        value = value * 60 + float(digits)
    return sign * value


def _number(value: float) -> str:
    return f"the number {shown(repr(value).removesuffix('.0'))}"
