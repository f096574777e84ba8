"""Missed runs with the real Workflows controller: found, created once, and not once more by a late controller.

Without a controller manager and with the controller down, a CronWorkflow of every minute misses its next minute.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace
from tests.stack.workflows import API_VERSION, LABEL, suspend_template, timestamp

from depgen.cli import run

MINUTE = 60
RBAC = "rbac.authorization.k8s.io"
# What the command asks for, as its page says.
LOOK = [
    {"apiGroups": ["argoproj.io"], "resources": ["cronworkflows", "workflows"], "verbs": ["list"]},
    {"apiGroups": ["argoproj.io"], "resources": ["workflowtemplates"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]},
]
SUBMIT = [
    *LOOK,
    {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create", "get"]},
    {"apiGroups": ["argoproj.io"], "resources": ["cronworkflows"], "verbs": ["patch"]},
]

# startingDeadlineSeconds
CRONS = {"with": 600, "without": None}

Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def down(local: LocalStack) -> Iterator[LocalStack]:
    """The stack without its Workflows controller, which comes back at the end."""
    local.workflows_controller.kill()
    yield local
    local.revive()


@pytest.fixture
def cron_missed(
    down: LocalStack, namespace: Namespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`cron_missed("looks", "--submit")` as a ServiceAccount with one of the two Roles: (exit code, answer)."""
    graph = (
        f"apiVersion: depgen.io/v1\ngraph: {namespace.graph}\nnamespace: {namespace.name}\ntimezone: Europe/Paris\n"
        "nodes:\n"
        + "".join(f"  {n}: {{source: {{cronWorkflow: {n}}}}}\n" for n in CRONS)
        + "  report: {run: {workflowTemplate: nap}, dependsOn: [with, without]}\n"
    )
    (tmp_path / "graph.yaml").write_text(graph)
    for account, rules in (("looks", LOOK), ("submits", SUBMIT)):
        token = _account(namespace, account, rules)
        down.control_plane.kubeconfig(tmp_path / account, token)

    def command(account: str, *options: str) -> tuple[int, Any]:
        capsys.readouterr()
        common = ["--kubeconfig", str(tmp_path / account), "--since", "5m", "--grace", "1s", "-o", "json"]
        code = run(["cron-missed", str(tmp_path / "graph.yaml"), *common, *options])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else captured.err

    return command


def test_a_missed_run_is_created_once_and_the_controller_goes_on_with_the_next(
    down: LocalStack, namespace: Namespace, cron_missed: Command
) -> None:
    namespace.apply([suspend_template("nap", "1s")])
    for name, deadline in CRONS.items():
        made = namespace.api.post(namespace.path("CronWorkflow"), _cron_workflow(name, deadline))
    due = _unix(made["metadata"]["creationTimestamp"]) // MINUTE * MINUTE + MINUTE
    namespace.wait_for(lambda: time.time() > due + 2, 70, "the minute to pass")

    def both(outcome: str | None) -> dict[str, list[tuple[int, str, str | None]]]:
        return {name: [(due, "missed", outcome)] for name in CRONS}

    code, answer = cron_missed("looks")
    assert (code, _told(answer)) == (1, both(None))
    code, answer = cron_missed("looks", "--submit", "--dry-run")
    assert (code, _told(answer)) == (1, both("would be created"))
    code, answer = cron_missed("looks", "--submit")
    assert (code, _told(answer), answer["counts"]["retried"]) == (1, both("failed"), 0)
    assert (
        "workflows.argoproj.io is forbidden" in answer["cronWorkflows"][0]["due"][0]["submission"]["reason"]
    )
    assert _children(namespace) == {name: [] for name in CRONS}

    code, answer = cron_missed("submits", "--submit")
    assert (code, _told(answer)) == (0, both("created"))
    code, answer = cron_missed("submits", "--submit")
    assert (code, answer["counts"]["missed"]) == (0, 0)
    uids = {w["metadata"]["name"]: w["metadata"]["uid"] for w in namespace.workflows()}

    # A controller that finds the run it missed to be there already would not schedule the next one for as long as
    # startingDeadlineSeconds allows, but for the lastScheduledTime that --submit sets.
    down.revive()
    later = namespace.wait_for(lambda: _later(namespace, due), 150, "the controller to start both again")
    assert {times[0] for times in _children(namespace).values()} == {due}
    runs = {w["metadata"]["name"]: w for w in namespace.workflows()}
    assert uids == {name: runs[name]["metadata"]["uid"] for name in uids}
    assert _made(runs[f"with-{due}"]) == _made(runs[f"with-{later}"])
    namespace.wait_for(
        lambda: all(
            w["metadata"]["labels"].get(f"{LABEL}phase") == "Succeeded" for w in namespace.workflows()
        ),
        30,
        "every run to succeed",
    )


