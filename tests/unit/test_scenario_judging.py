"""What is said of a story that went otherwise than it was told."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from depgen.pipeline import InputFile
from depgen.report import scenario as report
from depgen.scenario import reading
from depgen.scenario.emulated import Emulated
from depgen.scenario.playing import play
from depgen.scenario.verdict import Verdict

HEAD = """\
scenario: A story
graph:
  apiVersion: depgen.io/v1
  graph: etl
  namespace: data
  timezone: UTC
  nodes:
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: report, params: {day: {key: "%d"}}}, dependsOn: [a, b]}
    clean: {run: {workflowTemplate: clean}, dependsOn: [{node: a, status: failure}]}
start: "2026-11-21 12:00"
sweep: never
"""
UNHEARD = 'this could not be done: no node listens to event "hooks/paid"; '
BOTH = 'steps: [{at: "18:00", complete: a}, {at: "18:10", complete: b}]\n'


def verdict_on(text: str) -> Verdict:
    story, findings = reading.read(InputFile("a.scenario.yaml", (HEAD + text).encode()), lambda _: [])
    assert story is not None, [f"{f.position.line}: {f.text}" for f in findings]
    return play(story, Emulated)


def failures(text: str) -> list[tuple[int, str]]:
    return [(failure.line, failure.text) for failure in verdict_on(text).failures]


def test_a_run_that_came_at_the_minute_is_right() -> None:
    assert failures(BOTH + 'expect: {runs: [{node: report, at: "18:10", params: {day: "21"}}]}\n') == []


def test_a_run_at_another_time_is_told_with_both_times() -> None:
    assert failures(BOTH + 'expect: {runs: [{node: report, at: "18:00"}]}\n') == [
        (15, "expected report 20261121 at 18:00, it was submitted at 18:10:00")
    ]
    assert failures(BOTH + 'expect: {runs: [{node: report, between: ["18:10:30", "18:20"]}]}\n') == [
        (15, "expected report 20261121 between 18:10:30 and 18:20:00, it was submitted at 18:10:00")
    ]


def test_a_param_that_differs_is_told_and_one_that_is_absent() -> None:
    assert failures(BOTH + 'expect: {runs: [{node: report, params: {day: "20", x: "1"}}]}\n') == [
        (15, 'expected report 20261121 with day "20", it is "21"'),
        (15, 'expected report 20261121 with x "1", there is none'),
    ]


def test_a_run_that_is_missing_is_told_with_what_keeps_it() -> None:
    text = 'steps: [{at: "18:00", complete: {node: a, phase: Failed}}]\nexpect: {only: [report], runs: [report]}\n'
    line, told = failures(text)[0]
    assert line == 15
    assert told.startswith("expected report 20261121, there was none; it is WAITING (upstream-failed: ")
    assert verdict_on(text).timeline[-1].text == "report 20261121 is expected"


def test_a_run_that_nobody_expected_fails_the_scenario_unless_others_are_looked_at() -> None:
    assert failures(BOTH + "expect: {runs: []}\n") == [
        (15, "nobody expected report 20261121, submitted at 18:10:00")
    ]
    assert failures(BOTH + "expect: {only: [clean], runs: []}\n") == []


def test_each_run_is_counted_once() -> None:
    twice = BOTH + "expect: {runs: [report, report]}\n"
    assert [line for line, _ in failures(twice)] == [15]
    assert failures(BOTH + "expect: {runs: [{node: report, count: 1}]}\n") == []
    assert failures(BOTH + "expect: {runs: [{node: report, count: 2}]}\n") == [
        (15, "expected 2 runs of report, there were 1")
    ]


def test_states_reasons_and_ledgers_are_compared() -> None:
    text = 'steps: [{at: "18:00", complete: a}]\nexpect:\n  states: [{node: report, state: READY, reasons: [held]}]\n'
    text += "  ledgers: [{facts: [a Succeeded, b Succeeded]}]\n"
    assert failures(text) == [
        (16, "expected report 20261121 to be READY, it is WAITING"),
        (16, "expected the reasons of report 20261121 to be held; found upstream-not-run"),
        (17, "expected the ledger of 20261121 to say a Succeeded, b Succeeded; it says a Succeeded"),
    ]


def test_what_is_said_of_a_range_of_keys_is_of_each() -> None:
    text = """\
steps:
  - {at: "18:00", skip: {node: report, key: "20261119..20261121"}}
  - {at: "18:00", expect: {states: [{node: report, key: "20261118..20261121", state: SKIPPED}]}}
  - {at: "18:00", hold: {node: report, key: "20261121..20261119"}}
expect: {runs: []}
"""
    assert failures(text) == [
        (16, "expected report 20261118 to be SKIPPED, it is WAITING"),
        (17, 'this could not be done: "20261121..20261119" ends before it begins'),
    ]


def test_what_a_step_expects_is_judged_at_its_moment() -> None:
    text = """\
steps:
  - {at: "18:00", complete: a}
  - {at: "18:05", expect: {runs: [report]}}
  - {at: "18:10", complete: b}
expect: {runs: [report]}
"""
    assert [line for line, _ in failures(text)] == [16]


def test_a_step_that_cannot_be_done_is_a_failure_and_the_story_goes_on() -> None:
    text = """\
steps:
  - {at: "18:00", release: report}
  - {at: "18:00", edit: {nodes: {report: {dependsOn: [c]}}}}
  - {at: "18:00", complete: report}
  - {at: "18:00", complete: a}
  - {at: "18:10", complete: b}
