"""The sweep, as these tests run it: one pass at a time, by a clock of their own, so that nobody waits a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import yaml
from tests.stack.control_plane import ControlPlane

from depgen import pipeline
from depgen.cluster import client
from depgen.cluster.reconcile.counts import Swept
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.runnable import runnable

PAUSE = timedelta(seconds=70)
"""From one pass to the next by the sweep's clock: it asks again for what has been ready for a minute."""


def once(plane: ControlPlane, graph: str, text: str, now: datetime) -> Swept:
    """One pass over a graph, whose file is `text`."""
    kubeconfig = plane.kubeconfig(plane.folder / "sweep.kubeconfig")
    return sweep(client.connect(str(kubeconfig)), _subject(graph, text), now.timestamp())


@lru_cache(maxsize=8)
def _subject(graph: str, text: str) -> Subject:
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    files = pipeline.build(checked).files.values()
    programs = runnable(o for file in files for o in yaml.load_all(file, Loader=yaml.CSafeLoader) if o)
    return Subject(checked.graphs[0], checked.analyses[graph], programs[graph])
