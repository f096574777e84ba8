"""Label selectors, as kubectl takes them, and which labels they match.

The API server reads them as well, where a list can be asked for with one. A watch that serves many questions has to
tell by itself. What a newcomer gets wrong: `a!=b` and `a notin (b)` match objects that have no such label at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from depgen.errors import InputError

_NAME = r"(?:[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_REQUIREMENT = re.compile(
    rf"\s*(?P<absent>!\s*)?(?P<key>{_NAME})"
    rf"(?:\s*(?P<operator>==|=|!=)\s*(?P<value>{_VALUE})|\s+(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?\s*"
)
_SEPARATOR = re.compile(r",(?![^()]*\))")


class Requirement(NamedTuple):
    """One of the parts of a selector, which all have to hold. Without `values` the label only has to be there."""

    key: str
    values: frozenset[str] | None
    is_negated: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        found = labels.get(self.key)
        is_met = found is not None and (self.values is None or found in self.values)
        return is_met != self.is_negated


@lru_cache
def parse(text: str) -> tuple[Requirement, ...]:
    """The requirements of a selector; InputError if it is none."""
    return tuple(_requirement(part, text) for part in _SEPARATOR.split(text))


def matches(text: str, labels: Mapping[str, str]) -> bool:
    """Whether a selector matches labels."""
    return all(requirement.holds(labels) for requirement in parse(text))


def _requirement(part: str, whole: str) -> Requirement:
    match = _REQUIREMENT.fullmatch(part)
    if match is None or (match["absent"] and (match["operator"] or match["set"])):
        raise InputError(
            f'"{whole}" is no label selector at "{part.strip()}"; write such as app=sales,tier in (a,b),!old'
        )
    if match["set"]:
        values = [value.strip() for value in match["values"].split(",")]
        return Requirement(match["key"], frozenset(values), match["set"] == "notin")
    if match["operator"]:
        return Requirement(match["key"], frozenset([match["value"]]), match["operator"] == "!=")
    return Requirement(match["key"], None, bool(match["absent"]))
