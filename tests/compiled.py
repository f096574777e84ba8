"""Graphs compiled in tests: text in, programs and objects out, and the programs run with libjq."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jq

from depgen import pipeline
from depgen.engine import zone_of_process

FRAME = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: {zone}\n"


@dataclass(frozen=True)
class Compiled:
    """The objects of a build by (kind, name), and its files."""

    objects: dict[tuple[str, str], dict[str, Any]]
    files: dict[str, str]

    def sensor(self, name: str) -> dict[str, Any]:
        """One Sensor's spec."""
        spec: dict[str, Any] = self.objects["Sensor", name]["spec"]
        return spec

    def program(self, sensor: str, dependency: str) -> str:
        """The jq text of one dependency."""
        found = [d for d in self.sensor(sensor)["dependencies"] if d["name"] == dependency]
        text: str = found[0]["transform"]["jq"]
        return text

    def run(self, sensor: str, dependency: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """What the dependency makes of an event, in the Sensor's zone; exactly one object."""
        env = {e["name"]: e["value"] for e in self.sensor(sensor)["template"]["container"]["env"]}
        with zone_of_process(env["TZ"]):
            results = jq.compile(self.program(sensor, dependency)).input_value(event).all()
        assert len(results) == 1
        result: dict[str, Any] = results[0]
        return result


def compile_texts(*texts: str) -> Compiled:
    """Build graphs given as texts; fails with the findings if there are any errors."""
    inputs = [pipeline.InputFile(f"graph{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    checked = pipeline.check(pipeline.load(inputs))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    bundle = pipeline.build(checked)
    return Compiled({(o["kind"], o["metadata"]["name"]): o for o in bundle.objects()}, bundle.files)


def compile_nodes(nodes: str, zone: str = "Europe/Paris", head: str = "") -> Compiled:
    """Build a graph `etl` of these `nodes`."""
    return compile_texts(FRAME.format(zone=zone) + head + "nodes:\n" + nodes)
