"""The checks of `doctor` on a cluster in memory: all is well with a healthy graph, and each check sees what it is for."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from depgen import eventbus, formats, naming, pipeline
from depgen.cluster.api import (
    CONFIG_MAPS,
    CRON_WORKFLOWS,
    CUSTOM_RESOURCES,
    DEPLOYMENTS,
    EVENT_BUSES,
    EVENT_SOURCES,
    PODS,
    SENSORS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    ClusterError,
    Resource,
)
from depgen.cluster.doctor import event_bus, examine
from depgen.cluster.doctor.bus import BusState, Login, Queue, Stream
from depgen.cluster.doctor.checks import CHECKS, check
from depgen.cluster.doctor.consumers import consumers
from depgen.cluster.doctor.event_bus import Limits
from depgen.cluster.doctor.exam import Exam, Patient, Per, patients
from depgen.cluster.doctor.finding import Finding, Level, Result
from depgen.cluster.doctor.renaming import Around, around
from depgen.cluster.doctor.resources import BUILT, CRON_JOBS, ROLES, SECRETS, SERVICE_ACCOUNTS
from depgen.cluster.doctor.rights import needed, user
from depgen.cluster.doctor.sight import Sight
from depgen.manifests import Manifests
from depgen.report import doctor as report
from tests.fakes import FakeCluster

ROOT = Path(__file__).parents[2]
NODES = """
  sales: {source: {cronWorkflow: sales-load}}
  stock: {source: {cronWorkflow: stock-load}}
  report:
    run: {workflowTemplate: daily-report, params: {day: {key: "%Y-%m-%d"}}, spec: {serviceAccountName: runner}}
    dependsOn: [sales, stock]
  audit: {run: {workflowTemplate: audit}, dependsOn: [{node: report, status: done}]}
"""
HEAD = "sweeper: {image: depgen, every: 5m}\n"
FRAME = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: Europe/Paris\n"
STREAM_CONFIG = "maxmsgs: 50000\nmaxage: 168h0m0s\nmaxbytes: -1\nreplicas: 3\nretention: 0\ndiscard: 0\n"
IN_FORCE = {
    "max_msgs": 50_000,
    "max_age": 168 * 3600 * 10**9,
    "max_bytes": -1,
    "retention": "limits",
    "discard": "old",
    "storage": "file",
}
KEPT = {"secondsAfterCompletion": 3 * 86400}
CRDS = (
    "eventbus",
    "eventsources",
    "sensors",
    "workflows",
    "cronworkflows",
    "workflowtemplates",
    "clusterworkflowtemplates",
)


@dataclass
class Ward:
    """A cluster with one graph in it."""

    cluster: FakeCluster
    exam: Exam

    def findings(self, id_: str, least: Level = Level.UNKNOWN) -> list[Finding]:
        """What a check finds now that is not ok, or everything."""
        exam = replace(self.exam, sight=Sight(self.cluster, lambda: self.cluster.now))
        found = [finding for result in examine(exam, [id_]) for finding in result.findings]
        return [f for f in found if least is Level.OK or f.level is not Level.OK]

    def one(self, id_: str) -> tuple[str, str, str]:
        """The only thing that a check finds: level, about, message."""
        found = self.findings(id_)
        assert len(found) == 1, found
        assert found[0].way_out or found[0].level is Level.UNKNOWN
        return found[0].level.value, found[0].about, found[0].message

    def edit(
        self, resource: Resource, namespace: str, name: str, change: Callable[[dict[str, Any]], object]
    ) -> None:
        """Changes an object in place."""
        thing = copy.deepcopy(self.cluster.objects[resource, namespace, name])
        change(thing)
        self.cluster.add(resource, namespace, thing)

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        del self.cluster.objects[resource, namespace, name]

    @property
    def state(self) -> BusState:
        assert isinstance(self.exam.bus, BusState)
        return self.exam.bus

    def set_bus(self, **changes: Any) -> None:
        self.exam = replace(self.exam, bus=replace(self.state, **changes))


@lru_cache
def compiled(text: str) -> tuple[Patient, ...]:
    """The graph of a file, built."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    return patients(checked, pipeline.build(checked))


def ward(nodes: str = NODES, head: str = HEAD) -> Ward:
    """A healthy graph in a healthy cluster."""
    found = compiled(FRAME + head + "nodes:" + nodes)
    cluster = FakeCluster()
    for built in (built for patient in found for built in patient.objects):
        resource = BUILT.get(built["kind"])
        if resource:
            cluster.add(resource, built["metadata"].get("namespace", ""), with_status(built))
        if built["kind"] in ("EventSource", "Sensor"):
            cluster.add(DEPLOYMENTS, "data", deployment_of(built))
            cluster.add(PODS, "data", pod_of(built))
    add_surroundings(cluster)
    cluster.allowed = {
        (user("data", account), right.namespace, right.verb, right.resource.plural)
        for patient in found
        for account, rights in needed(patient.layout).items()
        for right in rights
    }
    sensors = cluster.list(SENSORS, "data")
    queues = [Queue(c.name, "default.etl.x", 0, 0, 1, 1.0) for s in sensors for c in consumers(s)]
    bus = BusState(
        version="2.10.29",
        max_payload=2**20,
        stream=Stream(IN_FORCE, 100, 100_000),
        queues={queue.name: queue for queue in queues},
        buckets=tuple(sensor["metadata"]["name"] for sensor in cluster.list(SENSORS, "data")),
        clock=cluster.now,
        seen_at=(cluster.now, cluster.now),
    )
    return Ward(cluster, Exam(Sight(cluster, lambda: cluster.now), ("data",), found, bus))


def with_status(built: dict[str, Any]) -> dict[str, Any]:
    kinds = {
        "EventSource": ("SourcesProvided", "Deployed"),
        "Sensor": ("DependenciesProvided", "TriggersProvided", "Deployed"),
    }
    conditions = [{"type": type_, "status": "True"} for type_ in kinds.get(built["kind"], ())]
    return {**built, "status": {"conditions": conditions}} if conditions else dict(built)


def deployment_of(built: dict[str, Any]) -> dict[str, Any]:
    name, kind = built["metadata"]["name"], built["kind"]
    return {
        "metadata": {
            "name": f"{name}-{kind.lower()}-x",
            "generation": 1,
            "labels": {"controller": f"{kind.lower()}-controller"},
            "ownerReferences": [{"kind": kind, "name": name}],
        },
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "argo-events:v1.9.11"}]}}},
        "status": {"observedGeneration": 1, "readyReplicas": 1},
    }


