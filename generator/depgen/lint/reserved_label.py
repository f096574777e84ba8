"""A label or annotation is one that depgen, Argo or a deployment tool sets.

Overwritten, it would break the count of runs, or have them pruned as strangers. A source must not select the runs of
its own graph either: they are recorded already.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, labels: {depgen.io/key: "20261121"}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, labels: {example.com/day: "20261121"}}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Started, Subject, spot
from depgen.manifests import mapping
from depgen.model import Node, Source
from depgen.naming import LABEL_GRAPH, RESERVED_LABELS, RESERVED_PREFIXES
from depgen.phrases import quoted

SEVERITY = Severity.ERROR

# Argo's, but meant to be set by authors.
_FREE = frozenset(
    {
        "workflows.argoproj.io/controller-instanceid",
        "workflows.argoproj.io/archive-strategy",
        "workflows.argoproj.io/title",
        "workflows.argoproj.io/description",
    }
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such label or annotation."""
    for item in subject.started:
        yield from _run(item)
    for node in subject.graph.nodes.values():
        if node.source and node.source.labels:
            yield from _source(subject.graph.name, node, node.source)


def _run(item: Started) -> Iterator[Diagnostic]:
    run = item.run
    given: list[tuple[tuple[str, ...], Iterable[str]]] = []
    if run.labels:
        given.append((("labels",), (name for name, _ in run.labels)))
    if run.annotations:
        given.append((("annotations",), (name for name, _ in run.annotations)))
    if "workflowMetadata" in run.spec:
        metadata = mapping(run.spec["workflowMetadata"])
        spec = "workflowSpec" if run.kind == "workflowSpec" else "spec"
        for kind in ("labels", "labelsFrom", "annotations"):
            given.append(((spec, "workflowMetadata", kind), mapping(metadata.get(kind))))
    for steps, names in given:
        for name in names:
            if _is_reserved(name):
                noun = steps[-1].removesuffix("From").removesuffix("s")
                yield Diagnostic(
                    item.spot(*steps, name, at_key=True),
                    "reserved-label",
                    f"the {noun} {quoted(name)} is reserved",
                    "choose a name with a prefix of your own",
                )


def _is_reserved(name: str) -> bool:
    return (name.startswith(RESERVED_PREFIXES) or name in RESERVED_LABELS) and name not in _FREE


def _source(graph: str, node: Node, source: Source) -> Iterator[Diagnostic]:
    if dict(source.labels).get(LABEL_GRAPH) == graph:
        yield Diagnostic(
            spot(node, "source", "workflows", "matchLabels", LABEL_GRAPH),
            "reserved-label",
            f'source "{node.id}" selects the runs of its own graph, which are recorded already',
            "depend on the run itself",
        )
