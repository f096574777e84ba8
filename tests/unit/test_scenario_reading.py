"""Scenario files as they are read: their mistakes with their lines, their times in their zone, their graph."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from depgen.errors import InputError
from depgen.pipeline import InputFile
from depgen.play import Ending
from depgen.scenario import reading
from depgen.scenario.moments import Clock, expanded, key_of
from depgen.scenario.story import Complete, Expectation, Story
from depgen.times import DAILY, Period

GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
nodes:
  a: {source: {cronWorkflow: a}}
  report: {run: {workflowTemplate: report}, dependsOn: [a]}
"""
HEAD = 'scenario: A story\nstart: "2026-11-21 12:00"\n'


def graph_beside(path: str) -> Sequence[InputFile]:
    if not path.endswith("graph.yaml"):
        raise InputError(f"cannot read {path}: No such file or directory")
    return [InputFile(path, GRAPH.encode())]


def story_of(text: str) -> Story:
    found, findings = reading.read(InputFile("x/a.scenario.yaml", text.encode()), graph_beside)
    assert found is not None, [f"{f.position.line}: {f.text}" for f in findings]
    return found


def mistakes(text: str) -> list[tuple[int, str, str]]:
    found, findings = reading.read(InputFile("x/a.scenario.yaml", text.encode()), graph_beside)
    assert found is None
    return [(finding.position.line, finding.rule, finding.text) for finding in findings]


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_times_are_of_the_zone_of_the_graph_and_on_the_scenarios_date() -> None:
    steps = 'steps:\n  - {at: "18:52:10", complete: a}\n  - {at: "02:00+1d", complete: a}\n'
    found = story_of(HEAD + steps + "expect: {runs: []}\n")
    assert [step.at for step in found.steps] == [utc("2026-11-21T17:52:10"), utc("2026-11-22T01:00")]
    assert found.end == utc("2026-11-22T02:00")
    assert found.clock == Clock("Europe/Paris", datetime(2026, 11, 21).date())


def test_a_scenario_may_have_a_zone_of_its_own() -> None:
    found = story_of(HEAD + "timezone: UTC\nexpect: {runs: []}\n")
    assert found.start == utc("2026-11-21T12:00")


def test_a_step_without_a_time_is_with_the_one_before() -> None:
    found = story_of(HEAD + 'steps: [{at: "18:00", complete: a}, {complete: a}]\nexpect: {runs: []}\n')
    assert found.steps[0].at == found.steps[1].at


def test_a_short_step_is_the_node_alone() -> None:
    short, full = (
        story_of(HEAD + f'steps: [{{at: "18:00", complete: {what}}}]\nexpect: {{runs: []}}\n').steps[0]
        for what in ("a", "{node: a, phase: Succeeded}")
    )
    assert isinstance(short.action, Complete)
    assert short.action == full.action


def test_what_is_not_named_at_the_end_must_not_be_there_and_in_a_step_is_not_looked_at() -> None:
    found = story_of(
        HEAD
        + 'steps: [{at: "18:00", expect: {states: [{node: report, state: WAITING}]}}]\nexpect: {runs: [report]}\n'
    )
    step = found.steps[0].action
    assert isinstance(step, Expectation)
    assert (step.runs, step.alerts, step.invalid, step.refused) == (None, None, None, None)
    last = found.expect
    assert (len(last.runs or ()), last.alerts, last.invalid, last.refused) == (1, (), (), 0)


def test_every_mistake_is_told_with_its_line() -> None:
    text = HEAD + (
        'steps:\n  - {at: "18:00", compleet: a}\n  - {at: 19:00, complete: a}\n'
        "expect:\n  states: [{node: report, state: DONE}]\n"
    )
    assert [(line, rule) for line, rule, _ in mistakes(text)] == [
        (4, "unknown-field"),
        (5, "ambiguous-scalar"),
        (7, "bad-value"),
    ]
    assert mistakes(text)[0][2].endswith('did you mean "complete"?')


def test_a_graph_in_the_place_of_a_scenario_is_told_as_one() -> None:
    text = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\nnodes: {a: {source: {cronWorkflow: a}}}\n"
    told = "this is a graph, no scenario of one; name its scenarios (*.scenario.yaml), or their folder"
    assert mistakes(text) == [(1, "missing-field", told)]


def test_a_node_that_is_nowhere_is_told_with_the_one_that_was_meant() -> None:
    text = (
        HEAD
        + "runs: {reprot: {takes: 5m}, report-missed: {takes: 1m}}\nsteps: [{complete: b}]\nexpect: {runs: [repor]}\n"
    )
    assert [(line, rule) for line, rule, _ in mistakes(text)] == [
        (3, "scenario-node"),
        (4, "scenario-node"),
        (5, "scenario-node"),
    ]
    assert mistakes(text)[2][2] == 'the graph has no node "repor"; did you mean "report"?'


def test_a_node_can_be_called_as_the_alert_of_another() -> None:
    node = "{run: {workflowTemplate: w}, dependsOn: [a]}"
    graph = f"{{apiVersion: depgen.io/v1, graph: g, namespace: data, timezone: UTC, nodes: {{a: {{source: {{cronWorkflow: a}}}}, missed: {node}, too-late: {node}}}}}"
    text = f"scenario: x\ngraph: {graph}\nstart: '2026-11-21 12:00'\nend: '20:00'\nsteps: []\nexpect: {{runs: []}}\nruns: {{missed: {{takes: 5m}}, too-late: {{takes: 5m}}, too-missed: {{takes: 5m}}}}\n"
    assert [said for *_, said in mistakes(text)] == [
        'the graph has no node "too-missed"; did you mean "missed"?'
    ]