def pod_of(built: dict[str, Any]) -> dict[str, Any]:
    name, kind = built["metadata"]["name"], built["kind"]
    labels = {"controller": f"{kind.lower()}-controller", "owner-name": name}
    status = {"containerStatuses": [{"restartCount": 0, "state": {"running": {}}}]}
    return {"metadata": {"name": f"{name}-{kind.lower()}-x-1", "labels": labels}, "status": status}


def controller(name: str, image: str) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"image": image}]}}}
    return {"metadata": {"name": name}, "spec": spec, "status": {}}


def add_surroundings(cluster: FakeCluster) -> None:
    for plural in CRDS:
        status = {"conditions": [{"type": "Established", "status": "True"}]}
        cluster.add(CUSTOM_RESOURCES, "", {"metadata": {"name": f"{plural}.argoproj.io"}, "status": status})
    cluster.add(
        DEPLOYMENTS,
        "argo",
        controller("argo-server", "quay.io/argoproj/argocli:v1.0.0"),
        controller("events", "quay.io/argoproj/argo-events:v1.9.11"),
        controller("workflows", "quay.io/argoproj/workflow-controller:v3.7.14@sha256:00"),
    )
    bus = {
        "metadata": {"name": "default"},
        "spec": {
            "jetstream": {
                "version": "latest",
                "persistence": {"volumeSize": "10Gi"},
                "settings": "sync_interval: always",
            }
        },
        "status": {
            "conditions": [{"type": "Deployed", "status": "True"}],
            "config": {
                "jetstream": {
                    "url": "nats://eventbus-default-js-svc.data.svc:4222",
                    "accessSecret": {"name": "eventbus-default-js-client-auth", "key": "client-auth"},
                    "streamConfig": STREAM_CONFIG,
                }
            },
        },
    }
    cluster.add(EVENT_BUSES, "data", bus)
    for name, minute in (("sales-load", 5), ("stock-load", 10)):
        spec = {
            "schedule": f"{minute} 3 * * *",
            "timezone": "Europe/Paris",
            "startingDeadlineSeconds": 600,
            "workflowSpec": {"ttlStrategy": KEPT},
        }
        cluster.add(CRON_WORKFLOWS, "data", {"metadata": {"name": name}, "spec": spec})
    parameters = [{"name": "day"}]
    spec = {"ttlStrategy": KEPT, "arguments": {"parameters": parameters}}
    cluster.add(WORKFLOW_TEMPLATES, "data", {"metadata": {"name": "daily-report"}, "spec": spec})
    cluster.add(WORKFLOW_TEMPLATES, "data", {"metadata": {"name": "audit"}, "spec": {"ttlStrategy": KEPT}})
    cluster.add(SERVICE_ACCOUNTS, "data", {"metadata": {"name": "runner"}})


@pytest.fixture
def patient() -> Ward:
    return ward()


# ---- the whole


def test_nothing_is_wrong_with_a_healthy_graph(patient: Ward) -> None:
    results = list(examine(patient.exam))
    assert [(r.check, f) for r in results for f in r.findings if f.level is not Level.OK] == []
    assert {result.check for result in results} == CHECKS.keys()


def test_nothing_is_read_twice(patient: Ward) -> None:
    list(examine(patient.exam))
    lists = [call for call in patient.cluster.calls if call.verb == "list"]
    # Of one namespace, of all of them, with a selector, and the first of the Workflows.
    assert max(lists.count(call) for call in lists) <= 4
    gets = [call for call in patient.cluster.calls if call.verb == "get"]
    assert len(gets) == len(set(gets))


def test_what_may_not_be_read_makes_its_checks_unknown_and_no_other(patient: Ward) -> None:
    patient.cluster.fail_next("list", 403, "Forbidden", resource=WORKFLOW_TEMPLATES, times=99)
    levels = {result.check: result.level for result in examine(patient.exam)}
    unknown = {id_ for id_, level in levels.items() if level is Level.UNKNOWN}
    assert unknown == {
        "cron-workflows",
        "templates",
        "service-accounts",
        "retention",
        "throughput",
        "time-zones",
    }
    assert levels["roles"] is Level.OK


def test_a_refusal_names_what_was_asked(patient: Ward) -> None:
    patient.cluster.fail_next("list", 403, "Forbidden", resource=PODS, times=99)
    found = patient.findings("pods")
    assert [(f.level, f.message) for f in found] == [(Level.UNKNOWN, "cannot list: told to fail")]
    assert "permission" in found[0].way_out


def test_a_cluster_that_does_not_answer_ends_the_examination(patient: Ward) -> None:
    patient.cluster.fail_next("list", 0, resource=PODS)
    with pytest.raises(ClusterError):
        list(examine(patient.exam))


def test_a_bus_that_is_not_asked_is_unknown_and_never_wrong(patient: Ward) -> None:
    patient.exam = replace(patient.exam, bus="no --nats was given")
    results = list(examine(patient.exam, ["bus-stream", "backlog", "orphans", "clock-offset", "bus-payload"]))
    assert {r.check: r.level for r in results} == {
        "clock-offset": Level.OK,
        "bus-payload": Level.OK,
        "bus-stream": Level.UNKNOWN,
        "backlog": Level.UNKNOWN,
        "orphans": Level.UNKNOWN,
    }


@pytest.mark.parametrize("id_", CHECKS)
def test_a_check_says_what_it_is_why_it_matters_and_the_way_out(id_: str) -> None:
    documentation = check(id_).__doc__ or ""
    first, why, way_out = documentation.strip().split("\n\n")
    assert first.endswith(".")
    assert "\n" not in first
    assert why.startswith("Why: ")
    assert way_out.startswith("Way out: ")


