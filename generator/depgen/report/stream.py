"""A build's manifests as one stream, made for a pipe into kubectl."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any


def as_yaml(files: Mapping[str, str]) -> str:
    """The files one after another, each a document or more."""
    return "".join(f"---\n{text}" for _, text in sorted(files.items()))


def as_json(files: Mapping[str, str]) -> str:
    """A `v1` List of the objects."""
    listed = {"apiVersion": "v1", "kind": "List", "items": list(_objects(files))}
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def as_names(files: Mapping[str, str]) -> str:
    """A line per object as kubectl names it: `sensor.argoproj.io/etl-record`."""
    return "".join(f"{_kind(thing)}/{thing['metadata']['name']}\n" for thing in _objects(files))


RENDERERS: Mapping[str, Callable[[Mapping[str, str]], str]] = MappingProxyType(
    {"yaml": as_yaml, "json": as_json, "name": as_names}
)


def _objects(files: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    import yaml  # only these two formats need it, and it costs a quarter of the start-up

    for _, text in sorted(files.items()):
        yield from (thing for thing in yaml.load_all(text, Loader=yaml.CSafeLoader) if thing is not None)


def _kind(thing: Mapping[str, Any]) -> str:
    group = thing["apiVersion"].rpartition("/")[0]
    return f"{thing['kind'].lower()}.{group}" if group else thing["kind"].lower()