def test_a_node_that_an_edit_adds_is_known() -> None:
    edit = "{nodes: {late: {run: {workflowTemplate: late}, dependsOn: [a]}}}"
    story_of(HEAD + f"steps: [{{edit: {edit}}}]\nexpect: {{runs: [late]}}\n")


def test_a_step_before_the_one_before_it_is_a_mistake() -> None:
    text = HEAD + 'steps: [{at: "18:00", complete: a}, {at: "02:00", complete: a}]\nexpect: {runs: []}\n'
    assert [rule for _, rule, _ in mistakes(text)] == ["step-order"]
    assert mistakes(HEAD + 'end: "11:00"\nexpect: {runs: []}\n')[0][:2] == (3, "step-order")


def test_a_graph_that_cannot_be_read_is_told_at_its_line() -> None:
    assert mistakes(HEAD + "graph: other.yaml\nexpect: {runs: []}\n") == [
        (
            3,
            "no-graph",
            "cannot read x/other.yaml: No such file or directory; name the graph file, relative to this one",
        )
    ]


def test_a_graph_in_the_file_keeps_its_lines() -> None:
    inner = "".join(f"  {line}\n" for line in GRAPH.splitlines())
    found = story_of("scenario: A story\ngraph:\n" + inner + HEAD.partition("\n")[2] + "expect: {runs: []}\n")
    raw = found.files[0].raw.decode()
    assert raw.splitlines()[2] == "  apiVersion: depgen.io/v1"
    assert raw.splitlines()[-1].strip().startswith("report:")


def test_an_overlay_is_laid_over_the_graph_and_null_removes() -> None:
    found = story_of(HEAD + "overlay: {keep: 30d, nodes: {report: null}}\nexpect: {runs: []}\n")
    raw = found.files[0].raw.decode()
    assert '"keep": "30d"' in raw
    assert "report" not in raw


@pytest.mark.parametrize(
    ("text", "every", "zone", "keys"),
    [
        ("20261130..20261202", DAILY, "UTC", ["20261130", "20261201", "20261202"]),
        ("202611..202701", Period("month"), "UTC", ["202611", "202612", "202701"]),
        ("2026w53..2027w01", Period("week"), "UTC", ["2026w53", "2027w01"]),
        ("20261121", DAILY, "UTC", ["20261121"]),
        (
            "20261025t01..20261025t03",
            Period("slot", 3600),
            "Europe/Paris",
            ["20261025t01", "20261025t02", "20261025t02b", "20261025t03"],
        ),
        ("20261025t01..20261025t02", Period("slot", 3600), "Europe/Paris", ["20261025t01", "20261025t02"]),
        (
            "20261025t02..20261025t02b",
            Period("slot", 3600),
            "Europe/Paris",
            ["20261025t02", "20261025t02b"],
        ),
        (
            "20260329t01..20260329t03",
            Period("slot", 3600),
            "Europe/Paris",
            ["20260329t01", "20260329t03"],
        ),
    ],
)
def test_a_range_of_keys_is_every_key_of_it(text: str, every: Period, zone: str, keys: list[str]) -> None:
    assert list(expanded(text, every, zone)) == keys


def test_a_key_of_another_period_is_refused() -> None:
    with pytest.raises(InputError, match='"202611" is no key of a period of day'):
        list(expanded("202611", DAILY, "UTC"))
    with pytest.raises(InputError, match="say which"):
        key_of(Period("slot", 3600), "UTC", datetime(2026, 11, 21).date())


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match=r'"20261122\.\.20261121" ends before it begins'):
        list(expanded("20261122..20261121", DAILY, "UTC"))
    step = 'steps: [{at: "18:00", backfill: {from: "2026-11-22", to: "2026-11-21"}}]\n'
    assert [(line, rule) for line, rule, _ in mistakes(HEAD + step + "expect: {runs: []}\n")] == [
        (3, "step-order")
    ]


def test_a_span_has_two_times() -> None:
    text = HEAD + 'expect: {runs: [{node: report, between: ["20:00"]}]}\n'
    assert [message for _, _, message in mistakes(text)] == [
        'expect.runs[0].between has too few items, expected 2; write as many, such as ["20:00", "20:05"]'
    ]


def test_a_moment_is_shown_with_its_date_where_that_is_another() -> None:
    clock = Clock("Europe/Paris", datetime(2026, 11, 21).date())
    assert clock.shown(clock.moment("18:52:10")) == "18:52:10"
    assert clock.shown(clock.moment("02:00+1d"), with_seconds=False) == "2026-11-22 02:00"
    assert clock.moment("2026-10-25T02:30:00+01:00") - clock.moment("2026-10-25 02:30") == 3600


def test_dates_that_do_not_exist_are_told() -> None:
    text = 'scenario: A story\nstart: "2026-02-30 12:00"\nexpect: {runs: []}\n'
    assert (2, "bad-date") in [(line, rule) for line, rule, _ in mistakes(text)]
    text = (
        HEAD
        + 'steps:\n  - {at: "2026-11-31 18:00", complete: a}\nexpect: {runs: [{node: report, at: "2026-11-31 18:00"}]}\n'
    )
    assert {(line, rule) for line, rule, _ in mistakes(text)} >= {(4, "bad-date"), (5, "bad-date")}


def test_how_runs_end_is_told_by_node_and_by_graph_where_two_have_one() -> None:
    ends = "runs: {default: {takes: 1m}, report: {takes: forever}, core/report: {takes: 2m, phase: Failed}}\n"
    found = story_of(HEAD + ends + "expect: {runs: []}\n")
    assert [found.ending(*one) for one in (("etl", "report"), ("core", "report"), ("etl", "x"))] == [
        None,
        Ending(120, "Failed", {}),
        Ending(60, "Succeeded", {}),
    ]
