"""The sweep on the real stack, as its own ServiceAccount: what events lost is repaired in one pass, and nothing twice.

Passes are processes of the command, except where a minute would have to be waited for: those run here, with a clock
that is so far ahead.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed, graph_text
from tests.stack.faults.sweeping import subject
from tests.stack.namespace import Namespace
from tests.stack.processes import free_port
from tests.stack.services import Stack

from depgen.cluster import client
from depgen.cluster.reconcile.counts import Swept
from depgen.cluster.reconcile.sweep import sweep

ROOT = Path(__file__).parents[2]
SWEEPER = "sweeper: {image: depgen}\n"
JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done}]}
"""
LATE = """
    late: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]%s}
"""
ONE = """
    a: {source: {cronWorkflow: a}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]%s}
"""
PASS_SECONDS = 60.0


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@dataclass
class Sweeper:
    """The sweep of a deployment: a kubeconfig of its account, and the graph as a file."""

    graph: Deployed
    kubeconfig: Path
    folder: Path

    @property
    def text(self) -> str:
        return graph_text(self.graph.namespace, self.nodes, self.graph.zone, self.graph.head)

    nodes: str = JOIN

    def command(self, *options: str) -> subprocess.Popen[str]:
        """`depgen reconcile`, under way."""
        file = self.folder / "graph.yaml"
        file.write_text(self.text)
        argv = [sys.executable, "-m", "depgen", "reconcile", str(file), *options]
        env = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "PYTHONPATH": str(ROOT / "generator")}
        return subprocess.Popen(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def once(self, *options: str) -> dict[str, Any]:
        """A pass that leaves nothing to do, and what it told."""
        process = self.command("-o", "json", *options)
        out, err = process.communicate(timeout=PASS_SECONDS)
        assert (process.returncode, err) == (0, "")
        (graph,) = json.loads(out)["graphs"]
        found: dict[str, Any] = graph
        return found

    def ahead(self, seconds: float) -> Swept:
        """A pass by a clock that is so far ahead."""
        return sweep(client.connect(str(self.kubeconfig)), subject(self.text), time.time() + seconds)

    def edit(self, nodes: str) -> None:
        """Another version of the graph, for all."""
        self.nodes = nodes
        self.graph.edit(nodes)


def sweeper_of(stack: LocalStack, graph: Deployed, folder: Path, nodes: str) -> Sweeper:
    """One that knows the nodes of the graph since long."""
    namespace = graph.namespace
    path = f"/api/v1/namespaces/{namespace.name}/serviceaccounts/{namespace.graph}-sweep/token"
    token = stack.api.post(path, {"spec": {"audiences": [], "expirationSeconds": 3600}})["status"]["token"]
    kubeconfig = stack.control_plane.kubeconfig(folder / "sweep.kubeconfig", token)
    found = Sweeper(graph, kubeconfig, folder, nodes)
    found.once("--since", "100d")
    return found


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, JOIN, head=SWEEPER) as graph:
        yield graph


@pytest.fixture
def sweeper(deployment: Deployed, local: LocalStack, tmp_path: Path) -> Sweeper:
    return sweeper_of(local, deployment.begin(), tmp_path, JOIN)


def kinds(told: dict[str, Any]) -> list[str]:
    return [repair["kind"] for repair in told["repairs"]]


def test_completions_that_were_not_recorded_in_time_are_repaired_in_one_pass_and_start_the_run(
    sweeper: Sweeper,
) -> None:
    graph = sweeper.graph
    record = graph.namespace.service(f"{graph.namespace.graph}-record")
    record.pause()
    graph.cron("a", finished_at=ago(3600))
    graph.cron("b", finished_at=ago(3500))
    told = sweeper.once()
    assert kinds(told) == ["fact", "fact"]
    graph.wait_for_runs([graph.run("report")])
    record.resume()
    graph.wait_for_runs([graph.run("report")])
    assert graph.facts() == ["a Succeeded", "b Succeeded", "report Submitted"]
    assert kinds(sweeper.once()) == []
    graph.assert_no_errors()


def test_a_completion_while_the_event_source_was_down_is_repaired(sweeper: Sweeper) -> None:
    graph = sweeper.graph
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    source = graph.namespace.service(graph.namespace.graph, "EventSource")
    source.kill()
    graph.cron("b", finished_at=ago(3600))
    source.start()
    graph.namespace.wait_ready()
    graph.wait_for_runs([])
    assert kinds(sweeper.once()) == ["fact"]
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()


