"""Two engines run the jq programs: gojq in a Sensor, libjq on a laptop. Their answers must be the same bytes.

The programs are those of the committed examples and of a graph that uses every kind of key, edge and parameter;
the payloads are what an EventSource sends, ordinary and odd.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.compiled import compile_texts, zone_of_process
from tests.golden.examples import EXAMPLES
from tests.stack.build import Binaries
from tests.stack.gojq import Gojq
from tests.stack.workflows import LABEL

# Clocks go back an hour, an hour on another date, and half an hour.
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")
MOMENTS = [
    datetime.fromisoformat(text)
    for text in (
        "2026-03-08T06:59:59Z",
        "2026-03-29T00:30:00Z",
        "2026-03-29T01:30:00Z",
        "2026-04-04T15:20:00Z",
        "2026-10-03T15:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-11-01T06:30:00Z",
        "2026-12-31T23:30:00Z",
        "2028-02-29T12:00:00Z",
    )
]
# Ledgers, and when their first fact finished; None: a moment ago.
KEYS = {
    "20261025": "2026-10-26T00:30:00Z",
    "20261121": "2026-11-21T17:30:00Z",
    "20261123": None,
    "20261025t02": "2026-10-25T00:40:00Z",
    "20261025t02b": "2026-10-25T01:40:00Z",
    "20260329t0215": None,
    "2026w53": "2027-01-03T17:30:00Z",
    "202602": "2026-02-28T18:30:00Z",
    "": None,
    "nonsense": "2026-10-25T00:40:00Z",
}

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
SUSPENDED = "06-anything-argo-can-run/lab-submit/report"
FRAME = "apiVersion: depgen.io/v1\ngraph: all\nnamespace: data\ntimezone: Europe/Paris\n"


@dataclass(frozen=True)
class Program:
    """The jq text of one dependency, and the resource and selectors of its event."""

    name: str
    text: str
    resource: str
    selectors: tuple[tuple[str, str], ...]
    upstreams: tuple[str, ...]


def programs_of(name: str, objects: list[dict[str, Any]]) -> Iterator[Program]:
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


@lru_cache
def programs() -> tuple[Program, ...]:
    found: list[Program] = []
    for example in EXAMPLES:
        texts = [path.read_text() for path in sorted((example / "out").glob("*.yaml"))]
        found += programs_of(example.name, [o for text in texts for o in yaml.safe_load_all(text)])
    for head in ("", "partitions: 2\n"):
        compiled = compile_texts(f"{FRAME}{head}nodes:{EVERY_KEY}{EVERY_EDGE}")
        found += programs_of(f"all {head.strip()}", list(compiled.objects.values()))
    return tuple({program.text: program for program in found}.values())


@lru_cache(maxsize=None)
def libjq(text: str) -> Any:
    return jq.compile(text)


def assert_same(program: Program, payload: Any, gojq: Gojq, zone: str) -> dict[str, Any]:
    """Both engines' one answer, which says whether to go on."""
    with zone_of_process(zone):
        answers = libjq(program.text).input_value(payload).all()
    assert len(answers) == 1, program.name
    assert gojq.run(program.text, payload) == answers[0], (program.name, zone, payload)
    answer: dict[str, Any] = answers[0]
    go_on = answer.get("fire", answer.get("fresh"))
    assert isinstance(go_on, bool), program.name
    return answer


@pytest.fixture(scope="module")
def engines(binaries: Binaries) -> Iterator[dict[str, Gojq]]:
    """gojq in each zone."""
    with Gojq(binaries.events, ZONES[0]) as a, Gojq(binaries.events, ZONES[1]) as b, Gojq(binaries.events, ZONES[2]) as c:
        yield dict(zip(ZONES, (a, b, c), strict=True))


