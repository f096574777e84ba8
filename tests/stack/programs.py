"""All jq programs of the committed examples, and of graphs that use every kind of key, edge, parameter and clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.compiled import compile_texts
from tests.golden.examples import EXAMPLES, compiled

EVERY_KEY = """
  day: {source: {cronWorkflow: day}, key: {dayStart: "06:00", offset: -1d}}
  hour: {source: {cronWorkflow: hour}, key: {every: hour, offset: -1h}}
  quarter: {source: {cronWorkflow: quarter}, key: {every: 15m}}
  sixth: {source: {cronWorkflow: sixth}, key: {every: 6h}}
  week: {source: {cronWorkflow: week}, key: {every: week, offset: -1w}}
  month: {source: {cronWorkflow: month}, key: {every: month, offset: -1mo}}
  started: {source: {cronWorkflow: started}, key: {from: startedAt}}
  labelled: {source: {cronWorkflow: labelled}, key: {from: label, label: date}}
  told: {source: {workflowTemplate: told}, key: {from: parameter, parameter: day}}
  derived: {source: {workflows: {matchLabels: {app: x}}}, key: {from: jq, jq: '.metadata.labels.date | gsub("-"; "")'}}
  theirs: {source: {graph: other/core, node: load}}
  landed: {source: {event: {eventSource: files, event: landed, id: .body.id, finishedAt: .body.at, outputs: {file: .body.file}}}, key: {from: jq, jq: .body.day}}
  dropped: {source: {event: {eventSource: files, event: landed, id: '.body.id, 1', finishedAt: '.body.at | error'}}, key: {from: finishedAt, every: hour, offset: -1h}}
"""
EVERY_EDGE = """
  after-hour: {run: {workflowTemplate: t, params: {from: {interval: start}, to: {interval: end}, h: {key: "%H:%M"}}}, dependsOn: [hour, {node: hour, match: {offset: -1}}]}
  after-quarter: {run: {workflowTemplate: t, params: {from: {interval: start}}}, dependsOn: [{node: quarter, match: {offset: -1}}]}
  after-sixth: {run: {workflowTemplate: t, params: {to: {interval: end}}}, dependsOn: [{node: sixth, match: {offset: 1}}]}
  after-week: {run: {workflowTemplate: t, params: {to: {interval: end}, k: {key: "%G-W%V from %d %b"}}}, dependsOn: [{node: week, window: {from: "18:00 end", to: "20:00 end"}}, {node: week, match: {offset: -1}}]}
  after-month: {run: {workflowTemplate: t, params: {to: {interval: end}, k: {key: "%B"}}}, dependsOn: [{node: month, window: {from: "00:00", to: "20:00 end"}}, {node: month, match: {offset: -2}}]}
  after-day:
    run: {workflowTemplate: t, params: {day: {key: "%j"}, rows: {from: day, output: rows}, area: {from: day, output: area}, log: {from: started, output: log, default: "-"}, uid: {from: day, field: uid}, gone: {from: theirs, field: missing}, last: {from: $trigger, field: node}}}
    dependsOn:
      - {node: day, lookback: 1d, when: "(.outputs.rows | tonumber) > 1"}
      - {node: started, lookback: 1mo}
      - anyOf: [{node: labelled, status: done}, {node: told, status: [Failed, Error]}, {node: derived, lookback: 90m}]
      - {node: theirs, match: {offset: -1}}
    activeFrom: "2026-01-01"
    activeUntil: "2030-01-01"
  after-landed: {run: {workflowTemplate: t, params: {file: {from: landed, output: file}}}, dependsOn: [landed, {node: landed, match: {offset: -1}}]}
  after-dropped: {run: {workflowTemplate: t}, dependsOn: [dropped]}
  after-all: {run: {workflowTemplate: t}, dependsOn: [after-day, {node: after-day, match: {offset: -1}}, {node: day, window: {from: "22:00", to: "04:00+1d"}}], mode: atLeast, minSatisfied: 2}
