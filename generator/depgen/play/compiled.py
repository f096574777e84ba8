"""Graph files to what runs: their findings, their objects, and a Subject for each graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from depgen import pipeline
from depgen.cluster.states import Subject
from depgen.errors import DepgenError
from depgen.runnable import Runnable, runnable

Manifest = dict[str, Any]


class UncompiledError(DepgenError):
    """The graph has errors, so there is nothing to play; `checked` has them all."""

    def __init__(self, checked: pipeline.Checked) -> None:
        errors = [finding for finding in checked.findings if finding.severity == "error"]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        spot = f"{first.position.path}:{first.position.line}:{first.position.column}"
        super().__init__(f"{spot}: {first.text} [{first.rule}]{more}")
        self.checked = checked


@dataclass(frozen=True)
class Compiled:
    """`objects` are the manifests of the build, by (kind, namespace, name); `subjects` by the graph's name."""

    checked: pipeline.Checked
    objects: dict[tuple[str, str, str], Manifest]
    subjects: dict[str, Subject]


def compiled(
    graphs: Sequence[pipeline.InputFile] | pipeline.Checked | Compiled, environment: str = ""
) -> Compiled:
    """Compiles graph files, or builds what was checked already; raises UncompiledError if they have errors."""
    if isinstance(graphs, Compiled):
        return graphs
    if isinstance(graphs, pipeline.Checked):
        checked = graphs
    else:
        checked = pipeline.check(pipeline.load(graphs, environment))
    if checked.has_errors:
        raise UncompiledError(checked)
    objects = pipeline.build(checked).objects()
    programs = runnable(objects)
    subjects = {}
    for graph in checked.graphs:
        none = Runnable(graph.name, graph.namespace, (), (), (), {})
        subjects[graph.name] = Subject(graph, checked.analyses[graph.name], programs.get(graph.name, none))
    return Compiled(checked, {_identity(thing): thing for thing in objects}, subjects)


def _identity(thing: Manifest) -> tuple[str, str, str]:
    metadata = thing["metadata"]
    return thing["kind"], metadata.get("namespace", ""), metadata["name"]
