"""What one check is given: the cluster as seen, and the namespace or graph that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import yaml

from depgen import naming
from depgen.analyse import Analysis
from depgen.cluster.api import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    Object,
    Resource,
)
from depgen.cluster.doctor.bus import BusState
from depgen.cluster.doctor.sight import Sight
from depgen.errors import InternalError
from depgen.manifests import NO_MANIFESTS, Manifests, Name
from depgen.model import Graph, Run, runs
from depgen.pipeline import Bundle, Checked
from depgen.render import Layout

MANAGED = "app.kubernetes.io/managed-by=depgen"


class Per(StrEnum):
    """How often a check is made: once, or once for each of these."""

    CLUSTER = "cluster"
    NAMESPACE = "namespace"
    GRAPH = "graph"


@dataclass(frozen=True)
class Patient:
    """One graph, and the objects that are built of it."""

    graph: Graph
    analysis: Analysis
    layout: Layout
    objects: tuple[Object, ...]

    @property
    def title(self) -> str:
        """As findings name it."""
        return f"graph {self.graph.namespace}/{self.graph.name}"

    def owns(self, found: Object) -> bool:
        """Whether an object that depgen made is of this graph; the sweep's have no label of their graph."""
        labels, name = found["metadata"].get("labels") or {}, self.graph.name
        return bool(labels.get(naming.LABEL_GRAPH, found["metadata"]["name"].partition("-")[0]) == name)


def patients(checked: Checked, bundle: Bundle) -> tuple[Patient, ...]:
    """The graphs of one build."""
    return tuple(
        Patient(
            layout.plan.graph,
            checked.analyses[layout.plan.graph.name],
            layout,
            tuple(_objects(bundle, layout.plan.graph.name)),
        )
        for layout in checked.layouts
    )


def _objects(bundle: Bundle, graph: str) -> Iterator[Object]:
    for name, text in bundle.manifests.items():
        if name.partition("-")[0] == graph:  # what stands before the hyphen can be no other graph
            yield from (built for built in yaml.load_all(text, Loader=yaml.CSafeLoader) if built)


@dataclass(frozen=True)
class Exam:
    """`namespace` is "" and `patient` None where a check is not about one; `event_bus` is that of the namespace's graphs.

    `bus` is what the bus itself told, or why it was not asked. `given` are the manifests that the author checks
    against, if any were given.
    """

    sight: Sight
    namespaces: tuple[str, ...] = ()
    patients: tuple[Patient, ...] = ()
    bus: BusState | str = "no --nats was given"
    given: Manifests = NO_MANIFESTS
    namespace: str = ""
    event_bus: str = "default"
    subject: Patient | None = None

    @property
    def patient(self) -> Patient:
        """The graph that the check is about."""
        if self.subject is None:
            raise InternalError("a check of one graph was made without one")
        return self.subject

    def each(self, per: Per) -> Iterator[tuple[str, Exam]]:
        """This exam for everything that a check is made for, with the name of that."""
        if per is Per.CLUSTER:
            yield "cluster", self
        elif per is Per.NAMESPACE:
            yield from (exam for namespace in self.namespaces for exam in self._buses(namespace))
        else:
            for patient in self.patients:
                yield patient.title, replace(self, namespace=patient.graph.namespace, subject=patient)

    def _buses(self, namespace: str) -> Iterator[tuple[str, Exam]]:
        """The exam of a namespace, or of each EventBus there that graphs use."""
        graphs = [patient.graph for patient in self.patients if patient.graph.namespace == namespace]
        names = sorted({graph.event_bus for graph in graphs}) or ["default"]
        for name in names:
            title = f"namespace {namespace}" + (f", EventBus {name}" if len(names) > 1 else "")
            yield title, replace(self, namespace=namespace, event_bus=name)

    def own(self, resource: Resource, namespace: str | None = None) -> list[Object]:
        """The graph's objects of a kind, in its namespace if none is given."""
        where = self.namespace if namespace is None else namespace
        return [found for found in self.sight.all(resource, where, MANAGED) if self.patient.owns(found)]

    def manifests(self) -> Manifests:
        """The templates and CronWorkflows that the graph refers to, and what is beside them in the cluster."""
        graph = self.patient.graph
        templates = {(run.kind, run.namespace) for run in runs(graph)}
        sources = [node.source for node in graph.nodes.values() if node.source]
        places = {namespace for kind, namespace in templates if kind == "workflowTemplate"}
        places |= {source.namespace for source in sources if source.kind == "workflowTemplate"}
        crons = {source.namespace for source in sources if source.kind == "cronWorkflow"}
        crons |= {node.run.namespace for node in graph.nodes.values() if node.run and node.replaces}
        has_clusterwide = any(kind == "clusterWorkflowTemplate" for kind, _ in templates)
        # What a CronWorkflow starts is often in a template of its namespace.
        return Manifests(
            given=True,
            templates=self._named(WORKFLOW_TEMPLATES, places | crons),
            cluster_templates=self._named(CLUSTER_WORKFLOW_TEMPLATES, {""} if has_clusterwide else ()),
            cron_workflows=self._named(CRON_WORKFLOWS, crons),
        )

    def _named(self, resource: Resource, namespaces: Iterable[str]) -> dict[Name, Mapping[str, object]]:
        return {
            (namespace, found["metadata"]["name"]): found
            for namespace in sorted(namespaces)
            for found in self.sight.all(resource, namespace)
        }

    def runs(self) -> list[tuple[str, Run]]:
        """What the graph can start, each with the id of its node."""
        graph = self.patient.graph
        nodes = graph.nodes.values()
        found = [(node.id, run) for node in nodes for run in (node.run, node.on_miss) if run]
        return found + ([("onFailure", graph.on_failure)] if graph.on_failure else [])
