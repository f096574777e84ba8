"""PodDisruptionBudgets: a drain of the cluster's machines takes one pod of an EventSource or Sensor at a time.

A graph with one replica gets none. A budget that keeps the only pod there would stop every drain, and one that lets it
go would say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen.extras import Extra, Reference
from depgen.render import Layout, Templates, header

_PATH = "spec/selector/matchLabels"


def files(layouts: Sequence[Layout], templates: Templates) -> dict[str, str]:
    """`<graph>-disruption-budgets.yaml` of each graph with more than one replica."""
    template = templates.environment.get_template("disruption-budgets.yaml.j2")
    found: dict[str, str] = {}
    for layout in layouts:
        graph = layout.plan.graph
        if graph.pods.replicas > 1 and layout.boxes:
            found[f"{graph.name}-disruption-budgets.yaml"] = template.render(
                header=header(graph.files),
                graph=graph.name,
                namespace=graph.namespace,
                budgets=_budgets(layout),
            )
    return found


def _budgets(layout: Layout) -> list[tuple[str, str]]:
    """Kind and name, in lower case as the labels have them; one for each Deployment that Argo Events makes."""
    sensors = [*layout.record, *layout.claim, *layout.submit]
    return [("eventsource", box.name) for box in layout.sources] + [("sensor", box.name) for box in sensors]


EXTRA = Extra(
    "disruption-budgets",
    files,
    references=(
        Reference("EventSource", "PodDisruptionBudget", f"{_PATH}/eventsource-name"),
        Reference("Sensor", "PodDisruptionBudget", f"{_PATH}/sensor-name"),
    ),
)
