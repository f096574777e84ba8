"""Flux with the output of a build: what its substitution leaves alone, and what its health checks say of live objects."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.golden.examples import EXAMPLES, inputs
from tests.stack.api import Manifest
from tests.stack.build import Binaries
from tests.stack.deployed import graph_text, manifests
from tests.stack.namespace import Namespace

from depgen import checks, disruptions, eventbus, flux, monitoring, networks, pipeline, policies
from depgen.pipeline import Checked, InputFile

NODES = """\
a: {source: {cronWorkflow: a}}
r:
  dependsOn: [a]
  run:
    workflowSpec:
      entrypoint: main
      templates:
        - name: main
          script: {image: alpine, command: [sh], source: 'echo "${x}" $$ ${y:-z} $(date)'}
"""
PLAIN = (
    "a: {source: {cronWorkflow: a}}\nr: {run: {workflowTemplate: t, params: {day: '1'}}, dependsOn: [a]}\n"
)


def checked(files: list[InputFile]) -> Checked:
    found = pipeline.check(pipeline.load(files))
    assert not found.has_errors
    return found


def by_name(objects: list[Manifest]) -> dict[tuple[str, str, str], Manifest]:
    return {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o for o in objects}


def substituted(binaries: Binaries, folder: Path, files: dict[str, str]) -> list[Manifest]:
    """The objects that a Kustomization with the variable x makes of these files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [binaries.kustomize, "flux-build", folder, "x=gone"], capture_output=True, text=True, check=True
    )
    return [thing for thing in yaml.load_all(done.stdout, yaml.CSafeLoader) if thing]


def statuses(binaries: Binaries, objects: Sequence[Manifest]) -> list[str]:
    checks = yaml.safe_load(flux.health())["healthCheckExprs"]
    lines = [json.dumps({"object": thing, "checks": checks}) for thing in objects]
    done = subprocess.run(
        [binaries.kustomize, "flux-health"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_goes_through_a_substitution_unchanged(
    example: Path, binaries: Binaries, tmp_path: Path
) -> None:
    bundle = pipeline.build(checked(inputs(example)))
    assert by_name(substituted(binaries, tmp_path, bundle.files)) == by_name(bundle.objects())


def test_what_is_built_beside_a_graph_goes_through_too(binaries: Binaries, tmp_path: Path) -> None:
    (seed,) = [example for example in EXAMPLES if example.name == "01-nightly-etl"]
    extras = [
        checks.as_extra(checks.Checks("example.com/depgen:1")),
        disruptions.EXTRA,
        eventbus.EXTRA,
        monitoring.as_extra(),
        networks.as_extra(),
        policies.as_extra(policies.Trusted(("user:a",), ("group:b",))),
    ]
    bundle = pipeline.build(checked(inputs(seed)), extras)
    assert any("${" in text for text in bundle.manifests.values()), "dashboards have variables of their own"
    assert by_name(substituted(binaries, tmp_path, bundle.files)) == by_name(bundle.objects())


def test_a_script_with_variables_goes_through_because_it_is_marked(
    binaries: Binaries, tmp_path: Path
) -> None:
    text = (
        "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\n"
        "sweeper: {image: example.com/depgen:1}\nnodes:\n"
        + "".join(f"  {line}\n" for line in NODES.splitlines())
    )
    bundle = pipeline.build(checked([InputFile("graph.yaml", text.encode())]))
    assert by_name(substituted(binaries, tmp_path, bundle.files)) == by_name(bundle.objects())

    bare = {name: text.replace(f"{flux.MARK}: disabled", "a: b") for name, text in bundle.files.items()}
    submit = by_name(substituted(binaries, tmp_path, bare))["Sensor", "data", "etl-submit"]
    assert 'echo "gone" $ z $(date)' in json.dumps(submit).replace('\\"', '"')


def test_health_is_what_the_conditions_of_live_objects_say(namespace: Namespace, binaries: Binaries) -> None:
    objects = manifests(graph_text(namespace, PLAIN))
    (claim,) = [o for o in objects if o["kind"] == "Sensor" and o["metadata"]["name"].endswith("-claim")]
    refused, waiting = copy.deepcopy(claim), copy.deepcopy(claim)
    refused["metadata"]["name"] += "-refused"
    refused["spec"]["dependencies"][0]["eventName"] = ""
    waiting["metadata"]["name"] += "-waiting"
    waiting["spec"]["eventBusName"] = "later"
    namespace.apply([*objects, refused, waiting])

    def told() -> dict[str, str]:
        live: list[dict[str, Any]] = [
            {**item, "apiVersion": "argoproj.io/v1alpha1", "kind": kind}
            for kind in ("EventSource", "Sensor")
            for item in namespace.api.get(namespace.path(kind))["items"]
        ]
        names = [item["metadata"]["name"].removeprefix(namespace.graph) for item in live]
        return dict(zip(names, statuses(binaries, live), strict=True))

    good = dict.fromkeys(("", "-claim", "-record", "-submit"), "Current")
    expected = good | {"-claim-refused": "Failed", "-claim-waiting": "InProgress"}
    namespace.wait_for(lambda: told() == expected, 30, f"{expected}, not {told()}")


def test_an_object_that_nobody_has_looked_at_is_waited_for(binaries: Binaries) -> None:
    new: Manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Sensor", "metadata": {"name": "a"}}
    empty = [new, {**new, "status": {}}, {**new, "status": {"conditions": []}}]
    assert statuses(binaries, empty) == ["Unknown", "InProgress", "InProgress"]
