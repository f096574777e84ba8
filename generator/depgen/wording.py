"""A breach of a schema as the user reads it: what was found, what was expected, one way out.

The words for a spot stand in the schema itself, beside what they explain, so that a new field brings its
own: `x-says` completes "expected ...", `x-rule` is the rule id, `x-noun` tells what the keys of a mapping
are, `x-hints` the way out by field or value, `x-example` what a choice could be. Here are only the sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from depgen.breaches import Breach, Schema, fits
from depgen.phrases import SHOWN, TYPE_NAMES, flow, found, listed, path_text, quoted, state, thing
from depgen.repairs import closest, remark, repaired

_FEW_FIELDS = 10
_BOOLEANS = (("true", ("true", "yes", "on")), ("false", ("false", "no", "off")))


class Sentence(NamedTuple):
    """The rule id, the message and the hint of a Diagnostic."""

    rule: str
    message: str
    hint: str | None = None


def sentence(breach: Breach) -> Sentence:
    """What to say about a breach."""
    return _SENTENCES[breach.keyword](breach)


def fields_of(schema: Schema) -> list[str]:
    """The fields of which a `oneOf` or `anyOf` wants one."""
    branches = schema.get("oneOf") or schema.get("anyOf") or []
    return [name for branch in branches for name in branch.get("required", ())]


def _hint(schema: Schema, subject: object) -> str | None:
    """The schema's own way out for a field or value."""
    hints: dict[str, str] = schema.get("x-hints", {})
    return hints.get(subject if isinstance(subject, str) else json.dumps(subject))


def meant_field(breach: Breach) -> str | None:
    """The field that was probably meant by an unknown one; not one that is there as well."""
    meant = closest(str(breach.route[-1]), tuple(breach.schema.get("properties", ())))
    return None if meant in breach.value else meant


def _unknown(breach: Breach) -> Sentence:
    name, owner = str(breach.route[-1]), thing(breach.route[:-1])
    if elsewhere := _hint(breach.schema, name) or _inner_home(breach.schema, name):
        return Sentence("unknown-field", f"{owner} cannot have the field {quoted(name)}", elsewhere)
    meant = meant_field(breach)
    hint = f"did you mean {quoted(meant)}?" if meant else _fields(breach.schema)
    return Sentence("unknown-field", f"{owner} has the unknown field {quoted(name)}", hint)


def _inner_home(schema: Schema, name: str) -> str | None:
    for field, inner in schema.get("properties", {}).items():
        if name in inner.get("properties", ()):
            return f'it belongs in "{field}"'
    return None


def _fields(schema: Schema) -> str:
    fields = schema.get("properties", {})
    if not 0 < len(fields) <= _FEW_FIELDS:
        return "remove it"
    return f"the {'fields are' if len(fields) > 1 else 'only field is'} {listed(map(quoted, fields), 'and')}"


def _required(breach: Breach) -> Sentence:
    field = breach.schema.get("properties", {}).get(breach.name, {})
    hint = _hint(breach.schema, breach.name)
    if hint is None and (example := _example(field)) is not None:
        hint = f"write {breach.name}: {flow(example)}"
    message = f"{thing(breach.route)} has no {quoted(breach.name)}"
    return Sentence("missing-field", message, hint or f"add {quoted(breach.name)}")


def _example(schema: Schema) -> Any:
    if "const" in schema:
        return schema["const"]
    return next(iter([*schema.get("examples", ()), *schema.get("enum", ())]), None)


def _type(breach: Breach) -> Sentence:
    value, says = breach.value, breach.schema.get("x-says")
    types: str | list[str] = breach.schema["type"]
    wanted = [types] if isinstance(types, str) else types
    hint = _way_to_type(value, wanted)
    is_scalar = isinstance(value, int | float)  # or true or false
    if says is None or ("pattern" in breach.schema and not is_scalar):
        says = listed((TYPE_NAMES[name] for name in wanted), "or")
    if "string" in wanted and is_scalar and _fits_as_text(breach):
        says, hint = "text", "put it in quotes"
    if value is None and not breach.route:
        return Sentence("empty", f"the file is empty, expected {says}")
    return Sentence("wrong-type", f"{thing(breach.route)} {state(value)}, expected {says}", hint)


def _fits_as_text(breach: Breach) -> bool:
    pattern = breach.schema.get("pattern")
    return pattern is None or fits(pattern, json.dumps(breach.value))


def _way_to_type(value: object, wanted: Sequence[str]) -> str | None:
    """What turns the value into the wanted one, where that is plain."""
    if value is None:
        return "give it one or remove it"
    if "array" in wanted and isinstance(value, str):
        return f"write [{flow(value)}]" if len(value) <= SHOWN else "write a list"
    if isinstance(value, str) and {"integer", "number"} & set(wanted) and value.isdecimal():
        return "remove the quotes"
    if isinstance(value, str) and "boolean" in wanted:
        return next(
            (f"write {name} without quotes" for name, words in _BOOLEANS if value.lower() in words), None
        )
    return None


