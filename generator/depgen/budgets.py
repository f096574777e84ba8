"""Limits that show only once the objects are laid out: sizes of Sensors and hashes of consumers.

Everything smaller was spread already; what is left is one thing that is too large by itself, or bad luck with a hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from depgen import naming
from depgen.diagnostics import Diagnostic
from depgen.render import SENSOR_BUDGET, Layout


def check(layouts: Iterable[Layout]) -> list[Diagnostic]:
    """Findings about all graphs of one run; their Sensors may share one EventBus."""
    layouts = list(layouts)
    found = [diagnostic for layout in layouts for diagnostic in (*_too_large(layout), *_too_long(layout))]
    return found + list(_collisions(layouts))


def _too_large(layout: Layout) -> Iterator[Diagnostic]:
    for box in layout.boxes:
        if box.size > SENSOR_BUDGET:
            unit = max(box.units, key=lambda u: u.size)
            node = layout.plan.graph.nodes.get(unit.name)
            yield Diagnostic(
                node.place if node and box in layout.submit else layout.plan.graph.place,
                "object-too-large",
                f'"{unit.name}" alone needs {unit.size} bytes in "{box.name}", more than {SENSOR_BUDGET}',
                "move its spec to a WorkflowTemplate, or its edges to a node between",
            )


def _too_long(layout: Layout) -> Iterator[Diagnostic]:
    """Names that grew because an object was split; all others were checked before."""
    for box in layout.boxes:
        if len(box.name) > naming.NAME_LIMIT:
            excess = len(box.name) - naming.NAME_LIMIT
            yield Diagnostic(
                layout.plan.graph.place,
                "name-too-long",
                f'"{box.name}" would have a name of {len(box.name)} characters, {excess} more than Kubernetes allows',
                "shorten the graph's name",
            )


def _collisions(layouts: list[Layout]) -> Iterator[Diagnostic]:
    taken: dict[int, tuple[str, str, str]] = {}
    for layout in layouts:
        for box in (*layout.record, *layout.claim, *layout.submit):
            for unit in box.units:
                for trigger, dependency in unit.durables:
                    here = (box.name, trigger, dependency)
                    first = taken.setdefault(naming.durable(box.name, trigger, dependency), here)
                    if first != here:
                        yield _collision(layout, here, first)


def _collision(layout: Layout, here: tuple[str, str, str], first: tuple[str, str, str]) -> Diagnostic:
    (sensor, trigger, dependency), (other_sensor, _, other) = here, first
    node = layout.plan.graph.nodes.get(trigger)
    return Diagnostic(
        node.place if node else layout.plan.graph.place,
        "durable-collision",
        f'"{dependency}" in Sensor "{sensor}" has the same consumer name as "{other}" in "{other_sensor}"',
        "rename one of them",
    )