def text_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def event(body: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an EventSource of type resource sends."""
    kind = "ADD" if old is None else "UPDATE"
    return {"type": kind, "body": body, "oldBody": old, "group": "", "version": "v1", "resource": "x", "namespace": "data"}


def workflow_events(program: Program) -> Iterator[dict[str, Any]]:
    """A completed Workflow for each moment and each value of the selectors, with its oddities in turn."""
    for number, moment in enumerate(MOMENTS):
        labels = {key: value.split(",")[number % len(value.split(","))] for key, value in program.selectors}
        parent = labels.get(f"{LABEL}cron-workflow", "load")
        labels |= {f"{LABEL}phase": "Succeeded", "depgen.io/node": f"after-{('day', 'all', 'hour')[number % 3]}", "date": "2026-10-25"}
        key = (None, None, "20261025", "20261025t02b", "2026w53", "odd")[number % 6]
        if key:
            labels["depgen.io/key"] = key
        finished = text_of(moment + timedelta(minutes=31))
        if number % 4 == 3:
            finished = (moment + timedelta(minutes=31, hours=-5)).strftime("%Y-%m-%dT%H:%M:%S.25-05:00")
        outputs = [{"name": "rows", "value": "12"}, {"name": "area", "value": 7}, {"name": "log", "value": "é" * 2100}, {"name": "none"}]
        metadata = {
            "name": f"{parent}-{int(moment.timestamp())}" + ("", "-x7k2p", "-abcde")[number % 3],
            "namespace": "data",
            "uid": f"5d1c8a70-0000-4000-8000-00000000000{number}",
            "resourceVersion": "4711",
            "generation": 3,
            "creationTimestamp": text_of(moment),
            "labels": labels,
            "annotations": {f"{LABEL}scheduled-time": text_of(moment), "note": "<&> ' \u2028 \U0001f600"},
            "managedFields": [{"manager": "argo", "operation": "Update", "fieldsV1": {"f:status": {".": {}, "f:phase": {}}}}],
        }
        spec = {"arguments": {"parameters": [{"name": "day", "value": "20261025"}]}, "workflowTemplateRef": {"name": "t"}}
        status = {"phase": ("Succeeded", "Failed", "Error")[number % 3], "startedAt": text_of(moment), "finishedAt": finished, "outputs": {"parameters": outputs}}
        yield event({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata, "spec": spec, "status": status})


def facts(upstreams: tuple[str, ...], key: str, finished: datetime, phase: str = "Succeeded", **more: Any) -> dict[str, str]:
    """An entry for each upstream, a minute apart."""
    found = {}
    for number, node in enumerate(upstreams):
        at = finished + timedelta(minutes=number)
        value = {"finishedAt": text_of(at), "phase": phase, "wall": text_of(at + timedelta(hours=1))[:-1], "workflow": f"{node}-1", **more}
        found[f"run.{node}.{key}.u-{node}.{int(at.timestamp())}"] = json.dumps(value, sort_keys=True)
    return found


def ledger_events(program: Program) -> Iterator[dict[str, Any]]:
    """A ledger of each key as it grows: facts, failures, reruns, facts of other keys, a claim, nonsense."""
    upstreams = program.upstreams or ("load",)
    own = program.name.rpartition("/")[2]
    for key, finished in KEYS.items():
        moment = datetime.fromisoformat(finished) if finished else datetime.now(UTC)
        complete = facts(upstreams, key, moment, outputs={"rows": "3"})
        first = dict([*complete.items()][:1])
        pushed = {
            name: value
            for offset in (-2, -1, 1)
            for name, value in facts(upstreams, f"2026102{5 + offset}", moment, offset=offset).items()
        }
        failed = facts(upstreams, key, moment + timedelta(hours=1), "Failed")
        claim = {f"run.{own}.{key}.u9.0": json.dumps({"finishedAt": "", "phase": "Submitted", "workflow": "w"})}
        nonsense = dict(zip((f"run.{u}.{key}.u.1" for u in upstreams), ("not json", "[]", '{"finishedAt": 5, "outputs": 1}', "null"), strict=False))
        steps = [None, {}, first, complete, complete | pushed, complete | pushed | failed, complete | pushed | {f"sweep.{own}": "1"}, complete | pushed | claim, nonsense]
        metadata = {"name": f"all-{key}", "labels": {"depgen.io/graph": "all", "depgen.io/key": key}, "uid": "u", "managedFields": []}
        bodies = [{"metadata": metadata, "data": step} if step is not None else {"metadata": metadata} for step in steps]
        for before, after in zip(bodies, bodies[1:], strict=False):
            yield event(after, before)
            yield event(after)


@pytest.mark.parametrize("zone", ZONES)
def test_both_engines_give_the_same_answers_to_ordinary_events(zone: str, engines: dict[str, Gojq]) -> None:
    answers = []
    for program in programs():
        payloads = workflow_events if program.resource == "workflows" else ledger_events
        answers += [
            (program.name, assert_same(program, payload, engines[zone], zone)) for payload in payloads(program)
        ]
    # The payloads reach what they are meant to: every run fires, but for a suspended one, and facts of all kinds.
    deciding = {name for name, answer in answers if "fire" in answer}
    assert deciding - {name for name, answer in answers if answer.get("fire")} == {SUSPENDED}
    data = {name: value for _, answer in answers for name, value in answer.get("data", {}).items()}
    assert {name.partition(".")[0] for name in data} == {"run", "invalid"}
    assert any('"offset":' in value for value in data.values())
    assert any('"errors":' in value for value in data.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, -1.25]) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
times = st.sampled_from([text_of(moment) for moment in MOMENTS] + ["2026-10-25T02:30:00.123+02:00", "2026-13-01T00:00:00Z", "soon"])
odd_times = times | json_values
texts = st.sampled_from(["20261025", "20261025t02b", "load-1795249080", "after-day", "x", ""]) | st.text(max_size=10)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of the fields, or sometimes anything else."""
    known: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=fields)
    return st.integers(0, 9).flatmap(lambda one_in_ten: known if one_in_ten else json_values)


