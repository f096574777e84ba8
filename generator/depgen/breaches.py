"""Where data breaks a schema: each spot, found only after the fast validator has said that there is one.

jsonschema_rs tells valid from invalid within milliseconds, but each of its errors owns a copy of the value it
is about: a thousand bad ids in one mapping of ten thousand nodes take gigabytes. So it only decides: on the
whole, on each of many entries of a mapping or list, on every pattern. The spots are found by a walk over what
it rejects. The walk knows the keywords that our schemas use and no others; a test holds `KEYWORDS` to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from depgen.diagnostics import Route

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]

# With fewer entries, walking costs less than making a validator.
_MANY = 50

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One spot that breaks `keyword` of `schema`.

    `route` leads to a value, or to a key of a mapping if `is_key`. `value` is what breaks the schema: the
    text of a bad key, the whole mapping for "unknown" (our word for a field that a closed mapping does not
    have). `name` is the field that a "required" misses.
    """

    keyword: str
    route: Route
    value: Any
    schema: Schema
    name: str = ""
    is_key: bool = False


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Draft202012Validator:
    return compiled({"pattern": pattern})


def compiled(schema: Schema) -> Draft202012Validator:
    """The fast validator of a schema."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema)


def fits(pattern: str, text: str) -> bool:
    """Whether `text` matches, by the same engine and dialect as in the fast validator."""
    return _matcher(pattern).is_valid(text)


def _has_type(value: object, types: str | list[str] | None) -> bool:
    if types is None:
        return True
    for name in [types] if isinstance(types, str) else types:
        if isinstance(value, bool):
            if name == "boolean":
                return True
        elif isinstance(value, _TYPES[name]) or (
            name == "integer" and isinstance(value, float) and value.is_integer()
        ):
            return True
    return False


def _same(one: object, other: object) -> bool:
    """Equality of JSON, in which true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _on(kind: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """`holds(limit, value)` for values of a kind; all others are none of the keyword's business."""
    return lambda limit, value: not isinstance(value, kind) or isinstance(value, bool) or holds(limit, value)


_ASSERTIONS: dict[str, Callable[[Any, Any], bool]] = {
    "const": _same,
    "enum": lambda options, value: any(_same(option, value) for option in options),
    "maxItems": _on(list, lambda limit, value: len(value) <= limit),
    "maxLength": _on(str, lambda limit, value: len(value) <= limit),
    "maxProperties": _on(dict, lambda limit, value: len(value) <= limit),
    "maximum": _on((int, float), lambda limit, value: value <= limit),
    "minItems": _on(list, lambda limit, value: len(value) >= limit),
    "minLength": _on(str, lambda limit, value: len(value) >= limit),
    "minProperties": _on(dict, lambda limit, value: len(value) >= limit),
    "minimum": _on((int, float), lambda limit, value: value >= limit),
    "pattern": _on(str, fits),
}

_CHOICES = frozenset(("if", "not", "anyOf", "oneOf"))
_STRUCTURE = (
    *("$ref", "type", *_CHOICES, "then", "else"),
    *("properties", "additionalProperties", "propertyNames", "required", "dependentRequired"),
    *("items", "uniqueItems"),
)
KEYWORDS = frozenset((*_ASSERTIONS, *_STRUCTURE))


class _Part(NamedTuple):
    """A subschema made ready: resolved, with the keywords that are looked at one by one."""

    schema: Schema
    assertions: list[tuple[str, Any, Callable[[Any, Any], bool]]]
    has_choices: bool


class Walk:
    """The breaches of one schema, `root`; its `$ref`s stay within it."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._parts: dict[int, _Part] = {}
        self._validators: dict[str, Draft202012Validator] = {}

    def breaches(self, value: Any, route: Route = ()) -> Iterator[Breach]:
        """All of them, outer ones first, in the order of the data; of a wrong type, nothing else is said."""
        return self._at(self._root, value, route)

    def _at(self, subschema: Schema, value: Any, route: Route) -> Iterator[Breach]:
        schema, assertions, has_choices = self._part(subschema)
        if not _has_type(value, schema.get("type")):
            yield Breach("type", route, value, schema)
            return
        for keyword, limit, holds in assertions:
            if not holds(limit, value):
                yield Breach(keyword, route, value, schema)
        if has_choices:
            yield from self._choices(schema, value, route)
        if isinstance(value, dict):
            yield from self._absent(schema, value, route)
            yield from self._fields(schema, value, route)
        elif isinstance(value, list):
            yield from self._items(schema, value, route)

    def _part(self, subschema: Schema) -> _Part:
        """A schema within the root, which lives as long as this: its id is its own."""
        part = self._parts.get(id(subschema))
        if part is None:
            schema = self._resolved(subschema)
            assertions = [
                (key, limit, _ASSERTIONS[key]) for key, limit in schema.items() if key in _ASSERTIONS
            ]
            part = self._parts[id(subschema)] = _Part(schema, assertions, not _CHOICES.isdisjoint(schema))
        return part

    def _resolved(self, schema: Schema) -> Schema:
        """The schema with what it refers to; its own keywords win."""
        if "$ref" not in schema:
            return schema
        target: Any = self._root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return {**self._resolved(target), **schema}

    def _holds(self, schema: Schema, value: Any) -> bool:
        return next(self._at(schema, value, ()), None) is None

    def _choices(self, schema: Schema, value: Any, route: Route) -> Iterator[Breach]:
        if "if" in schema:
            branch = schema.get("then" if self._holds(schema["if"], value) else "else")
            if branch is not None:
                yield from self._at(branch, value, route)
        if "not" in schema and self._holds(schema["not"], value):
            yield Breach("not", route, value, schema)
        for keyword, most in (("anyOf", None), ("oneOf", 1)):
            if keyword in schema:
                count = sum(self._holds(branch, value) for branch in schema[keyword])
                if count == 0 or (most is not None and count > most):
                    yield Breach(keyword, route, value, schema)

    def _absent(self, schema: Schema, value: dict[str, Any], route: Route) -> Iterator[Breach]:
        wanted = list(schema.get("required", ()))
        for present, others in schema.get("dependentRequired", {}).items():
            wanted += others if present in value else ()
        for name in wanted:
            if name not in value:
                yield Breach("required", route, value, schema, name)

    def _fields(self, schema: Schema, value: dict[str, Any], route: Route) -> Iterator[Breach]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        names = schema.get("propertyNames")
        accepts = self._acceptor(others, len(value))
        for key, child in value.items():
            if names is not None:
                for breach in self._at(names, key, (*route, key)):
                    yield Breach(breach.keyword, breach.route, key, breach.schema, is_key=True)
            if key in properties:
                yield from self._at(properties[key], child, (*route, key))
            elif others is False:
                yield Breach("unknown", (*route, key), value, schema, is_key=True)
            elif others is not True and not accepts(child):
                yield from self._at(others, child, (*route, key))

    def _items(self, schema: Schema, value: list[Any], route: Route) -> Iterator[Breach]:
        items = schema.get("items")
        accepts = self._acceptor(items, len(value))
        seen = set()
        for index, item in enumerate(value):
            if schema.get("uniqueItems"):
                text = json.dumps(item, sort_keys=True)
                if text in seen:
                    yield Breach("uniqueItems", (*route, index), item, schema)
                seen.add(text)
            if items is not None and not accepts(item):
                yield from self._at(items, item, (*route, index))

    def _acceptor(self, schema: Any, count: int) -> Callable[[Any], bool]:
        """The fast validator of `count` children if they are many, else one that lets the walk look."""
        reference = schema.get("$ref") if isinstance(schema, dict) and count > _MANY else None
        if reference is None:
            return lambda child: False
        if reference not in self._validators:
            self._validators[reference] = compiled({"$ref": reference, "$defs": self._root["$defs"]})
        return self._validators[reference].is_valid
