"""kubectl reads our files as PyYAML does, whatever the author's strings look like."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.compiled import compile_nodes
from tests.golden.examples import EXAMPLES
from tests.unit.test_yamltext import TRAPS

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


def as_kubectl_reads(path: Path) -> object:
    """The object after a label was set, which needs no cluster, and taken away again."""
    command = ["kubectl", "label", "--local", "--output=json", f"--filename={path}", "seen=yes"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    read = json.loads(text)
    assert read["metadata"]["labels"].pop("seen") == "yes"
    return read


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_kubectl_reads_the_sensors_of_an_example_as_pyyaml_does(example: Path) -> None:
    paths = sorted(example.glob("out/*-sensor-*.yaml"))
    assert paths
    for path in paths:
        assert as_kubectl_reads(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_kubectl_reads_every_trap_as_the_string_it_is(tmp_path: Path) -> None:
    params = ", ".join(
        f"p{i}: {json.dumps(t, ensure_ascii=t.isascii() or ord(t[0]) < 0x10000)}" for i, t in enumerate(TRAPS)
    )
    compiled = compile_nodes(
        f"  load: {{source: {{cronWorkflow: load}}}}\n  r: {{run: {{workflowTemplate: r, params: {{{params}}}}}, dependsOn: [load]}}\n"
    )
    path = tmp_path / "sensor.yaml"
    path.write_text(compiled.files["etl-sensor-submit.yaml"], encoding="utf-8")
    read = as_kubectl_reads(path)
    assert isinstance(read, dict)
    (trigger,) = read["spec"]["triggers"]
    values = [
        p["value"]
        for p in trigger["template"]["k8s"]["source"]["resource"]["spec"]["arguments"]["parameters"]
    ]
    assert values == TRAPS
