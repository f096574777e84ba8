"""A JSON Schema as editors read it: what depgen's own words are for, in the words that editors know.

Our schemas hold each text once (`x-says`, `x-default`, `enumDescriptions`). Editors show `errorMessage` where a value breaks
a pattern, and read Markdown only in `markdownDescription` and `markdownEnumDescriptions`; a default they do not show at all.
"""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]

# What stands below these is data, and no schema.
_DATA = ("const", "default", "dependentRequired", "enum", "enumDescriptions", "examples", "required", "type")
_NAMED = ("$defs", "properties")


def render(schema: Schema) -> str:
    """The schema as JSON text, for an editor."""
    return json.dumps(_readable(schema, schema), indent=2, ensure_ascii=False) + "\n"


def _readable(part: Any, root: Schema) -> Any:
    if isinstance(part, list):
        return [_readable(inner, root) for inner in part]
    if not isinstance(part, dict):
        return part
    found: Schema = {}
    for name, value in part.items():
        if name in _NAMED:
            found[name] = {of: _readable(inner, root) for of, inner in value.items()}
        elif not name.startswith("x-"):
            found[name] = value if name in _DATA else _readable(value, root)
    return found | _texts(part, root)


def _texts(part: Schema, root: Schema) -> Schema:
    """What editors show of a schema, in their words for it."""
    found: Schema = {}
    # On an object with fields it would take the place of the message on each of them.
    if "x-says" in part and "properties" not in part:
        found["errorMessage"] = f"Expected {part['x-says']}."
    if "enumDescriptions" in part:
        found["markdownEnumDescriptions"] = part["enumDescriptions"]
    if {"description", "default", "x-default"} & part.keys():
        found["markdownDescription"] = _described(part, root)
    return found


def _described(part: Schema, root: Schema) -> str:
    text: str = _inherited(part, root).get("description", "")
    default = part.get("x-default") or (f"`{json.dumps(part['default'])}`" if "default" in part else "")
    return f"{text}\n\nDefault: {default}." if default else text


def _inherited(part: Schema, root: Schema) -> Schema:
    """A schema with what it refers to; its own words win."""
    if "$ref" not in part:
        return part
    target: Any = root
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**_inherited(target, root), **part}
