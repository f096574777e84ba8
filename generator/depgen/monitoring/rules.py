"""The alerts of a graph and of a bus, and what is recorded for them, in PromQL.

What a newcomer gets wrong: `increase` of a counter whose first sample is 1 is 0, and a Sensor that has just started
fails before anybody has scraped it. So growth is the difference to the value of then, or all of it where there was none;
and a number is exact, which `increase` is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from depgen import naming
from depgen.monitoring.watched import Watched
from depgen.times import HOUR

GIVEN_UP = "depgen:action_retries_failed:growth15m"
LOST = "depgen:events_processing_failed:growth15m"
PENDING = "depgen:consumer_pending:max"
TAKEN = "depgen:consumer_delivered:max"
# What a service has from its start on, and the label that it names itself by.
RUNNING = ("argo_events_event_service_running_total", "eventsource_name")
TRIGGERED = ("argo_events_action_triggered_total", "sensor_name")
BACKLOG = 100
_LEAST_SILENCE = 15 * 60


class Record(NamedTuple):
    """A series that is computed from others."""

    name: str
    expr: str


class Alert(NamedTuple):
    """`pending`: for how long `expr` has to give a series until somebody is told."""

    name: str
    expr: str
    pending: str
    severity: Literal["warning", "critical"]
    summary: str
    description: str


class Group(NamedTuple):
    """Rules that are evaluated one after the other; all their series get the labels."""

    name: str
    labels: dict[str, str]
    records: tuple[Record, ...]
    alerts: tuple[Alert, ...]


def of_graph(of: Watched) -> list[Group]:
    """The groups of a graph: its services, and if it is swept its runs and the sweep."""
    labels = {"graph": of.graph}
    records = (
        Record(GIVEN_UP, _growth("argo_events_action_retries_failed_total", of.of_sensors, "sensor_name, trigger_name")),
        Record(LOST, _growth("argo_events_events_processing_failed_total", of.of_sources, "eventsource_name, event_name")),
    )  # fmt: skip
    groups = [Group(f"depgen.{of.graph}.services", labels, records, tuple(_services(of)))]
    if of.sweep == "watch":
        groups.append(Group(f"depgen.{of.graph}.runs", labels, (), tuple(_runs(of))))
    if of.sweep:
        alerts = tuple(_sweep(of) if of.sweep == "watch" else _cron_sweep(of))
        groups.append(Group(f"depgen.{of.graph}.sweep", labels, (), alerts))
    return groups


def of_bus(namespace: str, bus: str) -> Group:
    """The group of an EventBus, which the graphs of a namespace share."""
    of = f'namespace="{namespace}",stream_name="default"'
    by = "namespace, stream_name, consumer_name"
    # Only the leader of a consumer counts what is pending, the other servers say 0.
    records = (
        Record(PENDING, f"max by ({by}) (nats_consumer_num_pending{{{of}}})"),
        Record(TAKEN, f"max by ({by}) (nats_consumer_delivered_consumer_seq{{{of}}})"),
    )
    alerts = (
        Alert(
            "DepgenBusBacklog",
            f"{PENDING}{{{of}}} > {BACKLOG}",
            "10m",
            "warning",
            f"Events wait on the bus {bus} of {namespace}",
            "Events that wait for the consumer {{ $labels.consumer_name }}: {{ $value }}. What they start comes late.",
        ),
        Alert(
            "DepgenConsumerStuck",
            f"{PENDING}{{{of}}} > 0\nand changes({TAKEN}{{{of}}}[15m]) == 0",
            "15m",
            "critical",
            f"A Sensor takes nothing from the bus {bus} of {namespace}",
            "Events that wait for the consumer {{ $labels.consumer_name }}: {{ $value }}. It takes none of them.",
        ),
    )
    return Group(f"depgen.{namespace}.{bus}.bus", {"eventbus": bus}, records, alerts)


def _growth(metric: str, of: str, by: str, within: str = "15m") -> str:
    series = f"{metric}{{{of}}}"
    return f"sum by (namespace, {by}) ((({series} - {series} offset {within}) >= 0) or {series})"


def _services(of: Watched) -> Iterator[Alert]:
    restarts = f"kube_pod_container_status_restarts_total{{{of.of_pods}}}"
    yield Alert(
        "DepgenFireFailed",
        f"{GIVEN_UP}{{{of.of_sweep}}} > 0",
        "0m",
        "warning",
        f"A Sensor of {of.graph} gave up",
        "The trigger {{ $labels.trigger_name }} of the Sensor {{ $labels.sensor_name }} gave up after its last try; in the "
        "last 15 minutes: {{ $value }}. If a sweep runs, it asks again.",
    )
    yield Alert(
        "DepgenEventsLost",
        f"{LOST}{{{of.of_sweep}}} > 0",
        "0m",
        "warning",
        f"An EventSource of {of.graph} lost events",
        "Events {{ $labels.event_name }} of the EventSource {{ $labels.eventsource_name }} that did not reach the bus in "
        "15 minutes: {{ $value }}. The next sweep adds what they would have told.",
    )
    yield _down(of)
    yield _deaf(of)
    yield Alert(
        "DepgenServiceRestarting",
        f"max_over_time({restarts}[1h]) - min_over_time({restarts}[1h]) > 2",
        "0m",
        "warning",
        f"A service of {of.graph} ends again and again",
        "The pod {{ $labels.pod }} was started anew more than twice in an hour.",
    )


def _down(of: Watched) -> Alert:
    sources = [_missing(of, *RUNNING, name) for name in of.sources]
    sensors = [_missing(of, *TRIGGERED, name) for name in of.sensors]
    return Alert(
        "DepgenServiceDown",
        "\nor ".join(sources + sensors),
        "5m",
        "critical",
        f"A service of {of.graph} gives no metrics",
        "Nothing was scraped from the {{ if $labels.sensor_name }}Sensor {{ $labels.sensor_name }}{{ else }}EventSource "
        "{{ $labels.eventsource_name }}{{ end }} for 5 minutes: no pod of it runs, or nobody scrapes it.",
    )


def _missing(of: Watched, metric: str, label: str, name: str) -> str:
    """Nothing of a service is there. Before Argo Events 1.9.11 one that has done nothing yet has no metric, and is up."""
    own = f'namespace="{of.namespace}",{label}="{name}"'
    return f"absent({metric}{{{own}}}) unless on (namespace) up{{{own}}} == 1"


def _deaf(of: Watched) -> Alert:
    # Argo Events counts too few when several events begin at once, but never none while all of them go on. A pod that
    # stands by has none, so the pods are added up.
    running = f"{RUNNING[0]}{{{of.of_sources}}}"
    return Alert(
        "DepgenEventSourceDeaf",
        f"sum by (namespace, eventsource_name) ({running}) < 1",
        "5m",
        "critical",
        f"An EventSource of {of.graph} does not listen",
        "The EventSource {{ $labels.eventsource_name }} runs and gave up listening to some event or to all.",
    )


def _runs(of: Watched) -> Iterator[Alert]:
    if "startBy" in of.clocks:
        yield Alert(
            "DepgenNodeLate",
            f'depgen_sweep_overdue{{{of.of_sweep},clock="startBy"}} > 0',
            "1m",
            "warning",
            f"{of.graph}/{{{{ $labels.node }}}} has not started",
            "The startBy of {{ $labels.node }} passed and nothing is submitted; keys of the last day: {{ $value }}.",
        )
    if "deadline" in of.clocks:
        yield Alert(
            "DepgenNodeMissed",
            f'depgen_sweep_overdue{{{of.of_sweep},clock="deadline"}} > 0',
            "1m",
            "critical",
            f"{of.graph}/{{{{ $labels.node }}}} missed its deadline",
            "The deadline of {{ $labels.node }} passed without a success; keys of the last day: {{ $value }}.",
        )
    if of.has_crons:
        yield Alert(
            "DepgenScheduleMissed",
            f"depgen_sweep_missed{{{of.of_sweep}}} > 0",
            "5m",
            "warning",
            f"CronWorkflows that {of.graph} waits for did not start",
            "Scheduled runs of the last day that never started: {{ $value }}.",
        )
    yield Alert(
        "DepgenRunRejected",
        f"max_over_time(depgen_sweep_rejected{{{of.of_sweep}}}[{_window(of)}]) > 0",
        "0m",
        "critical",
        f"Runs of {of.graph} were given up",
        "Runs that were ready and asked for three times, and whose submission is refused: {{ $value }}.",
    )
    yield Alert(
        "DepgenCompletionWithoutKey",
        f"depgen_sweep_unmappable{{{of.of_sweep}}} > 0",
        "5m",
        "warning",
        f"Workflows that {of.graph} waits for have no key",
        "Completed Workflows that cannot be told a key, so that nothing runs because of them: {{ $value }}.",
    )


def _sweep(of: Watched) -> Iterator[Alert]:
    last = f"depgen_sweep_last_success_timestamp_seconds{{{of.of_sweep}}}"
    failures = _growth("depgen_sweep_passes_total", f'{of.of_sweep},result="failed"', "graph", _window(of))
    yield _silent(of, f"time() - {last} > {_silence(of)}\nor absent({last})")
    yield Alert(
        "DepgenSweepFailing",
        f"{failures} > 2",
        "0m",
        "warning",
        f"Passes of the sweep of {of.graph} fail",
        "Failed passes of late: {{ $value }}.",
    )
    yield Alert(
        "DepgenSweepRepairing",
        f"depgen_sweep_repaired{{{of.of_sweep}}} > 0",
        _window(of),
        "warning",
        f"Every pass of the sweep of {of.graph} repairs something",
        "Facts that were missing in the last pass: {{ $value }}. Some were missing in each before it: events do not arrive.",
    )
    yield Alert(
        "DepgenLedgerStale",
        f"depgen_sweep_stale{{{of.of_sweep}}} > 0",
        "10m",
        "critical",
        f"Ledgers of {of.graph} cannot be written",
        "Ledgers that could not be brought up to date: {{ $value }}.",
    )


def _cron_sweep(of: Watched) -> Iterator[Alert]:
    job = f'namespace="{of.namespace}",cronjob="{naming.component(of.graph, "sweeper")}"'
    # One that has not had its turn yet has no last time.
    made = f"kube_cronjob_created{{{job}}}"
    last = f"(kube_cronjob_status_last_successful_time{{{job}}} or {made})"
    yield _silent(of, f"time() - {last} > {_silence(of)}\nor absent({made})")


def _silent(of: Watched, expr: str) -> Alert:
    return Alert(
        "DepgenSweepSilent",
        expr,
        "5m",
        "critical",
        f"Nobody sweeps {of.graph}",
        "No pass was made for longer than three of its intervals: what is lost now stays lost.",
    )


def _silence(of: Watched) -> int:
    """Seconds without a pass that are too many."""
    return max(3 * of.every, _LEAST_SILENCE)


def _window(of: Watched) -> str:
    """A range that holds several passes."""
    return f"{max(3 * of.every, HOUR // 2)}s"
