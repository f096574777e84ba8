"""What the page is told of a cluster: of whom reasons are asked, and what the others say instead."""

from __future__ import annotations

from depgen.page.live import MOST_EXPLAINED, live
from tests.subjects import KEY, Shop, fact, seconds, subject_of

RUNS = MOST_EXPLAINED + 2
NODES = "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n" + "".join(
    f"  r{number}: {{run: {{workflowTemplate: held}}, dependsOn: [a, b]}}\n" for number in range(RUNS)
)


def test_who_is_not_asked_about_says_how_to_ask() -> None:
    there = Shop(subject_of(NODES))
    there.write(fact("a", "2026-11-21T07:00"))
    told = live(there.cluster, [there.subject], seconds("2026-11-21T08:00"))["cells"]
    newest = {id_: cells[-1] for id_, cells in told.items() if id_ not in ("etl/a", "etl/b")}
    assert len(newest) == RUNS
    asked = [cell for cell in newest.values() if cell["reasons"][0]["code"] == "upstream-not-run"]
    unasked = {
        id_: cell["reasons"][0]["remedy"]
        for id_, cell in newest.items()
        if cell["reasons"][0]["code"] == "not asked"
    }
    assert (len(asked), len(unasked)) == (MOST_EXPLAINED, RUNS - MOST_EXPLAINED)
    assert all(remedy == f"depgen why {id_} --key {KEY}" for id_, remedy in unasked.items())
