"""Two compiled versions to one Difference."""

from __future__ import annotations

from collections.abc import Sequence

from depgen import manifests, pipeline
from depgen.diff import graphs, objects, timing
from depgen.diff.change import Difference
from depgen.pipeline import Checked, InputFile


def difference(
    before: Checked, after: Checked, crons: Sequence[InputFile] = (), now: float = 0.0
) -> Difference:
    """What differs between two versions without errors; with `crons`, manifest files, when their sources fire next."""
    old, new = ({graph.name: graph for graph in checked.graphs} for checked in (before, after))
    rendered = [objects.by_identity(pipeline.build(checked).objects()) for checked in (before, after)]
    files = [(file.path, file.raw) for file in crons]
    spaces = {graph.namespace for graph in (*before.graphs, *after.graphs)} if files else set()
    given = {namespace: manifests.read(files, namespace)[0] for namespace in spaces}
    return Difference(
        tuple(graphs.compare(old, new)),
        tuple(objects.compare(*rendered)),
        tuple(timing.compare(old, new, given, now)),
        tuple(sorted(name for name, graph in new.items() if graph.sweeper is None)),
    )
