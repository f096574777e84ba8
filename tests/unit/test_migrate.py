"""From older output to this: what is told of it, and that nothing is lost or fires twice when it is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from depgen import formats, pipeline
from depgen.document import Document
from depgen.errors import InputError
from depgen.locating import located
from depgen.migrate import STEPS, found, upgrade
from depgen.migrate.output import NOTES
from depgen.play import World
from depgen.play.compiled import compiled
from depgen.play.controller import Ending

# What depgen 0.1.0 built of a graph, format 1: the first that there was.
OLD = Path(__file__).parents[1] / "golden" / "formats" / "1"
GRAPH = (OLD / "graph.yaml").read_bytes()
FILES = [pipeline.InputFile("graph.yaml", GRAPH)]
SYNCS = ("sync-sales", "sync-stock", "sync-web")


def old_objects() -> Iterator[dict[str, Any]]:
    """What 0.1.0 built of the graph, as Kubernetes has it."""
    for path in sorted((OLD / "out").glob("etl-*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def at(text: str) -> float:
    """`22 18:00` in November 2026, in Shanghai."""
    return datetime.strptime(f"2026-11-{text} +0800", "%Y-%m-%d %H:%M %z").astimezone(UTC).timestamp()


def identity(thing: Mapping[str, Any]) -> tuple[str, str, str]:
    return thing["kind"], thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def world(sweep_every: float | None) -> World:
    """A cluster in which 0.1.0's build runs, and this depgen's commands look at it."""
    old = replace(compiled(FILES), objects={identity(thing): thing for thing in old_objects()})
    return World(old, start=at("20 12:00"), ending=lambda run: Ending(60), sweep_every=sweep_every)


def ran(there: World, node: str, moment: str) -> None:
    name = there.begin(node, at=at(moment))
    there.end(name, at=at(moment) + 600)


def runs(there: World) -> list[str]:
    return sorted(run.name for run in there.submitted)


@pytest.mark.parametrize("sweep_every", [300.0, None], ids=["swept", "unswept"])
def test_an_upgrade_in_the_middle_of_a_night_loses_no_join_and_repeats_nothing(
    sweep_every: float | None,
) -> None:
    there = world(sweep_every)
    for day in ("20", "21"):
        for node in ("clean", "benchmark", *SYNCS):
            if (day, node) != ("21", "sync-web"):
                ran(there, node, f"{day} 18:30")
    there.run_until(at("21 19:30"))
    before = runs(there)
    assert before == [
        "etl-alert-20261120",
        "etl-alert-20261121",
        "etl-analysis-20261120",
        "etl-analysis-20261121",
        "etl-report-20261120",
    ]
    there.edit(FILES)
    there.run_until(at("21 20:00"))
    assert runs(there) == before
    ran(there, "sync-web", "21 20:30")
    there.run_until(at("22 12:00"))
    assert runs(there) == [*before, "etl-report-20261121"]


@pytest.mark.parametrize(
    ("sweep_every", "applied", "made_up"),
    [(300.0, "20 19:40", True), (None, "20 18:45", True), (None, "20 19:40", False)],
    ids=["swept", "swept within replayWithin for the first time", "swept later for the first time"],
)
def test_what_was_queued_at_the_upgrade_is_made_up_for_by_the_sweep(
    sweep_every: float | None, applied: str, made_up: bool
) -> None:
    there = world(sweep_every)
    there.emulator.stop("sensor/etl-submit")
    for node in ("clean", *SYNCS):
        ran(there, node, "20 18:30")
    there.run_until(at(applied))
    assert runs(there) == []
    there.edit(FILES)
    there.emulator.start("sensor/etl-submit")
    for _ in range(8):
        there.sweep()
        there.run_until(there.now + 300)
    assert runs(there) == (["etl-analysis-20261120", "etl-report-20261120"] if made_up else [])


def test_the_way_back_loses_no_join_and_repeats_nothing_either() -> None:
    there = world(None)
    there.edit(FILES)
    for node in ("clean", "benchmark", *SYNCS[:2]):
        ran(there, node, "20 18:30")
    there.run_until(at("20 19:30"))
    before = runs(there)
    assert before == ["etl-alert-20261120", "etl-analysis-20261120"]
    there.emulator.apply([thing for thing in old_objects() if thing["kind"] in ("EventSource", "Sensor")])
    ran(there, "sync-web", "20 20:30")
    there.run_until(at("21 12:00"))
    assert runs(there) == [*before, "etl-report-20261120"]


def test_every_format_has_a_note_for_those_who_come_to_it() -> None:
    assert sorted(NOTES) == list(range(2, formats.OUTPUT + 1))
    assert all(1 < step.format <= formats.OUTPUT for step in STEPS)


def test_the_page_names_every_step_and_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
    for step in STEPS:
        assert f"| `{step.id}` | {step.format} |" in page
    for number in range(1, formats.OUTPUT + 1):
        assert f"\n**{number}** " in page


def test_an_older_folder_is_told_of_object_by_object() -> None:
    built = pipeline.build(pipeline.check(pipeline.load(FILES))).objects()
    told = upgrade(OLD / "out", built)
    assert (told.former.depgen, told.former.format) == ("0.1.0", 1)
    assert told.notes == (NOTES[2],)
    assert {change.name: (change.how, change.lost) for change in told.changes} == {
        "etl": ("changed", ()),
        "etl-claim": ("changed", ("claim/run",)),
        "etl-record": ("changed", ("record/cron", "record/done")),
        "etl-submit": ("changed", ("alert", "analysis", "report")),
    }


def test_a_folder_of_this_format_has_nothing_to_be_told(tmp_path: Path) -> None:
    from depgen.write import write

    bundle = pipeline.build(pipeline.check(pipeline.load(FILES)))
    write(tmp_path, bundle.files, "digest")
    told = upgrade(tmp_path, bundle.objects())
    assert (told.former.format, told.notes, told.changes) == (formats.OUTPUT, (), ())


def test_a_folder_that_nobody_built_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no depgen\.lock"):
        upgrade(tmp_path, [])


def steps(text: str, before: int = 1, keep_meaning: bool = False) -> list[tuple[int, str, bool]]:
    """Line, step and whether there is a fix, of all that is found in a file."""
    loaded = pipeline.load([pipeline.InputFile("graph.yaml", text.encode())])
    documents: list[Document] = list(loaded.documents.values())
    findings = located(found(documents, before, keep_meaning), loaded)
    return [(finding.position.line, finding.rule, finding.fix is not None) for finding in findings]


GROUPS = """\
apiVersion: depgen.io/v1
graph: etl
nodes:
  a: {source: {cronWorkflow: a}}
  b:
    dependsOn:
      - {node: a, status: failure}
      - anyOf:
          - {node: a, status: done}
          - allOf: [a, {node: a, status: success}, {node: a, status: [Failed]}]
"""


def test_words_that_mean_more_now_are_found_in_groups_too() -> None:
    assert steps(GROUPS) == [(7, "status-outcomes", False), (9, "status-outcomes", False)]
    assert steps(GROUPS, keep_meaning=True) == [(7, "status-outcomes", True), (9, "status-outcomes", True)]
    assert steps(GROUPS, before=formats.OUTPUT) == []


def test_a_graph_that_does_not_say_its_language_is_given_it() -> None:
    assert steps("graph: etl\nnodes: {}\n") == [(1, "api-version", True)]
    assert steps("graph: etl\n") == []


@pytest.mark.parametrize(
    "text", ["", "[]", "nodes: 1", "nodes: {a: 1}", "nodes: {a: {dependsOn: {}}}", "nodes: {1: 2}"]
)
def test_what_is_no_graph_is_passed_by(text: str) -> None:
    assert steps(text) == []
