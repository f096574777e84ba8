"""Where the text of a graph names a node: as its own key, or as what another one waits for or reads.

Found in the text and not in the data: an editor wants the characters, and a text that is no YAML has no data. What stands in
a whole Workflow (`workflowSpec`, `spec`) is Argo's and names no node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from depgen.diagnostics import Route
from depgen.fixing.tree import Kind, Node, Page, UnfixableError

# What stands for a name that is about to be typed: no id, so nobody has it.
CURSOR = "depgen-cursor-"
_WORD = re.compile(r"[$A-Za-z0-9-]*")
_ARGO = ("workflowSpec", "spec")
_PAIRS = {"[": "]", "{": "}"}


class Spot(NamedTuple):
    """A scalar of a text, and the route to it."""

    route: Route
    node: Node
    is_key: bool


class Name(NamedTuple):
    """A node named by a text. `graph` is that node's; `is_own`: the key that makes it a node."""

    graph: str
    node: str
    start: int
    end: int
    style: str
    is_own: bool = False


def page(text: str) -> Page | None:
    """The text as YAML; None if it is none."""
    try:
        return Page(text)
    except UnfixableError:
        return None


def spots(page: Page) -> Iterator[Spot]:
    """Every scalar of the first document."""
    waiting: list[tuple[Route, Node]] = [((), root) for root in page.roots[:1]]
    while waiting:
        route, node = waiting.pop()
        if node.kind is Kind.SCALAR:
            yield Spot(route, node, False)
        elif node.kind is Kind.LIST:
            waiting += [((*route, number), item) for number, item in enumerate(node.children)]
        elif node.kind is Kind.MAPPING:
            for key, value in node.pairs:
                yield Spot((*route, key.value), key, True)
                waiting.append(((*route, key.value), value))


def graph_of(page: Page) -> str:
    """The graph that a text is of; empty if it does not say."""
    return next((spot.node.value for spot in spots(page) if spot.route == ("graph",) and not spot.is_key), "")


def names(page: Page) -> list[Name]:
    """Every node that a text names, in its order."""
    found = {spot.route: spot for spot in spots(page) if not spot.is_key}
    graph = graph_of(page)
    told = []
    for spot in spots(page):
        of, id_ = graph, spot.node.value
        if _is_foreign(spot):
            home = found.get((*spot.route[:-1], "graph"))
            of = home.node.value.rpartition("/")[2] if home else ""
        elif not (_is_entry(spot) or expects_node(spot)) or id_.startswith("$"):
            continue
        is_own = spot.is_key and len(spot.route) == 2
        told.append(Name(of, id_, spot.node.start, spot.node.end, spot.node.style, is_own))
    return sorted(told, key=lambda name: name.start)


def expects_node(spot: Spot) -> bool:
    """Whether a value is the id of a node of the same graph."""
    route = _without_environment(spot.route)
    if spot.is_key or any(step in _ARGO for step in route):
        return False
    if "dependsOn" in route[:-1]:
        return isinstance(route[-1], int) or route[-1] == "node"
    return route[-1:] == ("from",) and "params" in route


def _is_entry(spot: Spot) -> bool:
    route = _without_environment(spot.route)
    return spot.is_key and len(route) == 2 and route[0] == "nodes"


def _is_foreign(spot: Spot) -> bool:
    return not spot.is_key and spot.route[:1] == ("nodes",) and spot.route[2:] == ("source", "node")


def _without_environment(route: Route) -> Route:
    return route[2:] if route[:1] == ("environments",) else route


class Unfinished(NamedTuple):
    """A text in which something is being typed, made whole: with CURSOR in the place of the word from `start` to `end`."""

    page: Page
    start: int
    end: int

    @property
    def spot(self) -> Spot | None:
        """Where the cursor is."""
        return next((spot for spot in spots(self.page) if spot.node.value == CURSOR), None)


def unfinished(text: str, index: int) -> Unfinished | None:
    """The text with the brackets of the cursor's line closed; None if it is no YAML even so."""
    line_start = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    line_end = next((n for n in range(index, len(text)) if text[n] in "\r\n"), len(text))
    start = index
    while start > line_start and _WORD.fullmatch(text[start - 1]):
        start -= 1
    word = _WORD.match(text, index)
    end = word.end() if word else index
    line = text[line_start:start] + CURSOR + text[end:line_end]
    for closed in (line, line + _closing(line)):
        found = page(text[:line_start] + closed + text[line_end:])
        if found is not None:
            return Unfinished(found, start, end)
    return None


def _closing(line: str) -> str:
    """What closes the brackets that a line leaves open; quotes are left to their author."""
    waiting: list[str] = []
    quote = ""
    for character in line:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in _PAIRS:
            waiting.append(_PAIRS[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
    return "".join(reversed(waiting))
