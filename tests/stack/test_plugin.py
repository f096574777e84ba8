"""The executor plugin with the real workflow-controller and the agent's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from tests.plugins import FORM, body
from tests.stack.agent import ended, receiving
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, manifests
from tests.stack.faults.proxy import Proxy, Trouble
from tests.stack.namespace import Namespace
from tests.stack.plugin_agent import ACCOUNT, PLUGIN, Plugged, call, install, plugged, served

from depgen.plugin.app import PATH
from depgen.plugin.manifest import manifest

IMAGE = "example.com/depgen:1"
EXAMPLE = Path(__file__).parents[2] / "examples" / "13-a-plugin-checks"
PARIS = ZoneInfo("Europe/Paris")
CHECKS = 200


@pytest.fixture
def plugin(namespace: Namespace, local: LocalStack, tmp_path: Path) -> Iterator[Plugged]:
    with running(namespace, local, tmp_path) as made:
        yield made


@contextmanager
def running(
    namespace: Namespace, local: LocalStack, folder: Path, with_nodes: bool = False
) -> Iterator[Plugged]:
    """The plugin as its manifest says, once the controller has taken it."""
    install(namespace, list(yaml.safe_load_all(manifest(IMAGE, namespace.name, with_nodes=with_nodes))))
    log = local.log("workflows-controller")
    added = f'msg="Executor plugin added" name={PLUGIN} namespace={namespace.name}'
    namespace.wait_for(lambda: added in log.read_text(), 20, "the controller to take the plugin")
    with plugged(namespace, local, folder) as made:
        yield made


def workflow(namespace: Namespace, name: str, form: Any, **more: Any) -> str:
    """A Workflow whose only template asks the plugin."""
    template = {"name": "check", "plugin": {"dependencyChecker": form}}
    spec = {"entrypoint": "check", "serviceAccountName": ACCOUNT, "templates": [template], **more}
    metadata = {"name": name, "labels": {"team": "data"}}
    made = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata, "spec": spec}
    namespace.api.post(namespace.path("Workflow"), made)
    return name


def asks(namespace: Namespace, workflow: str, form: Any, plugin: str = "dependencyChecker") -> Manifest:
    """The arguments of one call of an agent."""
    metadata = {"name": workflow, "namespace": namespace.name, "uid": f"uid-of-{workflow}"}
    return {"workflow": {"metadata": metadata}, "template": {"name": "check", "plugin": {plugin: form}}}


def node(done: Manifest) -> Manifest:
    """The plugin's node of a Workflow."""
    (found,) = [n for n in done["status"]["nodes"].values() if n["type"] == "Plugin"]
    return dict(found)


def finished(namespace: Namespace, name: str) -> Manifest:
    """A Workflow, when it has ended."""
    return namespace.wait_for(lambda: ended(namespace, name), 60, f"{name} to end")


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def test_a_check_that_is_satisfied_lets_the_workflow_go_on_with_its_outputs(plugin: Plugged) -> None:
    namespace = plugin.namespace
    namespace.complete_cron("sales", ago(minutes=5), finished_at=ago(minutes=4))
    check = {
        "name": "check",
        "inputs": {"parameters": [{"name": "target"}]},
        "outputs": {"parameters": [{"name": "workflow", "valueFrom": {"supplied": {}}}]},
        "plugin": {
            "dependencyChecker": {"targetWorkflow": "{{inputs.parameters.target}}", "timeWindow": "2h"}
        },
    }
    found = "{{steps.check.outputs.parameters.workflow}}"
    result = "{{=jsonpath(steps['check'].outputs.result, '$.reason')}}"
    then = {"inputs": {"parameters": [{"name": "found"}, {"name": "reason"}]}, "suspend": {"duration": "0s"}}
    use = {"parameters": [{"name": "found", "value": found}, {"name": "reason", "value": result}]}
    main: Manifest = {
        "name": "main",
        "steps": [
            [
                {
                    "name": "check",
                    "template": "check",
                    "arguments": {"parameters": [{"name": "target", "value": "sales"}]},
                }
            ],
            [{"name": "then", "template": "then", "arguments": use}],
        ],
    }
    templates = [main, check, {"name": "then", **then}]
    done = finished(namespace, workflow(namespace, "nightly", None, entrypoint="main", templates=templates))
    assert done["status"]["phase"] == "Succeeded", done["status"].get("message")
    (run,) = [w["metadata"]["name"] for w in namespace.workflows("workflows.argoproj.io/cron-workflow=sales")]
    checked = node(done)
    assert checked["message"].startswith(f"{run} ended Succeeded 4m ago")
    outputs = {p["name"]: p["value"] for p in checked["outputs"]["parameters"]}
    assert (outputs["workflow"], outputs["phase"], outputs["reason"]) == (run, "Succeeded", "succeeded")
    assert json.loads(outputs["result"])["satisfied"] is True
    (after,) = [n for n in done["status"]["nodes"].values() if n.get("templateName") == "then"]
    assert {p["name"]: p["value"] for p in after["inputs"]["parameters"]} == {
        "found": run,
        "reason": "succeeded",
    }