def test_a_claim_and_an_end_that_were_lost_are_repaired_and_fire_nothing_twice(sweeper: Sweeper) -> None:
    graph = sweeper.graph
    claim, record = (
        graph.namespace.service(f"{graph.namespace.graph}-{part}") for part in ("claim", "record")
    )
    claim.kill()
    for day in (0, 1):
        graph.cron("a", day)
        graph.cron("b", day)
    reports = [graph.run("report", day) for day in (0, 1)]
    graph.wait_for_runs(reports)
    record.pause()
    graph.namespace.finish(reports[1], finished_at=ago(3600))
    assert sorted(kinds(sweeper.once())) == ["claim", "fact"]
    graph.wait_for_runs([*reports, graph.run("audit", 1)])
    claim.start()
    record.resume()
    graph.namespace.wait_ready()
    graph.wait_for_runs([*reports, graph.run("audit", 1)])
    graph.assert_no_errors()


def test_a_node_whose_event_was_lost_on_the_way_to_its_sensor_is_asked_about_again(sweeper: Sweeper) -> None:
    """An edited dependency makes Argo Events drop its queue, and with it the event that would have fired."""
    graph = sweeper.graph
    submit = graph.namespace.service(f"{graph.namespace.graph}-submit")
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    graph.namespace.quiet(0.5)
    submit.kill()
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "b Succeeded")
    sweeper.edit(JOIN.replace("[a, b]", "[b, a]"))
    submit.start()
    graph.namespace.wait_ready()
    graph.wait_for_runs([])
    assert sweeper.ahead(0).repairs == [], "it may be on its way still"
    assert [repair.kind for repair in sweeper.ahead(70).repairs] == ["asked"]
    graph.wait_for_runs([graph.run("report")])
    assert not sweeper.ahead(600).repairs
    graph.assert_no_errors()
    sweeper.edit(JOIN)


def test_a_submission_that_is_refused_is_asked_for_for_a_day_and_then_rejected(
    namespace: Namespace, local: LocalStack, tmp_path: Path
) -> None:
    graph = Deployed(namespace, JOIN, head=SWEEPER)
    sweeper = sweeper_of(local, graph, tmp_path, JOIN)
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace.name}/roles/{namespace.graph}-submit"
    namespace.api.merge_patch(role, {"rules": []})
    graph.cron("a")
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "b Succeeded")
    namespace.quiet(1, timeout=60)
    moments = [*range(60, 1260, 60), *range(1260, 86400 + 3600, 900)]
    repairs = [repair for ahead in moments for repair in sweeper.ahead(ahead).repairs]
    found = [repair.kind for repair in repairs if repair.node == "report"]
    assert found == ["asked"] * 48 + ["rejected"], (
        "nothing else was submitted that would show that the Sensor hears"
    )
    assert graph.facts() == ["a Succeeded", "b Succeeded", "report Rejected"]


def test_two_sweepers_at_once_do_it_once(sweeper: Sweeper) -> None:
    graph = sweeper.graph
    graph.namespace.service(f"{graph.namespace.graph}-record").pause()
    days = range(12)
    graph.namespace.at_once(
        [partial(graph.cron, node, day, finished_at=ago(3600)) for node in "ab" for day in days]
    )
    running = [sweeper.command("-o", "json") for _ in range(3)]
    told = [process.communicate(timeout=PASS_SECONDS) for process in running]
    assert [(process.returncode, err) for process, (_, err) in zip(running, told, strict=True)] == [
        (0, "")
    ] * 3
    added = [kind for out, _ in told for kind in kinds(json.loads(out)["graphs"][0])]
    assert added.count("fact") == 24, "claims of what was just submitted may be found as well"
    graph.wait_for_runs([graph.run("report", day) for day in days], timeout=60)
    graph.namespace.service(f"{graph.namespace.graph}-record").resume()
    graph.assert_no_errors()