def test_the_page_is_current() -> None:
    command = [sys.executable, "docs/make_doctor.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# ---- names that an overlay gives


def renamed(patient: Ward, *kinds: Resource) -> None:
    """All objects of these kinds are called `stg-NAME-b`."""
    for resource, namespace, name in list(patient.cluster.objects):
        if resource in kinds:
            thing = copy.deepcopy(patient.cluster.objects[resource, namespace, name])
            patient.remove(resource, namespace, name)
            thing["metadata"]["name"] = f"stg-{name}-b"
            patient.cluster.add(resource, namespace, thing)


def names_of(patient: Ward) -> Around:
    ((_, exam),) = patient.exam.each(Per.GRAPH)
    return around(replace(exam, sight=Sight(patient.cluster, lambda: patient.cluster.now)))


def test_what_stands_around_the_names_of_a_graph_is_found(patient: Ward) -> None:
    assert names_of(patient) == Around()
    renamed(patient, EVENT_SOURCES, SENSORS)
    assert names_of(patient) == Around("stg-", "-b")


def test_an_older_event_source_alone_is_no_overlay(patient: Ward) -> None:
    renamed(patient, EVENT_SOURCES)
    assert names_of(patient) == Around()
    assert ("error", "EventSource data/stg-etl-b") in [
        (finding.level.value, finding.about) for finding in patient.findings("leftovers")
    ]


def test_a_sweep_under_another_name_is_looked_at(patient: Ward) -> None:
    renamed(patient, EVENT_SOURCES, SENSORS, CRON_JOBS)
    patient.edit(CRON_JOBS, "data", "stg-etl-sweeper-b", lambda job: job["spec"].update(suspend=True))
    assert patient.one("sweeper")[:2] == ("error", "CronJob data/stg-etl-sweeper-b")


def test_rights_are_asked_for_the_accounts_of_an_overlay(patient: Ward) -> None:
    allowed = patient.cluster.allowed
    assert allowed is not None
    renamed(patient, EVENT_SOURCES, SENSORS)
    assert {finding.about for finding in patient.findings("roles")} >= {
        "ServiceAccount data/stg-etl-submit-b"
    }
    patient.cluster.allowed = {
        (user("data", f"stg-{who.rpartition(':')[2]}-b"), where, verb, plural)
        for who, where, verb, plural in allowed
    }
    assert patient.findings("roles") == []


# ---- the cluster


def test_an_old_api_server(patient: Ward) -> None:
    patient.cluster.version = "v1.27.4"
    assert patient.one("api-version")[:2] == ("warning", "API server")


def test_an_api_server_that_was_built_without_a_version(patient: Ward) -> None:
    patient.cluster.version = "v0.0.0-master+$Format:%H$"
    assert patient.one("api-version")[0] == "unknown"


def test_a_custom_resource_that_is_not_installed(patient: Ward) -> None:
    patient.remove(CUSTOM_RESOURCES, "", "sensors.argoproj.io")
    assert patient.one("crds") == (
        "error",
        "CustomResourceDefinition sensors.argoproj.io",
        "it is not installed",
    )


@pytest.mark.parametrize(
    ("image", "level"),
    [
        ("quay.io/argoproj/argo-events:v1.9.5", "error"),
        ("argo-events:v1.9.6", "ok"),
        ("registry:5000/mirror/argo-events@sha256:00", "unknown"),
        ("argo-events:latest", "unknown"),
        ("workflow-controller:v3.7.13", "error"),
        ("workflow-controller:v4.0.4", "error"),
        ("workflow-controller:v4.0.5-nonroot", "ok"),
        ("workflow-controller:v5.0.0", "ok"),
    ],
)
def test_the_version_of_a_controller(patient: Ward, image: str, level: str) -> None:
    name = "events" if "events" in image else "workflows"
    patient.cluster.add(DEPLOYMENTS, "argo", controller(name, image))
    title = "Argo Events" if name == "events" else "Argo Workflows"
    found = patient.findings("argo-versions", Level.OK)
    assert level in [f.level.value for f in found if f.about == title]
    assert {f.level.value for f in found} <= {level, "ok"}


def test_controllers_that_cannot_be_seen_are_unknown(patient: Ward) -> None:
    patient.cluster.fail_next("list", 403, "Forbidden", resource=DEPLOYMENTS)
    found = patient.findings("argo-versions", Level.OK)
    assert [(f.about, f.level.value) for f in found] == [("Argo Events", "ok"), ("Argo Workflows", "unknown")]


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.4, "ok"), (7, "warning"), (-7, "warning"), (3600, "error")]
)
def test_a_clock_that_is_off(patient: Ward, seconds: float, level: str) -> None:
    sight = Sight(patient.cluster, lambda: patient.cluster.now + seconds)
    (result,) = examine(replace(patient.exam, sight=sight, bus="-"), ["clock-offset"])
    assert result.level.value == level


def test_a_bus_whose_clock_is_off(patient: Ward) -> None:
    patient.set_bus(clock=patient.cluster.now - 30)
    assert patient.one("clock-offset") == ("warning", "bus", "its clock is 30 s behind this machine's")


# ---- the bus


def test_a_namespace_without_an_event_bus(patient: Ward) -> None:
    patient.remove(EVENT_BUSES, "data", "default")
    assert patient.one("event-bus")[0] == "error"


def test_the_bus_that_the_graph_names_is_the_one_that_is_looked_at() -> None:
    found = ward(head=HEAD + "eventBus: pipelines\n")
    assert found.one("event-bus")[:2] == ("error", "EventBus data/pipelines")
    bus = found.cluster.objects[EVENT_BUSES, "data", "default"]
    found.remove(EVENT_BUSES, "data", "default")
    found.cluster.add(EVENT_BUSES, "data", {**bus, "metadata": {**bus["metadata"], "name": "pipelines"}})
    assert found.findings("event-bus") == []


def test_a_bus_of_nats_streaming(patient: Ward) -> None:
    patient.edit(EVENT_BUSES, "data", "default", lambda bus: bus.update(spec={"nats": {"native": {}}}))
    assert "NATS Streaming" in patient.one("event-bus")[2]


def test_a_bus_that_is_not_deployed(patient: Ward) -> None:
    condition = {"type": "Deployed", "status": "False", "reason": "Failed", "message": "no volume"}
    patient.edit(EVENT_BUSES, "data", "default", lambda bus: bus["status"].update(conditions=[condition]))
    assert patient.one("event-bus")[2] == "it is not Deployed: Failed no volume"


@pytest.mark.parametrize("version", ["2.10.22", "2.9.25"])
def test_a_nats_server_that_can_lose_a_stream(patient: Ward, version: str) -> None:
    patient.set_bus(version=version)
    assert patient.one("nats-version")[:2] == ("error", "NATS")