"""
CALENDARS = """
calendars:
  week: {days: [mon, tue, wed, thu, fri], holidays: ["2026-10-26", "2026-11-23"], extra: ["2026-11-21"], validThrough: "2035-01-01"}
  early: {days: [mon, tue, wed]}
"""
EVERY_MATCH = """
  shut: {source: {cronWorkflow: shut}, runsOn: week}
  rolled: {run: {workflowTemplate: t, params: {rows: {from: hour, output: rows}, gone: {from: hour, field: missing}}}, every: day, dependsOn: [{node: hour, match: {within: key}, require: -1, settle: "01:00+1d"}]}
  weeks: {run: {workflowTemplate: t}, every: week, dependsOn: [{node: sixth, match: {within: key, pick: last}}, {node: day, match: {within: key}, require: 3, settle: "20:00 end"}]}
  months: {run: {workflowTemplate: t}, every: month, dependsOn: [{node: week, match: {within: key}}, {node: month, match: {last: 3}, when: '.phase == "Succeeded"'}]}
  fine: {run: {workflowTemplate: t}, dependsOn: [hour, {node: day, match: containing}]}
  before: {run: {workflowTemplate: t, params: {gone: {from: shut, field: missing}}}, dependsOn: [day, {node: shut, match: {offset: -1}}]}
  newest: {run: {workflowTemplate: t}, runsOn: week, dependsOn: [{node: shut, match: {last: 4}, lookback: 2d}, {node: day, lookback: sinceLastRun}], onRerun: refresh}
  since: {run: {workflowTemplate: t}, every: day, runsOn: week, excludes: early, dependsOn: [{node: day, match: {since: previous}}, {node: sixth, match: {since: previous}}]}
  closed: {run: {workflowTemplate: t}, dependsOn: [day, {node: shut, ifNotScheduled: satisfy}], onRerun: hold, notBefore: "06:00+1bd", runsOn: week}
  skipped: {run: {workflowTemplate: t}, dependsOn: [{node: shut, ifNotScheduled: skip}, {node: started, match: {since: previous}}], renamedFrom: older}
  chained: {run: {workflowTemplate: t}, dependsOn: [day], dependsOnPast: true, activeFrom: "2026-01-02", runsOn: week, renamedFrom: unchained}
  month-end: {run: {workflowTemplate: t}, runsOn: week, dependsOn: [month], notBefore: "18:00 end+2bd", cutoff: "06:00 end+4bd"}
  each: {run: {workflowTemplate: t, params: {who: {from: $trigger, field: node}}}, per: upstream, dependsOn: [{node: day, status: failure}, {node: started, status: done}]}
"""
ON_MISS = """
    onMiss: {run: {workflowTemplate: t, params: {who: {from: $trigger, field: node}, how: {from: $trigger, field: phase}, run: {from: $trigger, field: workflow, default: "-"}}}}
"""
ON_WEBHOOK = """
    onMiss: {webhook: {url: "https://example.com/alerts", body: {deep: [{a: {from: $trigger, field: phase}}, "{{x}}<&>", 1.5, null], text: {from: $trigger, field: text}}}}
"""
EVERY_CLOCK = f"""
  gated: {{run: {{workflowTemplate: t}}, dependsOn: [day, {{node: derived, lookback: 2h}}], notBefore: "01:30", startBy: "02:00", deadline: "02:30", {ON_MISS.strip()}}}
  strict:
    run: {{workflowTemplate: t, params: {{gone: {{from: started, field: missing}}}}}}
    dependsOn: [{{node: day, window: {{from: "22:00", to: "04:00+1d"}}}}, {{node: started, when: ".workflow == \\"x\\""}}]
    cutoff: "02:30+1d"
    onLate: run
  partial: {{run: {{workflowTemplate: t, params: {{from: {{interval: start}}}}}}, dependsOn: [day, labelled], notBefore: "01:30", cutoff: "02:00", onCutoff: run}}
  failing: {{run: {{workflowTemplate: t}}, dependsOn: [day, {{node: after-day, status: failure}}], cutoff: "23:30+2d", onCutoff: fail}}
  weekly: {{run: {{workflowTemplate: t}}, dependsOn: [week], notBefore: "02:15", deadline: "06:00 end", cutoff: "02:30 end+1d", onCutoff: run, {ON_MISS.strip()}}}
  monthly: {{run: {{workflowTemplate: t}}, dependsOn: [month], notBefore: "02:00 end", startBy: "03:00 end+1d", cutoff: "02:30 end+3d", {ON_WEBHOOK.strip()}}}
  queued: {{run: {{workflowTemplate: t}}, dependsOn: [day], concurrencyPolicy: Queue, deadline: "02:30", {ON_WEBHOOK.strip()}}}
