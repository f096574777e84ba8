"""A graph's values as flat texts, by the names of their fields as an author writes them.

What a value says decides, not how it is written: `60m` and `1h` are one text. A field of the model that is not named here
is told under its own name, so that nothing of a graph can change without being seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from types import MappingProxyType
from typing import Any

from depgen.calendars import Calendar
from depgen.diagnostics import Place
from depgen.diff.values import members, of_duration, of_seconds, of_time, text, written
from depgen.model import Edge, Graph, Group, KeyRule, Node, Pods, Run, Source, Sweeper
from depgen.times import Duration, WallTime

Texts = dict[str, str]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What is no part of the author's meaning, or told elsewhere.
_GRAPH_OMITTED = frozenset(
    {"name", "place", "files", "nodes", "broken", "partitions_place", "on_failure_place"}
)
_NODE_OMITTED = frozenset({"id", "place", "rank", "edges", "of"})
_EDGE_OMITTED = frozenset({"upstream", "place", "is_past"})
# Where the model has another word than the author, or another way to say it.
_NAMES = {
    "zone": "timezone",
    "is_suspended": "suspend",
    "is_queued": "concurrencyPolicy",
    "is_shadow": "mode",
    "phases": "status",
    "origin": "from",
    "since_last_run": "lookback",
}
# What a field is where it is not written.
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "catchup": "none",
        "concurrencyPolicy": "Allow",
        "eventBus": "default",
        "ifNotScheduled": "wait",
        "keep": "14d",
        "match": "same",
        "mode": "live",
        "onCutoff": "skip",
        "onLate": "drop",
        "onRerun": "ignore",
        "partitions": "1",
        "pods.replicas": "1",
        "replayWithin": "15m",
        "status": "success",
    }
)
_WORDS = {"is_queued": "Queue", "is_shadow": "shadow", "since_last_run": "sinceLastRun"}


def of_graph(graph: Graph) -> Texts:
    """What a graph says beside its nodes."""
    return dict(_fields(graph, _GRAPH_OMITTED, ""))


def of_node(node: Node) -> Texts:
    """What a node says beside its edges."""
    return dict(_fields(node, _NODE_OMITTED, ""))


def of_edge(edge: Edge) -> Texts:
    """The conditions of an edge."""
    return dict(_fields(edge, _EDGE_OMITTED, ""))


def title(node: Node) -> str:
    """A node in a few words."""
    if node.source:
        return f"source, {_source_title(node.source)}"
    return f"run of {_run_title(node.run)}" if node.run else "node"


def expression(group: Group, kept: Set[str], renamed: Mapping[str, str]) -> str:
    """How the edges on the upstreams in `kept` are joined: `(sales and (stock or returns))`, under their new names."""
    parts = []
    for member in group.members:
        if isinstance(member, Group):
            parts.append(expression(member, kept, renamed))
        elif (name := renamed.get(member.upstream, member.upstream)) in kept:
            parts.append(name)
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return "".join(parts)
    if group.need <= 1:
        return f"({(' or ' if group.need else ' and ').join(sorted(parts))})"
    return f"(at least {group.need} of {', '.join(sorted(parts))})"


def _fields(thing: Any, omitted: frozenset[str], prefix: str) -> Iterator[tuple[str, str]]:
    """Of a dataclass or NamedTuple, whatever is not as it is by default."""
    for name, value, default in members(thing):
        if name in omitted or value == default:
            continue
        if name in _WORDS:
            yield prefix + _NAMES[name], _WORDS[name]
        else:
            yield from _flat(prefix + _NAMES.get(name, written(name)), value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if value is None or value in ({}, ()) or isinstance(value, Place):
        return
    if isinstance(value, Run):
        yield from _run(name, value)
    elif isinstance(value, Source):
        yield from _source(name, value)
    elif isinstance(value, KeyRule):
        yield from _key(name, value)
    elif isinstance(value, Sweeper):
        yield f"{name}.image", value.image
        yield f"{name}.every", of_seconds(value.every)
        yield f"{name}.mode", value.mode
    elif isinstance(value, Pods):
        yield from _pods(name, value)
    elif isinstance(value, Calendar):
        yield from _calendar(name, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    elif name == "notes":
        yield from value
    elif name == "replayWithin":
        yield name, of_seconds(value)
    else:
        yield name, text(value)


def _run(name: str, run: Run) -> Iterator[tuple[str, str]]:
    yield name, _run_title(run)
    yield f"{name}.namespace", run.namespace
    for key, value in run.spec.items():
        yield f"{name}.spec.{key}", value if isinstance(value, str) else text(value)
    # Argo hands parameters over by name, and depgen fills them in by position.
    for key, param in run.params:
        yield f"{name}.params.{key}", text(param)
    for kind, pairs in (("labels", run.labels), ("annotations", run.annotations)):
        yield from ((f"{name}.{kind}.{key}", value) for key, value in pairs)


def _run_title(run: Run | None) -> str:
    if run is None or run.kind == "workflowSpec":
        return "a whole Workflow"
    return f"{run.kind[0].upper()}{run.kind[1:]} {run.name}"


def _source(name: str, source: Source) -> Iterator[tuple[str, str]]:
    yield name, _source_title(source)
    yield f"{name}.namespace", source.namespace
    yield from _fields(source, frozenset({"kind", "name", "namespace", "labels", "node", "idle", "key"}), "")
    yield from _flat("key", source.key)


def _source_title(source: Source) -> str:
    if source.kind == "workflows":
        return "Workflows with " + ",".join(f"{key}={value}" for key, value in source.labels)
    if source.kind == "graph":
        return f"node {source.node} of graph {source.namespace}/{source.name}"
    if source.kind == "event":
        return f"events of EventSource {source.name}"
    return f"{source.kind[0].upper()}{source.kind[1:]} {source.name}"


def _key(name: str, rule: KeyRule) -> Iterator[tuple[str, str]]:
    yield f"{name}.every", rule.every.text
    yield f"{name}.timezone", rule.zone
    yield f"{name}.from", f"{rule.origin} {rule.name}".strip()
    if rule.day_start:
        yield f"{name}.dayStart", of_time(WallTime(rule.day_start))
    if rule.offset != Duration():
        yield f"{name}.offset", of_duration(rule.offset)


def _pods(name: str, pods: Pods) -> Iterator[tuple[str, str]]:
    if pods.replicas > 1:
        yield f"{name}.replicas", str(pods.replicas)
    for given in (pods.template, pods.container):
        yield from (
            (f"{name}.{key}", text(value)) for key, value in given.items() if key != "securityContext"
        )
    security = {
        key: value
        for given in (pods.template, pods.container)
        if isinstance(found := given.get("securityContext"), dict)
        for key, value in found.items()
    }
    yield from ((f"{name}.securityContext.{key}", text(value)) for key, value in security.items())


def days_of(calendar: Calendar) -> str:
    """The open days of the week."""
    return ", ".join(_DAYS[day] for day in calendar.days)


def _calendar(name: str, calendar: Calendar) -> Iterator[tuple[str, str]]:
    yield f"{name}.days", days_of(calendar)
    yield from ((f"{name}.{day.isoformat()}", "closed") for day in calendar.holidays)
    yield from ((f"{name}.{day.isoformat()}", "open") for day in calendar.extra)
    if calendar.valid_through:
        yield f"{name}.validThrough", calendar.valid_through.isoformat()
