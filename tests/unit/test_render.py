"""The manifests: the same bytes always, the right objects, the least privileges, within their budgets."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from depgen import pipeline, render
from depgen.gojson import go_size
from tests.compiled import FRAME, Compiled, compile_nodes, compile_texts
from tests.graphs import layered

SMALL = (
    "  load: {source: {cronWorkflow: load}}\n"
    "  sync: {source: {cronWorkflow: sync, namespace: sales}, key: {timezone: America/New_York}}\n"
    "  report: {run: {workflowTemplate: report, namespace: reports}, dependsOn: [load, sync]}\n"
    "  audit: {run: {clusterWorkflowTemplate: audit}, dependsOn: [{node: report, status: done}]}\n"
)


def layouts(text: str) -> tuple[render.Layout, ...]:
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors
    return checked.layouts


def strings_and_zeros(value: Any, route: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from strings_and_zeros(item, f"{route}.{key}")
    elif isinstance(value, list) and value:
        for item in value:
            yield from strings_and_zeros(item, route)
    else:
        yield route, value


def test_permuted_nodes_and_files_give_the_same_bytes() -> None:
    frame = FRAME.format(zone="Europe/Paris") + "nodes:\n"
    nodes = SMALL.splitlines(keepends=True)
    expected = compile_texts(frame + "".join(nodes)).files
    for seed in range(5):
        random.Random(seed).shuffle(nodes)
        assert compile_texts(frame + "".join(nodes)).files == expected


def test_two_files_of_one_graph_give_what_one_file_gives() -> None:
    frame = FRAME.format(zone="Europe/Paris") + "nodes:\n"
    first, *rest = SMALL.splitlines(keepends=True)
    one = compile_texts(frame + SMALL).objects
    assert compile_texts(frame + first, frame + "".join(rest)).objects == one


def test_several_graphs_stand_side_by_side() -> None:
    other = FRAME.format(zone="Europe/Paris").replace("graph: etl", "graph: core") + "nodes:\n" + SMALL
    both = compile_texts(FRAME.format(zone="Europe/Paris") + "nodes:\n" + SMALL, other)
    names = {name for kind, name in both.objects if kind == "EventSource"}
    assert names == {"etl", "core"}
    kustomization = yaml.safe_load(both.files["kustomization.yaml"])
    assert kustomization["resources"] == sorted(name for name in both.files if "kustomiz" not in name)
    assert kustomization["configurations"] == ["kustomizeconfig.yaml"]


def test_every_component_has_its_own_account_with_exactly_its_verbs() -> None:
    roles = {
        (o["metadata"]["namespace"], o["metadata"]["name"]): o["rules"]
        for o in yaml.safe_load_all(compile_nodes(SMALL).files["etl-rbac.yaml"])
        if o["kind"] == "Role"
    }
    workflows = {"apiGroups": ["argoproj.io"], "resources": ["workflows"]}
    ledgers = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "get", "patch"]}
    watched = {**workflows, "verbs": ["list", "watch"]}
    assert roles == {
        ("data", "etl-watch"): [
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]},
            watched,
        ],
        ("sales", "etl-watch"): [watched],
        ("reports", "etl-watch"): [watched],
        ("data", "etl-record"): [ledgers],
        ("data", "etl-claim"): [ledgers],
        ("data", "etl-submit"): [{**workflows, "verbs": ["create"]}],
        ("reports", "etl-submit"): [{**workflows, "verbs": ["create"]}],
    }


def test_each_zone_has_a_record_sensor_of_its_own() -> None:
    compiled = compile_nodes(SMALL)
    zones = {
        name: spec["spec"]["template"]["container"]["env"]
        for (kind, name), spec in compiled.objects.items()
        if kind == "Sensor" and "record" in name
    }
    assert zones == {
        "etl-record": [{"name": "TZ", "value": "Europe/Paris"}],
        "etl-record-america-new-york": [{"name": "TZ", "value": "America/New_York"}],
    }


def test_no_zero_value_is_emitted_but_the_core_group() -> None:
    for compiled in (compile_nodes(SMALL), compile_texts(layered(300, 700, partitions=4))):
        for (kind, _), item in compiled.objects.items():
            if kind in ("EventSource", "Sensor"):
                zeros = [
                    (r, v)
                    for r, v in strings_and_zeros(item["spec"])
                    if v in ("", 0, False, None) or v in ([], {})
                ]
                assert all(route.endswith(".group") for route, _ in zeros)


def test_params_stand_by_position_beside_the_literals() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        '  r: {run: {workflowTemplate: r, params: {mode: full, day: {key: "%Y"}, retries: 3, dry: false}}, dependsOn: [load]}\n'
    )
    (trigger,) = compiled.sensor("etl-submit")["triggers"]
    resource = trigger["template"]["k8s"]["source"]["resource"]
    assert resource["spec"] == {
        "workflowTemplateRef": {"name": "r"},
        "arguments": {
            "parameters": [
                {"name": "mode", "value": "full"},
                {"name": "day", "value": "-"},
                {"name": "retries", "value": "3"},
                {"name": "dry", "value": "false"},
            ]
        },
    }
    assert [p["dest"] for p in trigger["template"]["k8s"]["parameters"]] == [
        "metadata",
        "spec.arguments.parameters.1.value",
    ]


def test_defaults_are_merged_and_the_nodes_own_values_win() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  a: {run: {workflowTemplate: a, spec: {priority: 5}}, dependsOn: [load], owner: me, tags: [x, b]}\n"
        "  b: {run: {workflowSpec: {entrypoint: main, arguments: {parameters: [{name: x, value: v}, {name: k, value: w}]}}, params: {k: z}}, dependsOn: [load]}\n",
        head="defaults: {owner: them, run: {workflowTemplate: other, spec: {serviceAccountName: etl, priority: 1}, labels: {team: core}}}\n",
    )
    a, b = (t["template"]["k8s"]["source"]["resource"] for t in compiled.sensor("etl-submit")["triggers"])
    assert a["spec"] == {"workflowTemplateRef": {"name": "a"}, "priority": 5, "serviceAccountName": "etl"}
    ledger = {"metadata": {"labels": {"depgen.io/key": "20261121"}}}
    metadata = compiled.run("etl-submit", "a", {"type": "UPDATE", "body": ledger})["metadata"]
    assert metadata == {
        "name": "etl-a-20261121",
        "labels": {
            "depgen.io/graph": "etl",
            "depgen.io/key": "20261121",
            "depgen.io/node": "a",
            "team": "core",
        },
        "annotations": {"depgen.io/cause": "[]", "depgen.io/owner": "me", "depgen.io/tags": "b,x"},
    }
    assert b["spec"] == {
        "arguments": {"parameters": [{"name": "k", "value": "z"}, {"name": "x", "value": "v"}]},
        "entrypoint": "main",
        "priority": 1,
        "serviceAccountName": "etl",
    }


def test_queue_is_a_mutex_across_keys_beside_those_of_the_author() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  r: {run: {workflowTemplate: r, spec: {synchronization: {mutexes: [{name: db}]}}}, dependsOn: [load], concurrencyPolicy: Queue}\n"
    )
    (trigger,) = compiled.sensor("etl-submit")["triggers"]
    assert trigger["template"]["k8s"]["source"]["resource"]["spec"]["synchronization"] == {
        "mutexes": [{"name": "db"}, {"name": "etl-r"}]
    }
    taken = trigger["template"]["k8s"]["parameters"]
    assert taken[-1] == {
        "src": {"dependencyName": "r", "dataKey": "mutex"},
        "dest": "spec.synchronization.mutexes.1.name",
    }


@pytest.mark.parametrize(
    ("key", "mutex"),
    [
        ("20261121", "etl-r"),
        ("20261121-fix1", "etl-r.fix1"),
        ("20261025t02b", "etl-r"),
        ("20261025t02b-b", "etl-r.b"),
        ("2026w47-2", "etl-r.2"),
        (None, "etl-r"),
    ],
)
def test_what_is_run_again_queues_apart_from_what_runs_tonight(key: str | None, mutex: str) -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  r: {run: {workflowTemplate: r}, dependsOn: [load], concurrencyPolicy: Queue}\n"
    )
    labels = {} if key is None else {"depgen.io/key": key}
    answer = compiled.run("etl-submit", "r", {"type": "ADD", "body": {"metadata": {"labels": labels}}})
    assert answer["mutex"] == mutex


def test_sensors_are_filled_up_to_their_budget_and_never_above() -> None:
    (layout,) = layouts(layered(1000, 2600, partitions=12))
    written = render.files(layout, render.Templates())
    for text in written.values():
        for item in yaml.safe_load_all(text):
            if item["kind"] in ("Sensor", "EventSource"):
                size = go_size(item)
                box = next(b for b in layout.boxes if b.name == item["metadata"]["name"])
                assert size <= box.size <= size * 1.15 + 400
                assert size <= render.SENSOR_BUDGET


def test_one_changed_node_changes_one_sensor() -> None:
    text = layered(1000, 2600, partitions=12)
    changed = text.replace("workflowTemplate: template-7\n", "workflowTemplate: template-x\n", 1)
    before, after = (compile_texts(t).files for t in (text, changed))
    assert before.keys() == after.keys()
    assert len([name for name in before if before[name] != after[name]]) == 1


def test_a_graph_of_one_source_records_and_submits_nothing() -> None:
    compiled = compile_nodes("  load: {source: {cronWorkflow: load}}\n")
    assert {name for kind, name in compiled.objects if kind == "Sensor"} == {"etl-record"}


def test_partitioned_facts_go_to_the_ledgers_that_need_them_and_nowhere_else() -> None:
    from depgen.naming import partition_of

    compiled = compile_nodes(SMALL, head="partitions: 3\n")
    wanted: dict[str, set[int]] = {}
    for node, downstreams in {"load": ["report"], "report": ["audit"], "audit": []}.items():
        wanted[node] = {partition_of(n, 3) for n in (node, *downstreams)}
    finished = {"phase": "Succeeded", "finishedAt": "2026-11-21T10:00:00Z"}
    for node, partitions in wanted.items():
        labels = {"depgen.io/node": node, "depgen.io/key": "20261121"}
        if node == "load":
            labels = {"workflows.argoproj.io/cron-workflow": "load", "depgen.io/key": "20261121"}
        event = {
            "type": "ADD",
            "body": {"metadata": {"name": "w", "uid": "u", "labels": labels}, "status": finished},
        }
        ledgers = set()
        for dependency in compiled.sensor("etl-record")["dependencies"]:
            if dependency["eventName"].startswith("cron" if node == "load" else "done"):
                result = compiled.run("etl-record", dependency["name"], event)
                ledgers |= {result["name"]} if result["data"] else set()
                assert result["name"] == f"etl-p{result['labels']['depgen.io/partition']}-20261121"
        assert ledgers == {f"etl-p{p}-20261121" for p in partitions}


@pytest.mark.parametrize(
    "hostile", ["a'b", 'a"b', "a\\b", "\\(now)", "a\nb", "{{workflow.name}}", "é\U0001f600"]
)
def test_the_authors_text_never_becomes_program_text(hostile: str) -> None:
    def graph(text: str) -> Compiled:
        quoted = json.dumps(text, ensure_ascii=False)
        return compile_nodes(
            f"  load: {{source: {{workflows: {{matchLabels: {{team: x}}}}}}, key: {{from: label, label: x/y}}}}\n"
            f"  r: {{run: {{workflowTemplate: r, params: {{a: {{from: load, output: rows, default: {quoted}}}, b: {quoted}}}}}, dependsOn: [load]}}\n"
        )

    compiled = graph(hostile)
    event = {"type": "ADD", "body": {"metadata": {"labels": {"depgen.io/key": "20261121"}}, "data": {}}}
    assert compiled.run("etl-submit", "r", event)["params"] == {"a": hostile}
    (trigger,) = compiled.sensor("etl-submit")["triggers"]
    assert (
        trigger["template"]["k8s"]["source"]["resource"]["spec"]["arguments"]["parameters"][1]["value"]
        == hostile
    )


def test_a_graph_without_nodes_is_no_object_at_all() -> None:
    assert compile_texts(FRAME.format(zone="UTC") + "nodes: {}\n").files == {}


def test_a_run_of_the_graph_is_never_a_source_of_its_own() -> None:
    compiled = compile_nodes(
        "  made: {source: {workflowTemplate: report}}\n"
        "  marked: {source: {workflows: {matchLabels: {app: x}}}}\n"
        "  report: {run: {workflowTemplate: report}, dependsOn: [made, marked]}\n"
    )
    events = compiled.objects["EventSource", "etl"]["spec"]["resource"]
    for name in ("template", "labels-marked"):
        assert {"key": "depgen.io/graph", "operation": "!=", "value": "etl"} in events[name]["filter"][
            "labels"
        ]