@pytest.mark.parametrize("more", ["", ", onRerun: hold"])
def test_a_node_that_is_added_does_not_fire_for_keys_from_before_it(
    namespace: Namespace, local: LocalStack, tmp_path: Path, more: str
) -> None:
    graph = Deployed(namespace, JOIN, head=SWEEPER)
    sweeper = sweeper_of(local, graph, tmp_path, JOIN)
    for day in (0, 1):
        graph.cron("a", day, finished_at=ago(800))
    graph.wait_for_facts("a Succeeded", day=0)
    graph.wait_for_facts("a Succeeded", day=1)
    sweeper.edit(JOIN + LATE % more)
    swept = sweeper.ahead(120)
    assert [(r.kind, r.node) for r in swept.repairs if r.ledger in map(graph.ledger, (0, 1))] == [
        ("skipped", "late")
    ] * 2
    graph.cron("a", 2)
    graph.cron("b", 0)
    graph.wait_for_runs([graph.run("late", 2), graph.run("report", 0)])
    graph.assert_no_errors()


@pytest.mark.parametrize(("catchup", "days"), [("none", []), ("latest", [2]), ("all", [0, 1, 2])])
def test_s18_a_resumed_node_catches_up_as_it_is_told(
    namespace: Namespace, local: LocalStack, tmp_path: Path, catchup: str, days: Sequence[int]
) -> None:
    suspended, resumed = ONE % ", suspend: true", ONE % f", catchup: {catchup}"
    graph = Deployed(namespace, suspended, head=SWEEPER)
    sweeper = sweeper_of(local, graph, tmp_path, suspended)
    for day in range(3):
        graph.cron("a", day)
        graph.wait_for_facts("a Succeeded", day=day)
    assert not sweeper.ahead(70).repairs
    sweeper.edit(resumed)
    sweeper.ahead(140)
    graph.wait_for_runs([graph.run("report", day) for day in days])
    assert not sweeper.ahead(280).repairs
    graph.cron("a", 3)
    graph.wait_for_runs([graph.run("report", day) for day in (*days, 3)])
    graph.assert_no_errors()


def test_a_sweeper_that_stays_repairs_serves_its_figures_and_ends_when_told(sweeper: Sweeper) -> None:
    graph = sweeper.graph
    record = graph.namespace.service(f"{graph.namespace.graph}-record")
    record.pause()
    port = free_port()
    file = sweeper.folder / "metrics.prom"
    process = sweeper.command(
        "--watch", "--every", "1s", "--metrics", f"127.0.0.1:{port}", "--metrics-file", str(file),
        "--log-format", "json",
    )  # fmt: skip
    try:
        graph.cron("a", finished_at=ago(3600))
        graph.cron("b", finished_at=ago(3600))
        graph.wait_for_runs([graph.run("report")])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            page = answer.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    name = graph.namespace.graph
    where = f'namespace="{graph.namespace.name}"'
    assert f'depgen_sweep_repairs_total{{graph="{name}",kind="fact",{where}}} 2.0' in page.splitlines()
    assert f'depgen_sweep_missed{{graph="{name}",{where}}} 0.0' in page.splitlines()
    assert "depgen_sweep_last_success_timestamp_seconds" in file.read_text()
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["node"] for line in lines if line.get("kind") == "fact"] == ["a", "b"]
    assert out == ""
    record.resume()
    graph.assert_no_errors()


def test_the_account_of_the_sweep_may_do_no_more(sweeper: Sweeper) -> None:
    namespace = sweeper.graph.namespace
    account = f"{namespace.graph}-sweep"
    verbs = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
    may = {
        (group, resource): [verb for verb in verbs if namespace.can_i(account, verb, group, resource)]
        for group, resource in (
            ("", "configmaps"),
            ("argoproj.io", "workflows"),
            ("", "secrets"),
            ("", "pods"),
        )
    }
    assert may == {
        ("", "configmaps"): ["get", "list", "watch", "create", "patch", "delete"],
        ("argoproj.io", "workflows"): ["list"],
        ("", "secrets"): [],
        ("", "pods"): [],
    }


def test_what_cannot_be_mended_is_told_and_fails_only_who_asks_for_it(sweeper: Sweeper) -> None:
    graph = sweeper.graph
    labels = {"workflows.argoproj.io/cron-workflow": "a"}
    name = graph.namespace.complete("nobodys-day", labels=labels)["metadata"]["name"]
    try:
        for options, code in ((), 1), (("--fail-on", "never"), 0):
            process = sweeper.command(*options)
            out, err = process.communicate(timeout=PASS_SECONDS)
            assert (process.returncode, err) == (code, "")
            assert "unmappable nobodys-day: no label depgen.io/key" in out
    finally:
        graph.namespace.api.delete(graph.namespace.path("Workflow", name))
