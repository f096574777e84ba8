"""`depgen check` under its own Role on a real API server, and as the first step of Workflows that the real controller runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from tests.golden.examples import ROOT
from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.argoexec import Pods, Ran, pods_end
from tests.stack.check_pods import Account
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, manifests
from tests.stack.namespace import Namespace

from depgen.checks import Checks, file
from depgen.cli import run
from depgen.render import Templates

EXAMPLE = ROOT / "examples" / "12-a-check-first"
IMAGE = "example.com/depgen:1"
TOLD = {
    "apiVersion": workflows.API_VERSION,
    "kind": "WorkflowTemplate",
    "metadata": {"name": "alerts"},
    "spec": {
        "templates": [
            {
                "name": "told",
                "inputs": {"parameters": [{"name": "target"}, {"name": "status"}]},
                "container": {"image": "none", "command": ["tell"], "args": ["{{inputs.parameters.target}}"]},
            }
        ]
    },
}

GRAPH = """\
apiVersion: depgen.io/v1
graph: {graph}
namespace: {namespace}
timezone: UTC
nodes:
  a: {{source: {{cronWorkflow: a}}}}
  report: {{run: {{workflowTemplate: none}}, dependsOn: [a]}}
"""


def checks(namespace: Namespace, **options: Any) -> list[Manifest]:
    """What `depgen check-manifest` prints."""
    (text,) = file([namespace.name], Checks(IMAGE, **options), "# none", Templates()).values()
    return list(yaml.safe_load_all(text))


class Checked:
    """The check container in a namespace, and `depgen check` as its account."""

    def __init__(self, local: LocalStack, namespace: Namespace, **options: Any) -> None:
        self.namespace = namespace
        self.objects = checks(namespace, **options)
        namespace.apply(self.objects)
        self.account = Account(local, namespace)
        self._kubeconfig = self.account.kubeconfig()
        namespace.wait_for(lambda: self.can("list", "workflows"), 20, "the Role to count")

    def can(self, verb: str, resource: str) -> bool:
        return self.namespace.can_i("depgen-check", verb, "argoproj.io", resource)

    def asks(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit code and the result of a check in this process."""
        place = self.account.folder / "result.json"
        given = ("--result", str(place), "--kubeconfig", str(self._kubeconfig))
        return run(["check", *arguments, *given]), json.loads(place.read_text())

    def verbs(self, *codes: int) -> set[tuple[str, str]]:
        """What the account asked for, and was answered by one of these codes."""
        found = self.namespace.requests("depgen-check") or []
        assert {r.code for r in found} <= set(codes)
        return {(r.verb, r.resource) for r in found}


@pytest.fixture
def checked(namespace: Namespace, local: LocalStack) -> Checked:
    return Checked(local, namespace, for_nodes=False)


def test_every_object_is_taken_as_it_is(namespace: Namespace) -> None:
    for thing in checks(namespace, on_exit="alerts/told"):
        path = namespace.path(thing["kind"], api_version=thing["apiVersion"])
        taken = namespace.api.post(f"{path}?dryRun=All&fieldValidation=Strict", thing)
        assert {k: taken[k] for k in thing if k != "metadata"} == {
            k: thing[k] for k in thing if k != "metadata"
        }


def test_each_kind_of_target_is_found_with_the_verbs_of_the_role(checked: Checked) -> None:
    namespace, now = checked.namespace, datetime.now(UTC)
    child = namespace.complete_cron("sales", now)["metadata"]["name"]
    of_template = {"workflowTemplateRef": {"name": "load"}}
    namespace.complete("by-hand", labels={"team": "sales"}, spec=of_template, finished_at=now)
    namespace.complete("failed", phase="Failed", labels={"team": "stock"}, finished_at=now)
    for target, expected in {
        "cronworkflow/sales": (0, child),
        "workflowtemplate/load": (0, "by-hand"),
        "selector/team in (sales)": (0, "by-hand"),
        "workflow/failed": (1, "failed"),
        "sales": (0, child),
        "load": (0, "by-hand"),
        "workflow/none": (1, ""),
        "clusterworkflowtemplate/load": (1, ""),
    }.items():
        code, result = checked.asks(target, "--within", "1h")
        assert (code, result["workflow"]) == expected, target
    assert checked.asks("failed", "--status", "failure")[0] == 0
    assert checked.verbs(200, 404) == {("list", "workflows"), ("get", "workflows")}


