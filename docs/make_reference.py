"""Writes docs/reference, the tables of every field of a graph, a scenario and a profile, from their schemas.

Run `python docs/make_reference.py` after a change of a schema; with `--check` it writes nothing and exits 1 if a file
is not what it would write. Nothing here knows the languages: a new field needs no change of this file.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generated import ROOT, keep

from depgen.phrases import flow

Schema = dict[str, Any]

GRAPH = """\
<!-- Generated from schemas/graph.schema.json by docs/make_reference.py. Do not edit. -->

# Reference: the graph file

Every field of the language, object by object. Any other field is an error, so that a misspelt one is never
ignored; `depgen schema` prints the JSON Schema for your editor."""
SCENARIO = """\
<!-- Generated from schemas/scenario.schema.json by docs/make_reference.py. Do not edit. -->

# Reference: the scenario file

Every field of a scenario, object by object; [Scenarios](../scenarios.md) shows how they are used. `depgen schema
scenario` prints the JSON Schema for your editor."""
PROFILE = """\
<!-- Generated from schemas/profile.schema.json by docs/make_reference.py. Do not edit. -->

# Reference: the profile

Every field of a profile, which tells `depgen simulate` what to suppose; [Simulating](../simulate.md#the-profile) shows
one. `depgen schema profile` prints the JSON Schema for your editor."""
PLUGIN = """\
<!-- Generated from schemas/plugin.schema.json by docs/make_reference.py. Do not edit. -->

# Reference: the executor plugin

Every field of `plugin: {dependencyChecker: ...}`, which asks of Workflows or of a node of a graph;
[the executor plugin](../plugin.md) shows both. `depgen schema plugin` prints the JSON Schema for your editor."""
HEADS = {"graph": GRAPH, "scenario": SCENARIO, "profile": PROFILE, "plugin": PLUGIN}
TYPES = {
    "boolean": "boolean",
    "integer": "whole number",
    "null": "`null`",
    "number": "number",
    "object": "mapping",
    "string": "text",
}
KINDS = {
    "bad-date": "date",
    "bad-duration": "duration",
    "bad-name": "name",
    "bad-period": "period",
    "bad-time": "time",
}


class Reference:
    """The page of one schema. Sections come in the order in which the fields lead to them, defaults last."""

    def __init__(self, head: str, schema: Schema) -> None:
        self._head = head
        self._root = schema
        self._sections: dict[str, Schema] = {}
        self._queue = [self._resolved(schema[part]) for part in ("else", "then") if part in schema] or [
            schema
        ]

    def text(self) -> str:
        """The page as Markdown."""
        parts = [self._head]
        done: list[Schema] = []
        while self._queue:
            self._queue.sort(key=lambda section: section["title"] == "Defaults")
            done.append(self._queue.pop(0))
            parts += self._section(done[-1])
        parts.append("")
        return "\n".join(parts)

    def _section(self, section: Schema) -> Iterator[str]:
        yield f"\n## {section['title']}\n\n{section.get('description', '')}\n"
        yield "| field | type | default | meaning | example |\n|---|---|---|---|---|"
        for name, field in section["properties"].items():
            schema = self._resolved(field)
            default = "required" if name in section.get("required", ()) else _default(schema)
            cells = (f"`{name}`", self._type(schema), default, _meaning(schema), _examples(schema))
            yield "| " + " | ".join(cell.replace("|", "\\|").strip() for cell in cells) + " |"

    def _resolved(self, schema: Schema) -> Schema:
        target: Any = self._root
        if "$ref" not in schema:
            return schema
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return {**self._resolved(target), **schema}

    def _type(self, schema: Schema) -> str:
        names = [*dict.fromkeys(self._types(self._resolved(schema)))]
        return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]

    def _types(self, schema: Schema) -> Iterator[str]:
        """The types that a value may have; objects with fields of their own are linked, and get a section."""
        if "else" in schema:
            yield from self._types(self._resolved(schema["else"]))
            yield from self._types(self._resolved(schema.get("then", schema["if"])))
        elif "properties" in schema:
            yield self._link(schema)
        elif "enum" in schema or "const" in schema:
            yield from (f"`{option}`" for option in schema.get("enum", [schema.get("const")]))
        elif "items" in schema:
            yield f"list of: {self._type(schema['items'])}"
        elif isinstance(schema.get("additionalProperties"), dict):
            key = schema.get("propertyNames", {}).get("x-noun", "name")
            yield f"mapping of {key} to: {self._type(schema['additionalProperties'])}"
        elif "type" not in schema:
            yield "anything"
        else:
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            yield from (KINDS.get(schema.get("x-rule", ""), TYPES[name]) for name in types)

    def _link(self, section: Schema) -> str:
        title = section["title"]
        if title not in self._sections:
            self._sections[title] = section
            self._queue.append(section)
        return f"[{title}](#{re.sub('[^a-z0-9]+', '-', title.lower())})"


def _default(schema: Schema) -> str:
    """The default as code, or the words for one that is no value."""
    words: str = schema.get("x-default", "")
    return words or (f"`{flow(schema['default'])}`" if "default" in schema else "")


def _meaning(schema: Schema) -> str:
    meaning: str = schema.get("description", "")
    if says := schema.get("enumDescriptions"):
        meaning += "".join(f" `{option}`: {text}" for option, text in zip(schema["enum"], says, strict=True))
    kind = KINDS.get(schema.get("x-rule", ""))
    if kind == "name" or (kind and "examples" not in schema):
        meaning += f" Expected: {schema['x-says']}."
    if "minimum" in schema:
        meaning += f" From {schema['minimum']}" + (
            f" to {schema['maximum']}." if "maximum" in schema else " on."
        )
    return meaning


def _examples(schema: Schema) -> str:
    return ", ".join(f"`{flow(example)}`" for example in schema.get("examples", ()))


def pages() -> dict[Path, str]:
    """Every page by its file."""
    return {ROOT / "docs" / "reference" / f"{name}.md": _page(name, head) for name, head in HEADS.items()}


def _page(name: str, head: str) -> str:
    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return Reference(head, schema).text()


if __name__ == "__main__":
    sys.exit(keep(pages()))
