"""`pods` and `eventBus`: where their fields stand in EventSources and Sensors, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from depgen import assets, pipeline
from depgen.gojson import go_size
from depgen.pipeline import Checked, InputFile
from tests.compiled import FRAME, Compiled, compile_nodes

NODES = (
    "  load: {source: {cronWorkflow: load}}\n  report: {run: {workflowTemplate: report}, dependsOn: [load]}\n"
)
ALL = """\
eventBus: pipelines
pods:
  replicas: 2
  priorityClassName: pipelines
  resources: {limits: {memory: 0.5Gi}, requests: {memory: 128Mi, cpu: 0.05}}
  nodeSelector: {node-role.kubernetes.io/infra: ""}
  tolerations: [{key: infra, operator: Exists, effect: NoSchedule, tolerationSeconds: 0}]
  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}}]}}
  labels: {team: data}
  annotations: {example.com/scrape: "no"}
  imagePullSecrets: [{name: registry}]
  securityContext: {runAsNonRoot: true, runAsUser: 0, fsGroup: 2000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


def compiled(head: str) -> Compiled:
    return compile_nodes(NODES, head=head)


def specs(found: Compiled) -> list[dict[str, Any]]:
    """Of every EventSource and Sensor."""
    return [o["spec"] for (kind, _), o in found.objects.items() if kind in ("EventSource", "Sensor")]


def checked(head: str) -> Checked:
    text = FRAME.format(zone="Europe/Paris") + head + "nodes:\n" + NODES
    return pipeline.check(pipeline.load([InputFile("graph.yaml", text.encode())]))


def findings(head: str) -> list[tuple[str, str]]:
    return [(f.rule, f.text) for f in checked(head).findings]


def test_every_field_stands_where_argo_events_reads_it() -> None:
    found = specs(compiled(ALL))
    assert len(found) == 4
    for spec in found:
        assert (spec["eventBusName"], spec["replicas"]) == ("pipelines", 2)
        template = spec["template"]
        assert template["metadata"] == {
            "annotations": {"example.com/scrape": "no"},
            "labels": {"team": "data"},
        }
        assert template["priorityClassName"] == "pipelines"
        assert template["nodeSelector"] == {"node-role.kubernetes.io/infra": ""}
        assert template["tolerations"][0]["tolerationSeconds"] == 0
        assert template["imagePullSecrets"] == [{"name": "registry"}]
        assert template["securityContext"] == {"fsGroup": 2000, "runAsNonRoot": True, "runAsUser": 0}
        assert template["container"]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_objects_fit_the_schemas_of_argo_events() -> None:
    for (kind, _), manifest in compiled(ALL).objects.items():
        if kind in ("EventSource", "Sensor"):
            schema = json.loads(assets.text("schemas", f"{kind.lower()}.schema.json"))
            jsonschema_rs.validate(schema, manifest)


def elected(nodes: str, head: str) -> set[tuple[str, str]]:
    """The Roles that let a pod elect itself, by name and namespace."""
    text = FRAME.format(zone="UTC") + head + "nodes:\n" + nodes
    objects = pipeline.build(
        pipeline.check(pipeline.load([InputFile("graph.yaml", text.encode())]))
    ).objects()
    rule = {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["create", "get", "update"],
    }
    roles = [o for o in objects if o["kind"] == "Role" and rule in o["rules"]]
    return {(role["metadata"]["name"], role["metadata"]["namespace"]) for role in roles}


def test_several_pods_elect_one_of_them_by_lease() -> None:
    head = "pods: {replicas: 2}\nsweeper: {image: example.com/depgen:1}\n"
    for (kind, name), manifest in compiled(head).objects.items():
        if kind in ("EventSource", "Sensor"):
            annotations = manifest["metadata"]["annotations"]
            assert annotations == {"events.argoproj.io/leader-election": "k8s"}, name
    assert elected(NODES, head) == {
        (f"etl-{part}", "data") for part in ("watch", "record", "claim", "submit")
    }


def test_one_pod_elects_nobody() -> None:
    assert elected(NODES, "") == set()
    sensors = [o for (kind, _), o in compiled("").objects.items() if kind == "Sensor"]
    assert not any("annotations" in sensor["metadata"] for sensor in sensors)


def test_pods_elect_where_they_are_and_not_where_their_runs_are() -> None:
    nodes = NODES.replace("{workflowTemplate: report}", "{workflowTemplate: report, namespace: far}")
    roles = elected(nodes, "pods: {replicas: 2}\n")
    assert ("etl-submit", "data") in roles
    assert ("etl-submit", "far") not in roles


def test_a_selector_that_takes_everything_stays() -> None:
    (term,) = specs(compiled(ALL))[0]["template"]["affinity"]["podAntiAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term == {"topologyKey": "zone", "labelSelector": {}}


def test_quantities_are_written_as_kubernetes_writes_them_back() -> None:
    for spec in specs(compiled(ALL)):
        assert spec["template"]["container"]["resources"] == {
            "limits": {"memory": "512Mi"},
            "requests": {"cpu": "50m", "memory": "128Mi"},
        }


def test_sensors_keep_their_zone() -> None:
    for name in ("etl-record", "etl-submit"):
        env = compiled(ALL).sensor(name)["template"]["container"]["env"]
        assert env == [{"name": "TZ", "value": "Europe/Paris"}]


def test_what_is_the_default_anyway_is_not_written() -> None:
    plain = compiled("").files
    assert compiled("eventBus: default\n").files == plain
    assert compiled("pods: {}\n").files == plain
    assert (
        compiled("pods: {replicas: 1, tolerations: [], labels: {}, resources: {limits: {}}}\n").files == plain
    )


def test_nothing_empty_reaches_the_objects() -> None:
    text = "pods: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}}\n"
    assert specs(compiled(text))[0]["template"]["affinity"] == {"nodeAffinity": {}}


@pytest.mark.parametrize("kind", ["labels", "annotations"])
@pytest.mark.parametrize(
    "name",
    [
        "depgen.io/graph",
        "app.kubernetes.io/instance",
        "argocd.argoproj.io/tracking-id",
        "workflows.argoproj.io/completed",
        "events.argoproj.io/sensor",
        "owner-name",
    ],
)
def test_labels_of_depgen_argo_and_argo_cd_are_refused(kind: str, name: str) -> None:
    noun = kind.removesuffix("s")
    message = f'the {noun} "{name}" is reserved; choose a name with a prefix of your own'
    assert findings(f"pods: {{{kind}: {{{name}: x}}}}\n") == [("reserved-label", message)]


@pytest.mark.parametrize(
    ("pods", "rule", "part"),
    [
        ("{tolerations: [{kye: infra}]}", "pod-spec", 'did you mean "key"?'),
        ("{securityContext: {runAsNonroot: true}}", "pod-spec", 'did you mean "runAsNonRoot"?'),
        ("{securityContext: {allowPrivilegeEscalatio: false}}", "pod-spec", "allowPrivilegeEscalation"),
        ("{affinity: {podAffinity: {required: []}}}", "pod-spec", "unknown field"),
        ("{tolerations: [{tolerationSeconds: soon}]}", "pod-spec", "a whole number"),
        ("{imagePullSecrets: [registry]}", "wrong-type", "a mapping such as {name: registry}"),
        ("{resources: {requests: {cpu: 50 m}}}", "bad-value", "a quantity such as"),
        ("{resources: {requests: {cpu: -1}}}", "bad-value", "a quantity such as"),
        ("{resources: {request: {cpu: 1}}}", "unknown-field", 'did you mean "requests"?'),
        ("{replicas: 0}", "bad-value", "a number from 1 to 10"),
        ("{serviceAccountName: x}", "unknown-field", "every component has an account of its own"),
        ("{nodeSelector: {a b: c}}", "bad-name", "label key"),
    ],
)
def test_what_kubernetes_would_drop_or_refuse_is_found(pods: str, rule: str, part: str) -> None:
    ((found, text),) = findings(f"pods: {pods}\n")
    assert found == rule
    assert part in text


def test_pods_count_towards_the_size_of_a_sensor() -> None:
    head = f"pods: {{annotations: {{a: {'x' * 4000}, b: {'y' * 4000}}}}}\n"
    for layout in checked(head).layouts:
        sizes = {o["metadata"]["name"]: go_size(o) for o in pipeline.build(checked(head)).objects()}
        for box in layout.boxes:
            assert 8000 < sizes[box.name] <= box.size


def test_the_files_of_a_graph_agree_on_their_pods() -> None:
    frame = FRAME.format(zone="UTC")
    texts = [frame + f"pods: {{replicas: {n}}}\nnodes: {{}}\n" for n in (1, 2)]
    files = [InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    assert [f.rule for f in pipeline.check(pipeline.load(files)).findings] == ["files-disagree"]


def test_the_name_of_a_bus_is_a_name() -> None:
    assert [rule for rule, _ in findings("eventBus: Pipelines\n")] == ["bad-name"]
    assert {spec["eventBusName"] for spec in specs(compiled("eventBus: b\n"))} == {"b"}
