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

_ADDED = (Kind.FACT, Kind.CLAIM, Kind.CLOCK)
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
    """Keeps the last pass of each graph, and sums."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Swept, float]] = {}
        self._done: Counter[tuple[str, str]] = Counter()
        self._failed = 0
        self._passed = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def passed(self, passes: Iterable[Swept], now: float) -> None:
        """A pass over all graphs was made."""
        self._passed += 1
        for swept in passes:
            self._last[swept.graph] = (swept, now)
            self._done.update({(swept.graph, kind.value): number for kind, number in swept.done.items()})

    def failed(self) -> None:
        """A pass could not be made."""
        self._failed += 1

    def page(self) -> tuple[str, bytes]:
        """The content type, and what a scrape gets."""
        return CONTENT_TYPE_LATEST, generate_latest(self._registry)

    def write(self, path: Path) -> None:
        """The same as a file for the node exporter; nobody reads half of it."""
        write_to_textfile(str(path), self._registry)

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks for."""
        last = sorted(self._last.items())
        for name, (words, read) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"depgen_sweep_{name}", words, labels=["graph"])
            for graph, (swept, _) in last:
                value = read(swept)
                if value is not None:
                    gauge.add_metric([graph], value)
            yield gauge
        success = GaugeMetricFamily(
            "depgen_sweep_last_success_timestamp_seconds", "When the last pass ended.", labels=["graph"]
        )
        for graph, (_, at) in last:
            success.add_metric([graph], at)
        yield success
        yield from self._sums()

    def _sums(self) -> Iterator[Metric]:
        repairs = CounterMetricFamily(
            "depgen_sweep_repairs", "What was done, by kind.", labels=["graph", "kind"]
        )
        for (graph, kind), number in sorted(self._done.items()):
            repairs.add_metric([graph, kind], number)
        yield repairs
        passes = CounterMetricFamily("depgen_sweep_passes", "Passes over all graphs.", labels=["result"])
        passes.add_metric(["done"], self._passed)
        passes.add_metric(["failed"], self._failed)
        yield passes
