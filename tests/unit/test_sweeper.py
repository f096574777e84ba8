"""The sweep in the cluster: what is rendered, and that the pod reads the graph that was compiled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from depgen import pipeline, sweeper
from depgen.cli.inputs import read_graphs
from depgen.cron import parse
from tests.compiled import FRAME, Compiled, compile_nodes, compile_texts

NODES = "  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
CRON = "sweeper: {image: example.com/depgen:1}\n"
WATCH = "sweeper: {image: example.com/depgen:1, every: 90s, mode: watch}\n"
ODD = """\
  a: {source: {cronWorkflow: a}, docs: "it's: # no comment"}
  r:
    owner: "\U0001f600 'single' \\"double\\" \\\\ back"
    run:
      workflowTemplate: t
      params: {"yes": "on", "no": "off", "1": "0o17", e: "1e3", d: "2026-11-21", t: "12:30", "n": "null", s: " ", u: "\\u00a0\\ta", x: "${HOME} {% if %}"}
    dependsOn: [{node: a, when: '.workflow == "\u00e9"'}]
  s:
    run:
      workflowSpec:
        entrypoint: e
        templates:
          - name: e
            script:
              image: x
              command: [sh]
              source: |2

                  indented: |
                - "\u00a0" tab

                # no comment
    dependsOn: [r]
"""


def swept(head: str = CRON, nodes: str = NODES) -> Compiled:
    return compile_nodes(nodes, head=head)


def objects(compiled: Compiled) -> dict[str, dict[str, Any]]:
    """What stands in the sweeper's file, by kind."""
    found = {o["kind"]: o for o in yaml.safe_load_all(compiled.files["etl-sweeper.yaml"])}
    assert all(o["metadata"]["namespace"] == "data" for o in found.values())
    return found


def pod(thing: dict[str, Any]) -> dict[str, Any]:
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    found: dict[str, Any] = spec["template"]["spec"]
    return found


def container(thing: dict[str, Any]) -> dict[str, Any]:
    (found,) = pod(thing)["containers"]
    assert isinstance(found, dict)
    return found


def job(compiled: Compiled) -> str:
    name: str = objects(compiled)["Job"]["metadata"]["name"]
    return name


def texts(compiled: Compiled) -> dict[str, str]:
    found: dict[str, str] = objects(compiled)["ConfigMap"]["data"]
    return found


# ---- what is rendered ----


def test_without_a_sweeper_there_is_none() -> None:
    assert [name for name in swept("").files if "sweep" in name] == []
    assert ("ServiceAccount", "etl-sweep") not in swept("").objects


def test_a_cron_job_sweeps_every_five_minutes_unless_it_is_told_otherwise() -> None:
    found = objects(swept())
    assert sorted(found) == ["ConfigMap", "CronJob", "Job"]
    assert found["CronJob"]["metadata"]["name"] == "etl-sweeper"
    assert found["CronJob"]["spec"]["schedule"] == "*/5 * * * *"
    assert found["CronJob"]["spec"]["concurrencyPolicy"] == "Forbid"
    assert container(found["CronJob"])["args"] == ["reconcile", "/graph", "--fail-on", "never"]


@pytest.mark.parametrize(
    ("every", "schedule"),
    [
        ("1m", "*/1 * * * *"),
        ("2m", "*/2 * * * *"),
        ("15m", "*/15 * * * *"),
        ("30m", "*/30 * * * *"),
        ("1h", "0 * * * *"),
        ("60m", "0 * * * *"),
        ("2h", "0 */2 * * *"),
        ("12h", "0 */12 * * *"),
        ("24h", "0 0 * * *"),
    ],
)
def test_a_period_becomes_a_schedule_that_keeps_to_it(every: str, schedule: str) -> None:
    found = objects(swept(f"sweeper: {{image: x, every: {every}}}\n"))["CronJob"]["spec"]["schedule"]
    assert found == schedule
    parse(found)


@pytest.mark.parametrize("every", ["30s", "90s", "7m", "90m", "5h", "25h", "48h"])
def test_a_period_that_cron_cannot_keep_is_a_mistake(every: str) -> None:
    text = FRAME.format(zone="UTC") + f"sweeper: {{image: x, every: {every}}}\nnodes:\n{NODES}"
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert [f.rule for f in checked.findings if f.rule == "sweeper-period"] == ["sweeper-period"]