def test_a_check_that_is_not_satisfied_fails_the_workflow_with_our_words(plugin: Plugged) -> None:
    namespace = plugin.namespace
    namespace.complete_cron("sales", ago(hours=4), finished_at=ago(hours=3, minutes=1))
    done = finished(
        namespace, workflow(namespace, "nightly", {"targetWorkflow": "sales", "timeWindow": "2h"})
    )
    assert (done["status"]["phase"], node(done)["phase"]) == ("Failed", "Failed")
    assert "ended Succeeded 3h 1m ago, longer ago than 2h (too-old)" in done["status"]["message"]


def test_a_malformed_template_is_an_error_with_what_was_meant(plugin: Plugged) -> None:
    namespace = plugin.namespace
    done = finished(namespace, workflow(namespace, "nightly", {"targetWorkflow": "a", "timeWindw": "2h"}))
    assert (done["status"]["phase"], node(done)["phase"]) == ("Error", "Error")
    assert 'did you mean "timeWindow"?' in node(done)["message"]


def test_it_waits_for_a_run_that_is_still_to_come(plugin: Plugged) -> None:
    namespace = plugin.namespace
    form = {"targetWorkflow": "sales", "timeWindow": "2h", "wait": "5m", "interval": "1s"}
    name = workflow(namespace, "nightly", form)
    namespace.wait_for(lambda: len(plugin.replies) > 2, 30, "the agent to ask again")
    namespace.complete_cron("sales", datetime.now(UTC))
    done = finished(namespace, name)
    assert (done["status"]["phase"], node(done)["phase"]) == ("Succeeded", "Succeeded")
    *waited, last = plugin.replies
    assert {reply["requeue"] for reply in waited} == {"1s"}
    assert "there is no Workflow of sales" in waited[0]["node"]["message"]
    assert last["node"]["phase"] == "Succeeded"


@pytest.mark.parametrize(("of", "phase"), [("template", "Error"), ("workflow", "Failed")])
def test_argo_can_end_a_wait(plugin: Plugged, of: str, phase: str) -> None:
    """Of a node that waits nothing is reported: a report would be written over its end.

    The controller looks at deadlines only when something happens to the Workflow, which the test sees to. They leave a busy
    machine the time to ask before that.
    """
    namespace = plugin.namespace
    form = {"targetWorkflow": "sales", "wait": "1h", "interval": "1s"}
    template = {"name": "check", "plugin": {"dependencyChecker": form}}
    more: dict[str, Any] = {"activeDeadlineSeconds": 10} if of == "workflow" else {}
    if of == "template":
        template["timeout"] = "10s"
    name = workflow(namespace, "nightly", form, templates=[template], **more)
    namespace.wait_for(lambda: plugin.replies, 60, "the plugin to be asked")

    def has_ended() -> Manifest | None:
        looked_at = {"metadata": {"annotations": {"asked": str(len(plugin.replies))}}}
        namespace.api.merge_patch(namespace.path("Workflow", name), looked_at)
        return ended(namespace, name)

    done = namespace.wait_for(has_ended, 60, f"{name} to end")
    assert (done["status"]["phase"], node(done)["phase"]) == (phase, "Failed")
    assert {tuple(reply) for reply in plugin.replies} == {("node", "requeue")}


