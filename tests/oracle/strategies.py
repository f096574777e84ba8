"""Random small graphs and what happens to them, for Hypothesis.

Small on purpose: two or three sources, up to five runs, a day or two. What makes them hard is where things are put: on
the borders of windows, on clocks, on days on which the clocks change, in the same second, twice, and under wrong keys.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle import moments
from tests.oracle.reading import Graph, edges
from tests.oracle.story import Completion, End, Story

HOUR = timedelta(hours=1)
# Days on which something is odd: the clocks change, a month, a year or a leap day ends, and one plain day.
DAYS = {
    "Europe/Paris": ("2026-11-21", "2026-10-25", "2027-03-28", "2027-01-01", "2028-02-29"),
    "America/New_York": ("2026-11-01", "2027-03-14", "2026-11-30"),
    "UTC": ("2026-11-22", "2026-12-31"),
    "Pacific/Kiritimati": ("2026-11-21",),
    "Pacific/Pago_Pago": ("2026-11-30",),
}
PERIODS = ("day", "day", "day", "day", "hour", "6h", "15m", "week", "month")
TIMES = ("00:30", "02:30", "09:00", "14:00", "18:00", "21:45", "01:00+1d", "06:00+1d")
CLOCKS = {
    "notBefore": ("01:30", "02:30", "08:00", "13:00"),
    "startBy": ("14:20", "15:20"),
    "deadline": ("15:40", "19:40"),
    "cutoff": ("16:00", "20:00", "02:30+1d"),
}
LOOKBACKS = ("30m", "1h", "6h", "1d")
CONDITIONS = ("(.outputs.rows | tonumber) > 0", '.outputs.kind == "full"', "(.outputs.rows | tonumber) == 5")
STATUSES = ("success", "success", "success", "done", "failure", ["Succeeded", "Error"])


@st.composite
def stories(draw: st.DrawFn, is_wide: bool, is_still: bool = False) -> Story:
    """A graph, and completions, clocks and passes of the sweep over two days and a half.

    `is_still`: no clock plays a part, nobody is alerted, every completion says its key, and each node ends in one way.
    """
    zone = draw(st.sampled_from(sorted(DAYS)))
    every = "day" if is_wide else draw(st.sampled_from(PERIODS))
    written = draw(graphs(zone, every, is_wide))
    if is_still:
        _still(written)
    text = json.dumps(written, indent=1)
    graph = Graph(text)
    day = date.fromisoformat(draw(st.sampled_from(DAYS[zone])))
    noon = datetime(day.year, day.month, day.day, 12)
    start = moments.first_instant(noon - 24 * HOUR, zone) + 7
    until = moments.first_instant(noon + 30 * HOUR, zone)
    has_cutoff = any("cutoff" in node for node in graph.nodes.values())
    most = 1 if is_still else 2
    ends = {id_: tuple(draw(st.lists(endings(), min_size=1, max_size=most))) for id_ in graph.runs()}
    return Story(
        graph=text,
        start=start,
        until=until,
        completions=tuple(draw(completions(graph, noon, start, until, is_still))),
        ends=ends,
        sweep_every=6 * 3600 if has_cutoff else None,
    )


def _still(graph: dict[str, Any]) -> None:
    """Takes out of a graph what needs the time of day, and names that chance makes."""
    graph.pop("onFailure", None)
    for node in graph["nodes"].values():
        for name in (*CLOCKS, "onCutoff", "onLate", "onMiss"):
            node.pop(name, None)
        for member in node.get("dependsOn", []):
            if "settle" in member:
                del member["settle"], member["require"]
        node.get("run", {}).get("params", {}).pop("from", None)


def endings() -> st.SearchStrategy[End | None]:
    """Not on a full minute, so that a run never ends in the second of a clock."""
    phases = st.sampled_from(("Succeeded", "Succeeded", "Succeeded", "Failed", "Error"))
    durations = st.sampled_from((11, 97, 1811, 5413))
    found = st.builds(End, durations, phases, outputs())
    return found | found | found | st.none()


def outputs() -> st.SearchStrategy[dict[str, str]]:
    """`rows` and `kind`, or one of them."""
    rows = st.sampled_from(("0", "5", "12", "many"))
    return st.fixed_dictionaries({}, optional={"rows": rows, "kind": st.sampled_from(("full", "partial"))})


# ---- graphs ----


@st.composite
def graphs(draw: st.DrawFn, zone: str, every: str, is_wide: bool) -> dict[str, Any]:
    """A graph as its author writes it. All nodes have the same period, unless it `is_wide`: then there are calendars,
    edges over several keys and other periods, and runs that are made again.
    """
    names = draw(st.permutations(["a", "b", "c", "d", "e", "f", "g", "h"]))
    sources = names[: draw(st.integers(1, 3))]
    runs = names[len(sources) : len(sources) + draw(st.integers(1, 4))]
    nodes: dict[str, Any] = {id_: draw(source(id_, zone, every)) for id_ in sources}
    frame: dict[str, Any] = {
        "apiVersion": "depgen.io/v1",
        "graph": "etl",
        "namespace": "data",
        "timezone": zone,
    }
    if is_wide:
        frame["calendars"] = CALENDARS
        nodes = {id_: draw(wide_source(id_)) for id_ in sources}
    for number, id_ in enumerate(runs):
        upstreams = [*sources, *runs[:number]]
        nodes[id_] = draw(wide_run(upstreams, nodes)) if is_wide else draw(run(upstreams, every))
        # A template of its own: it has to have every parameter that it is given, and no other.
        nodes[id_]["run"]["workflowTemplate"] = f"{id_}-run"
    if draw(st.integers(0, 3)) == 0:
        about = {"about": {"from": "$trigger", "field": draw(st.sampled_from(("node", "workflow", "phase")))}}
        frame["onFailure"] = {"run": {"workflowTemplate": "page", "params": about}}
    return {**frame, "nodes": nodes}


@st.composite
def source(draw: st.DrawFn, id_: str, zone: str, every: str) -> dict[str, Any]:
    """A CronWorkflow, whose date may be another zone's, start later than midnight, or be the day before's."""
    key: dict[str, str] = {} if every == "day" else {"every": every}
    if every == "day":
        other = st.sampled_from([other for other in DAYS if other != zone])
        none: st.SearchStrategy[dict[str, str]] = st.just({})
        key |= draw(none | none | st.builds(lambda zone: {"timezone": zone}, other))
        key |= draw(none | none | st.sampled_from(({"dayStart": "06:00"}, {"offset": "-1d"})))
    node: dict[str, Any] = {"source": {"cronWorkflow": f"{id_}-load"}}
    return node | ({"key": key} if key else {})


@st.composite
def run(draw: st.DrawFn, upstreams: list[str], every: str) -> dict[str, Any]:
    """A run that waits for some of the nodes before it."""
    count = draw(st.integers(1, min(3, len(upstreams))))
    chosen = draw(st.permutations(upstreams))[:count]
    members: list[Any] = [draw(edge(id_, every)) for id_ in chosen]
    node: dict[str, Any] = {}
    if count == 3 and draw(st.booleans()):
        members = [members[0], {draw(st.sampled_from(("allOf", "anyOf"))): members[1:]}]
    mode = draw(st.sampled_from(("all", "all", "any", "atLeast")))
    if mode != "all":
        node["mode"] = mode
    if mode == "atLeast":
        node["minSatisfied"] = draw(st.integers(1, len(members)))
    node["run"] = {"params": draw(params(chosen))}
    node["dependsOn"] = members
    if every in ("day", "week", "month"):
        node |= draw(clocks(every))
    if draw(st.integers(0, 7)) == 0:
        node["window"] = draw(windows(every))
    for name in ("activeFrom", "activeUntil"):
        if draw(st.integers(0, 9)) == 0:
            node[name] = "2026-11-21" if name == "activeFrom" else "2026-11-22"
            break
    if draw(st.integers(0, 19)) == 0:
        node["suspend"] = True
    return node


@st.composite
def edge(draw: st.DrawFn, upstream: str, every: str) -> Any:
    """An upstream, in most cases without a condition."""
    found: dict[str, Any] = {"node": upstream}
    if draw(st.booleans()):
        return upstream
    status = draw(st.sampled_from(STATUSES))
    if status != "success":
        found["status"] = status
    if draw(st.integers(0, 3)) == 0:
        found["match"] = {"offset": draw(st.sampled_from((-1, -1, 1, -2)))}
    if draw(st.integers(0, 2)) == 0:
        found["window"] = draw(windows(every))
    if draw(st.integers(0, 2)) == 0:
        found["lookback"] = draw(st.sampled_from(LOOKBACKS))
    if draw(st.integers(0, 3)) == 0:
        found["when"] = draw(st.sampled_from(CONDITIONS))
    return found


# ---- calendars, several keys, reruns ----


@st.composite
def wide_source(draw: st.DrawFn, id_: str) -> dict[str, Any]:
    """One that is open on some days only, or whose period is shorter or longer than a day."""
    node: dict[str, Any] = {"source": {"cronWorkflow": f"{id_}-load"}}
    every = draw(st.sampled_from(("day", "day", "day", "6h", "hour", "month")))
    if every != "day":
        node["key"] = {"every": every}
    elif draw(st.booleans()):
        node["runsOn"] = draw(st.sampled_from(sorted(CALENDARS)))
    return node


@st.composite
def wide_run(draw: st.DrawFn, upstreams: list[str], nodes: dict[str, Any]) -> dict[str, Any]:
    """A daily run."""
    chosen = draw(st.permutations(upstreams))[: draw(st.integers(1, min(3, len(upstreams))))]
    members = [draw(wide_edge(id_, nodes[id_])) for id_ in chosen]
    node: dict[str, Any] = {
        "run": {"params": draw(params(chosen))},
        "every": "day",
    }
    node["dependsOn"] = members
    if draw(st.integers(0, 3)) == 0:
        node[draw(st.sampled_from(("runsOn", "excludes")))] = draw(st.sampled_from(sorted(CALENDARS)))
    again = draw(st.sampled_from(("ignore", "ignore", "ignore", "refresh", "hold")))
    if again != "ignore":
        node["onRerun"] = again
    if draw(st.integers(0, 4)) == 0 and not {"runsOn", "excludes"} & node.keys():
        node |= {"dependsOnPast": True, "activeFrom": draw(st.sampled_from(("2026-11-20", "2026-11-21")))}
    return node


@st.composite
def wide_edge(draw: st.DrawFn, upstream: str, node: dict[str, Any]) -> dict[str, Any]:
    """An upstream of which other keys, or several, may be wanted."""
    found: dict[str, Any] = {"node": upstream}
    every = node.get("key", {}).get("every", "day")
    if every == "month":
        found["match"] = "containing"
    elif every != "day":
        found["match"] = {"within": "key"} | draw(st.sampled_from(({}, {}, {"pick": "last"})))
    else:
        matches: tuple[Any, ...] = (
            "same",
            "same",
            {"offset": -1},
            {"last": 2},
            {"last": 3},
            {"since": "previous"},
        )
        match = draw(st.sampled_from(matches))
        if match != "same":
            found["match"] = match
    match = found.get("match", {})
    is_plural = isinstance(match, dict) and ("last" in match or match == {"within": "key"})
    if is_plural and draw(st.booleans()):
        found |= {
            "require": draw(st.sampled_from((-1, 1, 2))),
            "settle": draw(st.sampled_from(("09:00+1d", "16:00"))),
        }
    status = draw(st.sampled_from(STATUSES))
    if status != "success":
        found["status"] = status
    if "runsOn" in node or "excludes" in node:
        found["ifNotScheduled"] = draw(st.sampled_from(("wait", "satisfy", "skip")))
    if draw(st.integers(0, 5)) == 0:
        found["lookback"] = draw(st.sampled_from(("6h", "1d", "sinceLastRun")))
    return found


# ---- parts ----


@st.composite
def windows(draw: st.DrawFn, every: str) -> dict[str, str]:
    """`to` may be before `from`: it is on the next day then."""
    opens, closes = draw(st.lists(st.sampled_from(TIMES), min_size=2, max_size=2, unique=True))
    if "+" in opens and "+" in closes:
        opens, closes = sorted((opens, closes))
    if every in ("week", "month") and draw(st.booleans()):
        closes = "18:00 end"
    return {"from": opens, "to": closes}


@st.composite
def clocks(draw: st.DrawFn, every: str) -> dict[str, Any]:
    """Some of the four times, in an order that makes sense."""
    found: dict[str, Any] = {}
    for name, times in CLOCKS.items():
        if draw(st.integers(0, 3)) == 0:
            found[name] = draw(st.sampled_from(times))
            if every != "day" and draw(st.booleans()) and name in ("deadline", "cutoff"):
                found[name] = (
                    found[name].replace("+1d", " end+1d") if "+" in found[name] else found[name] + " end"
                )
    if "cutoff" in found:
        found |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "onCutoff": st.sampled_from(("skip", "run", "fail")),
                    "onLate": st.sampled_from(("drop", "run")),
                },
            )
        )
    if "startBy" in found or "deadline" in found:
        about = {"from": "$trigger", "field": draw(st.sampled_from(("node", "phase"))), "default": "nothing"}
        found["onMiss"] = {"run": {"workflowTemplate": "page", "params": {"about": about}}}
    return found


@st.composite
def params(draw: st.DrawFn, upstreams: list[str]) -> dict[str, Any]:
    """One literal, and some that are computed."""
    of = st.sampled_from(upstreams)
    taken = {
        "day": st.sampled_from(("%Y-%m-%d", "%d/%m/%y", "%H:%M", "%G-W%V-%u", "%j")).map(
            lambda f: {"key": f}
        ),
        "since": st.just({"interval": "start"}),
        "until": st.just({"interval": "end"}),
        "rows": st.builds(lambda n: {"from": n, "output": "rows", "default": "none"}, of),
        "phase": st.builds(lambda n: {"from": n, "field": "phase", "default": "none"}, of),
        "at": st.just({"from": "$trigger", "field": "node", "default": "clock"}),
        "missing": st.builds(lambda n: {"from": n, "field": "missing"}, of),
        "from": st.builds(lambda n: {"from": n, "field": "workflow", "default": "none"}, of),
    }
    return {"mode": "full", **draw(st.fixed_dictionaries({}, optional=taken))}


# ---- what happens ----

CALENDARS = {
    "business": {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "holidays": ["2026-12-25", "2027-01-01", "2026-11-23"],
        "validThrough": "2030-12-31",
    },
    "weekend": {"days": ["sat", "sun"], "extra": ["2026-11-23"], "validThrough": "2030-12-31"},
}


@st.composite
def completions(
    draw: st.DrawFn, graph: Graph, noon: datetime, start: int, until: int, is_keyed: bool
) -> list[Completion]:
    """Ends of sources' Workflows, in no order; some are of the same second, some on a border of the graph."""
    sources = [id_ for id_, node in graph.nodes.items() if "source" in node]
    borders = [at for at in _borders(graph, noon) if start + 300 < at < until - 300]
    anywhere = st.integers(start // 60 + 5, until // 60 - 5).map(lambda minute: minute * 60)
    moments_ = (st.sampled_from(borders) if borders else anywhere) | anywhere
    found: list[Completion] = []
    for serial in range(draw(st.integers(1, 12))):
        at = draw(moments_) + draw(st.sampled_from((0, 0, -1, 1, 31)))
        if found and draw(st.integers(0, 9)) == 0:
            at = found[-1].finished
        id_ = draw(st.sampled_from(sources))
        phase = draw(st.sampled_from(("Succeeded",) * 5 + ("Failed", "Error")))
        common = Completion(id_, at, serial, phase=phase, outputs=draw(outputs()))
        if is_keyed or draw(st.integers(0, 2)):
            found.append(_with(common, key=draw(keys(graph, id_, noon, at))))
        else:
            found.append(_with(common, scheduled=at - draw(st.sampled_from((600, 4 * 3600, 86400)))))
    return sorted(found, key=lambda one: one.finished)


@st.composite
def keys(draw: st.DrawFn, graph: Graph, id_: str, noon: datetime, at: int) -> str:
    """Of the moment or the day before it; where a day has several keys, mostly one of a few, so that they meet."""
    every, zone = graph.every(id_), graph.zone_of(id_)
    if moments.is_slot(every) and draw(st.integers(0, 3)):
        middle = moments.key_at(moments.first_instant(noon - 10 * HOUR, zone), every, zone)
        return moments.neighbour(middle, every, zone, draw(st.sampled_from((0, 0, 0, 1, -1))))
    return moments.key_at(at - draw(st.sampled_from((0, 3600, 86400))), every, zone)


def _with(completion: Completion, **more: Any) -> Completion:
    return Completion(**{**vars(completion), **more})


def _borders(graph: Graph, noon: datetime) -> list[int]:
    """Instants at which something begins or ends: windows, clocks, days, changes of the clocks."""
    shown = [noon.replace(hour=hour, minute=30) for hour in (0, 1, 2, 3)] + [noon.replace(hour=0)]
    for id_, node in graph.nodes.items():
        every = graph.every(id_)
        for key in (
            moments.key_at(moments.first_instant(noon + step * HOUR, graph.zone), every, graph.zone)
            for step in (-24, 0)
        ):
            texts = [node[name] for name in CLOCKS if name in node]
            for each in edges(node["tree"]) if "run" in node else ():
                texts += list(each.get("window", {}).values())
            shown += [moments.clock(text, key, every) for text in texts]
    return sorted({at for each in shown for at in moments.instants(each, graph.zone)})