def test_without_the_bus_its_pods_tell_the_version(patient: Ward) -> None:
    patient.exam = replace(patient.exam, bus="no --nats was given")
    assert patient.one("nats-version") == ("unknown", "NATS", "no pod of the EventBus is there")
    labels = {"controller": "eventbus-controller", "owner-name": "default"}
    spec = {"containers": [{"image": "nats:2.10.20"}, {"image": "natsio/nats-server-config-reloader:0.14.0"}]}
    patient.cluster.add(
        PODS, "data", {"metadata": {"name": "eventbus-default-js-0", "labels": labels}, "spec": spec}
    )
    assert patient.one("nats-version")[0] == "error"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"persistence": {}}, "no persistence"),
        ({"replicas": 1}, "1 of the 3 replicas"),
        ({"settings": "max_file_store: 1TB"}, "power cut"),
    ],
)
def test_a_bus_that_does_not_keep_its_events_safe(patient: Ward, change: dict[str, Any], told: str) -> None:
    patient.edit(EVENT_BUSES, "data", "default", lambda bus: bus["spec"]["jetstream"].update(change))
    level, _, message = patient.one("bus-storage")
    assert level == "warning"
    assert told in message


def test_the_bus_that_a_build_makes_has_nothing_wrong_with_it(patient: Ward) -> None:
    graph = (
        FRAME + "nodes: {a: {source: {cronWorkflow: a}}, r: {run: {workflowTemplate: t}, dependsOn: [a]}}\n"
    )
    checked = pipeline.check(pipeline.load([pipeline.InputFile("g.yaml", graph.encode())]))
    (bus,) = [o for o in pipeline.build(checked, [eventbus.EXTRA]).objects() if o["kind"] == "EventBus"]
    assert bus["metadata"]["name"] == "default"
    patient.edit(EVENT_BUSES, "data", "default", lambda live: live.update(spec=bus["spec"]))
    results = list(examine(patient.exam))
    assert [(r.check, f) for r in results for f in r.findings if f.level is not Level.OK] == []


@pytest.mark.parametrize(
    ("config", "level", "told"),
    [
        ("retention: 1", "error", "interest"),
        ("discard: 1", "warning", "refuses new events"),
        ("maxMsgs: 10", "warning", "keeps 10 events"),
        ("maxAge: 2h30m", "warning", "after 2.5 h"),
        ("maxAge: soon", "unknown", "cannot be read"),
    ],
)
def test_limits_of_a_bus_that_lose_events(patient: Ward, config: str, level: str, told: str) -> None:
    patient.edit(
        EVENT_BUSES,
        "data",
        "default",
        lambda bus: bus["status"]["config"]["jetstream"].update(streamConfig=config),
    )
    found = patient.one("bus-limits")
    assert found[0] == level
    assert told in found[2]


def test_limits_that_are_left_out_are_those_of_the_controller() -> None:
    assert event_bus.limits({"spec": {"jetstream": {}}}) == Limits(50_000, 168 * 3600.0, -1, "limits", "old")


def test_more_keys_a_day_need_more_messages(patient: Ward) -> None:
    from depgen.cluster.doctor.checks.bus_limits import per_day

    hourly = ward(
        "\n  a: {source: {cronWorkflow: a}, key: {every: hour}}\n  b: {run: {workflowTemplate: b}, dependsOn: [a]}\n"
    )
    here = [replace(w.exam, namespace="data") for w in (patient, hourly)]
    assert [per_day(exam) for exam in here] == [16, 192]


@pytest.mark.parametrize(
    ("payload", "expected"), [("8MB", None), ("4MB", "warning"), ("1MB", "error"), (None, "error")]
)
def test_a_ledger_that_does_not_fit_into_a_message(
    patient: Ward, payload: str | None, expected: str | None
) -> None:
    labels = {"depgen.io/graph": "etl"}
    ledger = {"metadata": {"name": "etl-20261121", "labels": labels}, "data": {"run.x.y": "x" * 1_000_000}}
    patient.cluster.add(CONFIG_MAPS, "data", ledger)
    patient.exam = replace(patient.exam, bus="no --nats was given")
    patient.edit(
        EVENT_BUSES, "data", "default", lambda bus: bus["spec"]["jetstream"].update(maxPayload=payload)
    )
    found = patient.findings("bus-payload")
    assert [f.level.value for f in found] == ([expected] if expected else [])


def test_two_namespaces_that_mix_their_events_on_one_bus(patient: Ward) -> None:
    bus = patient.cluster.objects[EVENT_BUSES, "data", "default"]
    patient.cluster.add(EVENT_BUSES, "other", {**bus, "metadata": {"name": "default"}})
    assert patient.findings("bus-shared") == []
    patient.cluster.add(SENSORS, "other", {"metadata": {"name": "etl-submit"}, "spec": {}})
    level, about, message = patient.one("bus-shared")
    assert (level, about) == ("error", "Sensor data/etl-submit")
    assert "namespace other" in message


def test_a_bus_of_somebody_else_is_unknown_if_others_may_not_be_seen(patient: Ward) -> None:
    patient.cluster.fail_next("list", 403, "Forbidden", resource=EVENT_BUSES, times=9)
    assert patient.findings("bus-shared") == []
    patient.edit(
        EVENT_BUSES, "data", "default", lambda bus: bus.update(spec={"jetstreamExotic": {"url": "x"}})
    )
    assert patient.one("bus-shared")[0] == "unknown"


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (None, "is not there"),
        (Stream({**IN_FORCE, "max_msgs": 100}, 1, 1), "messages is 100, not 50000"),
        (Stream(IN_FORCE, 45_000, 1), "45000 of 50000 messages"),
        (Stream({**IN_FORCE, "storage": "memory"}, 1, 1), "in memory"),
    ],
)
def test_a_stream_that_is_not_as_it_should_be(patient: Ward, stream: Stream | None, told: str) -> None:
    patient.set_bus(stream=stream)
    assert told in patient.one("bus-stream")[2]


