"""Which objects tell Flux to leave them alone; that Flux obeys, and changes the others, is for tests/stack/test_flux.py."""

from __future__ import annotations

import pytest
import yaml

from depgen import flux, pipeline
from depgen.pipeline import InputFile
from tests.compiled import FRAME

NODES = (
    "nodes:\n  load: {source: {cronWorkflow: load}}\n"
    "  report: {dependsOn: [load], run: {workflowTemplate: report, params: {text: TEXT}}}\n"
)


def marked(text: str, head: str = "") -> list[str]:
    """The objects of a graph with this parameter that are marked, by kind and name."""
    graph = FRAME.format(zone="UTC") + head + NODES.replace("TEXT", text)
    checked = pipeline.check(pipeline.load([InputFile("graph.yaml", graph.encode())]))
    return [
        f"{thing['kind']} {thing['metadata']['name']}"
        for thing in pipeline.build(checked).objects()
        if thing["metadata"].get("annotations", {}).get(flux.MARK) == "disabled"
    ]


@pytest.mark.parametrize("text", ['"${HOME}"', '"a $$ b"', '"$${x}"'])
def test_only_what_flux_would_change_is_marked(text: str) -> None:
    assert marked(text) == ["Sensor etl-submit"]


@pytest.mark.parametrize("text", ["plain", '"$x {y} $"', '"$ {HOME}"'])
def test_other_text_with_a_dollar_is_not_marked(text: str) -> None:
    assert marked(text) == []


def test_each_object_of_a_file_is_marked_for_itself() -> None:
    sweeper = "sweeper: {image: example.com/depgen:1}\n"
    assert marked('"${HOME}"', sweeper) == ["Sensor etl-submit", "ConfigMap etl-sweeper"]


def test_annotations_that_are_there_stay() -> None:
    text = "apiVersion: v1\nmetadata:\n  name: a\n  annotations:\n    b: c\ndata:\n  d: ${e}\n"
    assert yaml.safe_load(flux.kept(text))["metadata"]["annotations"] == {flux.MARK: "disabled", "b": "c"}


def test_a_name_of_a_file_breaks_no_build() -> None:
    graph = FRAME.format(zone="UTC") + NODES.replace("TEXT", "x")
    checked = pipeline.check(pipeline.load([InputFile("${a}.yaml", graph.encode())]))
    assert len(pipeline.build(checked).objects()) > 4
