"""Pages to look at: two small graphs that have everything that can be seen, and a large one.

`core` makes a calendar that `shop` listens to. In `shop` there are edges that wait for success, failure and any end, one
of several, a window, a gate, a deadline, tags and owners.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from depgen import pipeline
from depgen.history.records import Known, Run
from depgen.page.lateness import heat
from depgen.page.making import Asked, make
from depgen.page.past import past
from depgen.page.whole import NO_DAYS, Days, forecast_days, whole
from depgen.pipeline import Checked, InputFile
from depgen.simulate import supposing
from depgen.simulate.forecasting import Wish, forecast
from depgen.simulate.profile import Profile
from depgen.simulate.supposing import Supposition
from tests.graphs import layered

# From when on next runs are looked for, and the days that are forecast: on the second the clocks go back.
NOW = 1792742400.0  # 2026-10-23T08:00:00Z
FIRST = date(2026, 10, 24)

CORE = """\
apiVersion: depgen.io/v1
graph: core
namespace: core
timezone: Europe/Paris
nodes:
  orders: {source: {cronWorkflow: orders-load}}
  customers:
    run: {workflowTemplate: customers}
    dependsOn: [orders]
"""
SHOP = """\
apiVersion: depgen.io/v1
graph: shop
namespace: data
timezone: Europe/Paris
nodes:
  customers: {source: {graph: core/core, node: customers}}
  sales: {source: {cronWorkflow: sales-load}, tags: [nightly], owner: sales}
  stock: {source: {cronWorkflow: stock-load}, tags: [nightly], owner: stock}
  load:
    run: {workflowTemplate: load}
    dependsOn: [customers, {anyOf: [sales, stock]}]
    tags: [nightly]
  report:
    run: {workflowTemplate: daily-report, params: {day: {key: "%Y-%m-%d"}}}
    dependsOn: [{node: load, window: {from: "00:00", to: "06:00"}}]
    notBefore: "03:00"
    deadline: "05:00"
    onMiss: {run: {workflowTemplate: page-oncall}}
  repair:
    run: {workflowTemplate: repair}
    dependsOn: [{node: load, status: failure}]
  tidy:
    run: {workflowTemplate: tidy-up}
    dependsOn: [{node: report, status: done}]
"""
IDS = {
    *("core/orders", "core/customers"),
    *(f"shop/{name}" for name in ("customers", "sales", "stock", "load", "report", "repair", "tidy")),
}
MISHAP = "sales=late:3h"


def checked(*texts: str) -> Checked:
    """Graphs without errors."""
    files = [InputFile(f"graph-{number}.yaml", text.encode()) for number, text in enumerate(texts)]
    found = pipeline.check(pipeline.load(files))
    assert not found.has_errors, [finding.text for finding in found.findings]
    return found


def page(found: Checked, days: Days = NO_DAYS, live: Mapping[str, Any] | None = None, **asked: Any) -> str:
    """The page of graphs."""
    return whole(make(found, Asked(now=NOW, **asked)), days, live)


def plain() -> str:
    """The page of the sample, without days."""
    return page(checked(CORE, SHOP))


@cache
def nights(days: int = 3, mishaps: Sequence[str] = (MISHAP,)) -> str:
    """The page of the sample with a forecast."""
    found = checked(CORE, SHOP)
    supposition = Supposition(Profile(), supposing.read(mishaps, found.graphs), 0)
    told, _ = forecast(found, Wish(FIRST, days, (), supposition))
    return page(found, forecast_days(told, found), told=tuple(told))


def edited() -> str:
    """The page of an edit: `report` gone, `digest` new, `load` changed."""
    after = SHOP.replace("workflowTemplate: load", "workflowTemplate: load-faster")
    after = after.replace("  tidy:\n", "  digest:\n").replace("tidy-up", "digest")
    return page(checked(CORE, after), against=checked(CORE, SHOP))


def was() -> str:
    """The page of nights that were: sales a little later each night, one of them failed, and the report waits for it."""
    found, known = checked(CORE, SHOP), []
    for day in range(1, 25):
        begin = datetime(2026, 10, day, 1, tzinfo=UTC)
        for node, after, takes in (("sales", 0, 10 * day), ("report", 10 * day, 30)):
            start = begin + timedelta(minutes=after)
            phase = "Failed" if day == 9 else "Succeeded"
            ends = start, start, start + timedelta(minutes=takes)
            key = f"{begin:%Y%m%d}"
            run = Run("data", "shop", node, key, key, f"{node}-{key}", phase, 3, *ends)
            known.append(Known(run, begin + timedelta(hours=2) if node == "report" else None))
    return page(found, Days(tuple(past(known, found, 2)), (), heat(known, "Europe/Paris")))


@cache
def large(nodes: int = 2000) -> str:
    """A page of many nodes, with the edges of layers in random order."""
    return page(checked(layered(nodes, int(nodes * 2.6), partitions=-(-nodes // 80))))
