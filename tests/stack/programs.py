"""All jq programs of the committed examples, and of a graph that uses every kind of key, edge and parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from tests.compiled import compile_texts
from tests.golden.examples import EXAMPLES

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
"""
EVERY_EDGE = """
  after-hour: {run: {workflowTemplate: t, params: {from: {interval: start}, to: {interval: end}, h: {key: "%H:%M"}}}, dependsOn: [hour, {node: hour, match: {offset: -1}}]}
  after-quarter: {run: {workflowTemplate: t, params: {from: {interval: start}}}, dependsOn: [{node: quarter, match: {offset: -1}}]}
  after-sixth: {run: {workflowTemplate: t, params: {to: {interval: end}}}, dependsOn: [{node: sixth, match: {offset: 1}}]}
  after-week: {run: {workflowTemplate: t, params: {to: {interval: end}, k: {key: "%G-W%V from %d %b"}}}, dependsOn: [{node: week, window: {from: "18:00 end", to: "20:00 end"}}, {node: week, match: {offset: -1}}]}
  after-month: {run: {workflowTemplate: t, params: {to: {interval: end}, k: {key: "%B"}}}, dependsOn: [{node: month, window: {from: "00:00", to: "20:00 end"}}, {node: month, match: {offset: -2}}]}
  after-day:
    run: {workflowTemplate: t, params: {day: {key: "%j"}, rows: {from: day, output: rows}, area: {from: day, output: area}, log: {from: day, output: log, default: "-"}, uid: {from: day, field: uid}, gone: {from: theirs, field: missing}, last: {from: $trigger, field: node}}}
    dependsOn:
      - {node: day, lookback: 1d, when: "(.outputs.rows | tonumber) > 1"}
      - {node: started, lookback: 1mo}
      - anyOf: [{node: labelled, status: done}, {node: told, status: [Failed, Error]}, {node: derived, lookback: 90m}]
      - {node: theirs, match: {offset: -1}}
    activeFrom: "2026-01-01"
    activeUntil: "2030-01-01"
  after-all: {run: {workflowTemplate: t}, dependsOn: [after-day, {node: after-day, match: {offset: -1}}, {node: day, window: {from: "22:00", to: "04:00+1d"}}], mode: atLeast, minSatisfied: 2}
"""
FRAME = "apiVersion: depgen.io/v1\ngraph: all\nnamespace: data\ntimezone: Europe/Paris\n"


@dataclass(frozen=True)
class Program:
    """The jq text of one dependency, and what its event selects: a resource, and values of labels.

    `name` is graph/Sensor/dependency; a dependency of a submit Sensor is named like its node. `upstreams` are the
    nodes whose facts the program looks for, without its own.
    """

    name: str
    text: str
    resource: str
    selectors: tuple[tuple[str, str], ...]
    upstreams: tuple[str, ...]

    @property
    def dependency(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


def _programs(name: str, objects: list[dict[str, Any]]) -> Iterator[Program]:
    events = {
        (o["metadata"]["name"], event): spec
        for o in objects
        if o["kind"] == "EventSource"
        for event, spec in o["spec"]["resource"].items()
    }
    for sensor in (o for o in objects if o["kind"] == "Sensor"):
        for d in sensor["spec"]["dependencies"]:
            event, text = events[d["eventSourceName"], d["eventName"]], d["transform"]["jq"]
            labels = event["filter"]["labels"]
            yield Program(
                name=f"{name}/{sensor['metadata']['name']}/{d['name']}",
                text=text,
                resource=event["resource"],
                selectors=tuple((s["key"], s["value"]) for s in labels if s["operation"] in ("==", "in")),
                upstreams=tuple(sorted(set(re.findall(r'latest\("([a-z0-9-]+)', text)) - {d["name"]})),
            )


@cache
def programs() -> tuple[Program, ...]:
    """Each text once."""
    found: list[Program] = []
    for example in EXAMPLES:
        texts = [path.read_text() for path in sorted((example / "out").glob("*.yaml"))]
        found += _programs(example.name, [o for text in texts for o in yaml.safe_load_all(text)])
    for head in ("", "partitions: 2\n"):
        compiled = compile_texts(f"{FRAME}{head}nodes:{EVERY_KEY}{EVERY_EDGE}")
        found += _programs(f"all {head.strip()}", list(compiled.objects.values()))
    return tuple({program.text: program for program in found}.values())
