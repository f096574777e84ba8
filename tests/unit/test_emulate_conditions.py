"""Conditions: what is remembered between events, and when it is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from depgen.emulate.conditions import ConditionsError, conditions
from tests.emulated import (
    Manifest,
    after,
    dependency,
    emulator,
    logging,
    put,
    said,
    send,
    sensor,
    writing,
)


def fired(text: str, *events: str, **template: Any) -> list[str]:
    """What each action got, as `dependency=payload`, of events named `a1`, `b2`, ..."""
    dependencies = [dependency(name) for name in "abc"]
    emulated = emulator(sensor(dependencies, logging("l", text, template=template)))
    for event in events:
        send(emulated, event[0], int(event[1:]))
    actions: list[list[str]] = []
    for happening in emulated.log:
        if happening.kind == "fired":
            actions.append([])
        elif happening.kind == "logged":
            actions[-1].append(f"{happening.what}{happening.detail}")
    return [" ".join(action) for action in actions]


@pytest.mark.parametrize(
    ("text", "events", "expected"),
    [
        ("a", ["a1", "b1", "a2"], ["a1", "a2"]),
        ("a || b", ["a1", "b1"], ["a1", "b1"]),
        ("a && b", ["a1", "a2", "b3", "b4", "a5"], ["a2 b3", "a5 b4"]),
        ("", ["a1", "b1"], []),
        ("", ["a1", "b1", "c1"], ["a1 b1 c1"]),
        ("(a || b) && c", ["a1", "b1", "c1"], ["a1 b1 c1"]),
        ("(a || b) && c", ["a1", "c1", "c2"], ["a1 c1"]),
        ("a && b || c", ["a1", "c1", "b1"], ["a1 c1"]),
        ("a&&(b||c)", ["c1", "a1"], ["a1 c1"]),
    ],
)
def test_conditions_fire_with_what_was_kept(text: str, events: list[str], expected: list[str]) -> None:
    assert fired(text, *events) == expected


@pytest.mark.parametrize("text", ["a &&", "(a", "a b", "d", "a.b", "1a", "not", "all || a", "a & b", "!a"])
def test_conditions_that_would_break_the_trigger_are_refused(text: str) -> None:
    with pytest.raises(ConditionsError):
        conditions(text, ["a", "b", "1a", "not", "all"])


def test_a_hyphen_is_an_underscore_and_a_function_alone_is_a_name() -> None:
    assert conditions("my-dep || x", ["my-dep", "x"]).names == ("my-dep", "x")
    assert conditions("all", ["all"]).names == ("all",)


def saving(**more: Any) -> Manifest:
    return sensor([dependency("a"), dependency("b")], logging("l", "a && b", **more))


def test_what_waits_survives_a_restart_and_not_an_edit_of_it() -> None:
    emulated = emulator(saving())
    send(emulated, "a", 1)
    emulated.restart("sensor/sen")
    send(emulated, "b", 1)
    assert said(emulated, "fired") == [(0.0, "fired", "src/a, src/b")]
    send(emulated, "a", 2)
    changed = [{**dependency("a"), "transform": {"jq": "."}}, dependency("b")]
    emulated.apply([sensor(changed, logging("l", "a && b"))])
    send(emulated, "b", 2)
    assert len(said(emulated, "fired")) == 1


def test_leaving_out_conditions_and_saying_them_is_no_loss() -> None:
    emulated = emulator(sensor([dependency("a"), dependency("b")], logging("l", "")))
    send(emulated, "a", 1)
    emulated.apply([saving()])
    send(emulated, "b", 1)
    assert len(said(emulated, "fired")) == 1


def test_what_was_kept_is_forgotten_also_when_the_action_failed() -> None:
    write = writing("w", "a && b", "create", {"metadata": {"name": "x"}})
    emulated = emulator(sensor([dependency("a"), dependency("b")], write))
    put(emulated, "x")
    for event in ("a", "b", "b"):
        send(emulated, event)
    assert said(emulated, "fired", "failed") == [(0.0, "fired", "src/a, src/b"), (0.0, "failed", "w")]


def test_a_reset_forgets_at_its_time() -> None:
    reset = {
        "template": {"conditionsReset": [{"byTime": {"cron": "0 10 * * *", "timezone": "Europe/Paris"}}]}
    }
    emulated = emulator(saving(**reset))
    send(emulated, "a", 1)
    after(emulated, 3600)
    send(emulated, "b", 1)
    assert said(emulated, "fired", "reset") == [(3600.0, "reset", "a")]


def test_a_reset_that_was_slept_through_is_made_up_for_at_the_start() -> None:
    def run(cron: str) -> int:
        emulated = emulator(saving(template={"conditionsReset": [{"byTime": {"cron": cron}}]}))
        send(emulated, "a", 1)
        emulated.stop("sensor/sen")
        after(emulated, 7200)
        emulated.start("sensor/sen")
        send(emulated, "b", 1)
        return len(said(emulated, "fired"))

    assert (run("0 9 * * *"), run("0 11 * * *")) == (0, 1)
