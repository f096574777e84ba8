"""The text of a file of manifests, and where each part of it stands.

Nothing is looked for before somebody asks: a folder may hold thousands of files, and most have no finding. Then the
file is composed once more, to nodes that know their places. A route begins with the number of the document in the
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

import yaml

from depgen.diagnostics import Position, Route
from depgen.filetext import FileText

MOST_DEPTH = 500
# All but the first are what PyYAML's constructors let through where a tag or a number is odd.
UNREADABLE = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

_MERGE = "tag:yaml.org,2002:merge"


class ManifestText:
    """One file. What its aliases and merge keys refer to stands where it is written out."""

    def __init__(self, path: str, raw: bytes) -> None:
        self._text = FileText(path, raw)

    def line(self, line: int) -> str:
        """The text of a line (1-based), without its end."""
        return self._text.line(line)

    def position(self, route: Route, at_key: bool = False) -> Position:
        """The spot of a value, or of its key; of the nearest part that exists if the route does not."""
        number = route[0] if route else 0
        if not isinstance(number, int) or not 0 <= number < len(self._documents):
            return self._text.position(0)
        key = node = self._documents[number]
        for step in route[1:]:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
        return self._text.position((key if at_key else node).start_mark.index)

    @cached_property
    def _documents(self) -> list[yaml.Node]:
        """The root of each document, up to the first that cannot be read."""
        found: list[yaml.Node] = []
        with suppress(*UNREADABLE):
            refuse_depth(self._text.characters)
            for node in _composed(self._text.characters):
                found.append(node)
        return found


def refuse_depth(text: bytes | str) -> None:
    """Raise RecursionError before PyYAML's composer, which is recursive C, would end the process.

    A mistake ends the look at the text without a word: whoever composes it meets it again.
    """
    depth = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MOST_DEPTH:
                    raise RecursionError
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1


def _composed(text: str) -> Iterator[yaml.Node]:
    yield from yaml.compose_all(text, Loader=yaml.CSafeLoader)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of a step; an entry of a list is its own key."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step], node.value[step]
    seen: list[yaml.Node] = []
    waiting = [node]
    while waiting:
        mapping = waiting.pop(0)
        if not isinstance(mapping, yaml.MappingNode) or mapping in seen:
            continue
        seen.append(mapping)
        for key, value in reversed(mapping.value):  # of a repeated key the last counts
            if isinstance(key, yaml.ScalarNode) and key.value == step:
                return key, value
        merged = [value for key, value in mapping.value if key.tag == _MERGE]
        for value in merged:
            waiting += value.value if isinstance(value, yaml.SequenceNode) else [value]
    return None
