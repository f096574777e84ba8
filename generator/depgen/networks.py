"""NetworkPolicies: whom the pods of a graph may talk to, and nobody else.

What a newcomer gets wrong: the API server is no pod, so no label selects it. Without its addresses a policy can only name
its ports, and whatever else in the world listens there can be reached too.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen import naming
from depgen.extras import Extra, Reference
from depgen.render import Layout, Templates, header
from depgen.sweeper import METRICS_PORT

_HOLDER = "NetworkPolicy"
_OWNERS = "spec/podSelector/matchExpressions/values"
_BUS = "spec/egress/to/podSelector/matchLabels/eventbus-name"


def as_extra(api_servers: Sequence[str] = ()) -> Extra:
    """With the addresses of the API server, as CIDR blocks, if they are known."""
    blocks = tuple(sorted(set(api_servers)))

    def files(layouts: Sequence[Layout], templates: Templates) -> dict[str, str]:
        return {
            f"{layout.plan.graph.name}-network-policies.yaml": _text(layout, templates, blocks)
            for layout in layouts
            if layout.boxes
        }

    references = (
        Reference("EventSource", _HOLDER, _OWNERS),
        Reference("Sensor", _HOLDER, _OWNERS),
        Reference("EventBus", _HOLDER, _BUS),
    )
    return Extra("network-policies", files, blocks, references)


def _text(layout: Layout, templates: Templates, api_servers: tuple[str, ...]) -> str:
    graph = layout.plan.graph
    sweeper = graph.sweeper
    return templates.environment.get_template("network-policies.yaml.j2").render(
        header=header(graph.files),
        graph=graph.name,
        namespace=graph.namespace,
        owners=sorted(box.name for box in layout.boxes),
        bus=graph.event_bus,
        sweeper=naming.component(graph.name, "sweeper") if sweeper else "",
        metrics_port=METRICS_PORT if sweeper and sweeper.mode == "watch" else None,
        api_servers=api_servers,
    )
