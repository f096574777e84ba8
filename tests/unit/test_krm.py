"""The KRM function: what is passed on, what is added, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from depgen import krm, pipeline
from depgen.errors import InputError

GRAPH = """\
graph: etl
namespace: data
timezone: UTC
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  report: {run: {workflowTemplate: report, params: {day: "2026-01-01"}}, dependsOn: [sales]}
"""
BESIDES = ("with", "runbooks")
# What YAML 1.1 and 1.2, and careless tools, read differently.
ITEM = """\
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: mine}
  data: {a: "yes", b: '0o17', c: 2026-01-01, d: 1e3, e: "", f: ~, g: 0x1F, h: "0123"}
"""


def resource_list(spec: str, items: str = "[]\n") -> str:
    config = f"functionConfig:\n  apiVersion: depgen.io/v1\n  kind: Graphs\n  spec:\n{_indented(spec, 4)}"
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    return f"{head}items: {items if items.startswith('[') else chr(10) + items}{config}"


def _indented(text: str, depth: int) -> str:
    return "".join(" " * depth + line + "\n" for line in text.splitlines())


def inline(graph: str = GRAPH) -> str:
    return "graph:\n" + _indented(graph, 2)


def asked(text: str) -> tuple[krm.Asked, pipeline.Checked]:
    given = krm.read(text, BESIDES)
    assert given.graph
    return given, pipeline.check(pipeline.load([given.graph], given.environment))


def done(text: str) -> dict[str, Any]:
    answer = yaml.load(krm.answer(*asked(text)), yaml.CSafeLoader)
    assert isinstance(answer, dict)
    return answer


def test_the_objects_of_an_inline_graph_are_added() -> None:
    answer = done(resource_list(inline()))
    graph = pipeline.InputFile("g.yaml", f"apiVersion: depgen.io/v1\n{GRAPH}".encode())
    assert answer["items"] == pipeline.build(pipeline.check(pipeline.load([graph]))).objects()
    assert "results" not in answer


def test_items_of_others_are_passed_on_as_they_were_written() -> None:
    answer = krm.answer(*asked(resource_list(inline(), ITEM)))
    written = 'data: {a: "yes", b: \'0o17\', c: 2026-01-01, d: 1e3, e: "", f: ~, g: 0x1F, h: "0123"}'
    assert written in answer


def test_a_text_of_the_graph_stays_a_text() -> None:
    items = done(resource_list(inline()))["items"]
    (submit,) = [o for o in items if (o["kind"], o["metadata"]["name"]) == ("Sensor", "etl-submit")]
    (trigger,) = submit["spec"]["triggers"]
    (parameter,) = trigger["template"]["k8s"]["source"]["resource"]["spec"]["arguments"]["parameters"]
    assert parameter == {"name": "day", "value": "2026-01-01"}


def test_its_own_output_is_replaced() -> None:
    once = krm.answer(*asked(resource_list(inline(), ITEM)))
    twice = krm.answer(*asked(once))
    assert yaml.safe_load(once) == yaml.safe_load(twice)


def test_a_graph_with_errors_adds_nothing_and_says_why() -> None:
    answer = done(resource_list(inline(GRAPH.replace("[sales]", "[sale]")), ITEM))
    assert [item["metadata"]["name"] for item in answer["items"]] == ["mine"]
    (result,) = answer["results"]
    assert (result["severity"], result["tags"]) == ("error", {"rule": "unknown-upstream"})
    assert result["message"].startswith('node "report" depends on "sale", which does not exist')


def test_what_to_build_besides_is_passed_on_in_words() -> None:
    given = krm.read(resource_list("files: [a.yaml]\nwith: [eventbus, monitoring]\nrunbooks: x"), BESIDES)
    assert given.besides == {"with": ("eventbus", "monitoring"), "runbooks": ("x",)}
    assert krm.read(resource_list("files: [a.yaml]"), BESIDES).besides == {}


def test_results_name_the_file_and_the_line() -> None:
    graph = "apiVersion: depgen.io/v1\n" + GRAPH.replace("[sales]", "[sale]")
    given = krm.read(resource_list("files: [graph.yaml]"), BESIDES)
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", graph.encode())]))
    (result,) = yaml.safe_load(krm.answer(given, checked))["results"]
    assert result["message"].startswith("graph.yaml:7:")
    assert result["file"] == {"path": "graph.yaml"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a ResourceList is expected"),
        ("- 1\n", "a ResourceList is expected"),
        ("kind: List\n", "a ResourceList is expected"),
        ("kind: [\n", "stdin is not YAML"),
        ("kind: ResourceList\n", 'either "spec.files"'),
        ("kind: ResourceList\nfunctionConfig: 3\n", 'either "spec.files"'),
        (resource_list("env: prod"), 'either "spec.files"'),
        (resource_list("files: [a.yaml]\ngraph: {}"), 'either "spec.files"'),
        (resource_list("files: [a.yaml]\nfile: b.yaml"), "spec.file of the functionConfig is not known"),
        (
            resource_list("files: [a.yaml]\nwith: {}"),
            "spec.with of the functionConfig has to be a word or a list",
        ),
        (resource_list("files: [a.yaml]\nwith: [a, [b]]"), "has to be a word or a list of words"),
        (resource_list("files: a.yaml"), "has to be a list of paths"),
        (resource_list("files: [{}]"), "has to be a list of paths"),
        (resource_list("files: [/etc/graph.yaml]"), "leads out of the folder"),
        (resource_list("files: [a/../../graph.yaml]"), "leads out of the folder"),
    ],
)
def test_what_is_no_request_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        krm.read(text, BESIDES)
    assert message in str(refused.value)