def queue_of(patient: Ward, sensor: str, trigger: str, dependency: str) -> Queue:
    return patient.state.queues[f"group-{naming.durable(sensor, trigger, dependency)}"]


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"pending": 3, "waiting": 0, "idle": 60.0}, "error"),
        ({"pending": 3, "waiting": 0, "idle": None}, "error"),
        ({"unacknowledged": 1, "waiting": 0, "idle": 60.0}, "error"),
        ({"pending": 3, "unacknowledged": 1, "waiting": 0, "idle": 0.5}, None),
        ({"pending": 3, "waiting": 1}, None),
        ({"pending": 5000, "waiting": 1}, "warning"),
        ({"waiting": 0}, "warning"),
        ({"unacknowledged": 1, "waiting": 1, "redelivered": 1}, "warning"),
    ],
)
def test_events_that_pile_up(patient: Ward, change: dict[str, Any], level: str | None) -> None:
    queue = queue_of(patient, "etl-submit", "report", "report")._replace(**change)
    patient.set_bus(queues={**patient.state.queues, queue.name: queue})
    found = patient.findings("backlog")
    assert [(f.level.value, f.about) for f in found] == ([(level, "Sensor data/etl-submit")] if level else [])


def test_a_trigger_without_a_consumer(patient: Ward) -> None:
    gone = queue_of(patient, "etl-submit", "report", "report").name
    patient.set_bus(queues={name: q for name, q in patient.state.queues.items() if name != gone})
    assert patient.one("backlog")[2] == "no consumer in the bus for report: no event reaches them"


def test_what_a_deleted_sensor_leaves_behind(patient: Ward) -> None:
    number = queue_of(patient, "etl-submit", "audit", "audit").name
    patient.remove(SENSORS, "data", "etl-submit")
    messages = [finding.message for finding in patient.findings("orphans")]
    assert len(messages) == 2
    assert number in messages[0]
    assert messages[1] == "no Sensor has the stores etl-submit"


def test_a_sensor_of_a_neighbour_on_the_bus_is_no_orphan(patient: Ward) -> None:
    bus = patient.cluster.objects[EVENT_BUSES, "data", "default"]
    sensor = patient.cluster.objects[SENSORS, "data", "etl-submit"]
    patient.remove(SENSORS, "data", "etl-submit")
    patient.cluster.add(EVENT_BUSES, "other", {**bus, "metadata": {"name": "default"}})
    patient.cluster.add(SENSORS, "other", {**sensor, "metadata": {"name": "etl-submit"}})
    assert patient.findings("orphans") == []


def test_conditions_are_read_as_argo_events_reads_them() -> None:
    dependencies = [{"name": "a-b"}, {"name": "c"}, {"name": "d"}]
    triggers = [{"template": {"name": "x", "conditions": "a-b || c"}}, {"template": {"name": "y"}}]
    sensor = {"metadata": {"name": "s"}, "spec": {"dependencies": dependencies, "triggers": triggers}}
    found = [(c.trigger, c.dependency) for c in consumers(sensor)]
    assert found == [("x", "a-b"), ("x", "c"), ("y", "a-b"), ("y", "c"), ("y", "d")]


def test_the_user_of_the_bus_comes_from_its_secret(patient: Ward) -> None:
    text = base64.b64encode(b"username: js\npassword: secret").decode()
    patient.cluster.add(
        SECRETS,
        "data",
        {"metadata": {"name": "eventbus-default-js-client-auth"}, "data": {"client-auth": text}},
    )
    login = event_bus.with_secret(Login("nats://x"), replace(patient.exam, namespace="data"))
    assert (login.user, login.password) == ("js", "secret")
    assert "secret" not in repr(login)


def test_a_bus_out_of_reach_is_a_reason_without_the_password(patient: Ward) -> None:
    reason = event_bus.ask(Login("nats://me:secret@127.0.0.1:1"), replace(patient.exam, namespace="data"))
    assert isinstance(reason, str)
    assert reason.startswith("nats://127.0.0.1:1 cannot be asked: ")
    assert "secret" not in reason


# ---- the graph's objects


def test_a_graph_that_was_never_applied(patient: Ward) -> None:
    for resource in BUILT.values():
        for key in [
            key for key in patient.cluster.objects if key[0] == resource and key[2].startswith("etl")
        ]:
            del patient.cluster.objects[key]
    assert patient.one("applied") == ("error", "graph data/etl", "nothing of it is in the cluster")


def test_an_object_that_is_missing_or_was_edited(patient: Ward) -> None:
    patient.remove(ROLES, "data", "etl-watch")
    patient.edit(
        SENSORS, "data", "etl-submit", lambda s: s["spec"]["dependencies"][0].update(eventName="other")
    )
    patient.edit(
        EVENT_SOURCES, "data", "etl", lambda s: s["spec"]["resource"].update(more={"resource": "pods"})
    )
    assert [(f.about, f.message) for f in patient.findings("applied")] == [
        ("EventSource data/etl", "it is not what this graph builds: spec.resource.more was added"),
        ("Role data/etl-watch", "it is not there"),
        (
            "Sensor data/etl-submit",
            "it is not what this graph builds: spec.dependencies[audit].eventName differs",
        ),
    ]


def test_what_a_controller_leaves_out_or_adds_is_no_difference(patient: Ward) -> None:
    patient.edit(
        EVENT_SOURCES,
        "data",
        "etl",
        lambda s: [e.pop("group", None) for e in s["spec"]["resource"].values() if not e["group"]],
    )
    patient.edit(
        SERVICE_ACCOUNTS, "data", "etl-watch", lambda account: account.update(secrets=[{"name": "x"}])
    )
    assert patient.findings("applied") == []


def test_objects_of_an_older_depgen(patient: Ward) -> None:
    patient.edit(SENSORS, "data", "etl-submit", lambda s: s["metadata"]["labels"].pop(naming.LABEL_FORMAT))
    told = f"format 1 is older than {formats.OUTPUT}: Sensor etl-submit"
    assert patient.one("output-format") == ("warning", "graph data/etl", told)


def test_objects_of_a_newer_depgen(patient: Ward) -> None:
    patient.edit(
        EVENT_SOURCES, "data", "etl", lambda s: s["metadata"]["labels"].update({naming.LABEL_FORMAT: "999"})
    )
    told = f"format 999 is newer than {formats.OUTPUT}: EventSource etl"
    assert patient.one("output-format") == ("error", "graph data/etl", told)


def test_a_sensor_that_is_left_over(patient: Ward) -> None:
    labels = {"depgen.io/graph": "etl", "app.kubernetes.io/managed-by": "depgen"}
    patient.cluster.add(SENSORS, "data", {"metadata": {"name": "etl-submit-0", "labels": labels}, "spec": {}})
    assert patient.one("leftovers")[:2] == ("error", "Sensor data/etl-submit-0")


