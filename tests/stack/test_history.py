"""What `history` keeps of real Workflows and ledgers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.house import quotes
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.operating import Operator
from tests.stack.services import Stack

from depgen.cli import run

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [report]}
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


class History:
    """A SQLite file, and the commands on it."""

    def __init__(self, operator: Operator, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._operator = operator
        self._database = ("--database", f"sqlite:///{folder}/history.db")
        self._capsys = capsys

    def sync(self, *options: str) -> dict[str, Any]:
        """One pass: what it says of the graph."""
        code, out, err = self._operator("history", "sync", *self._database, *options, "-o", "json")
        assert code == 0, err
        (told,) = json.loads(out)["graphs"]
        found: dict[str, Any] = told
        return found

    def ask(self, command: str, *options: str) -> list[dict[str, Any]]:
        """The answer of a command."""
        self._capsys.readouterr()
        assert run(["history", command, *self._database, *options, "-o", "json"]) == 0
        answer = json.loads(self._capsys.readouterr().out)
        (listed,) = (value for name, value in answer.items() if name != "version")
        found: list[dict[str, Any]] = listed
        return found


@pytest.fixture
def history(operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> History:
    return History(operator, tmp_path, capsys)


def wait_until_running(graph: Deployed, name: str) -> None:
    """The controller has taken the Workflow up."""
    path = graph.namespace.path("Workflow", name)
    graph.namespace.wait_for(
        lambda: graph.namespace.api.get(path).get("status", {}).get("phase") == "Running",
        30,
        f"{name} to run",
    )


def test_the_runs_of_a_graph_outlive_their_ledger_and_their_workflows(
    graph: Deployed, history: History
) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    last = graph.cron("b")
    report = graph.run("report")
    graph.wait_for_facts("a Succeeded", "b Succeeded", "report Submitted")
    wait_until_running(graph, report)
    running = history.sync()
    assert {run["node"]: run["phase"] for run in history.ask("show")} == {
        "a": "Succeeded",
        "b": "Succeeded",
        "report": "Running",
    }
    graph.namespace.finish(report, "Failed")
    graph.wait_for_facts("a Succeeded", "b Succeeded", "report Submitted", "report Failed")
    ended = history.sync()
    assert (running["facts"], running["runs"], running["unreadable"]) == (3, 6, 0)
    assert (ended["facts"], ended["runs"]) == (1, 1)
    counted = ("facts", "clocks", "interventions", "sweeps", "runs", "unreadable")
    assert [history.sync()[name] for name in counted] == [0] * 6

    (told,) = history.ask("show", "--node", "report")
    submitted = graph.namespace.api.get(graph.namespace.path("Workflow", report))
    assert told == {
        "namespace": graph.namespace.name,
        "graph": graph.namespace.graph,
        "node": "report",
        "key": graph.key(),
        "phase": "Failed",
        "workflow": report,
        "uid": submitted["metadata"]["uid"],
        "submittedAt": submitted["metadata"]["creationTimestamp"],
        "startedAt": submitted["status"]["startedAt"],
        "finishedAt": submitted["status"]["finishedAt"],
        "duration": told["duration"],
        "waitedFor": told["waitedFor"],
        "waitedUntil": last["status"]["finishedAt"],
        "deadline": None,
        "late": False,
        "lateness": None,
        "cause": json.loads(submitted["metadata"]["annotations"]["depgen.io/cause"]),
    }
    assert told["waitedFor"] in ("a", "b"), "both, if they ended in the same second"
    assert told["duration"] >= 0
    before = history.ask("show")
    for kind, name, version in (
        ("ConfigMap", graph.ledger(), "v1"),
        ("Workflow", report, "argoproj.io/v1alpha1"),
    ):
        graph.namespace.api.delete(graph.namespace.path(kind, name, version))
    history.sync()
    assert history.ask("show") == before
    graph.assert_no_errors()


def test_who_held_released_and_skipped_is_kept(graph: Deployed, operator: Operator, history: History) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    for words in (("hold", "report"), ("release", "report"), ("satisfy", "report", "b")):
        operator.order(*words)
    graph.wait_for_runs([graph.run("report")])
    operator.order("skip", "audit")
    graph.wait_for_facts("a Succeeded", "report Submitted", "audit Skipped")
    kept = history.sync()
    # A hold goes with its release; a pass between the two would have kept it.
    assert kept["interventions"] == 3
    told = {(e["node"], e["what"], e["object"], e["why"]) for e in history.ask("log") if e["who"]}
    assert told == {
        ("report", "release", "", "on call"),
        ("report", "satisfy", "b", "on call"),
        ("audit", "Skipped", "", "on call"),
    }
    assert [run["phase"] for run in history.ask("show", "--node", "audit")] == ["Skipped"]
    assert history.ask("show", "--node", "report")[0]["waitedFor"] == "satisfy"


def test_a_dry_run_keeps_nothing(graph: Deployed, history: History) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    assert history.sync("--dry-run")["facts"] >= 1
    assert history.sync("--dry-run")["facts"] >= 1


def test_the_documented_role_is_enough(
    graph: Deployed, operator: Operator, history: History, local: LocalStack, tmp_path: Path
) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    name = graph.namespace.name
    (page,) = (
        quote.body for quote in quotes.quotes(quotes.ROOT / "docs" / "history.md") if quote.kind == "yaml"
    )
    documented = list(yaml.safe_load_all(page.replace("namespace: data", f"namespace: {name}")))
    graph.namespace.apply(thing for thing in documented if thing["kind"] != "CronJob")
    graph.namespace.wait_for(
        lambda: graph.namespace.can_i("depgen-history", "list", "argoproj.io", "workflows"),
        30,
        "the Role to count",
    )
    account = f"/api/v1/namespaces/{name}/serviceaccounts/depgen-history/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
    token = graph.namespace.api.post(account, request)["status"]["token"]
    operator.kubeconfig = local.control_plane.kubeconfig(tmp_path / "account.kubeconfig", token)
    kept = history.sync()
    assert (kept["ledgers"] > 0, kept["workflows"] > 0) == (True, True)
    for verb in ("get", "watch", "create", "patch", "update", "delete"):
        for group, resource in (("", "configmaps"), ("argoproj.io", "workflows")):
            assert not graph.namespace.can_i("depgen-history", verb, group, resource)
