"""Which documents can be read as graphs: their form, that of the specs in them, and that of their environments.

A document with mistakes is still read if they are in nodes, which are left out then, or in fields that are not known: so
the stages after this one find all that they would find in it anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depgen import environments
from depgen.diagnostics import Diagnostic, Place
from depgen.document import Document
from depgen.structure import validate, validate_pods, validate_spec

# Without these there is no graph to read. One that is misspelt is told as an unknown field, and not as missing too.
_NEEDED = frozenset({"graph", "timezone", "nodes"})


def overlaid(
    documents: Mapping[str, Document], environment: str, found: list[Diagnostic]
) -> dict[str, Document]:
    """The files as the environment has them, if one is meant. Findings go to `found`, here and below."""
    if not environment:
        return dict(documents)
    problems = [problem for document in documents.values() for problem in validate(document)]
    unfit = {p.where.path for p in problems if isinstance(p.where, Place) and _is_of_environments(p.where)}
    laid, misfits = environments.laid(documents, environment, frozenset(unfit))
    found += [*problems, *misfits]
    return laid


def _is_of_environments(place: Place) -> bool:
    return place.route[:1] == (environments.FIELD,)


def usable(
    documents: Mapping[str, Document], found: list[Diagnostic]
) -> tuple[list[Document], dict[str, frozenset[str]]]:
    """Documents that can be read as graphs, and the nodes in them that cannot."""
    readable: list[Document] = []
    broken: dict[str, frozenset[str]] = {}
    for path, document in documents.items():
        problems = [*validate(document), *_specs(document)]
        found += _pods(document, problems)
        found += problems
        if _is_usable(document, problems):
            readable.append(document)
            routes = [p.where.route for p in problems if isinstance(p.where, Place)]
            broken[path] = frozenset(
                str(route[1]) for route in routes if len(route) > 1 and route[0] == "nodes"
            )
    return readable, broken


def _is_usable(document: Document, problems: list[Diagnostic]) -> bool:
    if not isinstance(document.data, dict) or not document.data.keys() >= _NEEDED:
        return False
    return all(
        problem.rule == "unknown-field" and len(problem.where.route) == 1
        for problem in problems
        if isinstance(problem.where, Place)
        and not (len(problem.where.route) > 1 and problem.where.route[0] == "nodes")
        and not _is_of_environments(problem.where)
    )


def _pods(document: Document, problems: list[Diagnostic]) -> list[Diagnostic]:
    """What is wrong inside fields of `pods` that have the form of a Pod's."""
    pods = document.data.get("pods") if isinstance(document.data, dict) else None
    places = [problem.where for problem in problems if isinstance(problem.where, Place)]
    is_broken = any(place.route[:1] == ("pods",) for place in places)
    return validate_pods(document, pods) if isinstance(pods, dict) and not is_broken else []


def _specs(document: Document) -> list[Diagnostic]:
    """Check each Workflow spec of the author where it is written, before defaults are merged."""
    data = document.data
    if not isinstance(data, dict):
        return []
    places: list[tuple[tuple[str | int, ...], Any]] = [(("defaults",), data.get("defaults"))]
    nodes = data.get("nodes")
    if isinstance(nodes, dict):
        places += [(("nodes", id_), node) for id_, node in nodes.items()]
    alerts = [((*route, "onMiss"), node.get("onMiss")) for route, node in places if isinstance(node, dict)]
    places += [*alerts, (("onFailure",), data.get("onFailure"))]
    found: list[Diagnostic] = []
    for route, node in places:
        run = node.get("run") if isinstance(node, dict) else None
        for name in ("spec", "workflowSpec"):
            if isinstance(run, dict) and isinstance(run.get(name), dict):
                found += validate_spec(document, (*route, "run", name), run[name])
    return found