def test_a_sweep_that_is_left_over(patient: Ward) -> None:
    labels = {"app.kubernetes.io/managed-by": "depgen"}
    patient.cluster.add(
        DEPLOYMENTS, "data", {"metadata": {"name": "etl-sweeper", "labels": labels}, "spec": {}}
    )
    patient.cluster.add(
        DEPLOYMENTS, "data", {"metadata": {"name": "other-sweeper", "labels": labels}, "spec": {}}
    )
    assert patient.one("leftovers")[:2] == ("error", "Deployment data/etl-sweeper")


def test_a_sensor_that_is_not_deployed(patient: Ward) -> None:
    condition = {"type": "Deployed", "status": "False", "reason": "EventBusNotFound", "message": ""}
    patient.edit(
        SENSORS, "data", "etl-submit", lambda sensor: sensor["status"].update(conditions=[condition])
    )
    assert patient.one("conditions") == (
        "error",
        "Sensor data/etl-submit",
        "it is not Deployed: EventBusNotFound",
    )
    assert "EventBus" in patient.findings("conditions")[0].way_out


def test_a_deployment_without_a_ready_pod(patient: Ward) -> None:
    patient.edit(DEPLOYMENTS, "data", "etl-submit-sensor-x", lambda d: d["status"].update(readyReplicas=0))
    assert patient.one("pods") == ("error", "Sensor data/etl-submit", "0 of 1 pods are ready")


def test_a_deployment_that_nobody_reports_on_is_unknown(patient: Ward) -> None:
    patient.edit(DEPLOYMENTS, "data", "etl-submit-sensor-x", lambda deployment: deployment.pop("status"))
    assert patient.one("pods")[0] == "unknown"


