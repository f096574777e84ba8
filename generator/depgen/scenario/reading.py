"""A scenario file to a Story: its form by the schema, its times in its zone, its graph beside it.

Every mistake is found in one run and told with its line, as for graphs. A graph that is written inside the file stays
where it is for its own findings: the lines around it are blanked out, not cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, cast

from depgen import pipeline
from depgen.cluster.orders import Verb
from depgen.diagnostics import Diagnostic, Finding, Place, Route, Severity
from depgen.document import Document
from depgen.errors import DepgenError
from depgen.filetext import FileText
from depgen.pipeline import InputFile
from depgen.play import Ending
from depgen.scenario import mentions, overlay, story
from depgen.scenario.moments import Clock, seconds
from depgen.scenario.story import Begin, Complete, Expectation, ExpectedRun, Step, Story
from depgen.structure import validate_as
from depgen.times import is_zone

SUFFIX = ".scenario.yaml"
SCHEMA = "scenario.schema.json"
Data = dict[str, Any]
Read = Callable[[str], Sequence[InputFile]]
_HOUR = 3600.0
_SHORT = ("begin", "complete", "hold", "release", "fire", "skip")


def read(file: InputFile, read_graph: Read) -> tuple[Story | None, tuple[Finding, ...]]:
    """The story of a file, None if there are findings. `read_graph` reads a graph file by its path; it may raise."""
    loaded = pipeline.load([file])
    document = loaded.documents.get(file.path)
    found = list(loaded.problems)
    made = None
    if document is not None:
        found += validate_as(document, SCHEMA)
        if not any(one.severity is Severity.ERROR for one in found):
            made = _Reader(document, loaded.texts[file.path], read_graph, found).story()
    findings = pipeline.located(found, loaded)
    return (None if findings else made), findings


@dataclass(frozen=True)
class _Reader:
    """Reads one file whose form is right; findings go to `found`."""

    document: Document
    text: FileText
    read_graph: Read
    found: list[Diagnostic]

    @property
    def data(self) -> Data:
        return cast(Data, self.document.data)

    def story(self) -> Story | None:
        files = self._files()
        if files is None:
            return None
        files = overlay.overlaid(files, self.data.get("overlay") or {})
        self.found.extend(mentions.unknown(self.document.path, self.data, files))
        zone = self._zone(files)
        if zone is None:
            return None
        clock = Clock(zone, date.fromisoformat(self.data["start"][:10]))
        start = clock.moment(self.data["start"])
        steps = tuple(_Steps(self, clock, start).all())
        last = steps[-1].at if steps else start
        stack = self.data.get("stack") or {}
        return Story(
            path=self.document.path,
            title=self.data["scenario"],
            files=files,
            clock=clock,
            start=start,
            end=self._end(clock, last),
            sweep_every=self._sweep(),
            seed=self.data.get("seed", 0),
            endings=_endings(self.data.get("runs") or {}),
            steps=steps,
            expect=self.expectation(clock, ("expect",), self.data["expect"], is_last=True),
            stack=story.OnStack(
                clock.moment(stack["near"]) if "near" in stack else None,
                stack.get("skip", ""),
                stack.get("sweep", False),
            ),
            environment=self.data.get("environment", ""),
        )

    def report(self, route: Route, rule: str, message: str, hint: str) -> None:
        self.found.append(Diagnostic(Place(self.document.path, route), rule, message, hint))

    def line(self, route: Route) -> int:
        return self.document.position(route).line

    # ---- the graph ----

    def _files(self) -> tuple[InputFile, ...] | None:
        given = self.data.get("graph", "graph.yaml")
        if isinstance(given, dict):
            return (InputFile(self.document.path, self._inline()),)
        folder = PurePath(self.document.path).parent
        files: list[InputFile] = []
        for number, name in enumerate([given] if isinstance(given, str) else given):
            route: Route = ("graph",) if isinstance(given, str) else ("graph", number)
            try:
                files += self.read_graph(str(folder / name))
            except DepgenError as error:
                self.report(route, "no-graph", str(error), "name the graph file, relative to this one")
        return tuple(files) if len(files) else None

    def _inline(self) -> bytes:
        """The lines of the graph, at their lines."""
        first = self.document.position(("graph",)).line
        key = self.document.position(("graph",), at_key=True).line
        lines = self.text.characters.splitlines(keepends=True)
        if first == key:  # in flow style: its lines do not stand for themselves
            return json.dumps(self.data["graph"]).encode()
        last = next((n for n, text in enumerate(lines[key:], key) if text[:1].strip(" \n\r#")), len(lines))
        return ("\n" * key + "".join(lines[key:last])).encode()

    def _zone(self, files: Iterable[InputFile]) -> str | None:
        """The scenario's zone, else that of its graph, which is told of elsewhere if it has none."""
        zone = self.data.get("timezone")
        if zone is None:
            loaded = pipeline.load(files)
            named = (d.data.get("timezone") for d in loaded.documents.values() if isinstance(d.data, dict))
            return next((text for text in named if isinstance(text, str) and is_zone(text)), "UTC")
        if not is_zone(zone):
            message = f'timezone "{zone}" is not an IANA zone of the form region/city'
            self.report(("timezone",), "unknown-timezone", message, 'write it as in "Europe/Paris"')
            return None
        return str(zone)

    def _sweep(self) -> float | None:
        given = self.data.get("sweep", "5m")
        return None if given == "never" else seconds(given)

    def _end(self, clock: Clock, last: float) -> float:
        if "end" not in self.data:
            return last + _HOUR
        end = clock.moment(self.data["end"])
        if end < last:
            message = f'"end" is {clock.shown(end)}, before the last step at {clock.shown(last)}'
            self.report(("end",), "step-order", message, "let it end later")
        return end

    # ---- what must come of it ----

    def expectation(self, clock: Clock, route: Route, data: Data, is_last: bool = False) -> Expectation:
        nothing: list[Any] | None = [] if is_last and "findings" not in data else None

        def all_of(name: str) -> list[tuple[Route, Any]] | None:
            given = data.get(name, nothing)
            return None if given is None else [((*route, name, n), item) for n, item in enumerate(given)]

        runs, alerts = all_of("runs"), all_of("alerts")
        only = frozenset(data.get("only") or ())
        return Expectation(
            line=self.line(route),
            runs=None if runs is None else tuple(self._run(clock, *one) for one in runs),
            alerts=None if alerts is None else tuple(self._run(clock, *one) for one in alerts),
            only=only,
            states=tuple(
                story.ExpectedState(
                    one["node"],
                    one.get("key", ""),
                    one.get("state", ""),
                    tuple(sorted(one["reasons"])) if "reasons" in one else None,
                    self.line(place),
                )
                for place, one in all_of("states") or ()
            ),
            ledgers=tuple(
                story.ExpectedLedger(
                    one.get("graph", ""), one.get("key", ""), tuple(sorted(one["facts"])), self.line(place)
                )
                for place, one in all_of("ledgers") or ()
            ),
            invalid=None if (lost := data.get("invalid", nothing)) is None else tuple(sorted(lost)),
            refused=data.get("refused", 0 if is_last else None),
            findings=tuple(sorted(data.get("findings") or ())),
        )

    def _run(self, clock: Clock, route: Route, item: Any) -> ExpectedRun:
        line = self.line(route)
        if isinstance(item, str):
            return ExpectedRun(item, line)
        earliest, latest, shown = _between(clock, item)
        if earliest is not None and latest is not None and latest < earliest:
            self.report((*route, "between"), "step-order", "it ends before it begins", "exchange the two")
        return ExpectedRun(
            node=item["node"],
            line=line,
            key=item.get("key", ""),
            earliest=earliest,
            latest=latest,
            shown_time=shown,
            params=item.get("params") or {},
            count=item.get("count"),
            name=item.get("name", ""),
            kind=item.get("kind", ""),
        )


