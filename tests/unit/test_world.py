"""A graph's world on the emulator: Workflows as Argo makes them, mutexes, the sweep, edits and the operator's hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from depgen import pipeline
from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.orders import OrderError, Verb
from depgen.errors import InputError
from depgen.play import Ending, Submitted, UncompiledError, World

FRAME = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\n"
JOIN = """\
  a: {source: {cronWorkflow: a}}
  b: {source: {cronWorkflow: b}}
  report: {run: {workflowTemplate: report, params: {day: {key: "%d"}}}, dependsOn: [a, b]}
"""
KEY = "20261121"
LABEL = "workflows.argoproj.io/"


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC).timestamp()


def files(nodes: str, head: str = "") -> list[pipeline.InputFile]:
    return [pipeline.InputFile("graph.yaml", f"{FRAME}{head}nodes:\n{nodes}".encode())]


def world(nodes: str = JOIN, sweep_every: float | None = None, takes: float | None = 300) -> World:
    def ending(submitted: Submitted) -> Ending | None:
        return None if takes is None else Ending(takes)

    return World(files(nodes), start=at("21 12:00"), ending=ending, sweep_every=sweep_every)


def ran(there: World, node: str, moment: str, **more: str) -> str:
    """A Workflow of a source that begins, and ends at once."""
    name = there.begin(node, at=at(moment), **more)  # type: ignore[arg-type]
    there.end(name, at=at(moment))
    return name


def metadata(there: World, name: str) -> dict[str, dict[str, str]]:
    found = there.workflow(name)
    assert found is not None
    kept: dict[str, dict[str, str]] = found["metadata"]
    return kept


def test_a_run_is_submitted_runs_and_ends() -> None:
    there = world()
    ran(there, "a", "21 18:00")
    ran(there, "b", "21 18:10")
    there.run_until(at("21 18:12"))
    only = there.submitted[0]
    assert (only.node, only.key, only.name, only.params) == (
        "report",
        KEY,
        "etl-report-20261121",
        {"day": "21"},
    )
    assert at("21 18:10") <= only.at < at("21 18:10:05")
    assert only.cause.startswith("[[")
    there.run_until(at("21 19:00"))
    found = there.workflow(only.name)
    assert found is not None
    assert (found["status"]["phase"], found["status"]["startedAt"]) == ("Succeeded", "2026-11-21T18:10:00Z")
    assert found["metadata"]["labels"][f"{LABEL}completed"] == "true"
    assert len(there.submitted) == 1


def test_a_child_of_a_cron_is_named_and_marked_as_argo_does() -> None:
    there = world()
    name = ran(there, "a", "21 18:00")
    there.run_until(at("21 18:00"))
    assert name == f"a-{at('21 18:00'):.0f}"
    found = metadata(there, name)
    assert found["labels"] == {
        f"{LABEL}completed": "true",
        f"{LABEL}cron-workflow": "a",
        f"{LABEL}phase": "Succeeded",
    }
    assert found["annotations"] == {f"{LABEL}scheduled-time": "2026-11-21T18:00:00Z"}


def test_a_key_of_another_day_gives_a_scheduled_time_of_that_day() -> None:
    there = world()
    name = ran(there, "a", "21 18:00", key="20261119")
    there.run_until(at("21 18:01"))
    assert metadata(there, name)["annotations"][f"{LABEL}scheduled-time"] == "2026-11-19T00:00:00Z"
    assert list(there.ledgers("etl")) == ["etl-20261119"]


def test_a_manual_run_ends_in_five_characters_and_is_told_its_key_by_a_label() -> None:
    there = world()
    name = there.begin("a", at=at("21 18:00"), manual=True, key="20261119")
    there.end(name, at=at("21 18:00"))
    there.run_until(at("21 18:01"))
    assert len(name.removeprefix("a-")) == 5
    found = metadata(there, name)
    assert found["labels"]["depgen.io/key"] == "20261119"
    assert found["annotations"][f"{LABEL}scheduled-time"] == "2026-11-21T18:00:00Z"
    assert list(there.ledgers("etl")) == ["etl-20261119"]


@pytest.mark.parametrize(
    "source",
    [
        "{source: {workflowTemplate: a}}",
        "{source: {workflows: {matchLabels: {app: a}}}}",
        "{source: {workflowTemplate: a}, key: {from: parameter, parameter: day}}",
        "{source: {workflowTemplate: a}, key: {from: label, label: team/day}}",
        "{source: {workflowTemplate: a}, key: {from: startedAt}}",
        '{source: {cronWorkflow: a}, key: {timezone: America/New_York, dayStart: "06:00", offset: -1d}}',
    ],
)
def test_a_workflow_has_its_key_where_its_source_reads_it(source: str) -> None:
    there = world(f"  a: {source}\n  report: {{run: {{workflowTemplate: r}}, dependsOn: [a]}}\n")
    ran(there, "a", "21 18:00", key="20261105")
    there.run_until(at("21 19:00"))
    assert [(one.node, one.key) for one in there.submitted] == [("report", "20261105")]


def test_a_node_of_another_graph_ends_in_the_ledger_of_that_graph() -> None:
    there = world(
        "  far: {source: {graph: core/core, node: x}}\n  report: {run: {workflowTemplate: r}, dependsOn: [far]}\n"
    )
    ran(there, "far", "21 18:00", key=KEY)
    there.run_until(at("21 19:00"))
    assert [(one.node, one.key) for one in there.submitted] == [("report", KEY)]


def test_a_retry_keeps_the_name_and_a_resubmission_the_labels() -> None:
    there = world()
    name = there.begin("a", at=at("21 18:00"))
    there.end(name, at=at("21 18:00"), phase="Failed")
    there.run_until(at("21 18:01"))
    there.retry(name, at=there.now)
    assert f"{LABEL}completed" not in metadata(there, name)["labels"]
    there.end(name, at=at("21 18:05"))
    there.run_until(at("21 18:05"))
    again = there.resubmit(name, at=there.now)
    there.end(again, at=there.now)
    there.run_until(at("21 18:10"))
    assert again.startswith(f"{name}-")
    assert metadata(there, again)["labels"][f"{LABEL}resubmitted-from-workflow"] == name
    facts = there.ledgers("etl")["etl-20261121"].values()
    assert sorted(text.partition('"phase":"')[2].partition('"')[0] for text in facts) == [
        "Failed",
        "Succeeded",
        "Succeeded",
    ]


def test_a_queue_runs_one_after_the_other() -> None:
    there = world(
        "  a: {source: {cronWorkflow: a}}\n"
        "  report: {run: {workflowTemplate: r}, dependsOn: [a], concurrencyPolicy: Queue}\n",
        takes=3600,
    )
    for day in (19, 20, 21):
        ran(there, "a", "21 18:00", key=f"202611{day}")
    there.run_until(at("21 18:30"))
    phases = [there.workflow(one.name)["status"]["phase"] for one in there.submitted]  # type: ignore[index]
    assert phases == ["Running", "Pending", "Pending"]
    there.run_until(at("21 23:00"))
    starts = [there.workflow(one.name)["status"]["startedAt"] for one in there.submitted]  # type: ignore[index]
    assert [text[11:16] for text in starts] == ["18:00", "19:00", "20:00"]


def test_a_run_that_never_ends_is_there_for_ever() -> None:
    there = world(takes=None)
    ran(there, "a", "21 18:00")
    ran(there, "b", "21 18:00")
    there.run_until(at("25 18:00"))
    assert there.workflow("etl-report-20261121")["status"]["phase"] == "Running"  # type: ignore[index]


def test_the_sweep_mends_what_an_outage_lost() -> None:
    there = world(sweep_every=300)
    ran(there, "a", "21 18:00")
    there.run_until(at("21 18:05"))
    there.emulator.stop("bus")
    ran(there, "b", "21 18:06")
    there.run_until(at("21 18:07"))
    there.emulator.start("bus")
    there.run_until(at("21 18:20"))
    assert [one.node for one in there.submitted] == ["report"]


def test_a_world_at_rest_is_swept_once_a_day_and_on_every_change() -> None:
    there = world(sweep_every=300)
    there.run_until(at("23 12:00"))
    before = len(there.sweeper.passes)
    assert before < 20
    ran(there, "a", "23 12:01")
    there.run_until(at("23 12:06"))
    assert len(there.sweeper.passes) == before + 1


def test_a_gate_whose_tick_is_lost_is_opened_by_the_sweep() -> None:
    nodes = '  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: r}, dependsOn: [a], notBefore: "20:00"}\n'
    there = world(nodes, sweep_every=300)
    ran(there, "a", "21 13:00")
    there.run_until(at("21 19:59"))
    there.emulator.stop("eventsource/etl")
    there.run_until(at("21 20:01"))
    there.emulator.start("eventsource/etl")
    there.run_until(at("21 20:10"))
    assert [one.node for one in there.submitted] == ["r"]


def test_an_edit_adds_changes_and_removes() -> None:
    there = world()
    ran(there, "a", "21 18:00")
    there.run_until(at("21 18:05"))
    there.edit(files(JOIN.replace('"%d"', '"%j"')))
    ran(there, "b", "21 18:10")
    there.run_until(at("21 18:20"))
    assert there.submitted[0].params == {"day": "325"}
    there.edit(files("  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"))
    ran(there, "a", "22 18:00")
    ran(there, "b", "22 18:00")
    there.run_until(at("22 19:00"))
    assert len(there.submitted) == 1


def test_orders_are_carried_out_and_refused() -> None:
    there = world()
    there.order(Verb.SATISFY, "report", KEY, upstream="b", why="it is there")
    ran(there, "a", "21 18:00")
    there.run_until(at("21 18:01"))
    assert [one.node for one in there.submitted] == ["report"]
    with pytest.raises(OrderError):
        there.order(Verb.HOLD, "report", KEY)


def test_a_backfill_lets_time_go_on_until_all_have_run() -> None:
    there = world()
    ran(there, "b", "21 12:00", key="20261118")
    ran(there, "b", "21 12:00", key="20261119")
    there.run_until(at("21 13:00"))
    steps = there.backfill(date(2026, 11, 18), date(2026, 11, 20), assumed=["a"], at_once=1)
    assert [step.state for step in steps] == ["Succeeded", "Succeeded", "waits"]
    assert at("21 13:10") <= there.now < at("21 13:11")


def test_a_graph_with_errors_has_no_world() -> None:
    with pytest.raises(UncompiledError, match="unknown-upstream"):
        world("  r: {run: {workflowTemplate: r}, dependsOn: [a]}\n")


def test_a_node_is_found_by_its_name_or_that_of_its_graph_too() -> None:
    there = world()
    assert there.find("etl/report")[1].id == "report"
    with pytest.raises(InputError, match='there is no node "reprot"'):
        there.find("reprot")


def test_a_checked_graph_is_not_compiled_again_and_the_same_seed_gives_the_same_log() -> None:
    checked = pipeline.check(pipeline.load(files(JOIN)))
    logs = []
    for _ in range(2):
        there = World(checked, start=at("21 12:00"), ending=lambda _: Ending(60), seed=3)
        assert there.checked is checked
        there.end(there.begin("a", at=at("21 13:00"), manual=True, key=KEY), at=at("21 13:10"))
        there.run_until(at("21 14:00"))
        logs.append(there.emulator.log)
    assert logs[0] == logs[1]
    assert there.emulator.api.get(CONFIG_MAPS, "data", "etl-20261121") is not None


def test_the_sweep_does_not_ask_about_what_depgen_itself_has_just_written() -> None:
    there = world()
    there.emulator.stop("sensor/etl-submit")
    ran(there, "a", "21 12:00", key="20261101")
    there.run_until(at("21 13:00"))
    there.order(Verb.SATISFY, "report", "20261101", upstream="b")
    assert [repair.kind.value for one in there.sweep() for repair in one.repairs] == []
    there.run_until(at("21 13:01:01"))
    assert [repair.kind.value for one in there.sweep() for repair in one.repairs] == ["asked"]
