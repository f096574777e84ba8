"""The EventBus that graphs use, as a manifest: for those who have none yet, and made so that nothing is lost in it.

It belongs to the namespace and not to a graph, so it is built only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen.extras import Extra, Reference, header
from depgen.render import Layout, Templates

FILE = "eventbus.yaml"


def files(layouts: Sequence[Layout], templates: Templates) -> dict[str, str]:
    """`eventbus.yaml` and its text: every bus that the graphs name, once."""
    graphs = [layout.plan.graph for layout in layouts]
    buses = sorted({(graph.namespace, graph.event_bus) for graph in graphs})
    template = templates.environment.get_template("eventbus.yaml.j2")
    return {FILE: template.render(header=header(layouts), buses=buses)}


EXTRA = Extra(
    "eventbus",
    files,
    references=(Reference("EventBus", "PodDisruptionBudget", "spec/selector/matchLabels/eventbus-name"),),
)