@dataclass(frozen=True)
class _Steps:
    """Reads the steps of one file."""

    reader: _Reader
    clock: Clock
    start: float

    def all(self) -> Iterable[Step]:
        before = self.start
        for number, data in enumerate(self.reader.data.get("steps") or ()):
            route: Route = ("steps", number)
            at = self.clock.moment(data["at"]) if "at" in data else before
            if at < before:
                shown = self.clock.shown
                message = f"{shown(at)} is before {shown(before)}, where the story is"
                hint = 'steps stand in the order of time; write the next day as in "02:00+1d"'
                self.reader.report((*route, "at"), "step-order", message, hint)
            before = max(before, at)
            kind = next(name for name in data if name != "at")
            spot = self.reader.document.position((*route, kind))
            yield Step(at, self._action(kind, data[kind], (*route, kind)), spot.line, spot.column)

    def _action(self, kind: str, data: Any, route: Route) -> story.Action:
        given: Data = {"node": data} if kind in _SHORT and isinstance(data, str) else data
        match kind:
            case "begin":
                return self._begin(given)
            case "complete":
                return Complete(
                    self._begin(given),
                    given.get("phase", "Succeeded"),
                    given.get("outputs") or {},
                    self.clock.moment(given["started"]) if "started" in given else None,
                    given.get("again", ""),
                    seconds(given.get("every", "0s")),
                )
            case "edit":
                return story.Edit(given)
            case "sweep":
                return story.Sweep(seconds(given["since"]) if "since" in given else None)
            case "backfill":
                return self._fill(given, route)
            case "fault":
                return _fault(given)
            case "event":
                return story.Publish(given["eventSource"], given["event"], given["payload"])
            case "expect":
                return self.reader.expectation(self.clock, route, given)
        why = given.get("why", "told by the scenario")
        return story.Handle(Verb(kind), given["node"], given.get("key", ""), why, given.get("upstream", ""))

    def _begin(self, given: Data) -> Begin:
        return Begin(
            node=given["node"],
            key=given.get("key", ""),
            scheduled=self.clock.moment(given["scheduled"]) if "scheduled" in given else None,
            is_manual=given.get("manual", False),
            labels=given.get("labels") or {},
            annotations=given.get("annotations") or {},
            parameters=given.get("parameters") or {},
        )

    def _fill(self, given: Data, route: Route) -> story.Fill:
        days = []
        for name in ("from", "to"):
            try:
                days.append(date.fromisoformat(given[name]))
            except ValueError:
                message = f'"{name}" is "{given[name]}", a date that does not exist'
                self.reader.report((*route, name), "bad-date", message, "correct it")
                days.append(self.clock.day)
        return story.Fill(
            given.get("graph", ""),
            days[0],
            days[1],
            tuple(given.get("nodes") or ()),
            tuple(given.get("assume") or ()),
            given.get("atOnce", 8),
            given.get("rerun", ""),
        )


