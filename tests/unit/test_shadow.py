"""Shadow mode: what is rendered instead of submissions, and what the programs write."""

from __future__ import annotations

import json

import pytest

from tests.compiled import Compiled, compile_nodes
from tests.subjects import fact as at
from tests.sweeps import SweptShop
from tests.unit.test_decide_clocks import clock, hand
from tests.unit.test_decide_programs import KEY, Ledger, ask, claim, fact
from tests.unit.test_record_programs import workflow

NODES = """\
  a: {source: {cronWorkflow: a}}
  report: {run: {workflowTemplate: t, params: {day: {key: "%Y"}}}, dependsOn: [a], replaces: report-cron}
  audit: {run: {workflowTemplate: t}, dependsOn: [report], notBefore: "06:00"}
"""
SWEPT = "  a: {source: {cronWorkflow: a}}\n  report: {run: {workflowTemplate: t}, dependsOn: [a]%s}\n"
DONE = fact("a", "2026-11-21T02:00:00")


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_nodes(NODES, head="mode: shadow\nonFailure: {run: {workflowTemplate: page}}\n")


def entry(compiled: Compiled, ledger: Ledger, node: str) -> dict[str, object]:
    told = ask(compiled, ledger, {}, node=node)
    assert told["fire"] is True
    assert told["name"] == f"etl-{KEY}"
    (value,) = told["data"].values()
    found: dict[str, object] = json.loads(value)
    return found


def test_a_shadow_run_is_an_entry_that_says_when_and_why(compiled: Compiled) -> None:
    assert entry(compiled, DONE, "report") == {
        "at": "2026-11-21T02:00:00Z",
        "cause": [["a-1", "2026-11-21T02:00:00Z", None]],
        "workflow": f"etl-report-{KEY}",
    }


def test_only_what_counted_is_a_cause() -> None:
    nodes = NODES.replace("dependsOn: [a]", "dependsOn: [a, {node: a, match: {offset: -1}}], mode: any")
    (told,) = [entry(compile_nodes(nodes, head="mode: shadow\n"), DONE, "report")]
    assert told["cause"] == [["a-1", "2026-11-21T02:00:00Z", None]]


def test_the_last_of_several_facts_is_when() -> None:
    nodes = NODES.replace("dependsOn: [a]", "dependsOn: [a, {node: a, match: {offset: -1}}]")
    before = fact("a", "2026-11-20T02:00:00", key="20261120", offset=-1)
    assert (
        entry(compile_nodes(nodes, head="mode: shadow\n"), before | DONE, "report")["at"]
        == "2026-11-21T02:00:00Z"
    )


def test_a_gate_is_part_of_when(compiled: Compiled) -> None:
    ledger = fact("report", "2026-11-21T03:00:00") | clock("notBefore", "2026-11-21T05:00:00", "audit")
    assert entry(compiled, ledger, "audit")["at"] == "2026-11-21T05:00:00Z"


def test_what_the_cron_ran_does_not_keep_a_shadow_from_firing_and_a_shadow_fires_once(
    compiled: Compiled,
) -> None:
    assert ask(compiled, DONE | fact("report", "2026-11-21T01:00:00") | claim("report"), {})["fire"] is True
    assert ask(compiled, DONE | {"shadow.report": "{}"}, {})["fire"] is False


def test_the_workflows_of_the_cron_are_taken_for_the_nodes(compiled: Compiled) -> None:
    child = workflow("report-cron-1795249080", labels={"workflows.argoproj.io/cron-workflow": "report-cron"})
    result = compiled.run("etl-record", "cron", child)
    assert [name.split(".")[1] for name in result["data"]] == ["report"]


def test_nothing_may_be_submitted_and_nobody_is_alerted(compiled: Compiled) -> None:
    rules = compiled.objects["Role", "etl-submit"]["rules"]
    assert [(rule["resources"], rule["verbs"]) for rule in rules] == [(["configmaps"], ["get", "patch"])]
    assert [d["name"] for d in compiled.sensor("etl-submit")["dependencies"]] == ["audit", "report"]
    for trigger in compiled.sensor("etl-submit")["triggers"]:
        k8s = trigger["template"]["k8s"]
        assert (k8s["operation"], k8s["source"]["resource"]) == (
            "patch",
            {"apiVersion": "v1", "kind": "ConfigMap"},
        )


def test_a_live_graph_does_not_listen_to_what_it_replaces() -> None:
    live = compile_nodes(NODES)
    labels = live.objects["EventSource", "etl"]["spec"]["resource"]["cron"]["filter"]["labels"]
    assert [label["value"] for label in labels] == ["true", "a"]


def test_what_was_shadowed_is_not_fired_by_a_replay_when_the_graph_goes_live() -> None:
    live = compile_nodes(NODES)
    young = fact("a", "2099-01-01T00:00:00")
    shadowed = young | {"shadow.report": "{}"}
    assert ask(live, young)["fire"] is True
    assert ask(live, shadowed)["fire"] is False
    assert ask(live, shadowed, {"shadow.report": "{}"})["fire"] is False
    assert ask(live, shadowed | hand("fire", "report"), shadowed)["fire"] is True
    assert ask(live, shadowed | {"backfill": "{}"}, shadowed)["fire"] is True


@pytest.mark.parametrize("replaces", ["", ", replaces: report-cron"])
def test_the_sweep_of_a_live_graph_leaves_alone_what_was_shadowed(replaces: str) -> None:
    there = SweptShop(SWEPT % replaces)
    there.write(at("a", "2026-11-21T10:00"), {"shadow.report": "{}"})
    there.write(at("a", "2026-11-21T10:00", key="20261120"), key="20261120")
    before = there.ledgers()
    swept = there.sweep()
    assert [(repair.node, repair.key) for repair in swept.repairs] == [("report", "20261120")]
    assert there.fires(before) == ["etl-report-20261120"]
