"""The locks (`synchronization`) of Workflows and templates: mutexes and semaphores.

Source: argo-workflows v3.7.14, workflow/sync/syncitems.go and lock_name.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from depgen.diagnostics import Route
from depgen.manifests import Object, mapping

_LISTS = {"mutex": "mutexes", "semaphore": "semaphores"}
# What is filled in once a template runs; the values of a Workflow are the same everywhere in it.
_FILLED_IN = re.compile(r"\{\{(?!\s*workflow\.)")


class Lock(NamedTuple):
    """Two of these are equal if Argo takes them for the same; `namespace` is "" for that of the Workflow if it is not known."""

    kind: str
    namespace: str
    name: str

    @property
    def title(self) -> str:
        """As people are told of it."""
        return f'{self.kind} "{self.name}"'

    @property
    def is_mutex(self) -> bool:
        """Whether there is only one to be had."""
        return self.kind != "semaphore"


def locks(synchronization: object, namespace: str) -> Iterator[tuple[Lock, Route]]:
    """Those of a `synchronization`, and where in it they stand; a lock whose name is filled in later is left out."""
    given = mapping(synchronization)
    for kind, plural in _LISTS.items():
        many = given.get(plural)
        entries: list[tuple[Route, object]] = [((kind,), given.get(kind))]
        entries += [
            ((plural, number), one) for number, one in enumerate(many if isinstance(many, list) else ())
        ]
        for route, entry in entries:
            lock = _lock(kind, mapping(entry), namespace)
            if lock is not None:
                yield lock, route


def merged(under: object, over: object) -> Object:
    """A `synchronization` laid on another: a list stands for the other's list, the two are not joined.

    Source: argo-workflows v3.7.14, workflow/util/merge.go, JoinWorkflowSpec; tried.
    """
    return {**mapping(under), **mapping(over)}


def _lock(kind: str, body: Object, namespace: str) -> Lock | None:
    if kind == "mutex":
        name: object = body.get("name")
        kind = "database mutex" if body.get("database") is True else kind
    else:
        reference = mapping(body.get("configMapKeyRef"))
        name = f"{reference['name']}/{reference['key']}" if {"name", "key"} <= reference.keys() else None
    where = body.get("namespace") or namespace
    if not isinstance(name, str) or not name or not isinstance(where, str):
        return None
    return None if _FILLED_IN.search(name + where) else Lock(kind, where, name)