def test_the_pod_runs_our_container_with_what_it_needs(plugin: Plugged) -> None:
    namespace = plugin.namespace
    pod = plugin.pod(workflow(namespace, "nightly", {"targetWorkflow": "sales", "wait": "1h"}))
    containers = {c["name"]: c for c in pod["spec"]["containers"]}
    ours, main = containers[PLUGIN], containers["main"]
    (config,) = [o for o in yaml.safe_load_all(manifest(IMAGE, namespace.name)) if o["kind"] == "ConfigMap"]
    said = yaml.safe_load(config["data"]["sidecar.container"])
    assert ours["args"] == said["args"]
    assert (ours["image"], ours["securityContext"]) == (IMAGE, said["securityContext"])
    assert ours["resources"] == said["resources"]
    variables = {entry["name"]: entry.get("value") for entry in main["env"]}
    assert json.loads(variables["ARGO_PLUGIN_NAMES"]) == [PLUGIN]
    assert json.loads(variables["ARGO_PLUGIN_ADDRESSES"]) == [
        f"http://localhost:{said['ports'][0]['containerPort']}"
    ]
    mounts = {m["mountPath"]: m for m in ours["volumeMounts"]}
    assert mounts["/var/run/argo"]["subPath"] == PLUGIN
    account = mounts["/var/run/secrets/kubernetes.io/serviceaccount"]["name"]
    (volume,) = [v for v in pod["spec"]["volumes"] if v["name"] == account]
    secret = namespace.api.get(namespace.path("Secret", volume["secret"]["secretName"], "v1"))
    assert secret["metadata"]["annotations"]["kubernetes.io/service-account.name"] == PLUGIN
    # Argo's init container writes the token for its own user; ours is the same one.
    assert ours["securityContext"]["runAsUser"] == pod["spec"]["securityContext"]["runAsUser"]


def test_two_hundred_checks_at_once_cost_a_few_requests(plugin: Plugged) -> None:
    """Every fourth is a no, which is made sure of. The Role is that of the manifest."""
    namespace = plugin.namespace
    for number in range(CHECKS):
        phase = "Failed" if number % 4 == 0 else "Succeeded"
        namespace.complete_cron(f"c{number}", ago(minutes=2), phase, finished_at=ago(minutes=1))

    calls = [
        asks(namespace, f"asker-{n}", {"targetWorkflow": f"c{n}", "timeWindow": "2h"}) for n in range(CHECKS)
    ]
    answers = []
    for found in plugin.call(calls):
        told = found["reply"]["node"]
        outputs = {p["name"]: p["value"] for p in told["outputs"]["parameters"]}
        answers.append((told["phase"], outputs["workflow"].rpartition("-")[0]))
    assert answers == [("Succeeded" if n % 4 else "Failed", f"c{n}") for n in range(CHECKS)]
    made = [(r.verb, r.resource, r.code) for r in namespace.requests(PLUGIN) or ()]
    assert {(resource, code) for _, resource, code in made} == {("workflows", 200)}
    assert sum(verb == "watch" for verb, _, _ in made) == 1
    assert len(made) <= CHECKS // 8, len(made)


def test_a_wrong_token_and_another_plugins_template_get_what_argo_wants(plugin: Plugged) -> None:
    call = asks(plugin.namespace, "asker", {"text": "hello"}, "slack")
    assert [found["error"] for found in plugin.call([call], "wrong")] == [
        "403 Forbidden: the bearer token is not the one of this pod\n"
    ]
    assert plugin.call([call]) == [{"reply": {}}]
    assert "wrong" not in plugin.log.read_text()


def test_the_agent_sends_what_the_tests_without_a_stack_send(local: LocalStack) -> None:
    wanted = json.loads(body(FORM))
    with receiving() as receiver:
        call(local, receiver.url.removesuffix("/alerts"), [wanted], "t0ken")
    ((path, headers, sent),) = receiver.calls
    assert (path, sent) == (PATH, wanted)
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer t0ken", "application/json")


