"""The scenario files that the emulator plays, on the real Argo Events: what one says, the other has to say."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace
from tests.stack.scenario_stage import RealStage, moved

from depgen.pipeline import InputFile
from depgen.report.scenario import text
from depgen.scenario import reading
from depgen.scenario.playing import play

FOLDER = Path(__file__).parents[1] / "scenarios"
# Those that the language's list marks for the real stack, and what else asks something of Argo Events.
FILES = [
    "hand-hold-release-fire-satisfy",
    "past-a-failed-day-holds-the-next",
    "per-an-alert-for-each-failure",
    "s01-a-success-that-became-a-failure",
    "s02-a-failure-that-was-retried",
    "s03-yesterday-does-not-join-today",
    "s04-a-lookback-that-is-over",
    "s05-a-period-of-six-hours",
    "s06-a-window-holds-its-first-second",
    "s09-a-gate-holds-until-its-time",
    "s10-a-weekend-and-satisfy",
    "s11-reruns-change-nothing",
    "s11-reruns-refresh",
    "s14-two-ends-in-the-same-second",
    "s16-the-submit-sensor-is-down-for-a-while",
    "s17-any-beside-all",
    "s19-an-edit-of-another-node",
    "s20-an-upstream-that-always-fails",
    "s21-a-manual-run-with-a-key",
    "s21-a-manual-run-without-a-key",
    "s23-a-missed-deadline",
    "s25-a-cron-in-another-zone",
    "s26-zones-at-the-edges",
    "s29-an-upstream-that-was-skipped",
    "s30-a-full-day-of-hours",
]


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_goes_on_the_real_stack_as_it_is_told(
    name: str, namespace: Namespace, local: LocalStack
) -> None:
    path = FOLDER / f"{name}{reading.SUFFIX}"
    story, findings = reading.read(InputFile(str(path), path.read_bytes()), lambda _: [])
    assert story is not None, findings
    assert not story.stack.skip, story.stack.skip
    there = moved(story, story.files, time.time())
    kubeconfig = local.group.folder / "admin.kubeconfig"
    verdict = play(there, lambda told, checked: RealStage(namespace, kubeconfig, told, checked))
    assert verdict.has_passed, text([verdict])
