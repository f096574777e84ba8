"""A file's YAML as it is written: every node with where it begins and ends, before anybody reads values into it.

This is no reader of YAML: an alias stays an alias, `12:00` stays what was written. What two readers could take for
different values are different nodes here, so if two texts have equal `form`s, every reader reads them alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

import yaml

from depgen.diagnostics import Position, Route

MOST_DEPTH = 100
LINE_END = re.compile(r"\r\n|\n|\r")

_COLLECTIONS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Kind(Enum):
    """What a node is."""

    SCALAR = auto()
    ALIAS = auto()
    LIST = auto()
    MAPPING = auto()


class UnfixableError(Exception):
    """Why a text, or one spot of it, is better left to its author; the message completes "not fixed: "."""


@dataclass(slots=True, eq=False)
class Node:
    """`start` and `end` are character indices; `style` is that of a scalar, `children` of a mapping are its keys and values in turn."""

    kind: Kind
    start: int
    end: int
    value: str = ""
    style: str = ""
    is_flow: bool = False
    anchor: str | None = None
    tag: str | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """The keys of a mapping with their values."""
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    @property
    def has_properties(self) -> bool:
        """Whether others may refer to it, or a tag says how it is to be read."""
        return self.anchor is not None or self.tag is not None

    @property
    def is_block_text(self) -> bool:
        """Whether it is a text of several lines behind `|` or `>`."""
        return self.style in ("|", ">")


class Page:
    """A text and the root of each of its documents; UnfixableError if it is no YAML."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.roots = _documents(text)
        except (yaml.YAMLError, ValueError) as error:
            raise UnfixableError("the file is no readable YAML") from error

    @property
    def is_json(self) -> bool:
        """Whether it may be JSON, which has to stay JSON."""
        return self.text.lstrip()[:1] in ("{", "[")

    @property
    def forms(self) -> list[object]:
        """What readers see of it."""
        return [form(root) for root in self.roots]

    def index(self, position: Position) -> int:
        """The character at a position, whose lines end as editors end them."""
        starts = self._line_starts
        return starts[min(position.line, len(starts)) - 1] + position.column - 1

    def scalar(self, index: int) -> Node | None:
        """The scalar without quotes that begins there, if one does."""
        return self._bare.get(index)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    @cached_property
    def _bare(self) -> dict[int, Node]:
        found = {}
        waiting = list(self.roots)
        while waiting:
            node = waiting.pop()
            waiting += node.children
            if node.kind is Kind.SCALAR and node.value and not node.style and not node.has_properties:
                found[node.start] = node
        return found


def _documents(text: str) -> list[Node]:
    stream = Node(Kind.LIST, 0, 0)
    open_nodes = [stream]
    event: Any
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, _ENDS):
            node = open_nodes.pop()
            node.end = _span(event)[1] if node.is_flow else _last_end(node)
        elif (made := _made(event)) is not None:
            open_nodes[-1].children.append(made)
            if made.kind in (Kind.LIST, Kind.MAPPING):
                open_nodes.append(made)
            if len(open_nodes) > MOST_DEPTH:
                raise UnfixableError(f"the file is nested more than {MOST_DEPTH} levels deep")
    return stream.children


def _made(event: Any) -> Node | None:
    start, end = _span(event)
    if isinstance(event, yaml.AliasEvent):
        return Node(Kind.ALIAS, start, end, anchor=event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        style = "" if event.implicit[0] else event.style or ""
        return Node(Kind.SCALAR, start, end, str(event.value), style, anchor=event.anchor, tag=event.tag)
    if isinstance(event, _COLLECTIONS):
        kind = Kind.MAPPING if isinstance(event, yaml.MappingStartEvent) else Kind.LIST
        return Node(kind, start, end, is_flow=bool(event.flow_style), anchor=event.anchor, tag=event.tag)
    return None


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _last_end(node: Node) -> int:
    """Where a block ends: not where the parser notices it, which is behind the comments that follow."""
    return node.children[-1].end if node.children else node.start


def at(roots: list[Node], route: Route) -> Node:
    """The node that a route leads to; its first step is the number of the document, else the first one is meant.

    UnfixableError if there is none, or if what stands there also stands elsewhere.
    """
    number = route[0] if route and isinstance(route[0], int) else None
    steps = route if number is None else route[1:]
    if not 0 <= (number or 0) < len(roots):
        raise UnfixableError("what it is about is not written here")
    node = roots[number or 0]
    for step in steps:
        _refuse_shared(node)
        node = child(node, step)
    _refuse_shared(node)
    return node


def child(node: Node, step: str | int) -> Node:
    """The value of a key, or an entry of a list; UnfixableError if there is none, or more than one."""
    if node.kind is Kind.LIST and isinstance(step, int) and 0 <= step < len(node.children):
        return node.children[step]
    return pair(node, str(step))[1]


def pair(node: Node, name: str) -> tuple[Node, Node]:
    """A key of a mapping and its value; UnfixableError if there is none, or more than one."""
    found = [both for both in node.pairs if is_named(both[0], name)] if node.kind is Kind.MAPPING else []
    if not found:
        raise UnfixableError("what it is about is not written here")
    if len(found) > 1:
        raise UnfixableError(f'"{name}" stands there more than once')
    return found[0]


def is_named(key: Node, name: str) -> bool:
    """Whether a key is that text."""
    return key.kind is Kind.SCALAR and key.value == name


def _refuse_shared(node: Node) -> None:
    if node.kind is Kind.ALIAS or node.anchor is not None:
        raise UnfixableError("it is used in several places (a YAML anchor or alias)")


def form(node: Node) -> object:
    """What readers see of a node, to be compared: the order of a mapping's keys is not seen."""
    if node.kind is Kind.MAPPING:
        fields: dict[str, list[object]] = {}
        for key, value in node.pairs:
            fields.setdefault(repr(form(key)), []).append(form(value))
        return "mapping", node.anchor, node.tag, fields
    if node.kind is Kind.LIST:
        return "list", node.anchor, node.tag, [form(item) for item in node.children]
    # How a text is quoted makes no difference, whether it is does.
    return node.kind.name, node.anchor, node.tag, node.style != "", node.value
