"""What programs can depend on: never less than they do, so that leaving the rest out changes nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from depgen import engine
from depgen.cluster.api import WORKFLOWS
from depgen.emulate import Emulator
from depgen.emulate.api import stamp
from depgen.emulate.frozen import Frozen
from depgen.emulate.jq_guards import guard
from depgen.emulate.jq_reads import Reads, reads
from depgen.emulate.payload import Change
from depgen.emulate.selectors import Selector
from depgen.jqshapes import Shape
from tests.emulated import START

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/out"))
LABEL = "workflows.argoproj.io/"


def read(text: str) -> Reads | None:
    return reads(engine.Program(text))


def names(text: str) -> tuple[list[str], list[str]]:
    found = read(text)
    assert found is not None
    assert not found.everything
    return sorted(found.names), list(found.starts)


def test_an_entry_by_name_is_read_and_no_other() -> None:
    assert names('(.body.data // {}) as $new | {a: $new["x"], b: ($new | has("y")), c: .oldBody.data.z}') == (
        ["x", "y", "z"],
        [],
    )


def test_entries_by_the_beginning_of_their_names() -> None:
    text = (
        'def latest($of): [to_entries[] | select(.key | startswith("run.\\($of).")) | .value | fromjson?] | max;'
        '.body.metadata.labels["key"] as $key | {a: (.body.data // {} | latest("sales.\\($key)"), latest("b"))}'
    )
    assert names(text) == ([], ["run.b.", "run.sales."])
    text = (
        'def latest($of): "run.\\($of)." as $s | [.[keys[] | select(startswith($s))] | fromjson?] | max;'
        '{a: (.body.data // {} | latest("sales")), b: [.body.data | keys[] | select(startswith("x")) | . as $k | 1]}'
    )
    assert names(text) == ([], ["run.sales."])
    assert names('{a: .body.data["clock.\\(.version)"]}') == ([], ["clock."])


@pytest.mark.parametrize(
    "text",
    [
        "{a: .body.data}",
        "{a: (.body.data | length)}",
        "{a: (.body.data | keys)}",
        "{a: [.body.data[]]}",
        "{a: [.body.data | to_entries[] | 1]}",
        "{a: [.body.data | to_entries[] | .value]}",
        '{a: [.body.data | to_entries[] | select(.value | startswith("x"))]}',
        '{a: [.body.data | to_entries[] | select(.key | startswith("x") | not)]}',
        "{a: [.body.data | keys[] | 1]}",
        "{a: [.body.data | .[keys[]]]}",
        "{a: [.body.data | keys[] | . as $k | $k]}",
        '{a: [.body.data | .[keys[] | select(startswith("x") | not)]]}',
        '{a: [.body.data | .[keys[] | select(endswith("x"))]]}',
        '{a: [.body.data | .[keys | .[0] | select(startswith("x"))]]}',
        '{a: [.body.data | .[keys[] | select(. != "x")]]}',
        "{a: [.body.data | .[keys[]?]]}",
        "def f($k): 1; {a: [.body.data | keys[] | f(.)]}",
        "{a: .body.data[.version]}",
        '{a: (.body.data | with_entries(select(.key == "x")))}',
        '{a: (.body.data | .x = "y")}',
        "{a: (if .body.data then 1 else 2 end)}",
        "{a: (.body.data? // {} | tojson)}",
        ".body.data as $d | {a: [1, 2 | . as $x | $d | map(.)]}",
        "{a: (.body.data | try error catch .)}",
    ],
)
def test_what_is_not_known_to_read_less_reads_everything(text: str) -> None:
    found = read(text)
    assert found is not None
    assert found.everything


@pytest.mark.parametrize(
    "text",
    [
        "{a: .body}",
        "{a: .body.metadata.resourceVersion}",
        "{a: .body.spec}",
        ".",
        "{a: [..]}",
        "{a: .body.metadata}",
        "{a: .oldBody | not}",
        "def f: f; f",
        ". as [$a] | {a: $a}",
        "label $out | {a: 1}",
        'def select(f): .; {a: [.body.data | to_entries[] | select(.key | startswith("x"))], b: input}',
        "{a: input}",
    ],
)
def test_of_a_program_that_looks_at_more_of_an_object_nothing_is_told(text: str) -> None:
    assert read(text) is None


def test_another_select_or_startswith_is_not_taken_for_jqs() -> None:
    chosen = '{a: [.body.data | to_entries[] | select(.key | startswith("x"))]}'
    assert names(chosen) == ([], ["x"])
    own = read(f"def select(f): .; {chosen}")
    assert own is not None
    assert own.everything
    assert read(f"def startswith($x): true; {chosen}") is None


def test_the_time_counts_only_where_an_update_asks_for_it() -> None:
    def clock(text: str) -> bool:
        found = read(text)
        assert found is not None
        return found.clock

    assert clock('{a: (.type != "ADD" or now > 5)}') is False
    assert clock('{a: (.type == "ADD" and now > 5)}') is False
    assert clock('{a: (.type != "UPDATE" or now > 5)}') is True
    assert clock('{a: (if .type == "UPDATE" then 1 else now end)}') is False
    assert clock("{a: now}") is True


def never(text: str) -> list[str]:
    found = read(f".body.data as $new | .oldBody.data as $old | {text}")
    assert found is not None
    return sorted(found.never)


def test_what_asks_whether_something_has_become_so_is_false_where_nothing_changed() -> None:
    due = 'def due: has("a") and ([to_entries[] | select(.key | startswith("b"))] | length > 1);'
    assert never(f"{due} {{fire: (($new | due) and ($old | due | not)), other: ($new | due)}}") == ["fire"]
    assert never(f"{due} {{fire: (($old | due | not) and ($new | due) and now > 5)}}") == ["fire"]
    assert never(f'{due} {{fire: (($new | due) and (($old | due | not) or $new["s"] != $old["s"]))}}') == [
        "fire"
    ]
    assert never("{fire: ($new.a != $old.a), b: ($new.a == $old.a), c: ($new.a != $old.b)}") == ["fire"]


@pytest.mark.parametrize(
    "text",
    [
        "def due: .a, .b; {fire: (($new | due) and ($old | due | not))}",
        "def due: .a[]; {fire: (($new | due) and ($old | due | not))}",
        "def due: (.a, .b) as $x | $x; {fire: (($new | due) and ($old | due | not))}",
        'def due: startswith(("a", "b")); {fire: (($new.a | due) and ($old.a | due | not))}',
        "def due: ..; {fire: (($new | due) and ($old | due | not))}",
        "def due: .a; def over: .b; {fire: (($new | due) and ($old | over | not))}",
        'def due($x): .[$x]; {fire: (($new | due("a")) and ($old | due("b") | not))}',
        "def due: .a; {fire: (($new | due) or ($old | due | not))}",
        "def due: .a; {fire: (($new | due) and (($old | due | not) or $new.s != $old.t))}",
        '{fire: (($new | has("a")) and ($old.a | not))}',
        "def due: .a; [{fire: (($new | due) and ($old | due | not))}][]",
    ],
)
def test_what_may_be_true_is_not_taken_for_false(text: str) -> None:
    assert never(text) == []


def programs() -> Iterator[tuple[str, str, str]]:
    """Of all examples, every program of a submit Sensor: `where, text, zone`."""
    for folder in EXAMPLES:
        for path in sorted(folder.glob("*-sensor-submit*.yaml")):
            for manifest in yaml.safe_load_all(path.read_text()):
                zone = manifest["spec"]["template"]["container"]["env"][0]["value"]
                for dependency in manifest["spec"]["dependencies"]:
                    yield f"{folder.parent.name} {dependency['name']}", dependency["transform"]["jq"], zone


def entries(chance: random.Random, text: str, key: str) -> dict[str, str]:
    """Some entries that a program of that text may want, and some that it will not."""
    words = sorted({piece.split(".")[1] for piece in Shape(text).literals if piece.count(".") >= 1} | {"x"})
    found = {}
    for _ in range(chance.randrange(12)):
        fact = {"phase": chance.choice(["Succeeded", "Failed", "Submitted"]), "workflow": "w", "offset": -1}
        fact |= {"finishedAt": f"2026-11-21T{chance.randrange(24):02}:00:00Z", "wall": "2026-11-21T20:00:00"}
        word = chance.choice(words)
        name = chance.choice(
            [
                f"run.{word}.{key}.u.{chance.randrange(9)}",
                f"fire.{word}",
                f"hold.{word}",
                f"sweep.{word}",
                "backfill",
            ]
        )
        found[name] = json.dumps(fact)
    return found


def test_without_what_they_do_not_read_all_programs_of_the_examples_answer_the_same() -> None:
    chance = random.Random(7)
    found = list(programs())
    assert len(found) > 40
    for where, text, zone in found:
        program = engine.compiled(text)
        wanted = reads(program)
        assert wanted is not None, where
        assert not wanted.clock, where
        for number in range(6):
            key = chance.choice(["20261121", "20261120", "202611", "2026w47", "20261121t07"])
            metadata = {"name": f"l-{key}", "namespace": "data", "labels": {"depgen.io/key": key}}
            old, new = entries(chance, text, key), entries(chance, text, key)
            versions = [
                Frozen({"metadata": {**metadata, "resourceVersion": str(at)}, "data": data})
                for at, data in enumerate((old, {**old, **new}))
            ]
            change = Change(
                "UPDATE" if number % 3 else "ADD", versions[0] if number % 3 else None, versions[1], "}"
            )
            answers = []
            for told in (change.text, change.of(wanted)):
                with engine.zone_kept():
                    answers.append(program.first_of_text(told, zone, START))
            assert answers[0] == answers[1], where


def played(manifests: list[dict[str, Any]], seed: int) -> list[Any]:
    """The log of some days: Workflows of the CronWorkflows run, so do those that are submitted, and some fail."""
    emulated = Emulator(manifests, start=START, seed=seed)
    chance = random.Random(seed)
    namespace = manifests[0]["metadata"]["namespace"]

    def end(where: str, name: str) -> None:
        phase = chance.choice(["Succeeded", "Succeeded", "Succeeded", "Failed"])
        labels = {f"{LABEL}completed": "true", f"{LABEL}phase": phase}
        status = {"phase": phase, "startedAt": stamp(emulated.now), "finishedAt": stamp(emulated.now)}
        patch = {"metadata": {"labels": labels}, "status": status}
        emulated.api.patch(WORKFLOWS, where, name, patch)

    def tell(before: Frozen | None, after: Frozen | None) -> None:
        if before is None and after is not None:
            where, name = after.namespace, after.name
            emulated.at(emulated.now + chance.randrange(30, 3000), lambda: end(where, name))

    emulated.api.follow(WORKFLOWS, "", Selector(), tell)
    crons = {
        cron
        for manifest in manifests
        for event in manifest["spec"].get("resource", {}).values()
        for label in event["filter"].get("labels", ())
        if label["key"] == f"{LABEL}cron-workflow"
        for cron in label["value"].split(",")
    }

    def begin(cron: str, at: float) -> None:
        annotations = {f"{LABEL}scheduled-time": stamp(at)}
        metadata = {
            "name": f"{cron}-{at:.0f}",
            "labels": {f"{LABEL}cron-workflow": cron},
            "annotations": annotations,
        }
        emulated.api.create(
            WORKFLOWS, namespace, {"metadata": metadata, "spec": {}, "status": {"phase": "Running"}}
        )

    for cron in sorted(crons):
        for day in range(2):
            at = START + day * 86400 + chance.randrange(12 * 3600)
            emulated.at(at, lambda cron=cron, at=at: begin(cron, at))  # type: ignore[misc]
    source = next(m["metadata"]["name"] for m in manifests if m["kind"] == "EventSource")
    emulated.at(START + 86400, lambda: emulated.restart(f"eventsource/{source}", down=600))
    emulated.run_until(START + 3 * 86400)
    return emulated.log


def blind(manifest: dict[str, Any]) -> dict[str, Any]:
    """A Sensor of whose programs nothing can be told, and that do the same."""
    found: dict[str, Any] = json.loads(json.dumps(manifest))
    for dependency in found["spec"].get("dependencies", ()):
        text = dependency["transform"]["jq"]
        dependency["transform"]["jq"] = f"label $out | {text}"
    return found


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: str(folder.parent.name))
def test_what_happens_is_the_same_when_every_program_is_asked_about_everything(folder: Path) -> None:
    manifests = [
        manifest
        for path in sorted(folder.glob("*.yaml"))
        for manifest in yaml.safe_load_all(path.read_text())
        if manifest and manifest.get("kind") in ("EventSource", "Sensor")
    ]
    log = played(manifests, 3)
    assert [h for h in log if h.kind == "discarded"] == []
    assert log == played([blind(manifest) for manifest in manifests], 3)


def guarded(text: str, wanted: str = "fresh") -> tuple[str, list[str]] | None:
    found = guard(engine.Program(text), wanted)
    return (found.label, sorted(found.values)) if found else None


HEAD = ".body as $w | ($w.metadata.labels // {}) as $labels | ($w.status.finishedAt) as $at |"


def test_a_table_of_names_says_which_objects_matter() -> None:
    table = '({"a": ["x"], "b": ["y"]}[$labels["node"] // ""] // []) as $nodes'
    fresh = "($nodes != [] and $at > now - 900)"
    assert guarded(f"{HEAD} {table} | {{fresh: {fresh}, more: $at}}") == ("node", ["a", "b"])
    chosen = '([$labels["node"] | strings | select({"a": 1, "b": 1}[.])]) as $nodes'
    for other in (fresh, "false"):
        either = f"if $at then {{fresh: {fresh}}} else {{fresh: {other}, x: 1}} end"
        assert guarded(f"{HEAD} {chosen} | {either}") == ("node", ["a", "b"])
    listed = '([$labels["node"] | strings | select(" \\(.) " | inside(" a b "))]) as $nodes'
    assert guarded(f"{HEAD} {listed} | {{fresh: {fresh}}}") == ("node", ["a", "b"])
    holes = '([$labels["node"] // "" | select(" \\(.) " | inside("x a  b"))]) as $nodes'
    assert guarded(f"{HEAD} {holes} | {{fresh: {fresh}}}") == ("node", ["", "a"])
    tables = '((if $at then {"a": 1} else {"b": 1} end)[$labels["node"] // ""] // []) as $n'
    assert guarded(f"{HEAD} {tables} | {{fresh: ($n != [])}}") == ("node", ["a", "b"])


@pytest.mark.parametrize(
    "text",
    [
        '({"a": 1}[$labels["node"] // ""] // []) as $n | {fresh: ($n != [] or $at)}',
        '({"a": 1}[$labels["node"] // ""] // []) as $n | {fresh: ($n == [])}',
        '({"a": 1}[$labels["node"] // ""] // [1]) as $n | {fresh: ($n != [])}',
        '({"a": 1}[$labels["node"] // "a"] // []) as $n | {fresh: ($n != [])}',
        '({"a": 1}[$w.status.node] // []) as $n | {fresh: ($n != [])}',
        '({"a": 1, ($at): 2}[$labels["node"] // ""] // []) as $n | {fresh: ($n != [])}',
        '([{"a": 1}[$labels["node"] // ""]]) as $n | {fresh: ($n != [])}',
        '([$labels["node"] | select(. != {"a": 1}[.])]) as $n | {fresh: ($n != [])}',
        '({"a": 1}[$labels["node"] // ""] // []) as $n | {fresh: ($n != [] | not)}',
        '({"a": 1}[$labels["node"] // ""] // []) as $n | if $at then {fresh: ($n != [])} else {fresh: true} end',
        '({"a": 1}[.oldBody.metadata.labels["node"] // ""] // []) as $n | {fresh: ($n != [])}',
        '({"a": 1}[$labels["node"] // ""] // []) as $n | if $at then {fresh: ($n != [])} else {x: 1} end',
        '([$labels["node"] | select(" \\(.) " | inside(" null "))]) as $n | {fresh: ($n != [])}',
        '([$labels["node"] | strings | select("-\\(.)-" | inside("-a-"))]) as $n | {fresh: ($n != [])}',
        '([$labels["node"] | strings | select(" \\(.) " | inside($at))]) as $n | {fresh: ($n != [])}',
        '([$labels["node"] | strings | select(" \\(.) " | contains(" a "))]) as $n | {fresh: ($n != [])}',
        "if $at then {fresh: false} else {fresh: false} end",
        "label $out | {fresh: false}",
    ],
)
def test_where_another_object_may_matter_none_is_left_out(text: str) -> None:
    assert guarded(f"{HEAD} {text}") is None
