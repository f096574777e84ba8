"""Triggers that need not be asked are not, and those that have to be are: also where an update changes nothing for them."""

from __future__ import annotations

import random

import pytest

from depgen import engine
from depgen.cluster.api import CONFIG_MAPS
from depgen.emulate import Emulator, Fault
from depgen.emulate.frozen import Frozen
from depgen.emulate.jq_needs import needs
from depgen.emulate.jq_reads import reads
from depgen.emulate.payload import Change
from depgen.emulate.screen import lacking, screen
from tests.emulated import (
    START,
    change,
    config_map,
    dependency,
    emulator,
    event_source,
    logging,
    put,
    said,
    sensor,
    watching,
)

# Acts on what is, not on what has become so: an update of something else is an occasion too.
STILL = '.body.data as $new | .oldBody.data as $old | {fire: ($new.a == "1" and $old.a == "1")}'


def listening(program: str = STILL, faults: tuple[Fault, ...] = ()) -> Emulator:
    source = event_source(resource={"e": watching(types=("ADD", "UPDATE", "DELETE"))})
    wanted = {"data": [{"path": "fire", "type": "bool", "value": ["true"]}]}
    listener = sensor([dependency("e", transform={"jq": program}, filters=wanted)], logging("l", "e"))
    return emulator(source, listener, faults=faults)


def fired(emulated: Emulator) -> int:
    return len(said(emulated, "fired"))


def test_after_an_answer_to_what_concerned_it_the_next_update_is_asked_about() -> None:
    emulated = listening()
    put(emulated, "m", {"a": "0"})
    change(emulated, "m", data={"b": "1"})
    change(emulated, "m", data={"b": "2"})
    change(emulated, "m", data={"a": "1"})
    assert fired(emulated) == 0
    change(emulated, "m", data={"b": "3"})
    change(emulated, "m", data={"b": "4"})
    assert fired(emulated) == 2


def test_an_update_that_was_lost_is_not_taken_for_nothing() -> None:
    emulated = listening(faults=(Fault("drop", begin=START + 10, end=START + 20),))
    put(emulated, "m", {"a": "0"})
    change(emulated, "m", data={"b": "1"})
    change(emulated, "m", data={"b": "2"})
    emulated.run_until(START + 15)
    change(emulated, "m", data={"a": "1"})
    emulated.run_until(START + 30)
    change(emulated, "m", data={"b": "3"})
    assert fired(emulated) == 1


def test_another_object_and_one_that_comes_again_begin_anew() -> None:
    emulated = listening()
    for name in ("m", "n"):
        put(emulated, name, {"a": "1" if name == "n" else "0"})
        change(emulated, name, data={"b": "1"})
    assert fired(emulated) == 1
    emulated.api.delete(CONFIG_MAPS, "data", "m")
    emulated.api.create(CONFIG_MAPS, "data", config_map("m", {"a": "1"}))
    change(emulated, "m", data={"b": "1"})
    assert fired(emulated) == 2


def test_labels_and_data_that_come_are_asked_about() -> None:
    program = (
        '.body.metadata.labels.on as $on | .body.data as $d | {fire: ($on == "1" and ($d | has("a") | not))}'
    )
    emulated = listening(program)
    put(emulated, "m", {"b": "1"})
    change(emulated, "m", data={"b": "2"})
    change(emulated, "m", data={"b": "3"})
    assert fired(emulated) == 0
    change(emulated, "m", metadata={"labels": {"on": "1"}})
    assert fired(emulated) == 1


def test_a_guard_lets_through_the_objects_it_names() -> None:
    table = '({"x": 1, "y": 1}[.body.metadata.labels["node"] // ""] // []) as $n'
    emulated = listening(f"{table} | {{fire: ($n != [])}}")
    for name, node in (("a", "x"), ("b", "z"), ("c", "y")):
        put(emulated, name, node=node)
    put(emulated, "d")
    assert fired(emulated) == 2


DUE = """def due: .a == "1" and .b == "1" and .claim == null;
.body.data as $new | .oldBody.data as $old | {fire: (($new | due) and ($old | due | not))}"""


def test_what_is_missing_is_waited_for_and_what_comes_then_is_asked_about() -> None:
    emulated = listening(DUE)
    put(emulated, "m", {"x": "0"})
    for data in ({"a": "1"}, {"x": "1"}, {"a": None}, {"b": "1"}, {"x": "2"}):
        change(emulated, "m", data=data)
    assert fired(emulated) == 0
    change(emulated, "m", data={"a": "1"})
    assert fired(emulated) == 1
    change(emulated, "m", data={"claim": "c"})
    change(emulated, "m", data={"a": "2"})
    change(emulated, "m", data={"claim": None})
    assert fired(emulated) == 1
    change(emulated, "m", data={"a": "1"})
    assert fired(emulated) == 2


def test_an_update_that_came_while_a_trigger_was_busy_is_not_forgotten() -> None:
    """The answer about an update that is over says nothing about one that waits behind it."""
    emulated = listening(DUE)
    put(emulated, "m", {"a": "1"})
    for value in ("0", "1", "2", "1"):
        emulated.api.patch(CONFIG_MAPS, "data", "m", {"data": {"b": value}})
    emulated.run_until(emulated.now)
    assert fired(emulated) == 2
    change(emulated, "m", data={"a": None, "b": None})
    emulated.api.patch(CONFIG_MAPS, "data", "m", {"data": {"b": "1"}})
    emulated.api.patch(CONFIG_MAPS, "data", "m", {"data": {"a": "1"}})
    for claim in (None, "c", None):
        change(emulated, "m", data={"claim": claim})
    assert fired(emulated) == 4