LABELS = ("depgen.io/key", "depgen.io/node", "depgen.io/partition", f"{LABEL}cron-workflow", f"{LABEL}workflow-template", "date")
parameters = st.lists(objects(name=st.sampled_from(["day", "rows", "log"]), value=texts | json_values), max_size=3)
# What the API server checks in every object; `spec` and `status` of a Workflow may hold anything.
metadata = st.fixed_dictionaries(
    {"name": texts, "uid": texts, "creationTimestamp": times},
    optional={
        "labels": st.dictionaries(st.sampled_from(LABELS), texts, max_size=4),
        "annotations": st.dictionaries(st.just(f"{LABEL}scheduled-time"), times | texts),
    },
)
workflow_bodies = st.fixed_dictionaries(
    {
        "metadata": metadata,
        "spec": st.fixed_dictionaries({}, optional={"arguments": objects(parameters=parameters)}),
    },
    optional={
        "status": st.fixed_dictionaries(
            {},
            optional={
                "phase": st.sampled_from(["Succeeded", "Failed"]) | json_values,
                "startedAt": odd_times,
                "finishedAt": odd_times,
                "outputs": objects(parameters=parameters),
            },
        )
    },
)
entry_values = objects(
    finishedAt=odd_times,
    phase=st.sampled_from(["Succeeded", "Failed", "Submitted"]) | json_values,
    wall=odd_times,
    outputs=objects(rows=texts),
    offset=st.sampled_from([-2, -1, 1]) | json_values,
)


@st.composite
def ledger_bodies(draw: st.DrawFn, program: Program) -> Any:
    """ConfigMaps: their data are texts, whatever is in them."""
    nodes = st.sampled_from([*program.upstreams, "load", program.name.rpartition("/")[2]])
    key = draw(st.sampled_from([*KEYS]))
    names = st.builds(lambda node, epoch: f"run.{node}.{key}.u.{epoch}", nodes, st.integers(0, 3)) | st.text(max_size=8)
    data = st.dictionaries(names, entry_values.map(json.dumps) | st.text(max_size=8), max_size=6)
    with_key = metadata.map(lambda m: {**m, "labels": {**m.get("labels", {}), "depgen.io/key": key}})
    return draw(st.fixed_dictionaries({"metadata": with_key | metadata}, optional={"data": data}))


@settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_engines_give_the_same_answers_to_odd_events(engines: dict[str, Gojq], data: st.DataObject) -> None:
    program = data.draw(st.sampled_from(programs()))
    bodies = workflow_bodies if program.resource == "workflows" else ledger_bodies(program)
    payload = event(data.draw(bodies), data.draw(st.none() | bodies))
    zone = data.draw(st.sampled_from(ZONES))
    assert_same(program, payload, engines[zone], zone)