def _fault(given: Data) -> story.Break:
    what = next(name for name in ("stop", "start", "restart", "drop", "duplicate", "delay") if name in given)
    down, by, lasts = (
        seconds(given.get(name, default)) for name, default in (("down", "30s"), ("by", "0s"), ("for", "1h"))
    )
    return story.Break(what, given[what], down, by, lasts)


def _endings(given: Data) -> dict[str, Ending | None]:
    found: dict[str, Ending | None] = {"default": Ending(300)}
    for node, how in given.items():
        takes = how.get("takes", "5m")
        if takes == story.FOREVER:
            found[node] = None
        else:
            found[node] = Ending(seconds(takes), how.get("phase", "Succeeded"), how.get("outputs") or {})
    return found


def _between(clock: Clock, item: Data) -> tuple[float | None, float | None, str]:
    """From when to when, and how that is told: to the minute, or with seconds to five of them."""
    if "between" in item:
        first, last = (clock.moment(text) for text in item["between"])
        return first, last + 0.999, f"between {clock.shown(first)} and {clock.shown(last)}"
    if "at" not in item:
        return None, None, ""
    moment, has_seconds = clock.moment(item["at"]), item["at"].partition("+")[0].count(":") >= 2
    return moment, moment + (5.999 if has_seconds else 59.999), f"at {clock.shown(moment, has_seconds)}"
