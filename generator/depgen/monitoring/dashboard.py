"""The dashboard of a graph as Grafana reads it: rows of panels, each with queries on the graph's own series.

It has no variable but the data source: which graph it is about stands in its queries, as in the alerts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from depgen.monitoring.rules import GIVEN_UP, LOST, PENDING
from depgen.monitoring.watched import Watched

# Of Grafana's own model of a dashboard; 39 is that of version 10, and later ones bring it up to date by themselves.
SCHEMA = 39
_WIDTH, _HEIGHT, _PANELS_A_ROW = 24, 7, 3
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Query(NamedTuple):
    """PromQL, and what its series are called."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """`kind` is Grafana's: stat or timeseries. `unit` too, such as s or ops."""

    title: str
    says: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    unit: str = "short"


def dashboard(of: Watched) -> dict[str, Any]:
    """What Grafana imports."""
    return {
        "uid": f"depgen-{hashlib.sha256(f'{of.namespace}/{of.graph}'.encode()).hexdigest()[:16]}",
        "title": f"depgen: {of.graph} in {of.namespace}",
        "tags": ["depgen"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
            ]
        },
        "panels": list(_laid_out(of)),
    }


def _laid_out(of: Watched) -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for title, panels in _rows(of):
        number += 1
        place = {"h": 1, "w": _WIDTH, "x": 0, "y": top}
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        top += 1
        width = _WIDTH // _PANELS_A_ROW
        for index, panel in enumerate(panels):
            number += 1
            x, y = index % _PANELS_A_ROW * width, top + index // _PANELS_A_ROW * _HEIGHT
            yield _panel(number, panel, {"h": _HEIGHT, "w": width, "x": x, "y": y})
        top += -(-len(panels) // _PANELS_A_ROW) * _HEIGHT


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": _SOURCE,
            "expr": query.expr,
            "legendFormat": query.legend,
        }
        for index, query in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _rows(of: Watched) -> Iterator[tuple[str, list[Panel]]]:
    if of.sweep == "watch":
        yield "Runs", _runs(of)
    yield "Fires", _fires(of)
    yield "Events", _events(of)
    if of.sweep == "watch":
        yield "Sweep", _sweep(of)
    yield "Bus and processes", _below(of)


def _runs(of: Watched) -> list[Panel]:
    def stat(title: str, says: str, expr: str) -> Panel:
        return Panel(title, says, (Query(expr, ""),), "stat")

    one = of.of_sweep
    overdue = Panel(
        "Overdue runs",
        "Keys of the last day whose startBy passed without a submission, or whose deadline passed without a success.",
        (Query(f"depgen_sweep_overdue{{{one}}} > 0", "{{node}} {{clock}}"),),
    )
    return [
        overdue,
        stat("Missed schedules", "Runs of CronWorkflows of the last day that never started.", f"depgen_sweep_missed{{{one}}}"),
        stat("Refused or without a key", "What only somebody can mend.", f"depgen_sweep_rejected{{{one}}} + depgen_sweep_unmappable{{{one}}} + depgen_sweep_stale{{{one}}}"),
    ]  # fmt: skip


def _fires(of: Watched) -> list[Panel]:
    by = "sum by (sensor_name, trigger_name)"
    legend, each = "{{sensor_name}} {{trigger_name}}", of.of_sensors
    return [
        Panel(
            "Actions",
            "Runs submitted and facts recorded, in a second.",
            (Query(f"{by} (rate(argo_events_action_triggered_total{{{each}}}[5m]))", legend),),
            unit="ops",
        ),
        Panel(
            "Failed actions",
            "Tries that failed, and actions that were given up after the last one.",
            (
                Query(f"{by} (rate(argo_events_action_failed_total{{{each}}}[5m])) > 0", f"{legend} tried"),
                Query(f"{GIVEN_UP}{{{of.of_sweep}}} > 0", f"{legend} given up in 15m"),
            ),
        ),
        Panel(
            "How long an action takes",
            "On average, retries not included.",
            (_average("argo_events_action_duration_milliseconds", each, "sensor_name"),),
            unit="ms",
        ),
    ]