expect: {runs: [report]}
"""
    told = failures(text)
    assert [line for line, _ in told] == [15, 16, 17]
    assert told[0][1].startswith("this could not be done: nobody holds it")
    assert "unknown-upstream" in told[1][1]
    assert told[2][1] == 'this could not be done: no Workflow of "report" is running'


def test_a_fault_of_what_is_nowhere_is_told_with_what_there_is() -> None:
    text = """\
steps:
  - {at: "18:00", fault: {drop: tick}}
  - {at: "18:00", fault: {drop: ticks}}
  - {at: "18:00", fault: {stop: recorder}}
  - {at: "18:00", fault: {drop: ledger}}
  - {at: "18:00", fault: {delay: paid, by: 1m}}
  - {at: "18:00", event: {eventSource: hooks, event: paid, payload: {}}}
expect: {runs: []}
"""
    nowhere = (
        'this could not be done: no EventSource has an event "%s"; there are cron, done, ledger, paid, run'
    )
    parts = "there are bus, eventsource, record, claim, submit"
    assert failures(text) == [
        (15, nowhere % "tick"),
        (16, nowhere % "ticks"),
        (17, f'this could not be done: the graph has no part "recorder"; {parts}'),
        (20, UNHEARD + "no source of the graph is an event"),
    ]


def test_an_event_that_nobody_listens_to_is_told_with_those_that_are_heard() -> None:
    step = (
        'steps: [{at: "18:00", event: {eventSource: hooks, event: paid, payload: {}}}]\nexpect: {runs: []}\n'
    )
    hook = "{eventSource: hooks, event: payed, id: .body.id, finishedAt: .body.at}"
    overlay = f"overlay: {{nodes: {{hook: {{source: {{event: {hook}}}, key: {{from: finishedAt}}}}}}}}\n"
    assert failures(overlay + step) == [(15, UNHEARD + "there are hooks/payed")]


def test_a_backfill_ends_when_its_run_is_given_up() -> None:
    params = "overlay: {nodes: {report: {run: {params: {rows: {from: a, output: rows}}}}}}\n"
    text = HEAD.replace("sweep: never", "sweep: 5m") + params
    text += """\
steps:
  - {at: "13:00", backfill: {from: "2026-11-20", to: "2026-11-20", nodes: [report], assume: [a, b]}}
end: "14:00+2d"
expect: {runs: [], states: [{node: report, key: "20261120", state: REJECTED}]}
"""
    story, _ = reading.read(InputFile("a.scenario.yaml", text.encode()), lambda _: [])
    assert story is not None
    assert play(story, Emulated).failures == []


def test_a_completion_without_a_key_has_to_be_expected() -> None:
    text = 'steps: [{at: "18:00", complete: {node: a, manual: true}}]\nexpect: {runs: []%s}\n'
    assert failures(text % "") == [(15, "expected completions without a key of: none; found a")]
    assert failures(text % ", invalid: [a]") == []


def test_a_refused_creation_has_to_be_expected() -> None:
    """Somebody creates the run in the moment in which it becomes ready."""
    text = """\
steps:
  - {at: "18:00", complete: a}
  - {at: "18:00", fault: {stop: claim}}
  - {at: "18:05", begin: {node: report, key: "20261121"}}
  - {at: "18:10", complete: b}
expect: {runs: []%s}
"""
    refusal = "cannot create Workflow etl-report-20261121: AlreadyExists"
    assert failures(text % "") == [(19, f"expected 0 refused creations, there were 1 ({refusal})")]
    assert failures(text % ", refused: 1") == []


def test_a_graph_with_errors_is_findings_unless_they_are_expected() -> None:
    broken = "overlay: {nodes: {report: {dependsOn: [c]}}}\nexpect: {%s}\n"
    verdict = verdict_on(broken % "runs: []")
    assert (verdict.has_passed, [finding.rule for finding in verdict.findings]) == (
        False,
        ["unknown-upstream"],
    )
    assert failures(broken % "findings: [unknown-upstream]") == []
    assert failures("expect: {findings: [cycle]}\n") == [
        (14, "expected the graph to break the rules cycle; it breaks none")
    ]


def test_the_text_shows_the_timeline_with_marks_and_the_ledger() -> None:
    told = report.text([verdict_on(BOTH + 'expect: {runs: [{node: clean, at: "18:00"}]}\n')])
    assert "FAIL  a.scenario.yaml: A story\n" in told
    assert "    18:00:00 ? clean 20261121 is expected\n" in told
    assert "    18:10:00 ! etl-report-20261121 submitted {day: 21}  <- unexpected\n" in told
    assert "  ledger etl-20261121\n    a               Succeeded  18:00:00  a-1795284000\n" in told
    assert told.endswith("1 scenario: 0 passed, 1 failed\n")


def test_json_and_junit_tell_the_same() -> None:
    verdicts = [verdict_on(BOTH + "expect: {runs: [report]}\n"), verdict_on(BOTH + "expect: {runs: []}\n")]
    data = json.loads(report.as_json(verdicts))
    assert (data["version"], data["passed"], data["failed"]) == (1, 1, 1)
    assert data["scenarios"][1]["failures"][0]["line"] == 15
    suite = ElementTree.fromstring(report.junit(verdicts))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(case) for case in suite] == [0, 1]


def test_a_node_without_workflows_cannot_complete() -> None:
    hooks = "{source: {cronWorkflow: null, event: {eventSource: hooks, event: told, id: .body.id, finishedAt: .body.at}}, key: {from: finishedAt}}"
    text = f"overlay: {{nodes: {{b: {hooks}}}}}\nsteps: [{{complete: b}}]\nexpect: {{runs: []}}\n"
    assert failures(text) == [
        (15, 'this could not be done: "b" has no Workflows: its source is of the kind "event"')
    ]
