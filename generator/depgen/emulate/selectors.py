"""Label selectors, from the text of a list call or from the requirements of an EventSource.

What a newcomer gets wrong: `!=` and `notin` also choose objects without the label; an EventSource's `in` splits its
value at commas and trims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<no>[^\s,()=!]+)"
    r"|(?P<key>[^\s,()=!]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[^\s,()]*)"
    r"|(?P<set>\s(?:in|notin))\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)
OPERATIONS = {"": "in", "=": "in", "==": "in", "!=": "notin", "in": "in", "notin": "notin"}
EXISTENCE: dict[str, Literal["exists", "!"]] = {"exists": "exists", "!": "!"}


class SelectorError(ValueError):
    """No label selector; the text says which part."""


class Requirement(NamedTuple):
    """One condition on one label."""

    key: str
    operation: Literal["in", "notin", "exists", "!"]
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels meets it."""
        value = labels.get(self.key)
        if self.operation == "in":
            return value in self.values
        if self.operation == "notin":
            return value not in self.values
        return (value is not None) == (self.operation == "exists")


class Selector(NamedTuple):
    """All of the requirements."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether it chooses an object with these labels."""
        return all(requirement.holds(labels) for requirement in self.requirements)


def parse(text: str) -> Selector:
    """The selector of a list call, such as `a=1,b in (2, 3),!c`; raises SelectorError."""
    found = []
    place = 0
    while place < len(text):
        match = _REQUIREMENT.match(text, place)
        if match is None:
            raise SelectorError(f"not a label selector: {text[place:]!r}")
        found.append(_parsed(match))
        place = match.end()
    return Selector(tuple(found))


def _parsed(match: re.Match[str]) -> Requirement:
    if match["absent"]:
        return Requirement(match["no"], "!")
    if match["op"]:
        operation: Literal["in", "notin"] = "notin" if match["op"] == "!=" else "in"
        return Requirement(match["key"], operation, frozenset([match["value"]]))
    if match["set"]:
        values = frozenset(value.strip() for value in match["values"].split(","))
        return Requirement(match["key"], "in" if match["set"].strip() == "in" else "notin", values)
    return Requirement(match["key"], "exists")


def of_event_source(labels: Sequence[Mapping[str, Any]]) -> Selector:
    """The selector of `filter.labels`; raises SelectorError for an operation that there is not."""
    return Selector(tuple(_of_label(label) for label in labels))


def _of_label(label: Mapping[str, Any]) -> Requirement:
    key, operation, value = label["key"], label.get("operation", ""), label.get("value", "")
    if operation in EXISTENCE and not value:
        return Requirement(key, EXISTENCE[operation])
    if operation not in OPERATIONS:
        raise SelectorError(f'found operation "{operation}", expected ==, =, !=, in, notin, exists or !')
    values = value.split(",") if operation in ("in", "notin") else [value]
    return Requirement(key, "in" if OPERATIONS[operation] == "in" else "notin", frozenset(values))
