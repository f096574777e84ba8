"""What Flux needs to know of graphs: what it must not substitute, health checks, and a Kustomization.

A Kustomization of Flux with variables replaces `${name}` in every object, by nothing if there is no such variable, and
makes `$$` one dollar: in the shell script of a run as anywhere else. An annotation on the object forbids it. Everything
else here is text for people to look at and commit; nothing talks to Flux.
"""

from __future__ import annotations

from typing import NamedTuple

from depgen.render import Templates

MARK = "kustomize.toolkit.fluxcd.io/substitute"
_LINE = f"    {MARK}: disabled"
_SUBSTITUTED = ("${", "$$")


class Place(NamedTuple):
    """Where compiled graphs are for Flux: its own namespace, a GitRepository in it, and a folder of that."""

    namespace: str
    source: str
    path: str


def kept(text: str) -> str:
    """The text of a generated file, each of whose objects is marked if Flux would change something in it."""
    if not any(sign in text for sign in _SUBSTITUTED):
        return text
    return "\n---\n".join(map(_marked, text.split("\n---\n")))


def health() -> str:
    """The field `healthCheckExprs` of a Kustomization."""
    return _render("flux-health.yaml.j2")


def kustomization(name: str, place: Place) -> str:
    """A Kustomization for a folder of compiled graphs, with the health checks."""
    return _render("flux-kustomization.yaml.j2", name=name, place=place, health=health())


def _marked(document: str) -> str:
    """A document of a generated file, which has its metadata as a block of their own."""
    if not any(sign in document for sign in _SUBSTITUTED):
        return document
    lines = document.split("\n")
    start = lines.index("metadata:") + 1
    end = next((i for i in range(start, len(lines)) if not lines[i].startswith(" ")), len(lines))
    there = [i for i in range(start, end) if lines[i] == "  annotations:"]
    mark = [_LINE] if there else ["  annotations:", _LINE]
    at = there[0] + 1 if there else end
    return "\n".join([*lines[:at], *mark, *lines[at:]])


def _render(template: str, **context: object) -> str:
    return Templates().environment.get_template(template).render(context)
