"""Overlays by the real Kustomize: every reference stays alive, and what comes out does what the graph says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes import FakeCluster
from tests.golden.examples import EXAMPLES, inputs
from tests.oracle.retelling import sample, scenario
from tests.stack.build import Binaries

from depgen import checks, disruptions, eventbus, networks, pipeline
from depgen.cluster.doctor import examine
from depgen.cluster.doctor.exam import Exam, patients
from depgen.cluster.doctor.finding import Level
from depgen.cluster.doctor.resources import BUILT
from depgen.cluster.doctor.sight import Sight
from depgen.extras import Extra
from depgen.pipeline import Checked, InputFile
from depgen.play.compiled import compiled
from depgen.report.scenario import text
from depgen.runnable import Runnable, runnable
from depgen.scenario.emulated import Emulated
from depgen.scenario.playing import play
from depgen.scenario.reading import read
from depgen.scenario.story import Story

Object = dict[str, Any]
Overlay = Callable[..., list[Object]]
RENAMED = "namePrefix: stg-\nnameSuffix: -b\n"
RANDOM = 25
MINE = """\
apiVersion: argoproj.io/v1alpha1
kind: EventBus
metadata: {name: pipelines, namespace: data}
---
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: report, namespace: data}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: data}
"""


@pytest.fixture
def overlay(binaries: Binaries, tmp_path: Path) -> Overlay:
    """The objects of a build under an overlay of these fields, the same from kustomize and from kubectl."""

    def laid(
        checked: Checked, fields: str, beside: Sequence[str] = (), extras: Sequence[Extra] = ()
    ) -> list[Object]:
        for folder, files in (
            ("base", pipeline.build(checked, extras).files),
            (
                "over",
                {"kustomization.yaml": f"{fields}resources: {['../base', *beside]}\n", "mine.yaml": MINE},
            ),
        ):
            (tmp_path / folder).mkdir(exist_ok=True)
            for name, content in files.items():
                (tmp_path / folder / name).write_text(content, encoding="utf-8")
        printed = [
            subprocess.run(
                [binaries.kustomize, *words, tmp_path / "over"], capture_output=True, text=True, check=True
            )
            for words in (["build"], ["kubectl", "kustomize"])
        ]
        assert printed[0].stdout == printed[1].stdout
        assert not printed[0].stderr
        return [thing for thing in yaml.load_all(printed[0].stdout, yaml.CSafeLoader) if thing]

    return laid


def checked(files: list[InputFile], namespace: str = "") -> Checked:
    """The graphs, moved to a namespace if one is named."""
    return pipeline.check(replace(pipeline.load(files), namespace=namespace))


def by_name(objects: list[Object]) -> dict[tuple[str, str], Object]:
    """The objects by kind and name; no two are alike."""
    found = {(thing["kind"], thing["metadata"]["name"]): thing for thing in objects}
    assert len(found) == len(objects)
    return found


def references(thing: Object) -> Iterator[tuple[str, str]]:
    """The kinds and names that an object speaks of, among those that a build writes."""
    spec = thing.get("spec", {})
    if thing["kind"] in ("EventSource", "Sensor"):
        yield "ServiceAccount", spec["template"]["serviceAccountName"]
    for dependency in spec.get("dependencies", ()):
        yield "EventSource", dependency["eventSourceName"]
    if thing["kind"] == "RoleBinding":
        yield "Role", thing["roleRef"]["name"]
        yield from (("ServiceAccount", subject["name"]) for subject in thing["subjects"])
    pod = spec.get("jobTemplate", thing).get("spec", {}).get("template", {}).get("spec", {})
    if "containers" in pod:
        yield "ServiceAccount", pod["serviceAccountName"]
        yield from (("ConfigMap", volume["configMap"]["name"]) for volume in pod["volumes"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_overlay_of_the_namespace_is_what_the_graph_gives_there(example: Path, overlay: Overlay) -> None:
    here = checked(inputs(example))
    if len({*(graph.namespace for graph in here.graphs), *_elsewhere(here)}) > 1:
        # Kustomize moves all objects into one namespace, whichever they were in: that is what environments are for.
        with pytest.raises(subprocess.CalledProcessError) as refused:
            overlay(here, "namespace: staging\n")
        assert "staging" in refused.value.stderr
        return
    laid = overlay(here, "namespace: staging\n")
    assert by_name(laid) == by_name(pipeline.build(checked(inputs(example), "staging")).objects())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_a_prefix_and_a_suffix_reach_every_reference(example: Path, overlay: Overlay) -> None:
    laid = overlay(checked(inputs(example)), RENAMED)
    names = {(thing["kind"], thing["metadata"]["name"]) for thing in laid}
    assert all(name.startswith("stg-") and name.endswith("-b") for _, name in names)
    spoken = [(thing["kind"], *reference) for thing in laid for reference in references(thing)]
    assert [one for one in spoken if one[1:] not in names] == []
    assert {"EventSource", "Sensor", "RoleBinding"} <= {kind for kind, *_ in spoken}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_doctor_knows_a_graph_under_the_names_of_an_overlay(example: Path, overlay: Overlay) -> None:
    here = checked(inputs(example))
    cluster = FakeCluster()
    for thing in overlay(here, RENAMED):
        if thing["kind"] in BUILT:
            cluster.add(BUILT[thing["kind"]], thing["metadata"].get("namespace", ""), thing)
    known = patients(here, pipeline.build(here))
    exam = Exam(Sight(cluster, lambda: cluster.now), patients=known)
    results = examine(exam, ["applied", "leftovers"])
    assert [f for result in results for f in result.findings if f.level is not Level.OK] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_what_asks_the_programs_in_the_cluster_finds_them_under_the_names_of_an_overlay(
    example: Path, overlay: Overlay
) -> None:
    here = checked(inputs(example))
    built, laid = (runnable(objects) for objects in (pipeline.build(here).objects(), overlay(here, RENAMED)))
    assert programs(laid) == programs(built)


def programs(found: dict[str, Runnable]) -> list[tuple[str, int, int, int, list[str]]]:
    """What there is of each graph."""
    return [
        (name, len(of.recorders), len(of.claimers), len(of.clocks), sorted(of.deciders))
        for name, of in sorted(found.items())
    ]


def test_the_bus_the_templates_and_the_accounts_of_the_same_overlay_are_renamed_in_sensors(
    overlay: Overlay,
) -> None:
    graph = (
        "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\neventBus: pipelines\n"
        "defaults: {run: {spec: {serviceAccountName: runner}}}\n"
        "nodes:\n  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: report}, dependsOn: [a]}\n"
    )
    laid = overlay(checked([InputFile("g.yaml", graph.encode())]), RENAMED, ["mine.yaml"])
    sensors = [thing for thing in laid if thing["kind"] == "Sensor"]
    assert {sensor["spec"]["eventBusName"] for sensor in sensors} == {"stg-pipelines-b"}
    (submit,) = [s for s in sensors if "submit" in s["metadata"]["name"]]
    (trigger,) = submit["spec"]["triggers"]
    started = trigger["template"]["k8s"]["source"]["resource"]["spec"]
    assert started["workflowTemplateRef"] == {"name": "stg-report-b"}
    assert started["serviceAccountName"] == "stg-runner-b"


def test_a_check_keeps_its_account_and_its_handler_under_other_names(overlay: Overlay) -> None:
    graph = (
        "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\n"
        "nodes:\n  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
    )
    extras = [checks.as_extra(checks.Checks("example.com/depgen:1", "report/tell"))]
    laid = overlay(checked([InputFile("g.yaml", graph.encode())]), RENAMED, ["mine.yaml"], extras)
    spec = by_name(laid)["WorkflowTemplate", "stg-depgen-check-b"]["spec"]
    assert ("ServiceAccount", "stg-depgen-check-b") in by_name(laid)
    accounts = [thing["serviceAccountName"] for thing in (spec, *spec["templates"])]
    assert set(accounts) == {"stg-depgen-check-b"}
    assert spec["hooks"]["exit"]["templateRef"] == {"name": "stg-report-b", "template": "tell"}


def test_selectors_follow_the_names_of_an_overlay(overlay: Overlay) -> None:
    graph = (
        "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\npods: {replicas: 2}\n"
        "nodes:\n  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: report}, dependsOn: [a]}\n"
    )
    extras = [disruptions.EXTRA, networks.as_extra(), eventbus.EXTRA]
    laid = overlay(checked([InputFile("g.yaml", graph.encode())]), RENAMED, extras=extras)
    labels = [
        dict(thing["spec"]["selector"]["matchLabels"])
        for thing in laid
        if thing["kind"] == "PodDisruptionBudget"
    ]
    chosen = {(one.pop("controller"), *one.values()) for one in labels}
    assert chosen == {
        ("eventbus-controller", "stg-default-b"),
        ("eventsource-controller", "stg-etl-b"),
        *(("sensor-controller", f"stg-etl-{part}-b") for part in ("claim", "record", "submit")),
    }
    (policy,) = [thing["spec"] for thing in laid if thing["kind"] == "NetworkPolicy"]
    kinds, owners = (sorted(one["values"]) for one in policy["podSelector"]["matchExpressions"])
    assert kinds == ["eventsource-controller", "sensor-controller"]
    assert owners == sorted({name for _, name in chosen} - {"stg-default-b"})
    (bus,) = (rule["to"][0]["podSelector"]["matchLabels"] for rule in policy["egress"] if "to" in rule)
    assert bus["eventbus-name"] == "stg-default-b"


@pytest.mark.parametrize("is_wide", [False, True], ids=["of one key", "over several keys"])
def test_random_graphs_do_the_same_under_an_overlay(is_wide: bool, overlay: Overlay) -> None:
    def renamed(story: Story, graphs: Checked) -> Emulated:
        laid = overlay(graphs, RENAMED)
        objects = {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o for o in laid}
        return Emulated(story, replace(compiled(graphs), objects=objects))

    verdicts = []
    for number, drawn in enumerate(sample(RANDOM, is_wide)):
        file = InputFile(f"random-{number}.scenario.yaml", scenario(drawn, f"Random graph {number}").encode())
        story, findings = read(file, lambda _: [])
        assert story, [finding.text for finding in findings]
        verdicts.append(play(story, renamed))
    assert all(verdict.has_passed for verdict in verdicts), text(verdicts)


def _elsewhere(here: Checked) -> set[str]:
    """The namespaces that the objects of a build are in."""
    return {thing["metadata"]["namespace"] for thing in pipeline.build(here).objects()}


def run_by_kustomize(binaries: Binaries, folder: Path) -> subprocess.CompletedProcess[str]:
    """`kustomize build` of a folder whose generator is `depgen krm`, the graph of the seed story beside it."""
    config = {
        "apiVersion": "depgen.io/v1",
        "kind": "Graphs",
        "metadata": {
            "name": "etl",
            "annotations": {
                "config.kubernetes.io/function": f"exec: {{path: {sys.executable}, args: [-m, depgen, krm]}}\n"
            },
        },
        "spec": {"files": ["graph.yaml"], "with": ["eventbus"]},
    }
    (folder / "depgen.yaml").write_text(yaml.safe_dump(config))
    (folder / "kustomization.yaml").write_text("generators: [depgen.yaml]\n")
    return subprocess.run(
        [binaries.kustomize, "build", "--enable-alpha-plugins", "--enable-exec", folder],
        capture_output=True,
        text=True,
        check=False,
    )


def test_kustomize_runs_depgen_as_a_function(binaries: Binaries, tmp_path: Path) -> None:
    (seed,) = [example for example in EXAMPLES if example.name == "01-nightly-etl"]
    shutil.copy(seed / "graph.yaml", tmp_path)
    done = run_by_kustomize(binaries, tmp_path)
    assert done.returncode == 0, done.stderr
    made = [thing for thing in yaml.load_all(done.stdout, yaml.CSafeLoader) if thing]
    assert by_name(made) == by_name(pipeline.build(checked(inputs(seed)), [eventbus.EXTRA]).objects())


def test_kustomize_shows_what_is_wrong_with_the_graph(binaries: Binaries, tmp_path: Path) -> None:
    (seed,) = [example for example in EXAMPLES if example.name == "01-nightly-etl"]
    text = (seed / "graph.yaml").read_text().replace("dependsOn: [clean]", "dependsOn: [claen]")
    (tmp_path / "graph.yaml").write_text(text)
    done = run_by_kustomize(binaries, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert 'did you mean "clean"? [unknown-upstream]' in done.stderr
