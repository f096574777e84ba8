"""What `depgen schema` makes of a schema for editors."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from depgen import assets
from depgen.report.schema import render


def read(schema: dict[str, Any]) -> Any:
    return json.loads(render(schema))


def test_our_words_become_those_of_editors() -> None:
    field = {
        "description": "When.",
        "type": "string",
        "pattern": "^[0-9]+$",
        "x-says": 'a number such as "5"',
        "x-rule": "bad-value",
        "default": "5",
    }
    assert read(field) == {
        "description": "When.",
        "type": "string",
        "pattern": "^[0-9]+$",
        "default": "5",
        "errorMessage": 'Expected a number such as "5".',
        "markdownDescription": 'When.\n\nDefault: `"5"`.',
    }


def test_a_default_in_words_is_told_and_is_no_default() -> None:
    assert read({"description": "Where.", "x-default": "the graph's"}) == {
        "description": "Where.",
        "markdownDescription": "Where.\n\nDefault: the graph's.",
    }


def test_a_field_is_described_by_what_it_refers_to() -> None:
    found = read(
        {"properties": {"a": {"$ref": "#/$defs/b", "default": 1}}, "$defs": {"b": {"description": "B."}}}
    )
    assert found["properties"]["a"]["markdownDescription"] == "B.\n\nDefault: `1`."


def test_an_object_with_fields_keeps_the_messages_on_each_of_them() -> None:
    assert "errorMessage" not in read({"x-says": "a mapping", "properties": {"a": {"type": "string"}}})


def test_a_field_may_be_called_like_a_keyword() -> None:
    assert read({"properties": {"default": {"description": "It."}, "x-y": {}}})["properties"] == {
        "default": {"description": "It.", "markdownDescription": "It."},
        "x-y": {},
    }


def test_values_are_explained_in_markdown() -> None:
    assert read({"enum": ["a"], "enumDescriptions": ["`A`."]})["markdownEnumDescriptions"] == ["`A`."]


def test_what_an_editor_gets_takes_the_same_files() -> None:
    for name in ("graph", "scenario", "profile", "plugin"):
        ours = json.loads(assets.text("schemas", f"{name}.schema.json"))
        theirs = json.loads(render(ours))
        assert '"x-' not in json.dumps(theirs)
        one, other = map(jsonschema_rs.Draft202012Validator, (ours, theirs))
        for value in (*ours["examples"], {}, 1, {"nodes": {"a": {"run": 1}}}, None):
            assert one.is_valid(value) == other.is_valid(value)


def test_an_example_that_is_a_mapping_is_described() -> None:
    found = read({"description": "It.", "examples": [{"b": ["c", 1]}, "d"]})
    assert found == {
        "description": "It.",
        "examples": ["d"],
        "markdownDescription": "It.\n\nExample: `{b: [c, 1]}`",
    }
    part = {
        "description": "It.",
        "examples": [{"b": 1}],
        "if": {"type": "object"},
        "else": {"type": "string"},
    }
    assert (read(part)["examples"], read(part)["markdownDescription"]) == ([], "It.")
