"""A JSON Schema as editors read it: what depgen's own words are for, in the words that editors know.

Our schemas hold each text once (`x-says`, `x-default`, `enumDescriptions`). Editors show `errorMessage` where a value breaks
a pattern, and read Markdown only in `markdownDescription` and `markdownEnumDescriptions`; a default they do not show at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from depgen.phrases import flow

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
    if any(isinstance(example, dict) for example in part.get("examples", ())):
        # They would be offered as "[object Object]", so they are described.
        found["examples"] = [example for example in part["examples"] if not isinstance(example, dict)]
    return found | _texts(part, root)


def _texts(part: Schema, root: Schema) -> Schema:
    """What editors show of a schema, in their words for it."""
    found: Schema = {}
    # On an object with fields it would take the place of the message on each of them.
    if "x-says" in part and "properties" not in part:
        found["errorMessage"] = f"Expected {part['x-says']}."
    if "enumDescriptions" in part:
        found["markdownEnumDescriptions"] = part["enumDescriptions"]
    if {"description", "default", "x-default", "examples"} & part.keys():
        found["markdownDescription"] = "\n\n".join(_described(part, root))
    return found


def _described(part: Schema, root: Schema) -> Iterator[str]:
    yield _inherited(part, root).get("description", "")
    if "x-default" in part:
        yield f"Default: {part['x-default']}."
    elif "default" in part:
        yield f"Default: `{flow(part['default'])}`."
    # Where the value decides which form it has, each form tells of its own.
    for example in part.get("examples", ()) if "else" not in part else ():
        if isinstance(example, dict):
            yield f"Example: `{flow(example)}`"


def _inherited(part: Schema, root: Schema) -> Schema:
    """A schema with what it refers to; its own words win."""
    if "$ref" not in part:
        return part
    target: Any = root
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**_inherited(target, root), **part}
