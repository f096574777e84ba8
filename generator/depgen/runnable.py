"""The programs of rendered EventSources and Sensors, ready to be run outside of Argo Events.

Read from the manifests, never from the graph: what `reconcile`, `status` and `why` run is what the Sensors run. What is
recorded from foreign EventSources is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from depgen import engine

Manifest = Mapping[str, Any]
# Where the defs of a decide program end (sensors/decide.jq.j2).
_LAST_LINE = "(.body.data // {}) as $new"
_COMPARISONS = {"==": "=", "!=": "!="}


class Watched(NamedTuple):
    """A resource event. `selector` is its label selector, as a list call takes it."""

    name: str
    resource: str
    namespace: str
    selector: str


class Calendar(NamedTuple):
    """A calendar event: five cron fields, and the zone they are read in."""

    name: str
    schedule: str
    zone: str


class Recorder(NamedTuple):
    """A dependency that turns an object into facts: `{fresh, name, labels, data}`, merged into a ledger."""

    sensor: str
    name: str
    event: Watched
    program: engine.Program
    zone: str


class Clock(NamedTuple):
    """A dependency that turns a tick of a calendar event into clock facts, of the same shape as a Recorder's."""

    sensor: str
    name: str
    event: Calendar
    program: engine.Program
    zone: str


class Decider(NamedTuple):
    """A node's dependency on its ledgers: `{key, name, params, fire}`. `event` selects the ledgers it decides on."""

    sensor: str
    node: str
    event: Watched
    program: engine.Program
    zone: str

    def ask(self, question: str) -> engine.Program:
        """The same program with another last line, to be run on `{"body": ledger}`.

        In `question`, `.` is the ledger's data and `$key` its key; `edges` gives an object for each edge, with `ok` and
        the fact it rests on, `edge0` that of the first; `ready` and `due` are as in the Sensor, and where the
        node has `notBefore`, `gate` is what opened it, or {}.
        """
        defs, line, _ = self.program.text.rpartition(_LAST_LINE)
        assert line, "a decide program without its last line"
        return engine.compiled(f"{defs}(.body.data // {{}}) | {question}")


@dataclass(frozen=True)
class Runnable:
    """All programs of one graph."""

    graph: str
    namespace: str
    recorders: tuple[Recorder, ...]
    claimers: tuple[Recorder, ...]
    clocks: tuple[Clock, ...]
    deciders: dict[str, Decider]


def runnable(manifests: Iterable[Manifest]) -> dict[str, Runnable]:
    """Graph name -> its programs, from the objects of a build."""
    objects = [m for m in manifests if m.get("kind") in ("EventSource", "Sensor")]
    names = sorted({m["metadata"]["labels"]["depgen.io/graph"] for m in objects})
    return {
        name: _runnable(name, [m for m in objects if m["metadata"]["labels"]["depgen.io/graph"] == name])
        for name in names
    }


def _runnable(graph: str, objects: list[Manifest]) -> Runnable:
    events: dict[tuple[str, str], Watched | Calendar] = {}
    for source in objects:
        if source["kind"] == "EventSource":
            events |= {(source["metadata"]["name"], e.name): e for e in _events(source["spec"])}
    recorders: list[Recorder] = []
    claimers: list[Recorder] = []
    clocks: list[Clock] = []
    deciders: dict[str, Decider] = {}
    for sensor in objects:
        if sensor["kind"] != "Sensor":
            continue
        name, zone = sensor["metadata"]["name"], _zone(sensor["spec"])
        for dependency in sensor["spec"]["dependencies"]:
            event = events.get((dependency["eventSourceName"], dependency["eventName"]))
            if event is None:
                continue  # of a foreign EventSource: what it said nobody can list
            program = engine.compiled(dependency["transform"]["jq"])
            if isinstance(event, Calendar):
                clocks.append(Clock(name, dependency["name"], event, program, zone))
            elif f"{graph}-submit" in name:  # in the cluster an overlay may have put something before it
                deciders[dependency["name"]] = Decider(name, dependency["name"], event, program, zone)
            else:
                chosen = claimers if f"{graph}-claim" in name else recorders
                chosen.append(Recorder(name, dependency["name"], event, program, zone))
    namespace = objects[0]["metadata"]["namespace"]
    return Runnable(graph, namespace, tuple(recorders), tuple(claimers), tuple(clocks), deciders)


def _events(spec: Manifest) -> Iterable[Watched | Calendar]:
    for name, event in spec.get("resource", {}).items():
        labels = event["filter"]["labels"]
        yield Watched(name, event["resource"], event["namespace"], ",".join(map(_requirement, labels)))
    for name, event in spec.get("calendar", {}).items():
        yield Calendar(name, event["schedule"], event["timezone"])


def _requirement(label: Manifest) -> str:
    key, operation = label["key"], label["operation"]
    if operation in _COMPARISONS:
        return f"{key}{_COMPARISONS[operation]}{label['value']}"
    return f"{key} {operation} ({label['value']})"


def _zone(spec: Manifest) -> str:
    variables = spec["template"]["container"]["env"]
    return next(str(v["value"]) for v in variables if v["name"] == "TZ")
