"""What a build makes to watch the graphs of this folder, as text and as objects, and what the queries in it mention."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from depgen import monitoring, pipeline

HERE = Path(__file__).parent
GRAPHS = sorted((HERE / "graphs").glob("*.yaml"))
# What a name in a query can be besides a metric or a label.
_WORDS = frozenset(
    [
        "absent",
        "and",
        "by",
        "changes",
        "increase",
        "max",
        "max_over_time",
        "min_over_time",
        "offset",
        "on",
        "or",
        "rate",
        "sum",
        "time",
        "unless",
    ]
)
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
_GROUPED = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_TOLD = re.compile(r"(?:\$labels\.|\{\{)([a-z_]+)")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def text(*graphs: str, page: str = "") -> str:
    """The file of the texts of graphs."""
    inputs = [
        pipeline.InputFile(f"graph{number or ''}.yaml", graph.encode()) for number, graph in enumerate(graphs)
    ]
    checked = pipeline.check(pipeline.load(inputs))
    assert not checked.has_errors, checked.findings
    return pipeline.build(checked, [monitoring.as_extra(page)]).files[monitoring.FILE]


def objects(graph: str, kind: str) -> list[Any]:
    """The objects of a kind in it."""
    return [thing for thing in yaml.safe_load_all(text(graph)) if thing["kind"] == kind]


def groups(graph: str) -> list[Any]:
    """The groups of rules, as Prometheus reads them in a file of its own."""
    return [group for rule in objects(graph, "PrometheusRule") for group in rule["spec"]["groups"]]


def rules(graph: str) -> list[Any]:
    """Every rule of every group."""
    return [rule for group in groups(graph) for rule in group["rules"]]


def dashboards(graph: str) -> list[Any]:
    """The dashboards, read from their ConfigMaps."""
    maps = [
        thing for thing in objects(graph, "ConfigMap") if "grafana_dashboard" in thing["metadata"]["labels"]
    ]
    return [json.loads(dashboard) for found in maps for dashboard in found["data"].values()]


def queries(dashboard: Any) -> list[tuple[str, str]]:
    """The PromQL of every panel, with the text that its series are called by."""
    return [(t["expr"], t["legendFormat"]) for panel in dashboard["panels"] for t in panel.get("targets", ())]


class Use(NamedTuple):
    """A metric, and the labels that are matched on it in one place."""

    metric: str
    labels: frozenset[str]


def uses(query: str, *texts: str) -> Iterator[Use]:
    """The metrics of a query, each with its labels: those by which it groups, and which texts about it mention, too.

    A query of ours names no metric without a selector; one that did would be missed, so that is refused.
    """
    # What is absent has the labels that its selector gives it, and no other.
    told = set() if "absent(" in query else {label for each in texts for label in _TOLD.findall(each)}
    grouped = {label.strip() for labels in _GROUPED.findall(query) for label in labels.split(",")}
    for metric, matchers in _SELECTOR.findall(query):
        yield Use(metric, frozenset(re.findall(r"(\w+)=~?", matchers)) | grouped | told)
    rest = _GROUPED.sub("", _SELECTOR.sub("", re.sub(r"\[[^]]*\]|\b[0-9]+[smhd]?\b", "", query)))
    bare = set(_NAME.findall(rest)) - _WORDS
    assert not bare, f"{bare} in {query}"


def exported(graph: str) -> set[Use]:
    """What rules and dashboards want of those who export metrics: without what the rules record themselves."""
    found = [query for dashboard in dashboards(graph) for query in queries(dashboard)]
    found += [(rule["expr"], *rule.get("annotations", {}).values()) for rule in rules(graph)]
    recorded = {rule.get("record") for rule in rules(graph)}
    return {use for query in found for use in uses(*query) if use.metric not in recorded}
