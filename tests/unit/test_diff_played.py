"""What `depgen diff` says of keys under way, held against what happens when the edit is applied in a world."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from depgen import pipeline
from depgen.diff import Effect, difference
from depgen.pipeline import Checked, InputFile
from depgen.play.controller import Ending
from depgen.play.world import World

Data = dict[str, Any]

NINE = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())
MINUTE, HOUR = 60, 3600
EDIT = NINE + 2 * HOUR
LATER = EDIT + HOUR
OLD, RECENT = "20261119", "20261120"
BASE: Data = {
    "apiVersion": "depgen.io/v1",
    "graph": "etl",
    "namespace": "data",
    "timezone": "UTC",
    "nodes": {
        "sales": {"source": {"cronWorkflow": "sales"}},
        "stock": {"source": {"cronWorkflow": "stock"}},
        "report": {"run": {"workflowTemplate": "report"}, "dependsOn": ["sales", "stock"]},
        "audit": {"run": {"workflowTemplate": "audit"}, "dependsOn": ["sales"]},
    },
}


def checked(data: Data) -> Checked:
    found = pipeline.check(pipeline.load([InputFile("g.yaml", json.dumps(data).encode())]))
    assert not found.has_errors, [f.text for f in found.findings]
    return found


def edited(base: Data, edit: Callable[[Data], Any]) -> Data:
    data = copy.deepcopy(base)
    edit(data)
    return data


def effects(before: Data, after: Data) -> set[Effect]:
    return {change.effect for change in difference(checked(before), checked(after)).changes}


class Night:
    """sales is done for OLD two hours before the edit and for RECENT five minutes before it."""

    def __init__(self, base: Data = BASE) -> None:
        self.world = World(checked(base), start=NINE - 30 * HOUR, ending=lambda _: Ending(MINUTE))
        self.done("sales", OLD, EDIT - 2 * HOUR)
        self.done("sales", RECENT, EDIT - 5 * MINUTE)

    def done(self, node: str, key: str, at: int) -> None:
        self.world.run_until(at - MINUTE)
        self.world.end(self.world.begin(node, at=at - MINUTE, key=key), at=at)

    def runs(self) -> list[str]:
        return [f"{run.node} {run.key}" for run in self.world.submitted]

    def apply(self, after: Data) -> list[str]:
        """What runs within an hour of the edit."""
        self.world.run_until(EDIT)
        before = len(self.world.submitted)
        self.world.edit([InputFile("g.yaml", json.dumps(after).encode())])
        self.world.run_until(LATER)
        return self.runs()[before:]


def test_an_edge_that_is_taken_away_runs_keys_that_waited() -> None:
    after = edited(BASE, lambda d: d["nodes"]["report"].update(dependsOn=["sales"]))
    assert effects(BASE, after) == {Effect.LATE}
    assert sorted(Night().apply(after)) == [f"report {OLD}", f"report {RECENT}"]


def test_a_window_that_is_taken_away_runs_keys_that_waited() -> None:
    window = {"node": "sales", "window": {"from": "00:00", "to": "00:01"}}
    base = edited(BASE, lambda d: d["nodes"]["audit"].update(dependsOn=[window]))
    assert effects(base, BASE) == {Effect.LATE}
    night = Night(base)
    assert night.runs() == []
    assert sorted(night.apply(BASE)) == [f"audit {OLD}", f"audit {RECENT}"]


def test_a_new_node_runs_only_what_was_complete_within_replay_within() -> None:
    after = edited(
        BASE, lambda d: d["nodes"].update(extra={"run": {"workflowTemplate": "x"}, "dependsOn": ["sales"]})
    )
    assert effects(BASE, after) == {Effect.SAFE}
    assert Night().apply(after) == [f"extra {RECENT}"]


def rename(**more: str) -> Data:
    return edited(BASE, lambda d: d["nodes"].update(check={**d["nodes"].pop("audit"), **more}))


def test_a_node_with_another_name_runs_recent_keys_again() -> None:
    assert Effect.AGAIN in effects(BASE, rename())
    night = Night()
    assert night.apply(rename()) == [f"check {RECENT}"]
    assert f"audit {RECENT}" in night.runs()


def test_a_node_that_says_its_former_name_runs_nothing_again() -> None:
    after = rename(renamedFrom="audit")
    assert effects(BASE, after) == {Effect.SAFE, Effect.SWEEP}
    assert Night().apply(after) == []


def partitioned(*gone: str) -> list[str]:
    """What runs if the number of partitions changes, these nodes' Workflows are deleted and then stock completes."""
    after = edited(BASE, lambda d: d.update(partitions=2))
    assert effects(BASE, after) == {Effect.NEVER}
    night = Night()
    night.world.run_until(EDIT - MINUTE)
    for workflow in [w["metadata"]["name"] for node in gone for w in night.world.workflows(node)]:
        night.world.delete(workflow, at=EDIT - MINUTE)
    before = len(night.runs())
    night.apply(after)
    night.done("stock", RECENT, LATER + MINUTE)
    night.world.run_until(LATER + HOUR)
    return night.runs()[before:]


