"""Shadow mode against the crons: a line for each key, the counts, and what stands between here and live."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from depgen.cluster.compare import Compared, Comparison, Verdict
from depgen.report.display import count, visible

VERSION = 1
_MEANING = {
    Verdict.SAME: "as the cron",
    Verdict.EARLIER: "before the cron",
    Verdict.LATER: "after the cron, which started too early",
    Verdict.NOT_BY_GRAPH: "not by the graph",
    Verdict.NOT_BY_CRON: "by the graph alone",
}


def text(graph: str, zone: str, compared: Compared) -> str:
    """A table with the instants on the clock of the graph's zone."""
    rows = [("node", "key", "graph", "cron", "")]
    rows += [_row(each, zone) for each in compared.comparisons]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows
    ]
    return "".join(f"{visible(line.rstrip())}\n" for line in [*lines, *_totals(graph, compared)])


def as_json(graph: str, compared: Compared) -> str:
    """`{version, graph, comparisons: [...], activeCronWorkflows, withoutCronWorkflow}`; instants in seconds since 1970."""
    report = {
        "version": VERSION,
        "graph": graph,
        "comparisons": [
            {
                "node": each.node,
                "key": each.key,
                "verdict": each.verdict,
                "graphAt": each.graph_at,
                "cronAt": each.cron_at,
                "workflow": each.workflow or None,
            }
            for each in compared.comparisons
        ],
        "activeCronWorkflows": list(compared.active),
        "withoutCronWorkflow": list(compared.alone),
    }
    return json.dumps(report, indent=2) + "\n"


def _row(each: Comparison, zone: str) -> tuple[str, str, str, str, str]:
    told = _MEANING[each.verdict]
    if each.verdict in (Verdict.EARLIER, Verdict.LATER) and each.graph_at and each.cron_at:
        told = f"{abs(each.graph_at - each.cron_at) // 60} min {told}"
    return each.node, each.key, _shown(each.graph_at, zone), _shown(each.cron_at, zone), told


def _shown(at: int | None, zone: str) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if at else "-"


def _totals(graph: str, compared: Compared) -> list[str]:
    verdicts = Counter(each.verdict for each in compared.comparisons)
    told = ", ".join(f"{verdicts[verdict]} {_MEANING[verdict]}" for verdict in Verdict if verdicts[verdict])
    lines = [f"{graph}: {count(len(compared.comparisons), 'run')}: {told or 'nothing to compare yet'}"]
    if compared.alone:
        lines.append(f'without "replaces", so not compared: {", ".join(compared.alone)}')
    if compared.active:
        lines.append(f"to be suspended when the graph goes live: {', '.join(compared.active)}")
    return lines
