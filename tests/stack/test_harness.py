"""The harness on the real components, with manifests small enough to read: does it start, break and tell?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.stack.api import ApiError, Manifest
from tests.stack.cluster import LocalStack
from tests.stack.gojq import Gojq, GojqError
from tests.stack.namespace import Namespace
from tests.stack.pod import Pod
from tests.stack.workflows import suspend_template

ROOT = Path(__file__).parents[2]
ARGO = "argoproj.io/v1alpha1"
COPIED = {"retryStrategy": {"steps": 2, "duration": "100ms"}, "atLeastOnce": True}


def account(name: str, resource: str, *verbs: str, group: str = "") -> list[Manifest]:
    """A ServiceAccount that may do these verbs and nothing else."""
    rbac = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "Role",
            "metadata": {"name": name},
            "rules": [{"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name}],
        },
    ]


def source(namespace: Namespace, **spec: Any) -> Manifest:
    """An EventSource that sends an event `seen` for each ConfigMap labelled `watched`."""
    watched = {
        "namespace": namespace.name,
        "group": "",
        "version": "v1",
        "resource": "configmaps",
        "eventTypes": ["ADD", "UPDATE"],
        "filter": {"labels": [{"key": "watched", "operation": "exists"}]},
    }
    template = {"serviceAccountName": "watch"}
    return {
        "apiVersion": ARGO,
        "kind": "EventSource",
        "metadata": {"name": namespace.graph},
        "spec": {"template": template, "resource": {"seen": watched}, **spec},
    }


def copier(namespace: Namespace, name: str, note: str = "seen") -> Manifest:
    """A Sensor that writes a ConfigMap `copy-<name of the watched one>-<sensor>` with `{note: <count>}`."""
    program = (
        f'{{copy: ("copy-" + .body.metadata.name + "-{name}"), data: {{"{note}": .body.data.count}},'
        ' zone: (0 | localtime | strftime("%H"))}'
    )
    target = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "labels": {"copied": "yes"}}}
    parameters = [
        {"src": {"dependencyName": "seen", "dataKey": "copy"}, "dest": "metadata.name"},
        {"src": {"dependencyName": "seen", "dataKey": "data", "useRawData": True}, "dest": "data"},
        {"src": {"dependencyName": "seen", "dataKey": "zone"}, "dest": "data.zone"},
    ]
    patch = {"operation": "patch", "source": {"resource": target}, "parameters": parameters}
    dependency = {
        "name": "seen",
        "eventSourceName": namespace.graph,
        "eventName": "seen",
        "transform": {"jq": program},
    }
    return {
        "apiVersion": ARGO,
        "kind": "Sensor",
        "metadata": {"name": f"{namespace.graph}-{name}"},
        "spec": {
            "template": {
                "serviceAccountName": "copy",
                "container": {"env": [{"name": "TZ", "value": "Asia/Shanghai"}]},
            },
            "dependencies": [dependency],
            "triggers": [{**COPIED, "template": {"name": "copy", "conditions": "seen", "k8s": patch}}],
        },
    }


def watched(name: str, count: int) -> Manifest:
    metadata = {"name": name, "labels": {"watched": "yes"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"count": str(count)}}


def watch_and_copy(namespace: Namespace, *copiers: str) -> None:
    """Applies an EventSource and its Sensors, each under a ServiceAccount with the verbs it needs."""
    namespace.apply(account("watch", "configmaps", "list", "watch"))
    namespace.apply(account("copy", "configmaps", "get", "create", "patch"))
    namespace.apply([source(namespace), *(copier(namespace, name) for name in copiers)])
    namespace.wait_ready()


def wait_for_count(namespace: Namespace, copy: str, count: int) -> dict[str, str]:
    def data() -> dict[str, str] | None:
        found = namespace.ledger(copy)
        return found if found and found["seen"] == str(count) else None

    return namespace.wait_for(data, 20, f"{copy} to say {count}")


def test_three_sensors_copy_what_the_event_source_sees(namespace: Namespace) -> None:
    watch_and_copy(namespace, "a", "b", "c")
    namespace.apply([watched("first", 1)])
    for name in "abc":
        assert wait_for_count(namespace, f"copy-first-{name}", 1) == {"seen": "1", "zone": "08"}
    namespace.apply([watched("first", 2)])
    for name in "abc":
        wait_for_count(namespace, f"copy-first-{name}", 2)
    namespace.quiet()
    assert namespace.errors() == []


def test_a_missing_verb_of_a_sensor_is_an_error(namespace: Namespace, local: LocalStack) -> None:
    namespace.apply(account("watch", "configmaps", "list", "watch"))
    namespace.apply(account("copy", "configmaps", "get", "patch"))
    namespace.apply([source(namespace), copier(namespace, "a")])
    namespace.wait_ready()
    namespace.apply([watched("first", 1)])
    errors = namespace.wait_for(namespace.errors, 20, "an error")
    assert 'cannot create resource \\"configmaps\\"' in errors[0].text
    assert errors[0].component == f"{namespace.graph}-a"
    requests = {(r.verb, r.resource, r.code) for r in namespace.requests("copy") or []}
    assert requests == {("get", "configmaps", 404), ("create", "configmaps", 403)}


def test_a_missing_verb_of_an_event_source_is_an_error_and_never_ready(
    namespace: Namespace, local: LocalStack
) -> None:
    namespace.apply(account("watch", "configmaps", "list"))
    namespace.apply([source(namespace)])
    errors = namespace.wait_for(namespace.errors, 20, "an error")
    assert 'cannot watch resource \\"configmaps\\"' in errors[0].message
    with pytest.raises(AssertionError, match=r"has yet to begin 1 watches of .*configmaps"):
        namespace.wait_ready(0)


def test_a_paused_a_killed_and_a_restarted_sensor_lose_nothing(
    namespace: Namespace, local: LocalStack
) -> None:
    watch_and_copy(namespace, "paused", "killed", "restarted")
    services = {
        name: namespace.service(f"{namespace.graph}-{name}") for name in ("paused", "killed", "restarted")
    }
    services["paused"].pause()
    services["killed"].kill()
    services["restarted"].restart()
    namespace.wait_ready()
    namespace.apply([watched("first", 1)])
    wait_for_count(namespace, "copy-first-restarted", 1)
    namespace.quiet()
    assert namespace.ledger("copy-first-paused") is None
    assert namespace.ledger("copy-first-killed") is None
    services["paused"].resume()
    services["killed"].start()
    wait_for_count(namespace, "copy-first-paused", 1)
    wait_for_count(namespace, "copy-first-killed", 1)
    namespace.wait_ready()
    assert namespace.errors() == []


def test_an_edited_sensor_runs_its_new_spec_once_ready(namespace: Namespace) -> None:
    watch_and_copy(namespace, "a")
    namespace.apply([copier(namespace, "a", note="edited")])
    namespace.wait_ready()
    namespace.apply([watched("first", 1)])
    copied = namespace.wait_for(lambda: namespace.ledger("copy-first-a"), 20, "the copy")
    assert copied == {"edited": "1", "zone": "08"}


def test_a_deleted_sensor_has_no_process(namespace: Namespace) -> None:
    watch_and_copy(namespace, "a", "b")
    namespace.delete(copier(namespace, "a"))
    assert [service.name for service in namespace.services()] == [namespace.graph, f"{namespace.graph}-b"]


def test_the_real_controller_completes_workflows_without_pods(namespace: Namespace) -> None:
    namespace.apply([suspend_template("nap", "1s"), suspend_template("late", "1h", deadline=1)])
    for template in ("nap", "late"):
        spec = {"workflowTemplateRef": {"name": template}}
        namespace.apply(
            [{"apiVersion": ARGO, "kind": "Workflow", "metadata": {"name": f"one-{template}"}, "spec": spec}]
        )

    def phases() -> dict[str, str] | None:
        done = namespace.workflows("workflows.argoproj.io/completed=true")
        return {w["metadata"]["name"]: w["status"]["phase"] for w in done} if len(done) == 2 else None

    assert namespace.wait_for(phases, 20, "both ends") == {"one-nap": "Succeeded", "one-late": "Failed"}


def test_a_completed_child_looks_like_the_controllers_own(namespace: Namespace) -> None:
    shanghai = timezone(timedelta(hours=8))
    made = namespace.complete_cron(
        "sales-load",
        datetime(2026, 11, 21, 18, 0, tzinfo=shanghai),
        finished_at=datetime(2026, 11, 21, 10, 7, tzinfo=UTC),
        outputs={"rows": "7"},
    )
    assert made["metadata"]["name"] == "sales-load-1795255200"
    assert made["metadata"]["labels"] == {
        "workflows.argoproj.io/completed": "true",
        "workflows.argoproj.io/cron-workflow": "sales-load",
        "workflows.argoproj.io/phase": "Succeeded",
    }
    assert made["metadata"]["annotations"] == {
        "workflows.argoproj.io/scheduled-time": "2026-11-21T18:00:00+08:00"
    }
    assert made["status"] == {
        "phase": "Succeeded",
        "startedAt": "2026-11-21T10:07:00Z",
        "finishedAt": "2026-11-21T10:07:00Z",
        "outputs": {"parameters": [{"name": "rows", "value": "7"}]},
    }


def test_a_burst_of_completed_workflows_stays_as_it_was_made(namespace: Namespace) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    calls = [partial(namespace.complete_cron, "burst", start + timedelta(days=day)) for day in range(200)]
    made = namespace.at_once(calls)
    namespace.quiet(1)
    versions = {w["metadata"]["name"]: w["metadata"]["resourceVersion"] for w in namespace.workflows()}
    assert versions == {w["metadata"]["name"]: w["metadata"]["resourceVersion"] for w in made}


def test_a_retried_workflow_keeps_its_uid(namespace: Namespace) -> None:
    made = namespace.complete("once", phase="Failed")
    namespace.retry("once")
    assert namespace.workflows("workflows.argoproj.io/completed=true") == []
    ended = namespace.finish("once")
    assert ended["metadata"]["uid"] == made["metadata"]["uid"]
    assert ended["status"]["phase"] == "Succeeded"


def test_what_an_account_may_do_is_asked_of_the_api_server(namespace: Namespace) -> None:
    other = namespace.sibling()
    namespace.apply(account("copy", "configmaps", "get", "create"))
    namespace.wait_for(lambda: namespace.can_i("copy", "get", "", "configmaps"), 20, "the Role to be known")
    asked = [(verb, where) for verb in ("get", "create", "patch") for where in ("", other.name, "*")]
    allowed = {pair for pair in asked if namespace.can_i("copy", pair[0], "", "configmaps", pair[1])}
    assert allowed == {("get", ""), ("create", "")}


def test_a_service_without_its_account_says_so(namespace: Namespace, local: LocalStack) -> None:
    namespace.apply([source(namespace)])
    namespace.wait_for(lambda: namespace.services(), 20, "a Deployment")
    refusal = 'serviceaccounts "watch" not found'
    namespace.wait_for(lambda: refusal in str(namespace.service(namespace.graph).problem), 20, refusal)
    with pytest.raises(AssertionError, match=refusal):
        namespace.wait_ready(0)
    namespace.apply(account("watch", "configmaps", "list", "watch"))
    namespace.wait_ready()


def test_services_find_the_bus_again_after_it_was_killed(namespace: Namespace, local: LocalStack) -> None:
    watch_and_copy(namespace, "a")
    local.bus.process.kill()
    local.bus.start()
    namespace.wait_ready()
    namespace.apply([watched("first", 1)])
    wait_for_count(namespace, "copy-first-a", 1)


def test_a_process_that_dies_is_started_again(namespace: Namespace, local: LocalStack) -> None:
    watch_and_copy(namespace, "a")
    (sensor,) = (
        pod for pod in local.services(namespace.name) if isinstance(pod, Pod) and pod.kind == "Sensor"
    )
    first = sensor.pid
    os.kill(first, signal.SIGKILL)
    namespace.wait_for(lambda: sensor.problem is None and sensor.pid != first, 20, "another process")
    namespace.wait_ready()


def test_lint_is_argo_events_own(local: LocalStack, tmp_path: Path) -> None:
    bad = tmp_path / "sensor.yaml"
    bad.write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: x}\nspec: {triggers: []}\n"
    )
    done = local.argo_events_lint(bad)
    assert done.returncode == 1
    assert "no event dependencies" in done.stdout + done.stderr


def test_the_transform_takes_the_first_output_and_only_objects(local: LocalStack) -> None:
    with Gojq(local.binaries.events, "Asia/Shanghai") as gojq:
        assert gojq.run("{a: (1, 2)}", {}) == {"a": 1}
        assert gojq.run('{a: (0 | localtime | strftime("%H"))}', {}) == {"a": "08"}
        with pytest.raises(GojqError, match="must be a JSON object"):
            gojq.run(".a", {"a": 1})


def test_every_server_listens_on_loopback_only(namespace: Namespace, local: LocalStack) -> None:
    watch_and_copy(namespace, "a")
    open_files = [link for pid in local.group.pids for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {str(link.readlink()).removeprefix("socket:[").removesuffix("]") for link in open_files}
    listening = [
        columns[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for columns in map(str.split, Path(table).read_text().splitlines()[1:])
        if columns[3] == "0A" and columns[9] in sockets
    ]
    assert len(listening) >= 6
    assert {address.partition(":")[0] for address in listening} == {"0100007F"}


def test_all_processes_end_when_the_test_run_is_killed() -> None:
    program = "from tests.stack.processes import ProcessGroup; import time\n" + (
        "group = ProcessGroup(); a, b = (group.run(name, ['sleep', '600'], {}) for name in 'ab'); a.pause()\n"
        "print(group.folder, *group.pids, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as run:
        assert run.stdout is not None
        folder, *pids = run.stdout.readline().split()
        run.kill()
    end = time.monotonic() + 20
    while Path(folder).exists() or any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end, f"{folder} or one of {pids} is still there"
        time.sleep(0.05)


def test_an_unknown_kind_is_an_error_of_the_api(namespace: Namespace) -> None:
    with pytest.raises((ApiError, KeyError)):
        namespace.apply([{"apiVersion": "v1", "kind": "Nonsense", "metadata": {"name": "x"}}])
