"""What Prometheus and Grafana need to watch graphs: alerts, what is to be scraped, and a dashboard for each.

It is made for the Prometheus Operator and for Grafana's sidecar, and says what docs/monitoring.md explains: an alert has
a section there, which is where it links to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from depgen import naming
from depgen.extras import Extra, header
from depgen.monitoring import rules
from depgen.monitoring.dashboard import dashboard
from depgen.monitoring.rules import Alert, Group
from depgen.monitoring.watched import Watched, watched
from depgen.render import Layout, Templates

FILE = "monitoring.yaml"
PAGE = "monitoring.md"


def as_extra(page: str = "") -> Extra:
    """With alerts that link to the sections of a web page; without one they name the page."""
    return Extra("monitoring", lambda layouts, templates: files(layouts, templates, page), page)


def files(layouts: Sequence[Layout], templates: Templates, page: str) -> dict[str, str]:
    """`monitoring.yaml` and its text: rules, monitors and a dashboard for each graph, rules for each bus."""
    graphs = [watched(layout) for layout in layouts]
    buses = sorted({(graph.namespace, graph.bus) for graph in graphs})
    template = templates.environment.get_template("monitoring.yaml.j2")
    text = template.render(
        header=header(layouts),
        rules=[*map(_rules_of_graph, graphs), *(_rules_of_bus(*bus) for bus in buses)],
        graphs=[_printed(graph) for graph in graphs],
        buses=[(naming.component(bus, "eventbus"), namespace, bus) for namespace, bus in buses],
        link=lambda alert: _link(page, alert),
    )
    return {FILE: text}


def _rules_of_graph(of: Watched) -> tuple[str, str, list[Group]]:
    return naming.component(of.graph, "alerts"), of.namespace, rules.of_graph(of)


def _rules_of_bus(namespace: str, bus: str) -> tuple[str, str, list[Group]]:
    return naming.component(bus, "eventbus"), namespace, [rules.of_bus(namespace, bus)]


def _printed(of: Watched) -> dict[str, Any]:
    return {
        "name": of.graph,
        "namespace": of.namespace,
        "services": sorted({*of.sources, *of.sensors}),
        "serves": of.sweep == "watch",
        "dashboard": json.dumps(dashboard(of), indent=1, ensure_ascii=False),
    }


def _link(page: str, alert: Alert) -> dict[str, str]:
    """The annotation that leads to an alert's section."""
    section = f"#{alert.name.lower()}"
    return {"runbook_url": page + section} if page else {"runbook": PAGE + section}