def test_the_sweep_carries_what_ran_to_other_partitions() -> None:
    assert partitioned() == [f"report {RECENT}"]
    assert partitioned("audit") == [f"report {RECENT}"]


def test_a_source_whose_workflow_is_gone_is_not_carried_to_other_partitions() -> None:
    assert partitioned("sales") == []


def test_another_date_for_completions_runs_them_for_both() -> None:
    after = edited(BASE, lambda d: d["nodes"]["sales"].update(key={"offset": "1d"}))
    assert effects(BASE, after) == {Effect.AGAIN}
    assert "audit 20261121" in Night().apply(after)


def test_what_a_new_edge_waits_for_is_found_by_the_sweep() -> None:
    """us was recorded for nobody; its Workflows are there."""
    base = edited(BASE, lambda d: d["nodes"].update(us={"source": {"cronWorkflow": "us"}}))
    after = edited(base, lambda d: d["nodes"]["report"].update(dependsOn=["sales", "stock", "us"]))
    assert effects(base, after) == {Effect.SWEEP}
    night = Night(base)
    night.done("us", RECENT, EDIT - 3 * MINUTE)
    night.world.run_until(EDIT)
    night.world.edit([InputFile("g.yaml", json.dumps(after).encode())])
    night.done("stock", RECENT, EDIT + 30 * MINUTE)
    night.world.run_until(LATER)
    assert f"report {RECENT}" in night.runs()


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["nodes"]["report"].update(suspend=True),
        lambda d: d["nodes"]["report"].update(activeFrom="2026-12-01"),
        lambda d: d["nodes"].pop("report"),
        lambda d: d.update(mode="shadow"),
    ],
)
def test_what_never_runs_does_not(edit: Callable[[Data], Any]) -> None:
    after = edited(BASE, edit)
    assert Effect.NEVER in effects(BASE, after)
    night = Night()
    night.world.run_until(EDIT)
    night.world.edit([InputFile("g.yaml", json.dumps(after).encode())])
    night.done("stock", RECENT, EDIT + 30 * MINUTE)
    night.world.run_until(LATER)
    assert f"report {RECENT}" not in night.runs()


def test_keys_of_another_period_never_complete() -> None:
    def weekly(data: Data) -> None:
        for source in ("sales", "stock"):
            data["nodes"][source]["key"] = {"every": "week"}

    after = edited(BASE, weekly)
    assert effects(BASE, after) == {Effect.NEVER}
    night = Night()
    night.apply(after)
    assert not any(run.startswith("report") for run in night.runs())


def test_what_a_run_starts_runs_nothing() -> None:
    after = edited(BASE, lambda d: d["nodes"]["audit"]["run"].update(workflowTemplate="other"))
    assert effects(BASE, after) == {Effect.SAFE}
    assert Night().apply(after) == []
