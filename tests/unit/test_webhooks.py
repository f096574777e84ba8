"""Alerts as HTTP calls: the Workflow that makes the call, and what the rendered program has it say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depgen.load import load
from depgen.structure import validate_spec
from tests.compiled import Compiled, compile_nodes

KEY = "20261121"
ALERT = "https://example.com/alerts"
Ledger = dict[str, str]


def compiled(hook: str, head: str = "", defaults: str = "") -> Compiled:
    nodes = (
        "  load: {source: {cronWorkflow: load}}\n"
        f'  report: {{run: {{workflowTemplate: r}}, dependsOn: [load], deadline: "09:00", startBy: "08:00", onMiss: {{webhook: {hook}}}}}\n'
    )
    return compile_nodes(nodes, head=(f"defaults: {defaults}\n" if defaults else "") + head)


def spec(compiled: Compiled, trigger: str = "report-missed") -> dict[str, Any]:
    (found,) = [
        t["template"] for t in compiled.sensor("etl-submit")["triggers"] if t["template"]["name"] == trigger
    ]
    whole: dict[str, Any] = found["k8s"]["source"]["resource"]["spec"]
    return whole


def http(compiled: Compiled, trigger: str = "report-missed") -> dict[str, Any]:
    (template,) = spec(compiled, trigger)["templates"]
    call: dict[str, Any] = template["http"]
    return call


def said(compiled: Compiled, ledger: Ledger, dependency: str = "report-missed") -> str:
    event = {
        "type": "UPDATE",
        "body": {"metadata": {"labels": {"depgen.io/key": KEY}}, "data": ledger},
        "oldBody": {"data": {}},
    }
    answer = compiled.run("etl-submit", dependency, event)
    assert answer["fire"] is True
    text: str = answer["params"]["body"]
    return text


def clock(name: str) -> Ledger:
    return {f"clock.report.{name}": '{"at": "2026-11-21T08:00:00Z"}'}


def fact(node: str, phase: str, workflow: str) -> Ledger:
    value = {"finishedAt": "2026-11-21T07:00:00Z", "phase": phase, "workflow": workflow}
    return {f"run.{node}.{KEY}.u.1795244400": json.dumps(value)}


def test_a_url_alone_is_a_post_of_all_there_is_to_tell() -> None:
    built = compiled(f'"{ALERT}"')
    call = http(built)
    assert (call["url"], call["method"], call["body"]) == (ALERT, "POST", "{{workflow.parameters.body}}")
    assert json.loads(said(built, clock("deadline"))) == {
        "graph": "etl",
        "key": KEY,
        "node": "report",
        "phase": None,
        "text": f"report of graph etl has not succeeded by its deadline (key {KEY})",
        "what": "missed",
        "workflow": None,
    }
    late = json.loads(said(built, clock("startBy"), "report-late"))
    assert (late["what"], late["text"]) == (
        "late",
        f"report of graph etl was not submitted by its startBy (key {KEY})",
    )


def test_a_run_that_fails_is_told_with_its_workflow_and_phase() -> None:
    built = compiled(f'"{ALERT}"', head=f'onFailure: {{webhook: "{ALERT}"}}\n')
    workflow = f"etl-report-{KEY}"
    body = json.loads(said(built, fact("report", "Error", workflow), "on-failure"))
    assert body == {
        "graph": "etl",
        "key": KEY,
        "node": "report",
        "phase": "Error",
        "text": f"{workflow} ended Error (node report of graph etl, key {KEY})",
        "what": "failed",
        "workflow": workflow,
    }


def test_a_body_of_ones_own_holds_what_is_told_at_any_depth() -> None:
    body = "{a: [{b: {from: $trigger, field: phase}}, {c: {from: $trigger, field: key}}], d: 1.5, e: null, f: {g: true}}"
    built = compiled(f"{{url: '{ALERT}', body: {body}}}")
    assert json.loads(said(built, clock("deadline") | fact("report", "Failed", "w"))) == {
        "a": [{"b": "Failed"}, {"c": KEY}],
        "d": 1.5,
        "e": None,
        "f": {"g": True},
    }


@pytest.mark.parametrize(
    "hostile",
    [
        "{{workflow.name}}",
        "{{{{=1}}}}",
        "{{{",
        '"}, "x": "',
        "\\(1)",
        "\\u007b{",
        "é\U0001f600",
        "{\\{",
        "'%s",
    ],
)
def test_no_value_becomes_anything_but_a_string_and_nothing_can_be_expanded(hostile: str) -> None:
    built = compiled(
        f"{{url: '{ALERT}', body: {{own: {json.dumps(hostile, ensure_ascii=False)}, theirs: {{from: $trigger, field: phase}}}}}}"
    )
    text = said(built, clock("deadline") | fact("report", hostile, "w"))
    assert json.loads(text) == {"own": hostile, "theirs": hostile}
    assert "{{" not in text


def test_headers_are_sorted_and_those_of_the_author_replace_ours_in_any_case() -> None:
    headers = (
        "{X-Team: data, content-type: application/cloudevents+json, Authorization: {secret: s, key: token}}"
    )
    assert http(compiled(f"{{url: '{ALERT}', headers: {headers}}}"))["headers"] == [
        {"name": "Authorization", "valueFrom": {"secretKeyRef": {"key": "token", "name": "s"}}},
        {"name": "Idempotency-Key", "value": "{{workflow.name}}"},
        {"name": "X-Team", "value": "data"},
        {"name": "content-type", "value": "application/cloudevents+json"},
    ]


def test_of_the_defaults_it_takes_what_is_about_its_pod_and_how_long_it_is_kept() -> None:
    defaults = (
        "{run: {namespace: jobs, labels: {team: core}, spec: {serviceAccountName: etl, priority: 3, onExit: tidy,"
        " ttlStrategy: {secondsAfterCompletion: 60}, tolerations: [{key: spot}]}}}"
    )
    built = compiled(f'"{ALERT}"', f'onFailure: {{webhook: {{url: "{ALERT}", namespace: data, serviceAccountName: hooks}}}}\n', defaults)  # fmt: skip
    own = spec(built)
    assert (own["serviceAccountName"], own["ttlStrategy"]) == ("etl", {"secondsAfterCompletion": 60})
    assert own["tolerations"] == [{"key": "spot"}]
    assert own.keys().isdisjoint({"priority", "onExit"})
    assert spec(built, "on-failure")["serviceAccountName"] == "hooks"
    event = {"type": "ADD", "body": {"metadata": {"labels": {"depgen.io/key": KEY}}, "data": {}}}
    metadata = built.run("etl-submit", "report-missed", event)["metadata"]
    assert (metadata["namespace"], metadata["labels"]["team"]) == ("jobs", "core")
    assert "namespace" not in built.run("etl-submit", "on-failure", event)["metadata"]


def test_its_spec_is_one_that_argo_knows_and_it_ends_by_itself() -> None:
    whole = spec(compiled(f"{{url: '{ALERT}', headers: {{A: {{secret: s, key: k}}}}}}"))
    document, _ = load("graph.yaml", b"a: 1\n")
    assert document is not None
    assert validate_spec(document, (), whole) == []
    assert (whole["activeDeadlineSeconds"], whole["ttlStrategy"]) == (900, {"secondsAfterCompletion": 604800})
    assert whole["templates"][0]["retryStrategy"]["limit"] == 5


def test_a_webhook_takes_the_place_of_a_run_that_the_defaults_give() -> None:
    built = compiled(f'"{ALERT}"', defaults="{onMiss: {run: {workflowTemplate: page}}}")
    assert "workflowTemplateRef" not in spec(built)
    assert http(built)["url"] == ALERT
