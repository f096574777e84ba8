"""The sweep in the cluster: a CronJob or Deployment that runs `depgen reconcile`, and a Job after each sync.

An edit of the graph can lose events that are on their way, so Argo CD starts a sweep when it has applied one; its name
changes with what it would run, because a Job cannot be edited. The graph goes along as data, without its comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from depgen import naming, yamltext
from depgen.diagnostics import Diagnostic
from depgen.model import Graph
from depgen.render import Templates, header
from depgen.times import DAY, HOUR

METRICS_PORT = 9090
# A ConfigMap holds 1 MiB; what kubectl and Argo CD add to it needs room.
_BUDGET = 900 * 1024


def check(graph: Graph, documents: Sequence[dict[str, Any]]) -> list[Diagnostic]:
    """What keeps the sweep of a graph from being written: a period that cron cannot say, a graph too large."""
    sweeper = graph.sweeper
    if sweeper is None:
        return []
    found = []
    if sweeper.mode == "cron" and _schedule(sweeper.every) is None:
        message = f'"every" of the sweeper is {sweeper.every} seconds, which a CronJob cannot do'
        found.append(
            Diagnostic(sweeper.place, "sweeper-period", message, "write 1m, 5m, 15m, 30m, 1h, or mode: watch")
        )
    size = sum(len(text.encode()) for _, text in _texts(documents))
    if size > _BUDGET:
        message = f"the graph takes {size} bytes, more than the ConfigMap of its sweeper can hold"
        hint = "split it into graphs of their own, or run depgen reconcile elsewhere"
        found.append(Diagnostic(sweeper.place, "object-too-large", message, hint))
    return found


def file(
    graph: Graph, documents: Sequence[dict[str, Any]], templates: Templates, environment: str = ""
) -> dict[str, str]:
    """`<graph>-sweeper.yaml` and its text; {} for a graph without a sweeper. It sweeps what `environment` has."""
    sweeper = graph.sweeper
    if sweeper is None:
        return {}
    name = naming.component(graph.name, "sweeper")
    texts = _texts(documents)
    digest = naming.stable_hash("\0".join([sweeper.image, *(text for _, text in texts)])) >> 32
    text = templates.environment.get_template("sweeper.yaml.j2").render(
        header=header(graph.files),
        graph=graph.name,
        namespace=graph.namespace,
        name=name,
        account=naming.component(graph.name, "sweep"),
        job=naming.component(name, f"{digest:08x}"),
        image=sweeper.image,
        mode=sweeper.mode,
        every=f"{sweeper.every}s",
        schedule=_schedule(sweeper.every),
        port=METRICS_PORT,
        texts=texts,
        environment=["--env", environment] if environment else [],
    )
    return {f"{name}.yaml": text}


def _texts(documents: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (f"graph-{number}.yaml", yamltext.fields(data, 0)) for number, data in enumerate(documents, start=1)
    ]


def _schedule(every: int) -> str | None:
    """Five cron fields; None if there are none for that many seconds."""
    if every % 60 == 0 and HOUR % every == 0:
        return f"*/{every // 60} * * * *" if every < HOUR else "0 * * * *"
    if every % HOUR == 0 and DAY % every == 0:
        return f"0 */{every // HOUR} * * *" if every < DAY else "0 0 * * *"
    return None
