"""What `status` and `why` say of real Workflows, CronWorkflows and ledgers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.cli.conftest import environment
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.operating import Operator
from tests.stack.services import Stack
from tests.stack.workflows import API_VERSION, cron_child_marks, cron_child_name

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    load: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [load, b]}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


@pytest.fixture
def operator(
    graph: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Operator:
    return Operator(graph, NODES, local, tmp_path, capsys)


def start(graph: Deployed, cron: str, day: int = 0) -> str:
    """A CronWorkflow's child of that day runs, and does not end."""
    labels, annotations = cron_child_marks(cron, graph.date(day))
    unfinished = {
        name: value for name, value in labels.items() if "completed" not in name and "phase" not in name
    }
    name = cron_child_name(cron, graph.date(day))
    body = {
        "apiVersion": API_VERSION,
        "kind": "Workflow",
        "metadata": {"name": name, "labels": unfinished, "annotations": annotations},
        "spec": {
            "workflowTemplateRef": {"name": "held"},
            "arguments": {"parameters": [{"name": "day", "value": "-"}]},
        },
    }
    graph.namespace.api.post(graph.namespace.path("Workflow"), body)
    return name


def test_states_go_from_waiting_to_succeeded(graph: Deployed, operator: Operator) -> None:
    assert operator.states() == {}
    graph.cron("a")
    graph.wait_for_runs([graph.run("load")])
    graph.wait_for_facts("a Succeeded", "load Submitted")
    expected = {"a": "SUCCEEDED", "b": "NOT_SEEN", "load": "SUBMITTED", "report": "WAITING"}
    assert operator.states() == expected
    graph.namespace.finish(graph.run("load"))
    graph.cron("b", phase="Failed")
    graph.wait_for_facts("a Succeeded", "b Failed", "load Submitted", "load Succeeded")
    assert operator.states() == expected | {"b": "FAILED", "load": "SUCCEEDED"}
    assert operator.reasons("report") == ["upstream-failed"]
    assert operator("status", "--fail-on", "failed")[0] == 1
    assert operator("status", "--fail-on", "rejected")[0] == 0


def test_why_follows_an_upstream_through_the_cluster(graph: Deployed, operator: Operator) -> None:
    told = operator.why("report")["edges"]["members"]
    assert [edge["waits"] for edge in told] == ["waits itself for a", None]
    running = start(graph, "b")
    [_, b] = operator.why("report")["edges"]["members"]
    assert (b["reason"]["code"], b["workflow"]) == ("upstream-running", running)
    assert operator.reasons("report", day=1) == ["upstream-not-run", "upstream-not-run"]
    graph.cron("a")
    graph.wait_for_runs([graph.run("load")])
    assert operator.reasons("report") == ["upstream-running", "upstream-running"]
    graph.namespace.finish(running)
    graph.wait_for_facts("a Succeeded", "b Succeeded", "load Submitted")
    assert operator.reasons("report") == ["upstream-running"]
    load = operator.why("load")
    assert [(cause["workflow"], cause["hand"]) for cause in load["run"]["causes"]] == [
        (load["edges"]["members"][0]["workflow"], None)
    ]


def test_a_completion_that_was_lost_is_told_as_not_recorded(
    graph: Deployed, operator: Operator, local: LocalStack
) -> None:
    record = graph.namespace.service(f"{graph.namespace.graph}-record")
    record.pause()
    graph.cron("b")
    assert operator.reasons("report") == ["upstream-not-run", "upstream-not-recorded"]
    record.resume()
    graph.wait_for_facts("b Succeeded")
    assert operator.reasons("report") == ["upstream-not-run"]