def test_of_many_listeners_each_is_asked_about_what_it_reads() -> None:
    source = event_source(resource={"e": watching(types=("ADD", "UPDATE", "DELETE"))})
    wanted = {"data": [{"path": "fire", "type": "bool", "value": ["true"]}]}
    starts = '([to_entries[] | select(.key | startswith("r.%s."))] | length > 1)'
    programs = {
        "name": DUE,
        "start": f"def due: {starts % 'x'}; {DUE.partition(chr(10))[2]}",
        "longer": f"def due: {starts % 'xyz'}; {DUE.partition(chr(10))[2]}",
        "all": ".body.data as $new | .oldBody.data as $old | {fire: ($new != $old)}",
    }
    dependencies = [
        dependency(name, "e", transform={"jq": text}, filters=wanted) for name, text in programs.items()
    ]
    emulated = emulator(source, sensor(dependencies, *(logging(f"on-{name}", name) for name in programs)))
    put(emulated, "m", {"q": "0"})
    patches = ({"a": "1", "r.x.1": "1"}, {"b": "1"}, {"r.x.2": "1", "r.xyz.1": "1"}, {"r.xyz.2": "1"})
    told = []
    for data in patches:
        before = len(emulated.log)
        change(emulated, "m", data=data)
        told.append([h.what for h in emulated.log[before:] if h.kind == "logged"])
    assert told == [["all"], ["name", "all"], ["start", "all"], ["longer", "all"]]


EDGES = """def a: {ok: (.a == "1")}; def b: {ok: (.b == "1" or .hand)}; def edges: a, b;
def due: (.fire or all(edges; .ok)) and .hold == null and .claim == null;
(.body.data // {}) as $new | (.oldBody.data // {}) as $old | {fire: (($new | due) and ($old | due | not))}"""


# Entries as in a ledger: a claim ends in `.0`, what comes of it does not.
CLAIMS = """def latest($of): [.[keys[] | select(startswith($of))]] | max;
def a: {ok: (latest("a") == "1")}; def b: {ok: (latest("b") == "1")}; def edges: a, b;
def due: all(edges; .ok) and .hold == null and latest("claim") == null;
(.body.data // {}) as $new | (.oldBody.data // {}) as $old | {fire: (($new | due) and ($old | due | not))}"""
NAMES = ["a", "b", "a", "b", "x", "claim", "hold", "hand", "fire"]


def test_a_claim_is_asked_about_and_a_completion_goes_to_the_program_until_that_was_in_vain() -> None:
    """Which is how few programs are run for a ledger, and has no other effect that could be seen."""
    program, held = engine.Program(CLAIMS), [Frozen(config_map("m", {"x": "0"}))]
    found = screen(reads(program), "fire", needs(program, "fire"), "UTC")
    assert found is not None

    def come(**data: str) -> list[list[int]]:
        """The needs that are asked about when these entries come, and then they are."""
        old, new = held[-1], Frozen(config_map("m", {**held[-1].value["data"], **data}))
        update = Change("UPDATE", old, new, "}")
        asked = found.doubts(update, list(data)) if found.concerns(update, list(data)) else []
        with engine.zone_kept():
            lacking([found], update, list(data))
        held.append(new)
        return [list(lot) for lot in asked]

    with engine.zone_kept():
        assert lacking([found], Change("ADD", None, held[0], "}"), None) == {found}
    claim, hold, second, first = range(4)
    assert come(**{"a.0": "0", "b.0": "0"}) == [[second, first]]
    assert come(**{"a.7": "1", "b.7": "0"}) == []
    assert come(**{"a.8": "1"}) == [[claim], [hold, second, first]]
    assert come(**{"b.8": "2"}) == [[second]]


@pytest.mark.parametrize("program", [DUE, EDGES, STILL, CLAIMS])
def test_whatever_changes_a_trigger_fires_when_its_program_says_so(program: str) -> None:
    compiled, fires = engine.Program(program), 0

    def says(type_: str, new: dict[str, str], old: dict[str, str] | None) -> int:
        body = {"data": old} if old is not None else None
        return compiled.first({"type": type_, "body": {"data": new}, "oldBody": body})["fire"] is True

    for seed in range(12):
        chance, emulated, expected = random.Random(seed), listening(program), 0
        put(emulated, "m", before := {"x": "0"})
        for step in range(40):
            # Mostly what comes is true, as in a ledger.
            name = chance.choice(
                [*NAMES, "a.0", "b.0", "claim.0", "a.7", "b.7"] if program == CLAIMS else NAMES
            )
            value = chance.choice(["1", "1", str(step), None])
            data = {k: v for k, v in {**before, name: value}.items() if v is not None}
            if chance.random() < 0.1:
                emulated.api.delete(CONFIG_MAPS, "data", "m")
                put(emulated, "m", data)
                expected += says("DELETE", before, None) + says("ADD", data, None)
            elif data != before:
                change(emulated, "m", data={name: value})
                expected += says("UPDATE", data, before)
            assert fired(emulated) == expected
            before = data
        fires += expected
    assert fires > 10
