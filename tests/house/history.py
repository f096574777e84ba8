"""Three nights of a made-up graph as its history: `python -m tests.house.history` writes history.db for the documentation."""

from __future__ import annotations

from typing import Any

from depgen.history.records import Subject
from tests.histories import at, claim, fact, keep, ledger, workflow

UPSTREAMS = {"report": frozenset({("sales", 0), ("stock", 0)}), "audit": frozenset({("report", 0)})}
# Day, end of sales, of stock, and of the report with its phase; an operator satisfied stock on the last night.
NIGHTS = (
    (19, "19:02:45", "19:31:00", "20:10:30", "Succeeded"),
    (20, "19:04:10", "20:55:12", "21:37:02", "Succeeded"),
    (21, "19:03:20", None, "20:41:55", "Failed"),
)
HAND = {"at": "2026-11-21T20:15:00Z", "by": "ana", "why": "the shop was closed"}


def night(
    day: int, sales: str, stock: str | None, end: str, phase: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The ledger of a key, and its Workflows."""
    key = f"202611{day}"
    entries: dict[str, Any] = {
        **fact("sales", f"sales-{day}", at(sales, day), key=key),
        **claim("report", f"report-{day}", key),
        **fact("report", f"report-{day}", at(end, day), phase, key),
        "clock.report.deadline": {"at": f"2026-11-{day}T21:00:00Z"},
    }
    if stock:
        entries |= fact("stock", f"stock-{day}", at(stock, day), key=key)
    else:
        entries |= {"satisfy.report.stock": HAND, "sweep.report": f"1 2026-11-{day}T20:20:00Z"}
        entries[f"run.audit.{key}.expired.1"] = {
            "finishedAt": f"2026-11-{day + 1}T06:00:00Z",
            "phase": "Expired",
        }
        entries[f"run.audit.{key}.expired.1"]["reason"] = "cutoff"
    start = at(stock or "20:20:01", day)
    runs = [source("sales", day, "18:00", sales), *([source("stock", day, "18:30", stock)] if stock else [])]
    runs.append(workflow("report", f"report-{day}", start, at(end, day), phase, key=key))
    if phase == "Succeeded":
        runs.append(workflow("audit", f"audit-{day}", at(end, day), at("22:00", day), key=key))
    return ledger(entries, key), runs


def source(node: str, day: int, start: str, end: str) -> dict[str, Any]:
    """A CronWorkflow's run, which no label of ours marks."""
    found = workflow(node, f"{node}-{day}", at(start, day), at(end, day))
    del found["metadata"]["labels"]
    return found


def main() -> None:
    """Fill the file."""
    for ledgers, workflows in (night(*told) for told in NIGHTS):
        keep("sqlite:///history.db", [ledgers], workflows, subject=Subject("data", "etl", UPSTREAMS))


if __name__ == "__main__":
    main()