def test_an_api_in_trouble_costs_time_and_no_answer(
    namespace: Namespace, local: LocalStack, tmp_path: Path
) -> None:
    """Nobody is told that there was no run by a plugin that could not look."""
    install(namespace, list(yaml.safe_load_all(manifest(IMAGE, namespace.name))))
    for number in range(20):
        namespace.complete_cron(f"c{number}", ago(minutes=2), finished_at=ago(minutes=1))
    plane = local.control_plane
    troubles = iter(
        [Trouble(status=504), Trouble(loses_answer=True), Trouble(status=500), Trouble(status=429)] * 4
    )
    calls = [
        asks(namespace, f"asker-{n}", {"targetWorkflow": f"c{n}", "timeWindow": "2h"}) for n in range(20)
    ]
    with closing(Proxy(plane.server, plane.certificate, plane.key)) as proxy:
        proxy.script = lambda asked: next(troubles, None)
        with served(namespace, local, tmp_path, proxy.address) as plugin:
            first = plugin.call(calls)
            assert {tuple(found["reply"]) for found in first} == {("node", "requeue")}

            def phases() -> list[str] | None:
                found = [answer["reply"]["node"].get("phase") for answer in plugin.call(calls)]
                return found if all(found) else None

            assert namespace.wait_for(phases, 60, "every answer") == ["Succeeded"] * 20
        assert proxy.troubles == 16


def test_the_example_asks_for_a_node_a_window_and_a_run(
    namespace: Namespace, local: LocalStack, tmp_path: Path
) -> None:
    """Its last task has no container here: there is no kubelet."""

    def read(name: str) -> str:
        text = (EXAMPLE / name).read_text()
        for old, new in {
            "graph: billing": f"graph: {namespace.graph}",
            "node: billing/": f"node: {namespace.graph}/",
            "namespace: data": f"namespace: {namespace.name}",
            "serviceAccountName: invoices": f"serviceAccountName: {ACCOUNT}",
            "interval: 30s": "interval: 1s",
            # What ends while the test runs is in the window, whatever the time is.
            'from: "00:00", to: "04:00"': 'from: "00:00", to: "00:00+1d"',
            "nodes:\n": f"{ANY_DATE}nodes:\n",
        }.items():
            text = text.replace(old, new)
        return text

    namespace.apply(manifests(read("graph.yaml")))
    namespace.wait_ready()
    (cron,) = yaml.safe_load_all(read("manifests/invoices.yaml"))
    spec = cron["spec"]["workflowSpec"]
    spec["templates"][-1] = {**spec["templates"][-1], "container": None, "suspend": {"duration": "0s"}}
    with running(namespace, local, tmp_path, with_nodes=True) as plugin:
        night = {"metadata": {"name": "night", "labels": {"team": "data"}}, "spec": spec}
        last_night = datetime.now(PARIS).replace(hour=23) - timedelta(days=1)
        namespace.complete_cron("backup", last_night, finished_at=last_night)
        namespace.api.post(
            namespace.path("Workflow"), {"apiVersion": cron["apiVersion"], "kind": "Workflow", **night}
        )
        waits = f"node {namespace.graph}/invoices for"
        namespace.wait_for(
            lambda: any(reply["node"]["message"].startswith(waits) for reply in plugin.replies),
            30,
            "it to wait",
        )
        for name in ("orders-load", "prices-load"):
            namespace.complete_cron(name, datetime.now(PARIS))
        done = finished(namespace, "night")
        assert done["status"]["phase"] == "Succeeded", done["status"]
        asked = {(r.resource, r.verb, r.code) for r in namespace.requests(PLUGIN) or ()}
    told = {n["displayName"]: (n["phase"], n.get("message", "")) for n in done["status"]["nodes"].values()}
    assert told["ready"][0] == told["backup"][0] == "Succeeded"
    assert told["ready"][1].endswith("(ready)")
    assert told["customers"] == (
        "Failed",
        f"there is no Workflow of CronWorkflow customers-load in namespace {namespace.name} (no-run)",
    )
    assert {code for _, _, code in asked} == {200}
    assert {resource for resource, _, _ in asked} == {"workflows", "sensors", "eventsources", "configmaps"}
