"""The schemas explain themselves: an editor shows what they say of each field, so each has to say it, and truly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

from tests.house.shell import ROOT

NAMES = ("graph", "plugin", "profile", "scenario")
DATA = ("const", "default", "enum", "enumDescriptions", "examples")


class Part(NamedTuple):
    """A property or definition; `schema` has what it refers to, its own words before those."""

    path: str
    own: dict[str, Any]
    schema: dict[str, Any]


@cache
def root(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(
        (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    )
    return schema


def resolved(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    target: Any = whole
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**resolved(target, whole), **part}


def parts(of: Any, whole: dict[str, Any], path: str = "") -> Iterator[Part]:
    """Every property and definition, however deep."""
    for name, value in of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ():
        if name in ("properties", "$defs"):
            for field, inner in value.items():
                yield Part(f"{path}/{field}", inner, resolved(inner, whole))
                yield from parts(inner, whole, f"{path}/{field}")
        elif name not in DATA:
            yield from parts(value, whole, path)


ALL = [(name, part) for name in NAMES for part in parts(root(name), root(name))]


def test_every_property_has_a_title_a_description_and_examples() -> None:
    assert len(ALL) > 300
    assert [
        (name, part.path, word)
        for name, part in ALL
        for word in ("title", "description", "examples")
        if not part.schema.get(word)
    ] == []


def choices(of: Any) -> Iterator[dict[str, Any]]:
    """Every schema with an `enum`."""
    if isinstance(of, dict) and isinstance(of.get("enum"), list):
        yield of
    for name, inner in of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ():
        if name not in DATA:
            yield from choices(inner)


@pytest.mark.parametrize("name", ["graph", "profile", "scenario"])
def test_every_choice_says_what_each_value_does(name: str) -> None:
    told = [(part["enum"], len(part.get("enumDescriptions", ()))) for part in choices(root(name))]
    assert told
    assert [options for options, count in told if len(options) != count] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_and_default_is_valid_where_it_stands(name: str) -> None:
    for part in parts(root(name), root(name)):
        validator = jsonschema_rs.Draft202012Validator({**part.own, "$defs": root(name)["$defs"]})
        defaults = [part.schema["default"]] if "default" in part.schema else []
        for value in (*part.schema["examples"], *defaults):
            assert validator.is_valid(value), f"{part.path}: {value}"
    whole = jsonschema_rs.Draft202012Validator(root(name))
    assert root(name)["examples"]
    assert all(whole.is_valid(example) for example in root(name)["examples"])
