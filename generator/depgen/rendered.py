"""Rendered files back as objects, as a cluster reads them.

What was rendered has texts, mappings and lists, and next to nothing else, so those are made here, without the detours that
PyYAML takes for mappings that refer to themselves; all else it makes itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

_TEXT, _MAPPING, _LIST = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))


class _Loader(yaml.CSafeLoader):
    def construct_document(self, node: yaml.Node) -> Any:
        """A whole document."""
        return self._made(node)

    def _made(self, node: yaml.Node) -> Any:
        if node.tag == _TEXT:
            return node.value
        if node.tag == _MAPPING:
            return {self._made(name): self._made(value) for name, value in node.value}
        if node.tag == _LIST:
            return [self._made(value) for value in node.value]
        return super().construct_document(node)


def objects(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Every object of the files."""
    return [thing for text in texts for thing in yaml.load_all(text, _Loader) if thing]