def test_one_that_stays_is_a_single_pod_with_any_period_and_figures() -> None:
    found = objects(swept(WATCH))
    assert sorted(found) == ["ConfigMap", "Deployment", "Job"]
    spec = found["Deployment"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == "9090"
    one = container(found["Deployment"])
    assert one["args"] == ["reconcile", "/graph", "--watch", "--every", "90s", "--metrics", "0.0.0.0:9090"]
    assert one["ports"] == [{"name": "metrics", "containerPort": 9090}]
    assert one["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}


@pytest.mark.parametrize("head", [CRON, WATCH])
def test_every_pod_is_of_the_account_and_may_do_nothing_to_its_node(head: str) -> None:
    compiled = swept(head)
    found = objects(compiled)
    for thing in (found.get("CronJob") or found["Deployment"], found["Job"]):
        of, one = pod(thing), container(thing)
        assert ("ServiceAccount", of["serviceAccountName"]) in compiled.objects
        assert of.get("restartPolicy") == (None if thing["kind"] == "Deployment" else "Never")
        assert of["securityContext"]["runAsNonRoot"] is True
        assert one["image"] == "example.com/depgen:1"
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        (volume,), (mount,) = of["volumes"], one["volumeMounts"]
        assert volume == {"name": mount["name"], "configMap": {"name": "etl-sweeper"}}
        assert mount["mountPath"] == "/graph"


def test_a_job_sweeps_after_each_sync() -> None:
    found = objects(swept())["Job"]
    assert found["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    }
    assert container(found)["args"] == ["reconcile", "/graph", "--fail-on", "never"]


@pytest.mark.parametrize("head", [CRON, WATCH])
def test_nothing_of_it_has_the_label_of_ledgers_and_runs(head: str) -> None:
    for thing in objects(swept(head)).values():
        assert "depgen.io/graph" not in thing["metadata"]["labels"]


# ---- the job's name ----


def test_the_job_has_another_name_for_another_image_or_graph_and_only_then() -> None:
    names = [
        job(swept()),
        job(swept(CRON.replace(":1", ":2"))),
        job(swept(CRON.replace("}", ", every: 1m}"))),
        job(swept(WATCH)),
        job(swept(nodes=NODES.replace("workflowTemplate: t", "workflowTemplate: u"))),
    ]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("etl-sweeper-[0-9a-f]{8}", name) for name in names)
    reworded = f"# another comment\n{CRON}"
    assert (
        job(
            swept(
                reworded, NODES.replace("{source: {cronWorkflow: a}}", "\n    source:\n      cronWorkflow: a")
            )
        )
        == names[0]
    )


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert swept().files["etl-sweeper.yaml"] == swept().files["etl-sweeper.yaml"]


# ---- the graph that goes along ----


def rebuilt(folder: Path, compiled: Compiled) -> Compiled:
    """What the pod compiles from the folder that it is given."""
    folder.mkdir()
    mount(folder, texts(compiled))
    return compile_texts(*(file.raw.decode() for file in read_graphs([str(folder)], recursive=False).files))


def mount(folder: Path, files: dict[str, str]) -> None:
    """A ConfigMap as the kubelet mounts it: links to links, beside hidden folders."""
    hidden = folder / "..2026_11_21_10_00_00.123456789"
    hidden.mkdir()
    for name, text in files.items():
        (hidden / name).write_text(text, encoding="utf-8")
    (folder / "..data").symlink_to(hidden.name)
    for name in files:
        (folder / name).symlink_to(f"..data/{name}")


def same(one: Compiled, other: Compiled) -> bool:
    """But for the first line of each file, which names files."""
    return [one.objects, list(one.files)] == [other.objects, list(other.files)]


@pytest.mark.parametrize("nodes", [NODES, ODD])
def test_the_pod_compiles_the_same_objects_from_what_is_mounted(nodes: str, tmp_path: Path) -> None:
    compiled = swept(nodes=nodes)
    assert same(rebuilt(tmp_path / "graph", compiled), compiled)


def test_texts_of_all_kinds_are_what_they_were() -> None:
    (text,) = texts(swept(nodes=ODD)).values()
    data = yaml.load(text, Loader=yaml.BaseLoader)
    source = yaml.load("nodes:\n" + ODD, Loader=yaml.BaseLoader)
    assert data["nodes"] == source["nodes"]


def test_a_graph_of_several_files_stays_one_of_several_files(tmp_path: Path) -> None:
    first, second = NODES.splitlines(keepends=True)
    frame = FRAME.format(zone="UTC")
    compiled = compile_texts(f"{frame}{CRON}nodes:\n{first}", f"{frame}nodes:\n{second}")
    assert list(texts(compiled)) == ["graph-1.yaml", "graph-2.yaml"]
    assert same(rebuilt(tmp_path / "graph", compiled), compiled)


def test_a_graph_that_listens_to_another_compiles_without_it(tmp_path: Path) -> None:
    other = FRAME.format(zone="UTC").replace("etl", "core") + (
        "nodes:\n  h: {source: {cronWorkflow: h}, key: {every: hour}}\n"
        "  up: {run: {workflowTemplate: t}, dependsOn: [h]}\n"
    )
    nodes = "  up: {source: {graph: data/core, node: up}, key: {every: hour}}\n  r: {run: {workflowTemplate: t}, dependsOn: [up]}\n"
    together = compile_texts(FRAME.format(zone="UTC") + CRON + "nodes:\n" + nodes, other)
    alone = rebuilt(tmp_path / "graph", together)
    for (kind, name), thing in alone.objects.items():
        if kind != "":
            assert kind == "Kustomization" or together.objects[kind, name] == thing


def test_a_graph_that_is_too_large_for_a_config_map_is_a_mistake() -> None:
    text = FRAME.format(zone="UTC") + CRON + "nodes:\n" + NODES
    (graph,) = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())])).graphs
    assert sweeper.check(graph, [{"x": "y" * 900_000}]) == []
    assert [d.rule for d in sweeper.check(graph, [{"x": "\u00e9" * 500_000}])] == ["object-too-large"]
