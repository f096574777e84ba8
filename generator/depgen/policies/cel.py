"""Values and tests as CEL, the language of admission policies in the API server.

The API server takes a list or map literal only if its values are of one type. So whatever is mixed is wrapped in
`dyn()`, which changes nothing in how values compare: 1 equals 1.0, maps compare without regard to order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

_STRINGS = json.JSONEncoder(ensure_ascii=False)
_LARGEST = 2**63


def literal(value: object) -> str:
    """A JSON value as a CEL expression; the escapes of JSON strings mean the same in CEL."""
    if isinstance(value, dict):
        wrap = _wrapper(value.values())
        return "{" + ", ".join(f"{literal(name)}: {wrap(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        wrap = _wrapper(value)
        return "[" + ", ".join(wrap(item) for item in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGEST <= value < _LARGEST:
        return repr(float(value))  # as Go reads such a number
    return _STRINGS.encode(value)


def any_of(tests: Iterable[str]) -> str:
    """True if one of the tests is, asked in their order; false if there are none."""
    return _joined(" || ", tests) or "false"


def all_of(tests: Iterable[str]) -> str:
    """True if all of the tests are, asked in their order."""
    return _joined(" && ", tests) or "true"


def _joined(operator: str, tests: Iterable[str]) -> str:
    """In parentheses, whatever it is to be part of."""
    parts = [f"({test})" for test in tests]
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})" if parts else ""


def _wrapper(values: Iterable[object]) -> Callable[[object], str]:
    return literal if all(isinstance(value, str) for value in values) else _dynamic


def _dynamic(value: object) -> str:
    return f"dyn({literal(value)})"
