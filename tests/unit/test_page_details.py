"""The side panel: what is said of a node, how it is shared, and that no address of an author becomes code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depgen import pipeline
from depgen.page.details import Addresses
from depgen.page.lines import NAME, Lines
from depgen.page.making import Asked, make
from depgen.pipeline import Checked, InputFile
from tests.graphs import layered
from tests.pages import compiled, nodes

NOW = 1_795_262_400.0  # 2026-11-21 12:00 UTC
GRAPH = nodes(
    """
load:
  source: {cronWorkflow: load-all}
  owner: core
  tags: [nightly]
  docs: https://docs.example.com/load
  runbook: ask the core team
report:
  run:
    workflowTemplate: report
    params: {day: {key: "%Y-%m-%d"}, run: {from: load, field: workflow}, kind: full}
  notBefore: "06:00"
  deadline: "09:00"
  onMiss: {run: {workflowTemplate: page}}
  dependsOn: [load]
""",
    head="onFailure: {run: {workflowTemplate: sorry}}\n",
)
CRON = """
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: load-all, namespace: data}
spec: {schedule: "0 18 * * *", timezone: Europe/Paris, workflowSpec: {}}
"""


def data(checked: Checked, **asked: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(make(checked, Asked(NOW, **asked)).data))
    return made


def sections(of: dict[str, Any], id_: str) -> dict[str, Any]:
    """The sections of a node by their titles: rows, links, or the text of a program."""
    found = {}
    for number in of["details"][id_]["sections"]:
        section = of["sections"][number]
        if "code" in section:
            lines = [of["lines"][line].replace(NAME, id_.rpartition("/")[2]) for line in section["code"]]
            found[section["title"]] = "\n".join(lines) + "\n"
        else:
            found[section["title"]] = section.get("rows") or section["links"]
    return found


def test_a_source_says_when_it_starts_and_where_it_is_explained() -> None:
    found = sections(data(GRAPH, crons=(InputFile("crons.yaml", CRON.encode()),)), "etl/load")
    assert ["what", "CronWorkflow load-all"] in found["Node"]
    assert ["runbook", "ask the core team"] in found["Node"]
    assert found["When"][:3] == [
        ["key", "one for each day, Europe/Paris"],
        ["schedule", "at 18:00 every day, Europe/Paris"],
        ["next", "Sat 2026-11-21 18:00 (20261121)"],
    ]
    assert found["Links"] == [["docs", "https://docs.example.com/load"]]


def test_a_run_says_its_times_its_parameters_and_who_tells_of_it() -> None:
    found = sections(data(GRAPH, crons=(InputFile("crons.yaml", CRON.encode()),)), "etl/report")
    assert ["next, at the earliest", "Sat 2026-11-21 18:00 (20261121)"] in found["When"]
    assert ["condition", "not before 06:00"] in found["When"]
    assert ["condition", "to succeed by 09:00"] in found["When"]
    assert found["Parameters"] == [
        ["day", '{key: "%Y-%m-%d"}'],
        ["run", "{from: load, field: workflow}"],
        ["kind", "full"],
    ]
    assert found["Tells of it"] == [
        ["when it is late", "workflowTemplate page"],
        ["when it fails", "workflowTemplate sorry"],
    ]


def test_programs_are_those_of_the_rendered_sensors() -> None:
    objects = {
        thing["metadata"]["name"]: thing
        for thing in pipeline.build(GRAPH).objects()
        if thing["kind"] == "Sensor"
    }
    rendered = {
        dependency["name"]: dependency["transform"]["jq"]
        for sensor in objects.values()
        for dependency in sensor["spec"]["dependencies"]
    }
    found = sections(data(GRAPH), "etl/report")
    assert found["Decides when it starts"] == rendered["report"]
    assert found["Decides when report-missed is told"] == rendered["report-missed"]
    assert sections(data(GRAPH), "etl/load")["Records what it did"] in rendered.values()


def test_objects_are_told_with_the_share_of_the_node() -> None:
    rows = sections(data(GRAPH), "etl/report")["Objects"]
    sizes = [
        [int(part.replace(",", "")) for part in text.removesuffix(" bytes").split(" of ")] for _, text in rows
    ]
    assert [name for name, _ in rows] == ["Sensor etl-submit"] * 2
    assert all(0 < own < whole for own, whole in sizes)


def test_links_lead_to_the_line_of_the_graph_and_to_argo() -> None:
    addresses = Addresses("https://git.example.com/{file}#L{line}", "https://argo.example.com/")
    of = data(GRAPH, addresses=addresses)
    assert sections(of, "etl/load")["Links"] == [
        ["docs", "https://docs.example.com/load"],
        ["source", "https://git.example.com/graph0.yaml#L7"],
        ["load-all", "https://argo.example.com/cron-workflows/data/load-all"],
    ]
    assert sections(of, "etl/report")["Links"][1:] == [
        ["report", "https://argo.example.com/workflow-templates/data/report"],
        [
            "its Workflows",
            "https://argo.example.com/workflows/data?label=depgen.io%2Fgraph%3Detl&label=depgen.io%2Fnode%3Dreport",
        ],
    ]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", " https://a b", "//x.example.com"]
)
def test_an_address_that_is_no_web_page_is_text(address: str) -> None:
    graph = nodes(f"load:\n  source: {{cronWorkflow: load}}\n  docs: {json.dumps(address)}\n")
    found = sections(data(graph), "etl/load")
    assert "Links" not in found
    assert ["docs", address] in found["Node"]


def test_lines_that_differ_by_the_name_only_are_there_once() -> None:
    lines = Lines()
    one, other = lines.code("a\nof report: x\n", "report"), lines.code("a\nof other: x\n", "other")
    assert one == other
    assert lines.table == ["a", f"of {NAME}: x"]


def test_a_page_of_a_large_graph_stays_small() -> None:
    """Bytes of drawing and data for a node and its 2.6 edges, of which two thousand have to fit into 3 MB."""
    made = make(compiled(layered(300, 780, 3)), Asked(NOW))
    size = len(made.drawing.encode()) + len(json.dumps(made.data, separators=(",", ":")).encode())
    assert size / 300 < 1400


def test_a_selection_of_nothing_is_an_empty_page() -> None:
    made = make(GRAPH, Asked(NOW, selected="load,report"))
    assert made.lineage.nodes == ()
    assert made.data["details"] == {}


def test_nothing_hides_in_a_parameter() -> None:
    graph = nodes(
        "load: {source: {cronWorkflow: load}}\n"
        'report: {run: {workflowTemplate: report, params: {p: "a\\u202Eb\\nc"}}, dependsOn: [load]}'
    )
    rows = [row for section in data(graph)["sections"] for row in section.get("rows", ())]
    assert ["p", r"a\u202eb\nc"] in rows
