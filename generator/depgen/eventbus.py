"""The EventBus that graphs use, as a manifest: for those who have none yet, and made so that nothing is lost in it.

It belongs to the namespace and not to a graph, so it is built only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from depgen.model import Graph
from depgen.render import Templates

FILE = "eventbus.yaml"


def marked(digest: str, is_wanted: bool) -> str:
    """The digest of a build with it."""
    return f"{digest}+eventbus" if is_wanted else digest


def file(graphs: Iterable[Graph], header: str, templates: Templates) -> dict[str, str]:
    """`eventbus.yaml` and its text: every bus that the graphs name, once."""
    buses = sorted({(graph.namespace, graph.event_bus) for graph in graphs})
    text = templates.environment.get_template("eventbus.yaml.j2").render(header=header, buses=buses)
    return {FILE: text}
