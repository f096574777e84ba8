"""Parts of a message: a route, a value, a list of words, as a reader of the file would write them.

Whatever comes from a file stands in quotes, on one line, with every character visible: its author may be an
attacker, and the message ends on a terminal or in a pull request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from depgen.diagnostics import Route

SHOWN = 60

TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


def quoted(text: str) -> str:
    """Text in quotes, escaped like JSON where it would not be visible, and cut off where it is long."""
    short = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in short) + '"'


def path_text(route: Route) -> str:
    """A route as a reader writes it: `run.params.day`, `dependsOn[0]`, `labels["a b"]`."""
    path = ""
    for step in route:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _PLAIN.fullmatch(step) and "." not in step:
            path += f".{step}"
        else:
            path += f"[{quoted(step)}]"
    return path.removeprefix(".")


def thing(route: Route) -> str:
    """What a message is about: the node, then the path in it."""
    if not route:
        return "the file"
    if route[0] != "nodes" or len(route) == 1:
        return path_text(route)
    node = f"node {quoted(str(route[1]))}"
    return f"{node}: {path_text(route[2:])}" if len(route) > 2 else node


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def listed(words: Iterable[str], last: str) -> str:
    """`a, b and c`."""
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def state(value: object) -> str:
    """What a field's value is, after the field's name."""
    return "has no value" if value is None else f"is {found(value)}"


def found(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict | list):
        return TYPE_NAMES["object" if isinstance(value, dict) else "array"]
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return f"the number {value}"


def flow(value: object) -> str:
    """An example as it can be typed into the file."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
