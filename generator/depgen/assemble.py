"""Documents to Graphs: files of one graph are joined, defaults merged, short forms and texts parsed.

The documents may hold structural errors; `broken` names the nodes to leave out. What is reported here is what a
schema cannot say: a zone that does not exist, a period that does not divide the day, files that disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from depgen import pods, webhooks
from depgen.calendars import read_calendars
from depgen.diagnostics import Diagnostic, Fix, Place
from depgen.filetext import FileText
from depgen.load import Document
from depgen.model import (
    SAME,
    Border,
    Edge,
    ForeignEvent,
    FromUpstream,
    Graph,
    Group,
    Json,
    KeyFormat,
    KeyRule,
    Literally,
    Match,
    Node,
    Param,
    Run,
    Source,
    SourceKind,
    Sweeper,
    Window,
)
from depgen.parts import parts
from depgen.times import DAILY, Period, WallTime, duration, is_zone, period, wall_time

Data = dict[str, Any]
Broken = Mapping[str, frozenset[str]]

_KINDS = ("workflowTemplate", "clusterWorkflowTemplate", "workflowSpec")
_SOURCES: tuple[SourceKind, ...] = ("cronWorkflow", "workflowTemplate", "workflows", "graph", "event")
_NOTES = ("owner", "docs", "runbook")
# Origins of a key that are read as they are, each with a field of that name that says what to read.
_ORIGINS = ("label", "parameter", "jq")
_SHARED = (
    *("timezone", "namespace", "partitions", "replayWithin", "keep", "onFailure", "mode", "sweeper"),
    *("eventBus", "pods"),
)
_STATUSES = ("success", "failure", "done")
_NEEDS = {"all": 0, "any": 1}
_CLOCKS = ("notBefore", "startBy", "deadline", "onMiss", "cutoff", "onCutoff", "onLate", "catchup")
_RUN_DEFAULTS = (
    "run",
    "window",
    "activeFrom",
    "activeUntil",
    "concurrencyPolicy",
    "onRerun",
    "dependsOnPast",
    *_CLOCKS,
)


def assemble(
    documents: Iterable[Document], broken: Broken, companions: Mapping[str, FileText]
) -> tuple[list[Graph], list[Diagnostic]]:
    """Graphs sorted by name, and what is wrong with them.

    `broken`: for each path the ids of the nodes that do not fit the schema; a document that is itself not usable as a
    graph must not be given. `companions` are the files that calendars name, and their locks.
    """
    found: list[Diagnostic] = []
    by_name: dict[str, list[Document]] = {}
    for document in sorted(documents, key=lambda d: d.path):
        by_name.setdefault(cast(Data, document.data)["graph"], []).append(document)
    graphs = [_graph(name, by_name[name], broken, companions, found) for name in sorted(by_name)]
    return graphs, found


def _graph(
    name: str,
    documents: list[Document],
    broken: Broken,
    companions: Mapping[str, FileText],
    found: list[Diagnostic],
) -> Graph:
    shared, places = _shared(documents, found)
    calendars, problems = read_calendars(documents, companions)
    found += problems
    nodes: dict[str, Node] = {}
    unreadable: set[str] = set()
    for document in documents:
        data = cast(Data, document.data)
        reader = _Reader(document.path, shared.get("namespace", ""), _zone(document, found), found)
        skip = broken.get(document.path, frozenset())
        unreadable |= skip
        for rank, (id_, node) in enumerate(data["nodes"].items()):
            if id_ in nodes:
                found.append(_twice(Place(document.path, ("nodes", id_), at_key=True), nodes[id_]))
            elif id_ not in skip:
                for one in parts(reader.node(id_, rank, node, data.get("defaults") or {}), node, found):
                    if one.of and one.id in nodes:
                        found.append(_twice(Place(document.path, ("nodes", id_), at_key=True), nodes[one.id]))
                    nodes[one.id] = one
    first = documents[0]
    path = places["onFailure"].path if "onFailure" in places else first.path
    of_its_file = next(cast(Data, d.data).get("defaults") or {} for d in documents if d.path == path)
    alerts = _Reader(path, shared.get("namespace", ""), shared["timezone"], found)
    return Graph(
        name=name,
        namespace=shared.get("namespace", ""),
        zone=shared["timezone"],
        place=Place(first.path, ("graph",)),
        files=tuple(document.path for document in documents),
        partitions=int(shared.get("partitions", 1)),
        replay_within=duration(shared.get("replayWithin", "15m")).seconds,
        nodes=dict(sorted(nodes.items())),
        broken=frozenset(unreadable - nodes.keys()),
        partitions_place=places.get("partitions"),
        keep=duration(shared.get("keep", "14d")),
        on_failure=alerts.alert(("onFailure",), shared, of_its_file),
        on_failure_place=Place(path, ()),
        is_shadow=shared.get("mode") == "shadow",
        sweeper=_sweeper(shared.get("sweeper"), places),
        event_bus=shared.get("eventBus", "default"),
        calendars=calendars,
        pods=pods.read(places.get("pods", Place(path)), shared.get("pods", {}), found),
    )


def _sweeper(data: Data | None, places: Mapping[str, Place]) -> Sweeper | None:
    if data is None:
        return None
    return Sweeper(
        places["sweeper"], data["image"], duration(data.get("every", "5m")).seconds, data.get("mode", "cron")
    )


def _twice(place: Place, first: Node) -> Diagnostic:
    return Diagnostic(
        place,
        "duplicate-node",
        f'node "{first.id}" is defined twice in this graph',
        "rename one of them",
        related=((Place(first.place.path, first.place.route, at_key=True), "first defined here"),),
    )


def _shared(documents: list[Document], found: list[Diagnostic]) -> tuple[Data, dict[str, Place]]:
    """The graph-level fields, which must agree wherever they are repeated, and where each stands first."""
    shared: Data = {}
    places: dict[str, Place] = {}
    for document in documents:
        data = cast(Data, document.data)
        for name in _SHARED:
            if name not in data:
                continue
            if name not in shared:
                shared[name], places[name] = data[name], Place(document.path, (name,))
            elif shared[name] != data[name]:
                found.append(
                    Diagnostic(
                        Place(document.path, (name,)),
                        "files-disagree",
                        _disagreement(name, data, shared[name]),
                        "write the same in both, or in one of them only",
                        related=((places[name], "the other one"),),
                    )
                )
    if "namespace" not in shared:
        place = Place(documents[0].path, ("graph",), at_key=True)
        found.append(
            Diagnostic(
                place, "missing-field", 'the graph has no "namespace"', 'add one, such as "namespace: data"'
            )
        )
    return shared, places


def _disagreement(name: str, data: Data, other: Any) -> str:
    if isinstance(other, dict):
        return f'"{name}" is not the same here and in another file of graph "{data["graph"]}"'
    return f'"{name}" is "{data[name]}" here and "{other}" in another file of graph "{data["graph"]}"'


def _zone(document: Document, found: list[Diagnostic]) -> str:
    zone = cast(Data, document.data)["timezone"]
    check_zone(zone, Place(document.path, ("timezone",)), found)
    return cast(str, zone)


def check_zone(zone: str, place: Place, found: list[Diagnostic]) -> None:
    """Report a `zone` that is no IANA region/city, with the nearest one that is."""
    if is_zone(zone):
        return
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    names = {name.lower(): name for name in available_timezones() if is_zone(name)}
    cities = {name.rsplit("/")[-1]: name for name in names.values()}
    near = get_close_matches(zone.lower(), names, 1, 0.7) or get_close_matches(
        zone.lower(), map(str.lower, cities), 1
    )
    if len(zone) < 5:
        near = []  # an abbreviation: many places share it
    guess = names.get(near[0]) if near else None
    if guess is None and near:
        guess = next(name for city, name in cities.items() if city.lower() == near[0])
    hint = f'did you mean "{guess}"?' if guess else 'write it as in "Europe/Paris"'
    message = f'timezone "{zone}" is not an IANA zone of the form region/city'
    exact = names.get(zone.lower())
    fix = Fix(Place(place.path, place.route[:-1]), place.route[-1], exact) if exact and place.route else None
    found.append(Diagnostic(place, "unknown-timezone", message, hint, fix=fix))


def _merged(base: Json, over: Json) -> Json:
    """`over` laid on `base`: mappings are merged, anything else replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        merged = dict(base)
        for name, value in over.items():
            merged[name] = _merged(base[name], value) if name in base else value
        return merged
    return over