def _events(of: Watched) -> list[Panel]:
    by, each = "sum by (eventsource_name, event_name)", of.of_sources
    return [
        Panel(
            "Events sent",
            "What the EventSources put on the bus, in a second.",
            (Query(f"{by} (rate(argo_events_events_sent_total{{{each}}}[5m]))", "{{event_name}}"),),
            unit="ops",
        ),
        Panel(
            "Events lost",
            "What did not reach the bus, in 15 minutes.",
            (
                Query(f"{LOST}{{{of.of_sweep}}}", "{{event_name}}"),
                Query(f"{by} (rate(argo_events_events_sent_failed_total{{{each}}}[5m])) > 0", "{{event_name}} refused by the bus"),
            ),
        ),
        Panel(
            "How long an event takes",
            "From its being seen to the bus, on average.",
            (_average("argo_events_event_processing_duration_milliseconds", each, "eventsource_name"),),
            unit="ms",
        ),
    ]  # fmt: skip


def _average(summary: str, of: str, by: str) -> Query:
    """Of what a summary observed in the last minutes."""
    total, count = (f"sum by ({by}) (rate({summary}_{part}{{{of}}}[5m]))" for part in ("sum", "count"))
    return Query(f"{total} / {count}", f"{{{{{by}}}}}")


def _sweep(of: Watched) -> list[Panel]:
    one = of.of_sweep
    return [
        Panel(
            "Facts",
            "What follows from the Workflows there are, and what of it the ledgers had before the pass.",
            (
                Query(f"depgen_sweep_expected{{{one}}}", "expected"),
                Query(f"depgen_sweep_present{{{one}}}", "present"),
                Query(f"depgen_sweep_late{{{one}}}", "of keys that are over"),
            ),
        ),
        Panel(
            "Repairs",
            "What the sweep did, in an hour.",
            (Query(f"sum by (kind) (increase(depgen_sweep_repairs_total{{{one}}}[1h])) > 0", "{{kind}}"),),
        ),
        Panel(
            "Since the last pass",
            "How long ago the last pass ended, and how long it took.",
            (
                Query(f"time() - depgen_sweep_last_success_timestamp_seconds{{{one}}}", "ago"),
                Query(f"depgen_sweep_duration_seconds{{{one}}}", "took"),
            ),
            unit="s",
        ),
        Panel(
            "Passes",
            "In an hour, by result.",
            (Query(f"increase(depgen_sweep_passes_total{{{one}}}[1h])", "{{result}}"),),
        ),
        Panel(
            "Read in a pass",
            "Objects and ledgers that were listed.",
            (
                Query(f"depgen_sweep_workflows{{{one}}}", "objects"),
                Query(f"depgen_sweep_ledgers{{{one}}}", "ledgers"),
            ),
        ),
        Panel(
            "Asked again",
            "Runs that were ready without a Workflow, in the last pass.",
            (Query(f"depgen_sweep_asked{{{one}}}", "runs"),),
        ),
    ]


def _below(of: Watched) -> list[Panel]:
    return [
        Panel(
            "Events that wait",
            "Of each consumer of the bus; the Sensors of other graphs are among them.",
            (Query(f'{PENDING}{{namespace="{of.namespace}",eventbus="{of.bus}"}}', "{{consumer_name}}"),),
        ),
        Panel(
            "Messages on the bus",
            "The stream keeps what was taken until it is full or old.",
            (Query(f'max by (stream_name) (nats_stream_total_messages{{namespace="{of.namespace}"}})', "{{stream_name}}"),),
        ),
        Panel(
            "Restarts",
            "Of the containers of EventSources and Sensors, in an hour.",
            (Query(f"increase(kube_pod_container_status_restarts_total{{{of.of_pods}}}[1h])", "{{pod}}"),),
        ),
    ]  # fmt: skip