def test_the_schedule_of_a_real_cron_workflow_gives_the_next_time(
    graph: Deployed, operator: Operator
) -> None:
    spec = {
        "schedules": ["0 3 * * *"],
        "timezone": "UTC",
        "suspend": True,
        "workflowSpec": {"workflowTemplateRef": {"name": "held"}},
    }
    metadata = {"name": "b"}
    graph.namespace.apply(
        [{"apiVersion": API_VERSION, "kind": "CronWorkflow", "metadata": metadata, "spec": spec}]
    )
    [_, b] = operator.why("report")["edges"]["members"]
    assert b["expected"] == graph.date().strftime("%Y-%m-%dT03:00:00Z")
    assert b["next"].endswith("T03:00:00Z")
    assert b["cronSuspended"]


def test_a_manual_run_without_a_key_is_an_invalid_completion(graph: Deployed, operator: Operator) -> None:
    graph.namespace.complete_cron("a", graph.date(), manual=True)
    graph.namespace.wait_for(
        lambda: graph.namespace.ledger(f"{graph.namespace.graph}-invalid"), 30, "the invalid completion"
    )
    graph.cron("b", 1)
    graph.wait_for_facts("b Succeeded", day=1)
    _, out, _ = operator("status")
    assert "1 completion without a key; the newest: a-" in out
    assert operator("status", "--fail-on", "invalid_key")[0] == 1


def test_a_watched_table_is_drawn_anew_when_a_ledger_changes(graph: Deployed, operator: Operator) -> None:
    date = graph.key()
    command = [sys.executable, "-m", "depgen", "status", str(operator.file), "--from", date, "--to", date]
    with subprocess.Popen(
        [*command, "--watch", "--kubeconfig", str(operator.kubeconfig)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # A test run in the background ignores interrupts, and its children would too.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as watching:
        assert watching.stdout is not None
        lines = iter(watching.stdout.readline, "")
        assert any("nothing to show" in line for line in lines)
        graph.cron("a")
        assert any("load" in line and "SUBMITTED" in line for line in lines)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130


def test_the_formats_of_status_agree(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded", "load Submitted")
    date, name = graph.key(), graph.namespace.graph
    days = ("--from", date, "--to", date, "--state", "submitted,succeeded")
    assert operator("status", *days, "-o", "name")[1] == f"{name}/a {date}\n{name}/load {date}\n"
    wide = operator("status", *days, "-o", "wide")[1].splitlines()
    assert [line.split()[1:4] for line in wide[1:]] == [["a", date, "SUCCEEDED"], ["load", date, "SUBMITTED"]]
    told = json.loads(operator("status", *days, "-o", "json")[1])["graphs"][0]
    assert [(cell["node"], cell["state"]) for cell in told["cells"]] == [
        ("a", "SUCCEEDED"),
        ("load", "SUBMITTED"),
    ]


def test_status_tells_of_the_selected_nodes_only(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded", "load Submitted")
    date, name = graph.key(), graph.namespace.graph
    days = ("--from", date, "--to", date, "-o", "name")

    def selected(*options: str) -> list[str]:
        return [
            line.removeprefix(f"{name}/").split()[0]
            for line in operator("status", *days, *options)[1].splitlines()
        ]

    assert selected("--select", "+load") == ["a", "load"]
    assert selected("--select", "report kind:source") == ["a", "b", "report"]
    assert selected("--select", "+report,!kind:source", "--node", "l*") == ["load"]
    assert operator("status", *days, "--select", "b", "--fail-on", "submitted")[0] == 0
    assert operator("status", *days, "--select", "load", "--fail-on", "submitted")[0] == 1


def test_the_live_page_says_what_status_and_why_say(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.cron("b", phase="Failed")
    graph.wait_for_facts("a Succeeded", "b Failed", "load Submitted")
    code, page, err = operator("docs", "--live")
    assert code == 0, err
    cells = json.loads(page.split('id="page-data">')[1].split("</script>")[0])["live"]["cells"]
    name, key = graph.namespace.graph, graph.key(0)
    told = {
        node: cell
        for node in ("a", "b", "load", "report")
        for cell in cells[f"{name}/{node}"]
        if cell["key"] == key
    }
    assert {node: cell["state"] for node, cell in told.items()} == operator.states()
    assert [reason["code"] for reason in told["report"]["reasons"]] == operator.reasons("report")
