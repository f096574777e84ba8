"""From what was read to a draft: sources of the CronWorkflows, runs of the Sensors, and who waits for whom."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from depgen.cluster.importing.conditions import combined
from depgen.cluster.importing.draft import Draft, Edge, Ids, Node, Wait
from depgen.cluster.importing.mentions import mentions
from depgen.cluster.importing.neighbours import neighbours
from depgen.cluster.importing.periods import agree
from depgen.cluster.importing.reading import Found, Name, labels, text
from depgen.cluster.importing.runs import run_of
from depgen.cluster.importing.schedules import Timing, timing, usual
from depgen.cluster.importing.sensors import Launch, foreign_events, launches, watched_namespaces
from depgen.cluster.importing.waits import Lookup, fill, upstreams, wait_of, written
from depgen.cluster.importing.world import World
from depgen.manifests import Object, mapping
from depgen.phrases import quoted

_GRAPH = re.compile(r"[a-z][a-z0-9]{0,23}")
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def is_graph(name: str) -> bool:
    """Whether a graph can have this name."""
    return _GRAPH.fullmatch(name) is not None


def is_namespace(name: str) -> bool:
    """Whether a namespace can have this name."""
    return _NAMESPACE.fullmatch(name) is not None


class Wishes(NamedTuple):
    """What the user said of the graph; "" is to be guessed."""

    graph: str = ""
    namespace: str = ""
    timezone: str = ""


class _Cron(NamedTuple):
    """A CronWorkflow, its node and its timing."""

    key: Name
    item: Object
    id: str
    timing: Timing

    @property
    def is_suspended(self) -> bool:
        return mapping(self.item.get("spec")).get("suspend") is True


def drafted(found: Found, wishes: Wishes) -> Draft:
    """The draft of everything found."""
    return _Drafter(found, wishes).draft()


class _Drafter:
    """Fills one draft, step by step."""

    def __init__(self, found: Found, wishes: Wishes) -> None:
        self.found = found
        timings = {key: timing(item) for key, item in sorted(found.cron_workflows.items())}
        namespace = wishes.namespace or _usual_namespace(found)
        zone = wishes.timezone or usual(one.zone for one in timings.values())
        self.result = Draft(wishes.graph or _graph_name(namespace), namespace, zone, _origin(found))
        self.ids, self.world = Ids(self.result.graph), World()
        self.crons = [
            _Cron(key, item, self.ids.take(key[1], is_run=False), timings[key])
            for key, item in sorted(found.cron_workflows.items())
        ]
        self.lookup = Lookup(self.result, self.world, self.ids)

    def draft(self) -> Draft:
        """All steps."""
        for cron in self.crons:
            self._source(cron)
        begun = list(launches(self.found, self.result.leftovers))
        often = Counter(launch.name for launch in begun)
        submitted = [(launch, self._run(launch, often[launch.name] > 1)) for launch in begun]
        for launch, node in submitted:
            self._edges(launch, node)
        for launch, node in submitted:
            self._mentioned_by_launch(launch, node)
        for cron in self.crons:
            if not cron.is_suspended:
                self._mentioned_by_cron(cron)
        agree(self.result)
        self._suspend()
        self.result.leftovers += foreign_events(self.found)
        self.result.suggestions += neighbours(self.result, [(c.id, c.key[1], c.timing) for c in self.crons])
        return self.result

    def _namespace(self, key: Name) -> str:
        return key[0] or self.result.namespace

    def _source(self, cron: _Cron) -> None:
        (given, name), times = cron.key, cron.timing
        namespace = given or self.result.namespace
        source = {"cronWorkflow": name} | (
            {"namespace": namespace} if namespace != self.result.namespace else {}
        )
        body: dict[str, object] = {"source": source}
        rule: dict[str, object] = (
            {"timezone": times.zone} if times.zone and times.zone != self.result.zone else {}
        )
        if times.every.kind != "day":
            rule["every"] = times.every.text
        if rule:
            body["key"] = rule
        remarks = [f"CronWorkflow {quoted(name)}: {times.told} {times.zone}".rstrip(), *times.remarks]
        if times.every.kind != "day":
            remarks.append(f"medium: a key every {times.every.text}, as it fires once in each")
        self.result.nodes[cron.id] = Node(cron.id, body, remarks)
        self.world.crons[name][namespace] = cron.id
        workflow = mapping(mapping(cron.item.get("spec")).get("workflowSpec"))
        self.world.crons_of[text(mapping(workflow.get("workflowTemplateRef")).get("name"))].append(cron.id)
        self.world.labelled[cron.id] = _labels_of(cron.item)

    def _run(self, launch: Launch, is_common: bool) -> Node:
        """A node of the launch, called like its template unless others run that too."""
        node = Node(
            self.ids.take(launch.trigger if is_common and launch.trigger else launch.name, is_run=True),
            {},
            [f"high: {launch.told}"],
            stands_for=("delete Sensor", launch.sensor[1]),
        )
        self.result.nodes[node.id] = node
        self.world.runs_of[launch.run.template].append(node.id)
        self.world.prefixes[launch.prefix].append(node.id)
        self.world.labelled[node.id] = launch.labels
        return node

    def _edges(self, launch: Launch, node: Node) -> None:
        wait, edges = wait_of(node, launch, self.lookup)
        fill(node, launch, wait, edges)
        node.remarks += launch.run.remarks
        if launch.namespace and launch.namespace != self.result.namespace:
            launch.run.body["namespace"] = launch.namespace
        node.body["run"] = launch.run.written()
        if wait is None:
            node.asleep = "nothing is known that it could wait for"
        else:
            self._wait(node, wait)

    def _wait(self, node: Node, wait: Wait) -> None:
        node.body |= written(wait)
        node.edges = upstreams(wait)
        node.wait = wait

    def _mentioned_by_launch(self, launch: Launch, node: Node) -> None:
        """A run of a Sensor may also poll for what the Sensor does not listen to."""
        if node.wait is None:
            return
        spec = mapping(launch.run.body.get("workflowSpec")) or {
            "workflowTemplateRef": {"name": launch.run.template}
        }
        found = self._mentioned(node, spec, {}, launch.namespace)
        if found:
            self._wait(node, combined("all", [node.wait, *found]))

    def _mentioned_by_cron(self, cron: _Cron) -> None:
        """A CronWorkflow that waits for another Workflow could be started when that has ended."""
        source, spec = self.result.nodes[cron.id], mapping(cron.item.get("spec"))
        workflow = mapping(spec.get("workflowSpec"))
        node = Node(
            cron.id, {}, source.remarks[:1], instead=source, stands_for=("suspend CronWorkflow", cron.key[1])
        )
        metadata = mapping(cron.item.get("metadata"))
        around = {
            **labels(metadata.get("annotations")),
            **labels(metadata.get("labels")),
            **_labels_of(cron.item),
        }
        found = self._mentioned(node, workflow, around, self._namespace(cron.key))
        if any(self._every(edge.node) != cron.timing.every.text for edge in found):
            node.remarks.append("medium: but it has another rhythm, so it stays a source")
            found = []
        run = run_of(workflow, _labels_of(cron.item)) if found else None
        if run is None:
            source.remarks += node.remarks[1:]
            return
        if self._namespace(cron.key) != self.result.namespace:
            run.body["namespace"] = self._namespace(cron.key)
        node.remarks += [*run.remarks, "medium: so it need not start by the clock"]
        node.body = {"run": run.written(), "replaces": cron.key[1]}
        self._wait(node, combined("all", found))
        self.result.nodes[cron.id] = node

    def _mentioned(self, node: Node, spec: Object, around: Object, namespace: str) -> list[Edge]:
        """The edges that what a Workflow says of others makes likely; the rest is told of."""
        edges: dict[str, Edge] = {}
        above = {node.id} | {other.id for other in self.result.downstream(node.id)} | node.edges
        for mention in sorted(
            mentions(spec, around, namespace, self.found), key=lambda m: m.confidence == "low"
        ):
            id_ = self.world.called(namespace, mention.name)
            if id_ is None or id_ in edges or id_ in above:
                continue
            if mention.confidence == "low":
                node.remarks.append(f"maybe it waits for {id_}: {mention.why} (low)")
            else:
                edges[id_] = Edge(id_)
                node.remarks.append(f"{mention.confidence}: it waits for {id_}: {mention.why}")
        return list(edges.values())

    def _every(self, id_: str) -> str:
        """The period of a node's keys: of a run, that of what it waits for."""
        seen = {id_}
        while not (node := self.result.nodes[id_]).body.get("source") and node.edges - seen:
            id_ = min(node.edges - seen)
            seen.add(id_)
        return str(mapping(node.body.get("key")).get("every", "day"))

    def _suspend(self) -> None:
        for cron in self.crons:
            node = self.result.nodes[cron.id]
            if not cron.is_suspended:
                continue
            if next(self.result.downstream(cron.id), None) is None:
                node.asleep = "the CronWorkflow is suspended, and nothing waits for it"
            else:
                node.remarks.append("medium: the CronWorkflow is suspended, but something waits for it")


def _labels_of(cron: Object) -> dict[str, str]:
    """The labels that the Workflows of a CronWorkflow carry."""
    spec = mapping(cron.get("spec"))
    holders = (mapping(spec.get("workflowSpec")), spec)
    return {
        k: v for one in holders for k, v in labels(mapping(one.get("workflowMetadata")).get("labels")).items()
    }


def _usual_namespace(found: Found) -> str:
    """Where most objects are; where they do not say it, where most events come from."""
    counted = Counter(
        namespace for namespace, _ in (*found.cron_workflows, *found.sensors) if is_namespace(namespace)
    )
    counted = counted or Counter(filter(is_namespace, watched_namespaces(found)))
    return min(counted, key=lambda name: (-counted[name], name)) if counted else "default"


def _graph_name(namespace: str) -> str:
    name = "".join(c for c in namespace.lower() if c.isascii() and c.isalnum()).lstrip("0123456789")
    return name[:24] or "graph"


def _origin(found: Found) -> str:
    counts = (
        (len(found.cron_workflows), "CronWorkflow"),
        (len(found.sensors), "Sensor"),
        (len(found.templates), "WorkflowTemplate"),
    )
    return " and ".join(f"{count} {noun}{'s' * (count != 1)}" for count, noun in counts if count)