def test_a_missing_verb_is_told_as_one(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    namespace = checked.namespace
    for arguments, resource in {
        ("node/etl/report",): "sensors",
        ("sales", "-n", "default", "--wait", "10m"): "workflows",
    }.items():
        code, result = checked.asks(*arguments)
        assert (code, result["outcome"], result["reason"]) == (2, "unknown", "forbidden")
        assert f'cannot list resource "{resource}"' in str(result["message"])
        assert f"Error: {result['message']}\n" == capsys.readouterr().err
    namespace.api.delete(namespace.path("RoleBinding", "depgen-check", "rbac.authorization.k8s.io/v1"))
    namespace.wait_for(lambda: not checked.can("list", "workflows"), 20, "the Role to be gone")
    assert checked.asks("workflow/x")[1]["reason"] == "forbidden"


def after(seconds: float, do: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, do)
    timer.start()
    return timer


def test_a_wait_ends_when_the_run_does(checked: Checked) -> None:
    namespace = checked.namespace
    timer = after(2, lambda: namespace.complete_cron("sales", datetime.now(UTC)))
    code, result = checked.asks("cronworkflow/sales", "--within", "1h", "--wait", "60", "--interval", "1")
    timer.join()
    assert (code, result["reason"]) == (0, "succeeded")
    code, result = checked.asks("cronworkflow/other", "--wait", "2s", "--interval", "1s")
    assert (code, result["reason"]) == (1, "no-run")
    assert result["message"].endswith("; waited 2s")


def test_a_wait_ends_when_its_workflow_is_deleted(checked: Checked) -> None:
    namespace = checked.namespace
    path = namespace.path("Workflow")
    spec = {"workflowTemplateRef": {"name": "held"}}
    namespace.apply([workflows.suspend_template("held", None)])
    namespace.api.post(
        path,
        {"metadata": {"name": "one"}, "spec": spec, "kind": "Workflow", "apiVersion": workflows.API_VERSION},
    )
    timer = after(2, lambda: namespace.api.delete(f"{path}/one"))
    code, result = checked.asks("workflow/one", "--wait", "60s", "--interval", "1s")
    timer.join()
    assert (code, result["reason"]) == (1, "deleted")


def test_what_the_real_controller_ends_is_an_answer(checked: Checked) -> None:
    """A success, a failure by its deadline, one that still runs: their labels and times are the controller's own."""
    namespace = checked.namespace
    namespace.apply(
        [
            workflows.suspend_template("quick", "1s"),
            workflows.suspend_template("late", None, deadline=1),
            workflows.suspend_template("held", None),
        ]
    )
    for name in ("quick", "late", "held"):
        body = {"apiVersion": workflows.API_VERSION, "kind": "Workflow", "metadata": {"name": f"{name}-1"}}
        namespace.api.post(
            namespace.path("Workflow"), {**body, "spec": {"workflowTemplateRef": {"name": name}}}
        )
    waiting = ("--wait", "30s", "--interval", "1s")
    assert checked.asks("workflowtemplate/quick", *waiting)[1]["phase"] == "Succeeded"
    assert checked.asks("workflowtemplate/late", "--status", "failure", *waiting)[1]["phase"] == "Failed"
    code, result = checked.asks("workflowtemplate/held")
    assert (code, result["reason"], result["phase"]) == (1, "running", "Running")


# ---- as a step of a Workflow ----


class Night:
    """The example under the test's own names; its graph is in shadow mode on real Sensors, its pods check for real."""

    def __init__(self, local: LocalStack, namespace: Namespace) -> None:
        self.namespace = namespace
        namespace.apply(
            manifest
            for path in sorted(EXAMPLE.glob("manifests/*.yaml"))
            for manifest in yaml.safe_load_all(self._renamed(path.read_text()))
            if manifest["kind"] != "CronWorkflow"
        )
        (self._cron,) = yaml.safe_load_all(self._renamed((EXAMPLE / "manifests" / "report.yaml").read_text()))
        graph = self._renamed((EXAMPLE / "graph.yaml").read_text())
        # What ends while the test runs is in the window, whatever the time is.
        graph = graph.replace('from: "00:00", to: "06:00"', 'from: "00:00", to: "00:00+1d"')
        namespace.apply(manifests(graph.replace("nodes:\n", f"{ANY_DATE}nodes:\n", 1)))
        namespace.wait_ready()
        self.account = Account(local, namespace)
        self.pods = Pods(runs={"check": self.account.runs})

    def _renamed(self, text: str) -> str:
        for old, new in {
            "graph: nightly\n": f"graph: {self.namespace.graph}\n",
            "node/nightly/": f"node/{self.namespace.graph}/",
            "namespace: data": f"namespace: {self.namespace.name}",
            "timezone: Europe/Paris": "timezone: UTC",
        }.items():
            text = text.replace(old, new)
        return text

    def upstreams_end(self) -> None:
        """Of today; the report may begin."""
        for cron in ("sales-load", "stock-load"):
            self.namespace.complete_cron(cron, datetime.now(UTC))
        self.wait_for_entry("shadow.report")

    def wait_for_entry(self, prefix: str) -> None:
        """Wait until the ledger of today has an entry whose name begins like that."""
        ledger = f"{self.namespace.graph}-{datetime.now(UTC):%Y%m%d}"
        self.namespace.wait_for(
            lambda: any(name.startswith(prefix) for name in self.namespace.ledger(ledger) or {}),
            30,
            f"an entry {prefix} of {ledger}",
        )

    def report(self) -> Manifest:
        """The Workflow of the CronWorkflow, when it has ended."""
        return run_to_its_end(self.namespace, "report-1", self._cron["spec"]["workflowSpec"])

    def ran(self) -> list[str]:
        """The templates of the pods that ended, sorted."""
        return sorted(template for _, template in self.pods.ended)


def run_to_its_end(namespace: Namespace, name: str, spec: Manifest) -> Manifest:
    """A new Workflow, when the real controller has ended it."""
    path = namespace.path("Workflow")
    body = {"apiVersion": workflows.API_VERSION, "kind": "Workflow", "metadata": {"name": name}, "spec": spec}
    namespace.api.post(path, body)

    def ended() -> bool:
        labels = namespace.api.get(f"{path}/{name}")["metadata"].get("labels", {})
        return bool(labels.get(f"{workflows.LABEL}completed") == "true")

    namespace.wait_for(ended, 60, f"{name} to end")
    found: Manifest = namespace.api.get(f"{path}/{name}")
    return found


def outputs(workflow: Manifest, task: str) -> dict[str, str]:
    """The output parameters of a task, as later tasks see them."""
    (node,) = (n for n in workflow["status"]["nodes"].values() if n["displayName"] == task)
    return {p["name"]: p["value"] for p in node["outputs"]["parameters"]}


def phases(workflow: Manifest) -> dict[str, str]:
    """The phase of each task and attempt by its name."""
    return {n["displayName"]: n["phase"] for n in workflow["status"]["nodes"].values()}


@pytest.fixture
def night(namespace: Namespace, local: LocalStack) -> Night:
    return Night(local, namespace)


def test_the_example_goes_on_when_the_check_says_yes(night: Night) -> None:
    night.upstreams_end()
    rates = night.namespace.complete_cron("rates-load", datetime.now(UTC))["metadata"]["name"]
    with pods_end(night.namespace, night.pods):
        found = night.report()
    assert found["status"]["phase"] == "Succeeded", phases(found)
    assert night.ran() == ["check", "check", "convert", "report"]
    told = outputs(found, "rates")
    assert (told["satisfied"], told["workflow"], told["phase"]) == ("true", rates, "Succeeded")
    assert json.loads(told["result"])["workflow"] == rates
    assert outputs(found, "check")["reason"] == "ready"
    (convert,) = (t for t in night.pods.templates.values() if t["name"] == "convert")
    assert f"--rates={rates}" in convert["container"]["command"]


def test_a_task_can_look_at_the_answer_and_go_on_without(night: Night) -> None:
    night.upstreams_end()
    with pods_end(night.namespace, night.pods):
        found = night.report()
    assert night.ran() == ["check", "check", "report"]
    assert phases(found)["convert"] == "Skipped"
    assert outputs(found, "rates")["reason"] == "no-run"


def test_the_example_stops_when_the_check_says_no(night: Night) -> None:
    """The report has run today already, so waiting is of no use."""
    night.namespace.complete_cron("report", datetime.now(UTC))
    night.namespace.complete_cron("rates-load", datetime.now(UTC))
    night.upstreams_end()
    night.wait_for_entry("run.report.")
    with pods_end(night.namespace, night.pods):
        found = night.report()
    assert found["status"]["phase"] == "Failed", phases(found)
    assert night.ran() == ["check", "check", "tell"]
    assert phases(found)["report"] == "Omitted"
    told = outputs(found, "check")
    assert (told["satisfied"], told["reason"]) == ("false", "fired")
    (tell,) = (t for t in night.pods.templates.values() if t["name"] == "tell")
    assert tell["container"]["command"][1] == f"no report tonight: {told['message']}"


def test_what_cannot_be_told_is_tried_again_and_a_no_is_not(local: LocalStack, namespace: Namespace) -> None:
    """The first attempt lacks a Role, the second has it; a handler is told at the end."""
    check = Checked(local, namespace, on_exit="alerts/told", for_nodes=True)
    (template,) = (o for o in check.objects if o["kind"] == "WorkflowTemplate")
    assert template["spec"]["templates"][0]["retryStrategy"]["backoff"]["duration"] == "5s"
    template["spec"]["templates"][0]["retryStrategy"]["backoff"]["duration"] = "1s"
    namespace.apply([TOLD, template])
    role = namespace.path("Role", "depgen-check-nodes", "rbac.authorization.k8s.io/v1")
    rules = namespace.api.get(role)["rules"]
    namespace.api.merge_patch(role, {"rules": []})
    namespace.wait_for(lambda: not check.can("list", "sensors"), 20, "the Role to be empty")
    codes: list[int] = []

    def runs(pod: Manifest) -> Ran:
        ran = check.account.runs(pod)
        codes.append(ran.code)
        if len(codes) == 1:
            assert ran.parameters["reason"] == "forbidden"
            namespace.api.merge_patch(role, {"rules": rules})
            namespace.wait_for(lambda: check.can("list", "sensors"), 20, "the Role to count")
            namespace.apply(manifests(GRAPH.format(graph=namespace.graph, namespace=namespace.name)))
        return ran

    pods = Pods(runs={"check": runs})
    with pods_end(namespace, pods):
        parameters = [{"name": "target", "value": f"node/{namespace.graph}/report"}]
        spec = {"workflowTemplateRef": {"name": "depgen-check"}, "arguments": {"parameters": parameters}}
        found = run_to_its_end(namespace, "alone", spec)
    assert codes == [2, 1]
    assert pods.ended == [("alone", "check"), ("alone", "check"), ("alone", "told")]
    assert found["status"]["phase"] == "Failed"
    assert outputs(found, "alone")["reason"] == "waiting-for"
    (told,) = (t for t in pods.templates.values() if t["name"] == "told")
    assert told["container"]["args"] == [f"node/{namespace.graph}/report"]
    reads = {("list", resource) for resource in ("sensors", "eventsources", "configmaps")}
    assert check.verbs(200, 403) == reads