"""
ON_FAILURE = "onFailure: {run: {workflowTemplate: t, params: {who: {from: $trigger, field: workflow}, how: {from: $trigger, field: phase}, where: {from: $trigger, field: node}}}}\n"
WEBHOOK = 'onFailure: {webhook: "https://example.com/alerts"}\n'
FRAME = "apiVersion: depgen.io/v1\ngraph: all\nnamespace: data\ntimezone: %s\n"
# An event of an EventSource that is not in the build.
FOREIGN = {"resource": "foreign"}
HEADS = (
    ("Europe/Paris", ON_FAILURE),
    ("Australia/Lord_Howe", "partitions: 2\n" + WEBHOOK),
    ("America/New_York", "mode: shadow\n"),
)


@dataclass(frozen=True)
class Program:
    """The jq text of one dependency, and what its event selects: a resource, and values of labels; or its schedule.

    `zone` is that of its Sensor. `name` is graph/Sensor/dependency; a dependency of a submit Sensor is named like its node. `upstreams` are the
    nodes whose facts the program looks for, without its own.
    """

    name: str
    text: str
    resource: str
    selectors: tuple[tuple[str, str], ...]
    upstreams: tuple[str, ...]
    schedule: str = ""
    zone: str = "Europe/Paris"

    @property
    def graph(self) -> str:
        """Whose run a submit Sensor starts."""
        return self.name.split("/")[1].partition("-submit")[0]

    @property
    def dependency(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


def _programs(name: str, objects: list[dict[str, Any]]) -> Iterator[Program]:
    events = {
        (o["metadata"]["name"], event): spec
        for o in objects
        if o["kind"] == "EventSource"
        for kind in ("resource", "calendar")
        for event, spec in o["spec"].get(kind, {}).items()
    }
    for sensor in (o for o in objects if o["kind"] == "Sensor"):
        for d in sensor["spec"]["dependencies"]:
            event, text = events.get((d["eventSourceName"], d["eventName"]), FOREIGN), d["transform"]["jq"]
            labels = event["filter"]["labels"] if "filter" in event else []
            yield Program(
                name=f"{name}/{sensor['metadata']['name']}/{d['name']}",
                text=text,
                resource=event.get("resource", "calendar"),
                selectors=tuple((s["key"], s["value"]) for s in labels if s["operation"] in ("==", "in")),
                upstreams=tuple(sorted(set(re.findall(r'latest\("([a-z0-9-]+)', text)) - {d["name"]})),
                schedule=event.get("schedule", ""),
                zone=next(
                    v["value"] for v in sensor["spec"]["template"]["container"]["env"] if v["name"] == "TZ"
                ),
            )


@cache
def programs() -> tuple[Program, ...]:
    """Each text once."""
    return tuple({program.text: program for program in every_program()}.values())


def every_program() -> list[Program]:
    """Of every dependency of every Sensor, whoever else has the same text."""
    found: list[Program] = []
    for example in EXAMPLES:
        found += _programs(example.name, compiled(example).objects())
    for number, (zone, head) in enumerate(HEADS):
        all_of_it = compile_texts(
            f"{FRAME % zone}{head}{CALENDARS}nodes:{EVERY_KEY}{EVERY_EDGE}{EVERY_CLOCK}{EVERY_MATCH}"
        )
        found += _programs(f"all {number}", list(all_of_it.objects.values()))
    return found
