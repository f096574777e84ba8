"""From the dependencies of a Sensor to the edges of a node: which nodes they are about, and which values they give.

What nobody in the draft is (a template submitted by hand, Workflows with a label) becomes a source of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from depgen.cluster.importing.conditions import Combined, Condition, combined
from depgen.cluster.importing.draft import STATUSES, Draft, Edge, Ids, Node, Wait
from depgen.cluster.importing.reading import text
from depgen.cluster.importing.selections import PHASES, Selection, status_remarks
from depgen.cluster.importing.sensors import Dependency, Launch
from depgen.cluster.importing.world import World
from depgen.manifests import Object, mapping
from depgen.phrases import quoted

_FIELDS = {
    "body.metadata.name": "workflow",
    "body.metadata.uid": "uid",
    "body.status.phase": "phase",
    "body.status.finishedAt": "finishedAt",
}
_OF_TRIGGER = ("workflow", "phase")
_OUTPUT = re.compile(
    r"body\.status\.outputs\.parameters\.#\(name==\\?\"?([A-Za-z0-9_][A-Za-z0-9_-]{0,62})\\?\"?\)\.value"
)
_ARGUMENT = re.compile(r"spec\.arguments\.parameters\.([0-9]{1,3})\.value")
_NAMES = ("metadata.name", "metadata.generateName")


@dataclass
class Lookup:
    """Finds the nodes of dependencies, and makes sources for those that have none."""

    draft: Draft
    world: World
    ids: Ids
    made: dict[tuple[str, ...], str] = field(default_factory=dict)

    def edges(self, node: Node, one: Dependency) -> tuple[Edge, ...]:
        """The edges of which any satisfies a dependency of this node; none if it cannot be written."""
        if one.selection is None:
            node.remarks.append(f'low: {one.foreign} is left out: write a source with "event" for it')
            return ()
        found = [id_ for id_ in self._nodes(node, one.selection) if id_ != node.id]
        node.remarks += one.selection.remarks
        if not found:
            node.remarks.append("low: the Sensor listens to Workflows that nothing here stands for")
            return ()
        node.remarks += status_remarks(one.selection)
        phases = one.selection.phases
        if phases is None and one.selection.is_completed:
            phases = PHASES
        return tuple(Edge(id_, phases or frozenset({"Succeeded"})) for id_ in found)

    def _nodes(self, node: Node, asked: Selection) -> list[str]:
        labels = dict(asked.labels)
        crons = labels.pop("workflows.argoproj.io/cron-workflow", ())
        templates = labels.pop("workflows.argoproj.io/workflow-template", ()) or tuple(
            filter(None, [asked.template])
        )
        namespace = asked.namespace or self.draft.namespace
        if crons:
            found = [
                self.world.cron(namespace, name) or self._source("cronWorkflow", namespace, name)
                for name in crons
            ]
        elif templates:
            found = [id_ for name in templates for id_ in self._of_template(node, namespace, name)]
        elif asked.prefix:
            called = self.world.called(namespace, asked.prefix)
            found = [called] if called else []
            node.remarks.append(
                f"medium: the Sensor goes by the beginning of the name, {quoted(asked.prefix)}"
            )
        elif labels:
            return self._labelled(node, namespace, labels)
        else:
            return []
        if labels:
            node.remarks.append(
                f"low: labels {quoted(', '.join(labels))} are asked for too, and not carried over"
            )
        return found

    def _of_template(self, node: Node, namespace: str, name: str) -> list[str]:
        if self.world.runs_of.get(name):
            return self.world.runs_of[name]
        if self.world.crons_of.get(name):
            node.remarks.append(
                f"medium: WorkflowTemplate {quoted(name)} is taken for the CronWorkflows that run it"
            )
            return self.world.crons_of[name]
        return [self._source("workflowTemplate", namespace, name)]

    def _labelled(self, node: Node, namespace: str, labels: dict[str, tuple[str, ...]]) -> list[str]:
        found = [id_ for id_ in self.world.by_labels(labels) if id_ != node.id]
        if found:
            node.remarks.append(f"medium: the Sensor goes by labels: {quoted(', '.join(labels))}")
            return found
        if any(len(values) > 1 for values in labels.values()):
            return []
        pairs = tuple((name, values[0]) for name, values in sorted(labels.items()))
        return [self._source("workflows", namespace, pairs[0][1], pairs)]

    def _source(self, kind: str, namespace: str, name: str, labels: tuple[tuple[str, str], ...] = ()) -> str:
        key = (kind, namespace, name, *(text for pair in labels for text in pair))
        if key not in self.made:
            id_ = self.made[key] = self.ids.take(name, is_run=False)
            what: dict[str, object] = {kind: {"matchLabels": dict(labels)} if labels else name}
            if namespace != self.draft.namespace:
                what["namespace"] = namespace
            remarks = [
                "high: a Sensor listens to it; it is not among what was read, so its period is not known"
            ]
            self.draft.nodes[id_] = Node(id_, {"source": what}, remarks)
        return self.made[key]


def wait_of(node: Node, launch: Launch, lookup: Lookup) -> tuple[Wait | None, dict[str, tuple[Edge, ...]]]:
    """What a launch waits for, None if that cannot be written, and the edges of each dependency."""
    if launch.condition is None:
        node.remarks.append("low: its conditions cannot be read")
        return None, {}
    used = sorted(set(_leaves(launch.condition)))
    edges = {name: lookup.edges(node, launch.dependencies[name]) for name in used}
    return _tree(launch.condition, edges), edges


def _leaves(condition: Condition) -> Iterator[str]:
    if isinstance(condition, str):
        yield condition
    else:
        for member in condition.members:
            yield from _leaves(member)


def _tree(condition: Condition, edges: dict[str, tuple[Edge, ...]]) -> Wait | None:
    if isinstance(condition, str):
        return combined("any", edges[condition]) if edges[condition] else None
    members = [_tree(member, edges) for member in condition.members]
    known = [member for member in members if member is not None]
    is_lost = len(known) < len(members) if condition.mode == "all" else not known
    return None if is_lost else combined(condition.mode, known)


def upstreams(wait: Wait) -> frozenset[str]:
    """The ids of the nodes in it."""
    if isinstance(wait, Combined):
        return frozenset().union(*map(upstreams, wait.members))
    return frozenset({wait.node})


def written(wait: Wait) -> dict[str, object]:
    """The fields `dependsOn` and `mode` of a node."""
    if not isinstance(wait, Combined):
        return {"dependsOn": [_member(wait)]}
    fields: dict[str, object] = {"dependsOn": [_member(member) for member in wait.members]}
    return fields if wait.mode == "all" else {**fields, "mode": "any"}


def _member(wait: Wait) -> object:
    if isinstance(wait, Combined):
        return {"allOf" if wait.mode == "all" else "anyOf": [_member(member) for member in wait.members]}
    status = STATUSES.get(wait.phases) or sorted(wait.phases)
    return wait.node if status == "success" else {"node": wait.node, "status": status}


# ---- parameters that a Sensor fills in ----


def fill(node: Node, launch: Launch, wait: Wait | None, edges: dict[str, tuple[Edge, ...]]) -> None:
    """Write the parameters that come from events into the run, as far as facts have them."""
    by_name: dict[str, list[Object]] = defaultdict(list)
    for one in launch.parameters:
        target = text(one.get("dest"))
        index = _ARGUMENT.fullmatch(target)
        if index and int(index[1]) < len(launch.run.names):
            by_name[launch.run.names[int(index[1])]].append(mapping(one.get("src")))
        elif target not in _NAMES:
            node.remarks.append(f"low: the Sensor also sets {quoted(target)}, which is not carried over")
    is_any = isinstance(wait, Combined) and wait.mode == "any"
    for name, sources in by_name.items():
        launch.run.params.pop(name, None)
        value = _value(sources, edges, is_any)
        if value is None:
            told = ", ".join(quoted(text(s.get("dataKey")) or text(s.get("dataTemplate"))) for s in sources)
            node.remarks.append(f"low: parameter {quoted(name)} is left out, it was {told} of an event")
        else:
            launch.run.params[name] = value


def _value(
    sources: list[Object], edges: dict[str, tuple[Edge, ...]], is_any: bool
) -> dict[str, object] | None:
    keys = {text(source.get("dataKey")) for source in sources}
    key = keys.pop() if len(keys) == 1 else ""
    of = [edge for source in sources for edge in edges.get(text(source.get("dependencyName")), ())]
    field_, output = _FIELDS.get(key), _OUTPUT.fullmatch(key)
    if len(of) > 1 and field_ in _OF_TRIGGER:
        return {"from": "$trigger", "field": field_}
    if len(of) != 1 or not (field_ or output):
        return None
    value: dict[str, object] = {"from": of[0].node}
    value |= {"field": field_} if field_ else {"output": output[1] if output else ""}
    default = next((text(source.get("value")) for source in sources if "value" in source), None)
    if default is not None or is_any:
        value["default"] = default or ""
    return value