def _enum(breach: Breach) -> Sentence:
    options = breach.schema["enum"]
    says = breach.schema.get("x-says") or listed(map(found, options), "or")
    hint = _hint(breach.schema, breach.value)
    texts = tuple(option for option in options if isinstance(option, str))
    if hint is None and isinstance(breach.value, str) and (meant := closest(breach.value, texts)):
        hint = f"did you mean {quoted(meant)}?"
    return _wrong(breach, says, hint)


def _wrong(breach: Breach, says: str, hint: str | None) -> Sentence:
    message = f"{thing(breach.route)} {state(breach.value)}, expected {says}"
    return Sentence(breach.schema.get("x-rule", "bad-value"), message, hint)


def _const(breach: Breach) -> Sentence:
    expected = breach.schema["const"]
    return _wrong(breach, found(expected), f"write {path_text(breach.route[-1:])}: {flow(expected)}")


def _pattern(breach: Breach) -> Sentence:
    schema, text = breach.schema, breach.value
    rule = schema.get("x-rule", "bad-value")
    says = schema.get("x-says") or f"text that matches {schema['pattern']}"
    examples = tuple(example for example in schema.get("examples", ()) if isinstance(example, str))
    hint = _hint(schema, text)
    if hint is None and (meant := repaired(rule, schema["pattern"], text, examples)):
        hint = f"did you mean {quoted(meant)}?"
    return Sentence(rule, f"{_subject(breach)}, expected {says}", hint)


def _subject(breach: Breach) -> str:
    """The beginning of a message on text that breaks a pattern, with what is odd about it, if that shows."""
    text = breach.value
    oddity = remark(breach.schema["pattern"], text)
    if breach.is_key:
        noun = breach.schema.get("x-noun", "key")
        owner = "" if breach.route[:-1] == ("nodes",) else f"{thing(breach.route[:-1])}: "
        return f"{owner}{noun} {quoted(text)} {oddity or 'is not allowed'}"
    return f"{thing(breach.route)} is {quoted(text)}" + (f", which {oddity}" if oddity else "")


def _size(rule: str, noun: str) -> Callable[[Breach], Sentence]:
    """The sentence on something too large."""

    def say(breach: Breach) -> Sentence:
        limit = breach.schema[breach.keyword]
        message = f"{thing(breach.route)} has {len(breach.value)} {noun}, at most {limit} are allowed"
        return Sentence(rule, message, "shorten it" if rule == "too-long" else f"leave at most {limit}")

    return say


def _empty(breach: Breach) -> Sentence:
    return Sentence("empty", f"{thing(breach.route)} is empty", "fill it or remove it")


def _few(breach: Breach) -> Sentence:
    """Of a list that is not empty, and still too short."""
    if not breach.value:
        return _empty(breach)
    message = f"{thing(breach.route)} has too few items, expected {breach.schema['minItems']}"
    return Sentence("bad-value", message, f"write as many, such as {flow(_example(breach.schema))}")


def _range(breach: Breach) -> Sentence:
    low, high = breach.schema.get("minimum"), breach.schema.get("maximum")
    if low is not None and high is not None:
        says = f"a number from {low} to {high}"
    else:
        says = f"at least {low}" if high is None else f"at most {high}"
    return _wrong(breach, breach.schema.get("x-says") or says, _hint(breach.schema, breach.value))


def _not(breach: Breach) -> Sentence:
    says = breach.schema.get("x-says") or "another value"
    return _wrong(breach, says, _hint(breach.schema, breach.value))


def _repeated(breach: Breach) -> Sentence:
    return Sentence("bad-value", f"{thing(breach.route)} repeats {found(breach.value)}", "remove it")


def _one_of(breach: Breach) -> Sentence:
    fields = fields_of(breach.schema)
    if present := [name for name in fields if name in breach.value]:
        return _only_one(breach, present)
    wanted = listed(map(quoted, fields), "and")
    message = f"{thing(breach.route)} has none of {wanted}, expected exactly one"
    return Sentence(
        "one-of", message, f"write one, such as {fields[0]}: {breach.schema.get('x-example', 'NAME')}"
    )


def _only_one(breach: Breach, present: Sequence[str]) -> Sentence:
    have = listed(map(quoted, present), "and")
    message = f"{thing(breach.route)} has {have}, expected only one of them"
    return Sentence("one-of", message, f"remove {listed(map(quoted, present[1:]), 'and')}")


def _crowded(breach: Breach) -> Sentence:
    """A mapping with too many fields: of a closed one, the fields exclude each other."""
    present = [name for name in breach.schema.get("properties", ()) if name in breach.value]
    if breach.schema["maxProperties"] == 1 and len(present) > 1:
        return _only_one(breach, present)
    return _size("too-many", "entries")(breach)


_SENTENCES: dict[str, Callable[[Breach], Sentence]] = {
    "anyOf": _one_of,
    "const": _const,
    "enum": _enum,
    "maxItems": _size("too-many", "items"),
    "maxLength": _size("too-long", "characters"),
    "maxProperties": _crowded,
    "maximum": _range,
    "minItems": _few,
    "minLength": _empty,
    "minProperties": _empty,
    "minimum": _range,
    "not": _not,
    "oneOf": _one_of,
    "pattern": _pattern,
    "required": _required,
    "type": _type,
    "uniqueItems": _repeated,
    "unknown": _unknown,
}