def _with_defaults(node: Data, defaults: Data) -> Data:
    if not defaults:
        return node
    omitted = _RUN_DEFAULTS if "source" in node else ("key",)
    base = {name: value for name, value in defaults.items() if name not in omitted}
    if "run" in base and any(kind in node.get("run", {}) for kind in _KINDS):
        base["run"] = {name: value for name, value in base["run"].items() if name not in _KINDS}
    if "onMiss" in node and node["onMiss"].keys() != base.get("onMiss", {}).keys():
        base.pop("onMiss", None)  # a webhook and a run do not mix
    return cast(Data, _merged(base, node))


class _Reader:
    """Reads the nodes of one file; findings go to the list it was made with."""

    def __init__(self, path: str, namespace: str, zone: str, found: list[Diagnostic]) -> None:
        self.path = path
        self.namespace = namespace
        self.zone = zone
        self.found = found

    def report(self, route: tuple[str | int, ...], rule: str, message: str, hint: str) -> None:
        self.found.append(Diagnostic(Place(self.path, route), rule, message, hint))

    def node(self, id_: str, rank: int, own: Data, defaults: Data) -> Node:
        data = _with_defaults(own, defaults)
        route = ("nodes", id_)
        place, notes = Place(self.path, route), _notes(data)
        if "source" in data:
            source = self.source(route, data, own.get("key") or {})
            return Node(id_, place, rank, source=source, notes=notes, **_calendars(data))
        return Node(
            id_,
            place,
            rank,
            run=self.run(route, data["run"]),
            every=self.period((*route, "every"), data["every"]) if "every" in data else None,
            edges=self.edges(route, data),
            active_from=self.date(route, "activeFrom", data),
            active_until=self.date(route, "activeUntil", data),
            is_suspended=data.get("suspend", False),
            is_queued=data.get("concurrencyPolicy") == "Queue",
            notes=notes,
            replaces=data.get("replaces", ""),
            on_rerun=data.get("onRerun", "ignore"),
            depends_on_past=data.get("dependsOnPast", False),
            **_calendars(data),
            **(self.clocks(route, data, defaults) if not data.keys().isdisjoint(_CLOCKS) else {}),
        )

    def clocks(self, route: tuple[str | int, ...], data: Data, defaults: Data) -> dict[str, Any]:
        """The fields of a Node that only few nodes have."""
        return {
            "not_before": _wall_time(data.get("notBefore")),
            "start_by": _wall_time(data.get("startBy")),
            "deadline": _wall_time(data.get("deadline")),
            "on_miss": self.alert((*route, "onMiss"), data, defaults),
            "cutoff": _wall_time(data.get("cutoff")),
            "on_cutoff": data.get("onCutoff", "skip"),
            "on_late": data.get("onLate", "drop"),
            "catchup": data.get("catchup", "none"),
        }

    def alert(self, route: tuple[str | int, ...], data: Data, defaults: Data) -> Run | None:
        """What the field at the end of `route` starts."""
        given = data.get(cast(str, route[-1]))
        if given and "webhook" in given:
            return webhooks.run(given["webhook"], defaults.get("run") or {}, self.namespace)
        return self.run(route, given["run"]) if given else None

    def source(self, route: tuple[str | int, ...], data: Data, own_key: Data) -> Source:
        source = data["source"]
        kind = next(k for k in _SOURCES if k in source)
        key = self.key((*route, "key"), data.get("key") or {})
        idle = _idle(kind, key, own_key)
        if kind == "graph":
            namespace, name = source["graph"].split("/")
            key = KeyRule(key.every, self.zone)
            return Source("graph", name, namespace, key, node=source["node"], idle=idle)
        if kind == "event":
            event, namespace = source["event"], source.get("namespace", self.namespace)
            return Source(
                "event", event["eventSource"], namespace, key, idle=idle, event=_foreign_event(event)
            )
        labels = source["workflows"]["matchLabels"] if kind == "workflows" else {}
        name = "" if kind == "workflows" else source[kind]
        namespace = source.get("namespace", self.namespace)
        return Source(kind, name, namespace, key, tuple(sorted(labels.items())), idle=idle)

    def key(self, route: tuple[str | int, ...], data: Data) -> KeyRule:
        zone = data.get("timezone", self.zone)
        if "timezone" in data:
            check_zone(zone, Place(self.path, (*route, "timezone")), self.found)
        origin = data.get("from", "auto")
        return KeyRule(
            every=self.period((*route, "every"), data.get("every", "day")),
            zone=zone,
            origin=origin,
            name=data.get(origin, "depgen.io/key" if origin == "label" else ""),
            day_start=wall_time(data["dayStart"]).seconds if "dayStart" in data else 0,
            offset=duration(data.get("offset", "")),
        )

    def date(self, route: tuple[str | int, ...], name: str, data: Data) -> str | None:
        """The date in field `name`, if there is one and its month has that day."""
        text = data.get(name)
        if text is None:
            return None
        try:
            date.fromisoformat(text)
        except ValueError:
            self.report(
                (*route, name), "bad-date", f'"{name}" is "{text}", a date that does not exist', "correct it"
            )
            return None
        return cast(str, text)

    def period(self, route: tuple[str | int, ...], text: str) -> Period:
        found = period(text)
        if found is None:
            hint = "write 5m, 10m, 15m, 20m, 30m, hour, 2h, 3h, 4h, 6h, 8h, 12h, day, week or month"
            self.report(route, "bad-period", f'period "{text}" does not divide the day evenly', hint)
        return found or DAILY

    def edges(self, route: tuple[str | int, ...], data: Data) -> Group:
        window = self.window((*route, "window"), data["window"]) if "window" in data else None
        members = self.members((*route, "dependsOn"), data.get("dependsOn", []), window)
        mode, need = data.get("mode", "all"), data.get("minSatisfied")
        if mode == "atLeast" and need is None:
            self.report(
                (*route, "mode"),
                "min-satisfied",
                '"mode: atLeast" without "minSatisfied"',
                "say how many edges are enough",
            )
        elif mode != "atLeast" and need is not None:
            self.report(
                (*route, "minSatisfied"),
                "min-satisfied",
                f'"minSatisfied" with "mode: {mode}"',
                'write "mode: atLeast"',
            )
        elif need is not None and need > len(members):
            self.report(
                (*route, "minSatisfied"),
                "min-satisfied",
                f"at least {need} of {len(members)} edges can never be satisfied",
                f"write a number up to {len(members)}",
            )
        return Group(members, _NEEDS.get(mode, need or 0))

    def members(
        self, route: tuple[str | int, ...], items: list[Any], window: Window | None
    ) -> tuple[Edge | Group, ...]:
        return tuple([self.member((*route, index), item, window) for index, item in enumerate(items)])

    def member(self, route: tuple[str | int, ...], item: Any, window: Window | None) -> Edge | Group:
        if isinstance(item, str):
            return Edge(item, Place(self.path, route), window=window)
        if "node" not in item:
            name, need = ("allOf", 0) if "allOf" in item else ("anyOf", 1)
            return Group(self.members((*route, name), item[name], window), need)
        if len(item) == 2 and item.get("status") in _STATUSES:  # most long forms are no longer than that
            return Edge(item["node"], Place(self.path, route), item["status"], window=window)
        phases, lookback, require = item.get("status", "success"), item.get("lookback"), item.get("require")
        is_since_run = lookback == "sinceLastRun"
        return Edge(
            upstream=item["node"],
            place=Place(self.path, route),
            phases=tuple(phases) if isinstance(phases, list) else phases,
            match=_match(item.get("match", "same")),
            lookback=duration(lookback) if lookback and not is_since_run else None,
            when=item.get("when"),
            window=self.window((*route, "window"), item["window"]) if "window" in item else window,
            require=None if require == "all" else require,
            settle=_wall_time(item.get("settle")),
            if_not_scheduled=item.get("ifNotScheduled"),
            since_last_run=is_since_run,
        )

    def window(self, route: tuple[str | int, ...], data: Data) -> Window:
        start, end = wall_time(data["from"]), wall_time(data["to"])
        if start == end:
            hint = f'for a whole day write "to: {data["to"]}+1d"' if not end.days else "make them differ"
            self.report(
                route, "empty-window", f'window from "{data["from"]}" to "{data["to"]}" is empty', hint
            )
        elif end.from_end == start.from_end and end.offset < start.offset and not end.open_days:
            if end.days:
                message = f'window ends at "{data["to"]}", before it begins at "{data["from"]}"'
                self.report(route, "empty-window", message, 'exchange "from" and "to"')
            end = type(end)(end.seconds, start.days + (end.seconds <= start.seconds), end.from_end)
        return Window(start, end)

    def run(self, route: tuple[str | int, ...], data: Data) -> Run:
        named = [kind for kind in _KINDS if kind in data]
        if len(named) != 1:
            what = " and ".join(f'"{kind}"' for kind in named) or "none of them"
            self.report(
                (*route, "run"),
                "one-of",
                f"a run has exactly one of workflowTemplate, clusterWorkflowTemplate and workflowSpec, found {what}",
                "keep one" if named else 'add "workflowTemplate: NAME"',
            )
        kind = named[0] if named else _KINDS[0]
        whole = kind == "workflowSpec"
        return Run(
            kind=cast(Any, kind),
            name="" if whole else data.get(kind, ""),
            namespace=data.get("namespace", self.namespace),
            spec=cast(dict[str, Json], _merged(data["workflowSpec"], data.get("spec", {})))
            if whole
            else data.get("spec", {}),
            params=tuple([(name, _param(value)) for name, value in data["params"].items()])
            if "params" in data
            else (),
            labels=_sorted(data.get("labels")),
            annotations=_sorted(data.get("annotations")),
        )


