"""What sweeps found and did, for Prometheus: of each graph's last pass, and added up since the process began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from prometheus_client import CollectorRegistry, generate_latest, write_to_textfile
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from depgen.cluster.reconcile.counts import Kind, Swept
from depgen.errors import InputError

_ADDED = (Kind.FACT, Kind.CLAIM, Kind.CLOCK)
_LABELS = ["namespace", "graph"]
# Name -> what it says, and how it is read off a pass.
_GAUGES: Mapping[str, tuple[str, Callable[[Swept], float | None]]] = MappingProxyType(
    {
        "expected": ("Facts and claims that follow from the Workflows there are.", lambda s: s.expected),
        "present": ("Those of them that their ledgers had.", lambda s: s.present),
        "late": ("Facts of keys whose ledgers are no longer kept.", lambda s: s.late),
        "repaired": (
            "Facts, claims and clock facts that were added.",
            lambda s: sum(s.done[k] for k in _ADDED),
        ),
        "asked": ("Nodes that were ready without a run and asked about again.", lambda s: s.done[Kind.ASKED]),
        "rejected": ("Nodes given up because their submission is refused.", lambda s: s.left["rejected"]),
        "stale": ("Ledgers that could not be brought up to date.", lambda s: s.left["stale"]),
        "unmappable": ("Completed Workflows whose key cannot be told.", lambda s: s.left["unmappable"]),
        "missed": ("Runs of CronWorkflows of the last day that never started.", lambda s: s.missed),
        "workflows": ("Objects that were listed to find the facts.", lambda s: s.objects),
        "ledgers": ("Ledgers that were there.", lambda s: s.ledgers),
        "duration_seconds": ("How long the pass took.", lambda s: s.seconds),
    }
)


class SweepMetrics(Collector):
    """Keeps the last pass of each graph, and sums. `graphs` are those that are swept, with their namespaces.

    Sums begin with 0, before the first pass: of a counter that appears as 1 nobody can tell that it grew.
    """

    def __init__(self, graphs: Mapping[str, str]) -> None:
        self._graphs = graphs
        self._last: dict[str, tuple[Swept, float]] = {}
        self._done = Counter({(graph, kind.value): 0 for graph in graphs for kind in Kind})
        self._passes = Counter({(graph, result): 0 for graph in graphs for result in ("done", "failed")})
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def passed(self, passes: Iterable[Swept], now: float) -> None:
        """A pass over all graphs was made."""
        for swept in passes:
            self._passes[swept.graph, "done"] += 1
            self._last[swept.graph] = (swept, now)
            self._done.update({(swept.graph, kind.value): number for kind, number in swept.done.items()})

    def failed(self) -> None:
        """A pass could not be made, of none of the graphs."""
        self._passes.update((graph, "failed") for graph in self._graphs)

    def page(self) -> tuple[str, bytes]:
        """The content type, and what a scrape gets."""
        return CONTENT_TYPE_LATEST, generate_latest(self._registry)

    def write(self, path: Path) -> None:
        """The same as a file for the node exporter; nobody reads half of it. InputError if it cannot be written."""
        try:
            write_to_textfile(str(path), self._registry)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}") from error

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks for."""
        for name, (words, read) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"depgen_sweep_{name}", words, labels=_LABELS)
            for graph, (swept, _) in sorted(self._last.items()):
                value = read(swept)
                if value is not None:
                    gauge.add_metric(self._labels(graph), value)
            yield gauge
        yield self._overdue()
        success = GaugeMetricFamily(
            "depgen_sweep_last_success_timestamp_seconds", "When the last pass ended.", labels=_LABELS
        )
        for graph, (_, at) in sorted(self._last.items()):
            success.add_metric(self._labels(graph), at)
        yield success
        yield self._sum("repairs", "What was done, by kind.", "kind", self._done)
        yield self._sum("passes", "Passes, by result.", "result", self._passes)

    def _labels(self, graph: str, *more: str) -> list[str]:
        return [self._graphs[graph], graph, *more]

    def _overdue(self) -> Metric:
        words = "Keys of the last day: startBy passed without a submission, deadline without a success."
        gauge = GaugeMetricFamily("depgen_sweep_overdue", words, labels=[*_LABELS, "node", "clock"])
        for graph, (swept, _) in sorted(self._last.items()):
            for (node, clock), number in sorted(swept.overdue.items()):
                gauge.add_metric(self._labels(graph, node, clock), number)
        return gauge

    def _sum(self, name: str, words: str, label: str, sums: Mapping[tuple[str, str], int]) -> Metric:
        counter = CounterMetricFamily(f"depgen_sweep_{name}", words, labels=[*_LABELS, label])
        for (graph, value), number in sorted(sums.items()):
            counter.add_metric(self._labels(graph, value), number)
        return counter
