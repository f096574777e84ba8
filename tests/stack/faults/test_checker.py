"""The judge is judged: each kind of damage, done by hand, is found, and an undamaged end is clean."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.stack.api import Manifest
from tests.stack.faults.checker import Driven, check
from tests.stack.faults.model import Completion, Edge, Rule, Verdict, histories, verdict
from tests.stack.faults.story import STORIES, How, steps

ZONE = ZoneInfo("Asia/Tokyo")
KEY, OTHER = "20261121", "20261120"
NOON = datetime(2026, 11, 21, 12, tzinfo=ZONE)
JOIN = Rule("join", (Edge("a"), Edge("b")))


def completion(node: str, phase: str = "Succeeded", key: str = KEY, minute: int = 0) -> Completion:
    return Completion(
        node, key, phase, NOON + timedelta(minutes=minute), f"{node}-{minute}", f"u{node}{minute}"
    )


def driven(*completions: Completion) -> Driven:
    return Driven("g", ZONE, (JOIN,), completions, (OTHER, KEY))


def run(key: str = KEY, **parameters: str) -> Manifest:
    told = {"day": f"{key[:4]}-{key[4:6]}-{key[6:]}", **parameters}
    return {
        "metadata": {
            "name": f"g-join-{key}",
            "uid": "r",
            "labels": {"depgen.io/graph": "g", "depgen.io/node": "join", "depgen.io/key": key},
        },
        "spec": {"arguments": {"parameters": [{"name": n, "value": v} for n, v in told.items()]}},
    }


def facts(*completions: Completion) -> dict[str, str]:
    return {
        f"run.{c.node}.{c.key}.{c.uid}.{int(c.finished.timestamp())}": json.dumps(
            {"phase": c.phase, "workflow": c.workflow, "wall": c.finished.strftime("%Y-%m-%dT%H:%M:%S")}
        )
        for c in completions
    }


CLAIM = {f"run.join.{KEY}.r.0": json.dumps({"phase": "Submitted"})}
BOTH = (completion("a"), completion("b"))
RIGHT: dict[str, dict[str, str]] = {f"g-{KEY}": facts(*BOTH) | CLAIM}


def test_an_end_as_it_should_be_is_clean() -> None:
    found = check(driven(*BOTH), [run(a="a-0", b="b-0")], RIGHT)
    assert (found.lost, found.duplicated, found.misdated) == (frozenset(), (), ())


def test_a_run_a_fact_and_a_claim_that_are_not_there_are_lost() -> None:
    assert check(driven(*BOTH), [], RIGHT).lost == {f"g-join-{KEY}"}
    assert check(driven(*BOTH), [run()], {f"g-{KEY}": facts(BOTH[0]) | CLAIM}).lost == {"b-0 Succeeded"}
    assert check(driven(*BOTH), [run()], {f"g-{KEY}": facts(*BOTH)}).lost == {f"g-join-{KEY} Submitted"}


def test_a_run_that_was_there_twice_is_a_duplicate() -> None:
    again = {f"g-{KEY}": RIGHT[f"g-{KEY}"] | {f"run.join.{KEY}.r2.0": json.dumps({"phase": "Submitted"})}}
    assert check(driven(*BOTH), [run()], again).duplicated == (f"2 runs of join for {KEY}",)
    second = deepcopy(run())
    second["metadata"]["name"] += "-x"
    assert f"2 Workflows of join for {KEY}" in check(driven(*BOTH), [run(), second], RIGHT).duplicated


def test_a_run_of_another_day_is_misdated() -> None:
    wrong: list[Any] = [run(day="2026-11-20"), run(a="a-77")]
    assert [bool(check(driven(*BOTH), [each], RIGHT).misdated) for each in wrong] == [True, True]
    unasked = check(driven(BOTH[0]), [run()], {f"g-{KEY}": facts(BOTH[0]) | CLAIM})
    assert unasked.misdated == (f"g-join-{KEY} is there and nothing asked for it",)


def test_a_fact_in_another_ledger_or_of_another_outcome_is_misdated() -> None:
    moved = check(driven(*BOTH), [run()], {f"g-{OTHER}": RIGHT[f"g-{KEY}"]})
    assert len(moved.misdated) == 3
    other = (completion("a", "Failed"), BOTH[1])
    assert len(check(driven(*BOTH), [run()], {f"g-{KEY}": facts(*other) | CLAIM}).misdated) == 1


def test_what_toggled_may_be_there_or_not() -> None:
    story = [completion("a"), completion("a", "Failed", minute=1), completion("b")]
    assert verdict(JOIN, KEY, histories(story)) is Verdict.MAY
    assert verdict(JOIN, KEY, histories([*story, completion("a", minute=2)])) is Verdict.MUST
    assert verdict(JOIN, OTHER, histories(story)) is Verdict.NEVER


def test_a_window_holds_its_first_hour_and_not_its_last() -> None:
    rule = Rule("evening", (Edge("a", hours=(18, 20)),))
    found = [verdict(rule, KEY, histories([completion("a", minute=60 * h)])) for h in (5, 6, 7, 8)]
    assert found == [Verdict.NEVER, Verdict.MUST, Verdict.MUST, Verdict.NEVER]


def test_a_seed_tells_the_same_story_and_keeps_the_order_within_a_day() -> None:
    told = steps(random.Random("1"), "ab", range(30))
    assert told == steps(random.Random("1"), "ab", range(30))
    assert told != steps(random.Random("2"), "ab", range(30))
    for source, day in {(step.source, step.day) for step in told}:
        assert tuple((s.how, s.phase) for s in told if (s.source, s.day) == (source, day)) in STORIES
    assert {step.how for step in told} == set(How)