def _calendars(data: Data) -> dict[str, Any]:
    """The fields that sources and runs have alike and few have at all."""
    names = (("runs_on", "runsOn"), ("excludes", "excludes"), ("renamed_from", "renamedFrom"))
    return {field: data[name] for field, name in names if name in data}


def _match(data: Any) -> Match:
    if isinstance(data, str):
        return SAME if data == "same" else Match("containing")
    if "within" in data:
        return Match("within", pick=data.get("pick", "all"))
    kind = next(name for name in ("offset", "last", "since") if name in data)
    return Match(cast(Any, kind), 0 if kind == "since" else data[kind])


def _foreign_event(data: Data) -> ForeignEvent:
    return ForeignEvent(data["event"], data["id"], data["finishedAt"], _sorted(data.get("outputs")))


def _wall_time(text: str | None) -> WallTime | None:
    return wall_time(text) if text else None


def _idle(kind: SourceKind, key: KeyRule, own: Data) -> tuple[str, ...]:
    """The fields of a source's own `key` that nothing reads."""
    if kind == "graph":
        return tuple(name for name in own if name != "every")
    idle = [name for name in _ORIGINS if name in own and name != key.origin]
    if key.origin in _ORIGINS:
        idle += [name for name in ("dayStart", "offset") if name in own]
    return tuple(idle)


def _sorted(texts: dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(texts.items())) if texts else ()


def _notes(data: Data) -> tuple[tuple[str, str], ...]:
    notes = [(name, data[name]) for name in _NOTES if name in data]
    if data.get("tags"):
        notes.append(("tags", ",".join(sorted(data["tags"]))))
    return tuple(notes)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _param(value: Any) -> Param:
    if not isinstance(value, dict):
        return Literally(_text(value))
    if "key" in value:
        return KeyFormat(value["key"])
    if "interval" in value:
        return Border(value["interval"])
    default = _text(value["default"]) if "default" in value else None
    return FromUpstream(value["from"], value.get("output"), value.get("field"), default)
