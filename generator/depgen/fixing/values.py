"""A new value, as text that fits where it is put and as the node that the text has to give.

The text stays on one line whatever the value: a fix adds a line or changes one, and never reflows what is around it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from depgen import yamltext
from depgen.diagnostics import FixValue
from depgen.fixing.tree import Kind, Node


def written(value: FixValue, style: str = "") -> str:
    """The value on one line; a text in quotes of `style` if it can be, and as JSON if that is `json`."""
    if style == "json":
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return _text(value, style)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(name)}: {written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return yamltext.scalar(value)


def _text(value: str, style: str) -> str:
    if style == "'" and value.isascii() and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    bare = yamltext.scalar(value)
    return f'"{bare}"' if style == '"' and not bare.startswith('"') else bare


def quoted(value: str) -> str:
    """A text in double quotes."""
    return _text(value, '"')


def node(value: FixValue, style: str = "") -> Node:
    """What a parser is to make of the value; the style is that of one text, or JSON all through."""
    inner = style if style == "json" else ""
    if isinstance(value, Mapping):
        both = [part for name, item in value.items() for part in (node(name, inner), node(item, inner))]
        return Node(Kind.MAPPING, 0, 0, children=both)
    if isinstance(value, list | tuple):
        return Node(Kind.LIST, 0, 0, children=[node(item, inner) for item in value])
    text = written(value, style)
    is_bare = text[0] not in "\"'"
    return Node(Kind.SCALAR, 0, 0, value if isinstance(value, str) else text, "" if is_bare else '"')
