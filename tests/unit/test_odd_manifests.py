"""Whatever stands in manifests, the rules that hold a graph against them say something or nothing, and never fail."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from depgen import fixing, pipeline
from depgen.pipeline import InputFile

GRAPH = b"""
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
nodes:
  load: {source: {cronWorkflow: load}}
  report:
    run: {workflowTemplate: report, params: {day: {key: "%F"}, rows: {from: load, output: rows}}}
    dependsOn: [load]
    concurrencyPolicy: Queue
    replaces: cron
  other: {run: {clusterWorkflowTemplate: report, spec: {entrypoint: a}}, dependsOn: [report]}
  written: {run: {workflowSpec: {entrypoint: a, templates: [{name: a, suspend: {}}]}}, dependsOn: [{node: load, lookback: 2d}]}
"""
NAMES = ("load", "report", "cron", "crom")
KINDS = ("CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "Workflow")
FIELDS = st.sampled_from(
    [
        *(
            "schedule",
            "schedules",
            "timezone",
            "suspend",
            "workflowSpec",
            "workflowTemplateRef",
            "clusterScope",
        ),
        *(
            "entrypoint",
            "templates",
            "arguments",
            "parameters",
            "inputs",
            "outputs",
            "globalName",
            "name",
            "value",
        ),
        *(
            "synchronization",
            "mutex",
            "mutexes",
            "ttlStrategy",
            "templateRef",
            "steps",
            "dag",
            "tasks",
            "template",
        ),
    ]
)
WORDS = st.sampled_from(
    ["a", "report", "0 6 * * 7", "@every 1h", "{{workflow.parameters.x}}", "rows", "etl-report"]
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=4)),
    max_leaves=20,
)
OBJECTS = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(NAMES), JUNK), min_size=1, max_size=4)


def manifest(kind: str, name: str, spec: object) -> dict[str, object]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@given(OBJECTS)
def test_lint_and_its_fixes_bear_anything(objects: list[tuple[str, str, Any]]) -> None:
    text = yaml.safe_dump_all([manifest(*one) for one in objects], sort_keys=False)

    def find(files: fixing.Files) -> tuple[Any, ...]:
        graph = InputFile("graph.yaml", files["graph.yaml"])
        given = [InputFile("m.yaml", files["m.yaml"])]
        return pipeline.check_everywhere(pipeline.load([graph]), given)

    files = {"graph.yaml": GRAPH, "m.yaml": text.encode()}
    outcome = fixing.fix(files, find, {})
    assert fixing.fix({**files, **outcome.changed}, find, {}).changed == {}