def _account(namespace: Namespace, name: str, rules: list[Manifest]) -> str:
    """Makes a ServiceAccount with these rights; its token."""
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace.name}
    namespace.apply(
        [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
            {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules},
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
                "subjects": [subject],
            },
        ]
    )
    path = namespace.path("ServiceAccount", name, api_version="v1")
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    return str(namespace.api.post(f"{path}/token", request)["status"]["token"])


def _cron_workflow(name: str, deadline: int | None) -> Manifest:
    """One of every minute, with what the controller wrote when it last started it: a minute ago."""
    spec: Manifest = {"schedules": ["* * * * *"], "workflowSpec": {"workflowTemplateRef": {"name": "nap"}}}
    last = datetime.fromtimestamp(int(time.time()) // MINUTE * MINUTE, UTC)
    return {
        "apiVersion": API_VERSION,
        "kind": "CronWorkflow",
        "metadata": {
            "name": name,
            "labels": {f"{LABEL}creator": "ann", "team": "stays-here"},
            "annotations": {"cronworkflows.argoproj.io/last-used-schedule": "* * * * *"},
        },
        "spec": spec | ({"startingDeadlineSeconds": deadline} if deadline else {}),
        "status": {"lastScheduledTime": timestamp(last), "active": []},
    }


def _told(answer: Any) -> dict[str, list[tuple[int, str, str | None]]]:
    """By CronWorkflow the times that were due, what became of them, and what was done."""
    return {
        cron["name"]: [
            (_unix(due["at"]), due["verdict"], (due["submission"] or {}).get("outcome"))
            for due in cron["due"]
        ]
        for cron in answer["cronWorkflows"]
    }


def _children(namespace: Namespace) -> dict[str, list[int]]:
    """By CronWorkflow the times in the names of its runs, sorted."""
    found: dict[str, list[int]] = {name: [] for name in CRONS}
    for workflow in namespace.workflows():
        cron, _, at = workflow["metadata"]["name"].rpartition("-")
        found[cron].append(int(at))
    return {name: sorted(times) for name, times in found.items()}


def _later(namespace: Namespace, due: int) -> int | None:
    """A time after `due` for which the controller started both CronWorkflows."""
    both = set.intersection(*(set(times) for times in _children(namespace).values()))
    return max((at for at in both if at > due), default=None)


def _made(workflow: Manifest) -> Manifest:
    """What whoever created a run decided; the controller adds the rest."""
    meta = workflow["metadata"]
    added = (f"{LABEL}completed", f"{LABEL}phase", f"{LABEL}workflow-archiving-status")
    return {
        "labels": {name: value for name, value in meta["labels"].items() if name not in added},
        "owners": meta["ownerReferences"],
        "zone": meta["annotations"][f"{LABEL}scheduled-time"][19:],
        "is dated": _unix(meta["annotations"][f"{LABEL}scheduled-time"])
        == int(meta["name"].rpartition("-")[2]),
        "template": workflow["spec"]["workflowTemplateRef"],
    }


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