def test_a_pod_that_restarts_again_and_again(patient: Ward) -> None:
    container = {"restartCount": 9, "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
    patient.edit(
        PODS, "data", "etl-submit-sensor-x-1", lambda p: p["status"].update(containerStatuses=[container])
    )
    level, about, message = patient.one("pods")
    assert (level, about) == ("warning", "Pod data/etl-submit-sensor-x-1")
    assert message == "it was restarted 9 times; it last ended with OOMKilled (137)"


def test_a_component_that_lacks_a_verb(patient: Ward) -> None:
    assert patient.cluster.allowed is not None
    patient.cluster.allowed -= {
        (user("data", "etl-watch"), "data", verb, "workflows") for verb in ("list", "watch")
    }
    assert patient.one("roles") == (
        "error",
        "ServiceAccount data/etl-watch",
        "it may not list, watch workflows in data, which it needs",
    )


def test_a_component_that_may_too_much(patient: Ward) -> None:
    assert patient.cluster.allowed is not None
    patient.cluster.allowed |= {
        (user("data", "etl-record"), "data", verb, what) for verb, what in (("get", "secrets"), ("*", "*"))
    }
    assert patient.one("excess-rights") == (
        "warning",
        "ServiceAccount data/etl-record",
        "it may * *, get secrets, and needs none of it",
    )


def workflow(stamp: int, started: str, finished: str) -> dict[str, Any]:
    labels = {"depgen.io/graph": "etl", "events.argoproj.io/action-timestamp": str(stamp)}
    times = {"startedAt": started, "finishedAt": finished}
    metadata = {"name": "etl-report-20261121", "labels": labels, "creationTimestamp": "2026-11-21T07:00:00Z"}
    return {"metadata": metadata, "status": times}


NOON = 1795244400  # the creation above


@pytest.mark.parametrize(
    ("stamp", "started", "finished", "told"),
    [
        (0, "2026-11-21T07:00:01Z", "2026-11-21T07:30:00Z", None),
        (40, "2026-11-21T07:00:01Z", "2026-11-21T07:30:00Z", "submit Sensor: 40 s ahead"),
        (-40, "2026-11-21T07:00:01Z", "2026-11-21T07:30:00Z", "submit Sensor: 40 s behind"),
        (0, "2026-11-21T06:59:00Z", "2026-11-21T07:30:00Z", "Workflows controller: 60 s behind"),
        (0, "2026-11-21T07:00:01Z", "2026-11-21T08:01:01Z", "Workflows controller: 60 s ahead"),
    ],
)
def test_a_component_whose_clock_is_off(
    patient: Ward, stamp: int, started: str, finished: str, told: str | None
) -> None:
    patient.cluster.add(WORKFLOWS, "data", workflow((NOON + stamp) * 1000, started, finished))
    found = patient.findings("component-clocks")
    if told is None:
        assert found == []
    else:
        who, what = told.split(": ")
        assert [f.about.partition(" of ")[0] for f in found] == [who]
        assert what in found[0].message


# ---- what the graph refers to


def change_cron(patient: Ward, **fields: Any) -> None:
    patient.edit(CRON_WORKFLOWS, "data", "sales-load", lambda cron: cron["spec"].update(fields))


def test_a_schedule_in_a_zone_that_nobody_knows(patient: Ward) -> None:
    change_cron(patient, timezone="Paris")
    assert patient.one("time-zones")[1] == "CronWorkflow data/sales-load"


def test_a_graph_without_a_sweeper_is_told_what_is_not_guaranteed() -> None:
    level, about, message = ward(head="").one("sweeper")
    assert (level, about) == ("warning", "graph data/etl")
    assert "never seen" in message


def test_a_sweeper_that_has_not_worked_for_long(patient: Ward) -> None:
    patient.edit(CRON_JOBS, "data", "etl-sweeper", swept_at("2026-11-21T07:56:00Z"))
    assert patient.findings("sweeper") == []
    patient.edit(CRON_JOBS, "data", "etl-sweeper", swept_at("2026-11-21T07:00:00Z"))
    assert patient.one("sweeper") == ("error", "CronJob data/etl-sweeper", "no pass has worked for 60 min")
    patient.edit(CRON_JOBS, "data", "etl-sweeper", lambda job: job["spec"].update(suspend=True))
    assert "suspended" in patient.one("sweeper")[2]


def swept_at(moment: str) -> Callable[[dict[str, Any]], None]:
    return lambda job: job.update(status={"lastSuccessfulTime": moment})


def test_a_sweeper_that_has_never_worked(patient: Ward) -> None:
    patient.cluster.now += 3600
    assert patient.one("sweeper")[2] == "no pass has worked since it is there, 60 min"


def test_a_sweeper_that_watches_needs_its_pod() -> None:
    patient = ward(head="sweeper: {image: depgen, mode: watch}\n")
    ready = {"observedGeneration": 1, "readyReplicas": 1}
    patient.edit(DEPLOYMENTS, "data", "etl-sweeper", lambda deployment: deployment.update(status=ready))
    assert patient.findings("sweeper") == []
    patient.edit(
        DEPLOYMENTS, "data", "etl-sweeper", lambda deployment: deployment["status"].pop("readyReplicas")
    )
    assert patient.one("sweeper")[:2] == ("error", "Deployment data/etl-sweeper")


def test_a_sweep_of_an_older_graph_is_not_what_is_built(patient: Ward) -> None:
    patient.edit(CONFIG_MAPS, "data", "etl-sweeper", lambda found: found.update(data={"graph.yaml": "old"}))
    level, about, message = patient.one("applied")
    assert (level, about) == ("error", "ConfigMap data/etl-sweeper")
    assert "data.graph" in message


def test_a_cron_workflow_that_is_gone(patient: Ward) -> None:
    patient.remove(CRON_WORKFLOWS, "data", "sales-load")
    assert patient.one("cron-workflows") == (
        "error",
        "CronWorkflow data/sales-load",
        'it is not there, and "sales" listens to it',
    )


@pytest.mark.parametrize(
    ("fields", "level", "told"),
    [
        ({"startingDeadlineSeconds": None}, "warning", "no startingDeadlineSeconds"),
        ({"suspend": True}, "warning", "[cron-suspended]"),
        ({"schedule": "5 3 * * * *"}, "error", "[cron-syntax]"),
        ({"schedule": "5 3,4 * * *"}, "error", "[cron-repeats]"),
    ],
)
def test_a_cron_workflow_that_does_not_do_what_the_graph_needs(
    patient: Ward, fields: dict[str, Any], level: str, told: str
) -> None:
    change_cron(patient, **fields)
    found = patient.one("cron-workflows")
    assert found[0] == level
    assert told in found[2]


def test_a_cron_workflow_that_the_graph_replaces_has_to_be_suspended_when_it_is_live() -> None:
    replacing = NODES.replace(
        "dependsOn: [sales, stock]", "dependsOn: [sales, stock]\n    replaces: report-cron"
    )
    for head, expected in (
        ("", [("error", "node report", "not suspended, so it starts what")]),
        ("mode: shadow\n", []),
    ):
        patient = ward(replacing, HEAD + head)
        spec = {"schedule": "0 20 * * *"}
        patient.cluster.add(CRON_WORKFLOWS, "data", {"metadata": {"name": "report-cron"}, "spec": spec})
        found = patient.findings("cron-workflows")
        assert [(f.level.value, f.about) for f in found] == [told[:2] for told in expected]
        assert all(told[2] in f.message for f, told in zip(found, expected, strict=True))
        patient.edit(CRON_WORKFLOWS, "data", "report-cron", lambda cron: cron["spec"].update(suspend=True))
        assert patient.findings("cron-workflows") == []


def test_a_cron_workflow_that_its_controller_refuses(patient: Ward) -> None:
    condition = {"type": "SpecError", "status": "True", "message": "bad schedule"}
    patient.edit(
        CRON_WORKFLOWS, "data", "sales-load", lambda cron: cron.update(status={"conditions": [condition]})
    )
    assert patient.one("cron-workflows")[2] == "SpecError: bad schedule"


def test_a_schedule_that_is_not_the_one_lint_checked(patient: Ward) -> None:
    given = {"spec": {"schedule": "5 4 * * *", "timezone": "Europe/Paris"}}
    patient.exam = replace(
        patient.exam, given=Manifests(True, cron_workflows={("data", "sales-load"): given})
    )
    level, _, message = patient.one("cron-workflows")
    assert level == "warning"
    assert message.startswith("its schedule is CRON_TZ=Europe/Paris 5 3 * * *, and the manifests")


def test_a_template_that_is_gone_or_has_other_parameters(patient: Ward) -> None:
    patient.remove(WORKFLOW_TEMPLATES, "data", "audit")
    patient.edit(
        WORKFLOW_TEMPLATES,
        "data",
        "daily-report",
        lambda t: t["spec"].update(arguments={"parameters": [{"name": "date"}]}),
    )
    found = [(f.about, f.message) for f in patient.findings("templates")]
    assert found[0] == ("WorkflowTemplate data/audit", 'it is not there, and "audit" runs it')
    assert [message.rpartition(" ")[2] for _, message in found[1:]] == [
        "[missing-parameter]",
        "[unknown-parameter]",
    ]
    assert {about for about, _ in found[1:]} == {"node report"}


EVENTFUL = """
  landed: {source: {event: {eventSource: files, event: landed, id: .id, finishedAt: .at}}, key: {from: finishedAt}}
  report: {run: {workflowTemplate: audit}, dependsOn: [landed]}
"""
FILES: dict[str, Any] = {
    "metadata": {"name": "files"},
    "spec": {"template": {"serviceAccountName": "x"}, "s3": {"landed": {}, "moved": {}}},
    "status": {"conditions": [{"type": "Deployed", "status": "True"}]},
}


def test_an_event_source_that_is_not_there() -> None:
    patient = ward(EVENTFUL)
    message = 'it is not there, and "landed" listens to it'
    assert patient.one("event-sources") == ("error", "EventSource data/files", message)
    patient.cluster.add(EVENT_SOURCES, "data", FILES)
    assert patient.findings("event-sources") == []


@pytest.mark.parametrize(
    ("change", "level", "told"),
    [
        (lambda source: source["spec"].update(s3={"moved": {}}), "error", 'no event "landed"'),
        (lambda source: source["spec"].update(eventBusName="other"), "error", 'on EventBus "other"'),
        (
            lambda source: source["status"].update(conditions=[{"type": "Deployed", "status": "False"}]),
            "warning",
            "Deployed is False",
        ),
    ],
)
def test_an_event_source_whose_event_does_not_come(
    change: Callable[[dict[str, Any]], object], level: str, told: str
) -> None:
    patient = ward(EVENTFUL)
    patient.cluster.add(EVENT_SOURCES, "data", copy.deepcopy(FILES))
    patient.edit(EVENT_SOURCES, "data", "files", change)
    found = patient.one("event-sources")
    assert (found[0], told in found[2]) == (level, True)


def test_a_webhook_whose_agent_may_not_report() -> None:
    head = HEAD + 'onFailure: {webhook: {url: "https://example.com/alerts", serviceAccountName: runner}}\n'
    patient = ward(head=head)
    level, about, message = patient.one("webhooks")
    assert (level, about) == ("error", "ServiceAccount data/runner")
    assert "may not list workflowtasksets, watch workflowtasksets, patch workflowtasksets/status" in message
    agent = user("data", "runner")
    assert patient.cluster.allowed is not None
    for verb, what in (("list", ""), ("watch", ""), ("patch", "/status")):
        patient.cluster.allowed.add((agent, "data", verb, f"workflowtasksets{what}"))
    assert patient.findings("webhooks") == []


def test_a_service_account_of_a_run_that_is_gone(patient: Ward) -> None:
    patient.remove(SERVICE_ACCOUNTS, "data", "runner")
    level, about, message = patient.one("service-accounts")
    assert (level, about) == ("error", "ServiceAccount data/runner")
    assert '"report"' in message


@pytest.mark.parametrize(("ttl", "level"), [(86_400, None), (1_200, "warning"), (60, "error")])
def test_workflows_that_are_deleted_before_a_sweep_can_see_them(
    patient: Ward, ttl: int, level: str | None
) -> None:
    change_cron(patient, workflowSpec={"ttlStrategy": {"secondsAfterCompletion": ttl}})
    found = patient.findings("retention")
    assert [(f.level.value, f.about) for f in found] == ([(level, "node sales")] if level else [])


def test_a_history_limit_counts_as_well(patient: Ward) -> None:
    change_cron(patient, schedule="*/5 * * * *", successfulJobsHistoryLimit=2)
    found = patient.findings("retention")
    assert [(f.level.value, f.message.partition(" removes")[0]) for f in found] == [
        ("warning", "its successfulJobsHistoryLimit of 2")
    ]


def test_a_failure_limit_counts_only_where_failures_are_read() -> None:
    patient = ward(
        NODES.replace("dependsOn: [sales, stock]", "dependsOn: [{node: sales, status: done}, stock]")
    )
    change_cron(patient, failedJobsHistoryLimit=0)
    assert [(f.level.value, f.about) for f in patient.findings("retention")] == [("error", "node sales")]


def test_ledgers_that_go_before_completions_are_too_old() -> None:
    patient = ward(head=f"{HEAD}keep: 1d\nreplayWithin: 48h\n")
    assert ("error", "graph data/etl") in [(f.level.value, f.about) for f in patient.findings("retention")]


# ---- budgets


@pytest.mark.parametrize(("size", "level"), [(100_000, None), (250_000, "warning"), (500_000, "error")])
def test_a_ledger_that_grows_too_large(patient: Ward, size: int, level: str | None) -> None:
    ledger = {
        "metadata": {"name": "etl-20261121", "labels": {"depgen.io/graph": "etl"}},
        "data": {"x": "y" * size},
    }
    patient.cluster.add(CONFIG_MAPS, "data", ledger)
    found = patient.findings("ledger-size")
    assert [(f.level.value, f.about) for f in found] == (
        [(level, "ConfigMap data/etl-20261121")] if level else []
    )


@pytest.mark.parametrize(("size", "level"), [(70_000, "warning"), (100_000, "error")])
def test_a_sensor_that_is_too_large_to_start(patient: Ward, size: int, level: str) -> None:
    patient.edit(SENSORS, "data", "etl-submit", lambda sensor: sensor["spec"].update(more="x" * size))
    assert patient.one("object-size")[:2] == (level, "Sensor data/etl-submit")


@pytest.mark.parametrize(("within", "level"), [("15m", "warning"), ("1m", "error")])
def test_too_many_schedules_in_one_minute(within: str, level: str) -> None:
    names = [f"s{number}" for number in range(400)]
    nodes = "\n" + "".join(f"  {name}: {{source: {{cronWorkflow: {name}}}}}\n" for name in names)
    nodes += f"  end: {{run: {{workflowTemplate: audit}}, dependsOn: [{', '.join(names)}]}}\n"
    patient = ward(nodes, f"{HEAD}replayWithin: {within}\n")
    for name in names:
        patient.cluster.add(
            CRON_WORKFLOWS, "data", {"metadata": {"name": name}, "spec": {"schedule": "0 3 * * *"}}
        )
    found = patient.one("throughput")
    assert found[0] == level
    assert found[2].startswith("400 CronWorkflows fire at 03:00 UTC")


def test_completions_without_a_key(patient: Ward) -> None:
    entries = {
        f"invalid.{number}": json.dumps(
            {
                "finishedAt": f"2026-11-21T0{number}:00:00Z",
                "node": "sales",
                "reason": "no key",
                "workflow": f"w{number}",
            }
        )
        for number in range(5)
    }
    patient.cluster.add(CONFIG_MAPS, "data", {"metadata": {"name": "etl-invalid"}, "data": entries})
    level, about, message = patient.one("invalid-keys")
    assert (level, about) == ("warning", "ConfigMap data/etl-invalid")
    assert message.startswith(
        '5 completions have no key, the latest: w2 of "sales" at 2026-11-21T02:00:00Z: no key; w3'
    )


# ---- report


RESULTS = [
    Result("crds", "cluster", ()),
    Result("roles", "graph data/etl", (Finding(Level.ERROR, "ServiceAccount a", "it may\tnot", "apply it"),)),
    Result("backlog", "namespace data", (Finding(Level.UNKNOWN, "bus", "no --nats was given"),)),
]


def test_the_report_is_a_line_for_each_finding_and_its_way_out() -> None:
    assert report.text(RESULTS, colour=False) == (
        "ok       crds              cluster\n"
        "error    roles             ServiceAccount a: it may\\tnot\n"
        "                           way out: apply it\n"
        "unknown  backlog           bus: no --nats was given\n"
        "\n"
        "1 error, 1 unknown in 3 checks\n"
    )
    assert "\x1b[1;31merror  \x1b[0m" in report.text(RESULTS, colour=True)


def test_the_report_for_programs_counts_what_is_not_ok() -> None:
    told = json.loads(report.as_json(RESULTS))
    assert (told["version"], told["errors"], told["warnings"], told["unknown"]) == (1, 1, 0, 1)
    assert told["checks"][1] == {
        "check": "roles",
        "about": "graph data/etl",
        "level": "error",
        "findings": [
            {"level": "error", "about": "ServiceAccount a", "message": "it may\tnot", "wayOut": "apply it"}
        ],
    }
