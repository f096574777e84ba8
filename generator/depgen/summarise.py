"""Layout to summary: the compiled graph in the words of its author."""

from __future__ import annotations

from depgen.analyse import Analysis
from depgen.model import Edge, Graph, Group, Node, Run, Source, Sweeper
from depgen.render import Layout
from depgen.summary import EdgeSummary, GraphSummary, GroupSummary, NodeSummary
from depgen.times import HOUR, Duration, WallTime

# Requests a second that client-go allows one Sensor process; a patch costs two, a create one.
_REQUESTS = 5
_CLOCKS = {
    "notBefore": "not before",
    "startBy": "to start by",
    "deadline": "to succeed by",
    "cutoff": "waits until",
}


def summarise(layout: Layout, analysis: Analysis, most: int | None = None) -> GraphSummary:
    """One graph: its nodes, its pods and what bounds its throughput.

    Of more than `most` runs, only the first that can run are told of, and the sources they wait for; sources that no
    run waits for are always told of.
    """
    graph = layout.plan.graph
    counts = [
        ("EventSource", len(layout.sources)),
        ("record", len(layout.record)),
        ("claim", len(layout.claim)),
        ("submit", len(layout.submit)),
    ]
    chosen = _chosen(graph, analysis, most)
    others = graph.nodes.keys() - set(chosen)
    sources = sum(1 for id_ in others if graph.nodes[id_].source)
    return GraphSummary(
        name=graph.name,
        namespace=graph.namespace,
        timezone=graph.zone,
        nodes=tuple(of_node(graph.nodes[id_], graph.namespace) for id_ in chosen),
        pods=tuple((role, count) for role, count in counts if count),
        bound=_bound(layout),
        sweep=_sweep(graph.sweeper),
        left_out=(sources, len(others) - sources),
    )


def _chosen(graph: Graph, analysis: Analysis, most: int | None) -> list[str]:
    """The ids of the nodes to tell of, sorted."""
    runs = [id_ for id_ in analysis.order if graph.nodes[id_].run]
    if most is None or len(runs) <= most:
        return list(graph.nodes)
    first = runs[:most]
    used = {upstream for id_ in first for upstream in analysis.upstreams[id_]}
    unused = [id_ for id_, node in graph.nodes.items() if node.source and not analysis.downstreams[id_]]
    return sorted({*first, *used, *unused})


def _bound(layout: Layout) -> str:
    record, submit = len(layout.record), len(layout.submit)
    parts = [f"record {record * _REQUESTS / 2:g} completions/s"] if record else []
    if submit:
        parts.append(f"submit {submit * _REQUESTS} Workflows/s")
    return ", ".join(parts)


def _sweep(sweeper: Sweeper | None) -> str:
    """How what events lose is repaired; empty if it is not."""
    if sweeper is None:
        return ""
    kind = "CronJob" if sweeper.mode == "cron" else "Deployment"
    return f"every {_duration(Duration(sweeper.every))}, by a {kind}"


def of_node(node: Node, namespace: str) -> NodeSummary:
    """One node of a graph that is in `namespace`; the graph may have errors."""
    if node.source:
        return NodeSummary(node.id, _source(node.source, namespace), is_source=True)
    assert node.run is not None
    extras = []
    if node.is_suspended:
        extras.append("suspended")
    if node.is_queued:
        extras.append("one at a time")
    if node.active_from:
        extras.append(f"from {node.active_from}")
    if node.active_until:
        extras.append(f"until {node.active_until}")
    # The others are of an edge, which tells of them.
    extras += [f"{_CLOCKS[name]} {_time(time)}" for name, time in node.clocks.items() if name in _CLOCKS]
    return NodeSummary(node.id, _run(node.run, namespace), False, _group(node.edges), tuple(extras))


def _source(source: Source, namespace: str) -> str:
    where = f" in {source.namespace}" if source.namespace != namespace and source.kind != "graph" else ""
    if source.kind == "workflows":
        return "Workflows with " + ",".join(f"{k}={v}" for k, v in source.labels) + where
    if source.kind == "graph":
        return f"node {source.node} of graph {source.namespace}/{source.name}"
    if source.event:
        return f"event {source.event.name} of EventSource {source.name}"
    return f"{source.kind[0].upper()}{source.kind[1:]} {source.name}{where}"


def _run(run: Run, namespace: str) -> str:
    where = f" in {run.namespace}" if run.namespace != namespace else ""
    if run.kind == "workflowSpec":
        return f"a Workflow{where}"
    return f"{run.kind[0].upper()}{run.kind[1:]} {run.name}{where}"


def _group(group: Group) -> GroupSummary:
    return GroupSummary(
        tuple(_edge(m) if isinstance(m, Edge) else _group(m) for m in group.members), group.need
    )


def _edge(edge: Edge) -> EdgeSummary:
    extras = []
    if edge.offset:
        count = abs(edge.offset)
        extras.append(f"{count} key{'s' if count > 1 else ''} {'earlier' if edge.offset < 0 else 'later'}")
    extras += _several(edge)
    if edge.window:
        extras.append(f"finished in [{_time(edge.window.start)}, {_time(edge.window.end)})")
    if edge.lookback:
        extras.append(f"at most {_duration(edge.lookback)} before the newest")
    if edge.when:
        extras.append(f"when {edge.when}")
    status = edge.phases if isinstance(edge.phases, str) else " or ".join(edge.phases)
    return EdgeSummary(edge.upstream, status, tuple(extras))


def _several(edge: Edge) -> list[str]:
    match, extras = edge.match, []
    if match.kind == "last":
        extras.append(f"the last {match.n} keys" if match.n > 1 else "the last key")
    elif match.kind == "within":
        extras.append("the last key of mine" if match.pick == "last" else "all keys within mine")
    elif match.kind == "containing":
        extras.append("the longer key around mine")
    elif match.kind == "since":
        extras.append("all keys since my previous one")
    if edge.require is not None and edge.settle:
        enough = f"{edge.require} of them" if edge.require > 0 else f"all but {-edge.require}"
        extras.append(f"{enough} from {_time(edge.settle)}")
    if edge.since_last_run:
        extras.append("newer than my previous run")
    if edge.if_not_scheduled in ("satisfy", "skip"):
        extras.append(
            "satisfied where closed" if edge.if_not_scheduled == "satisfy" else "left out where closed"
        )
    return extras


def _time(time: WallTime) -> str:
    hours, rest = divmod(time.seconds, HOUR)
    minutes, seconds = divmod(rest, 60)
    text = f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    text += (" end" if time.from_end else "") + (f"+{time.days}d" if time.days else "")
    return text + (f"+{time.open_days}bd" if time.open_days else "")


def _duration(duration: Duration) -> str:
    if duration.months:
        return f"{duration.months}mo"
    if duration.days:
        return f"{duration.days}d"
    hours, rest = divmod(duration.seconds, HOUR)
    minutes, seconds = divmod(rest, 60)
    return "".join(f"{n}{u}" for n, u in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n)
