"""What Workflows say to a check: which of them count, in which time, and whether waiting can help."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from depgen.cluster.api import ClusterError, Object
from depgen.cluster.checking import (
    Kind,
    Outcome,
    Question,
    Reason,
    answer,
    as_result,
    parse_question,
    parse_seconds,
    parse_target,
    parse_window,
    unknown,
)
from depgen.cluster.checking.selectors import matches
from depgen.cluster.keytimes import utc
from depgen.errors import InputError, InternalError

NOW = 1795248000.0  # 2026-11-21T08:00:00Z
LABEL = "workflows.argoproj.io/"
OF_CRON = {f"{LABEL}cron-workflow": "sales"}
HOUR = 3600


def workflow(
    name: str,
    phase: str = "Succeeded",
    ago: float | None = 0,
    labels: Mapping[str, str] = OF_CRON,
    **spec: Any,
) -> Object:
    """One that ended so many seconds before NOW, or that runs (None)."""
    has_ended = {f"{LABEL}completed": "true"} if ago is not None else {}
    status = {"phase": phase, "startedAt": utc(NOW - 9 * HOUR)}
    if ago is not None:
        status["finishedAt"] = utc(NOW - ago)
    return {"metadata": {"name": name, "labels": {**labels, **has_ended}}, "spec": spec, "status": status}


def question(target: str = "cronworkflow/sales", **options: str) -> Question:
    return parse_question(parse_target(target, "data"), **options)


def at(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def seconds_ago(text: str, zone: str, fold: int = 0) -> float:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return NOW - moment.timestamp()


# ---- targets ----


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("cronworkflow/sales", {"of-cron"}),
        ("CronWorkflow/sales", {"of-cron"}),
        ("workflowtemplate/sales", {"refers", "submitted"}),
        ("clusterworkflowtemplate/sales", {"refers-to-cluster"}),
        ("workflow/sales", {"sales"}),
        ("selector/app=a,tier in (x,y),!old", {"labelled"}),
        ("sales", {"of-cron", "refers", "submitted", "sales"}),
        ("node/etl/sales", set()),
    ],
)
def test_a_target_means_these_workflows(target: str, found: set[str]) -> None:
    workflows = [
        workflow("of-cron"),
        workflow("of-another-cron", labels={f"{LABEL}cron-workflow": "sale"}),
        workflow("refers", labels={}, workflowTemplateRef={"name": "sales"}),
        workflow("refers-to-cluster", labels={}, workflowTemplateRef={"name": "sales", "clusterScope": True}),
        workflow("submitted", labels={f"{LABEL}workflow-template": "sales"}),
        workflow("sales", labels={}),
        workflow("labelled", labels={"app": "a", "tier": "y"}),
        workflow("other", labels={"app": "a", "tier": "y", "old": ""}),
    ]
    from depgen.cluster.checking import relevant

    assert {w["metadata"]["name"] for w in relevant(parse_target(target, "data"), workflows)} == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cron/sales", '"cron/sales" is no target'),
        ("Sales", '"Sales" cannot be a name'),
        ("", '"" cannot be a name'),
        ("app=sales", "digits, hyphens and dots; of labels write selector/app=sales"),
        ("workflow/a/b", '"a/b" cannot be a name'),
        ("node/report", "names no node: write node/GRAPH/NODE"),
        ("selector/a==", None),
        ("selector/a b", 'no label selector at "a b"'),
        ("selector/!a=b", 'no label selector at "!a=b"'),
        ("selector/a in (x", "no label selector"),
        ("x" * 254, "cannot be a name"),
    ],
)
def test_a_target_that_is_none_is_told_of(text: str, said: str | None) -> None:
    if said is None:
        assert parse_target(text, "data").kind is Kind.SELECTOR
        return
    with pytest.raises(InputError) as error:
        parse_target(text, "data")
    assert said in str(error.value)


def test_the_text_of_a_target_is_read_as_the_same_target() -> None:
    for text in ("cronworkflow/x", "clusterworkflowtemplate/x", "selector/a=b,c", "node/etl/report", "x"):
        assert parse_target(text, "data").text == text


@pytest.mark.parametrize(
    ("selector", "is_met"),
    [
        ("a=1", True),
        ("a==1", True),
        ("a=2", False),
        ("a!=2", True),
        ("b!=2", True),
        ("a", True),
        ("b", False),
        ("!b", True),
        ("! a", False),
        ("a in (1, 2)", True),
        ("a in (2)", False),
        ("a notin (2)", True),
        ("b notin (2)", True),
        ("b in (2)", False),
        ("a=1,x.io/c=d", True),
        ("a=1,x.io/c", True),
        ("a=1,x.io/c=e", False),
        ("a notin (1,2),x.io/c", False),
    ],
)
def test_a_selector_matches_as_kubernetes_has_it(selector: str, is_met: bool) -> None:
    assert matches(selector, {"a": "1", "x.io/c": "d"}) == is_met


# ---- status ----


@pytest.mark.parametrize(
    ("phase", "status", "is_satisfied"),
    [
        ("Succeeded", "success", True),
        ("Failed", "success", False),
        ("Error", "success", False),
        ("Succeeded", "failure", False),
        ("Failed", "failure", True),
        ("Error", "failure", True),
        ("Succeeded", "done", True),
        ("Failed", "done", True),
        ("Error", "done", True),
    ],
)
def test_each_status_asks_for_an_end_of_its_own(phase: str, status: str, is_satisfied: bool) -> None:
    found = answer(question(status=status), [workflow("sales-1", phase, ago=300)], NOW)
    assert found.is_satisfied == is_satisfied
    assert found.reason is (Reason.SUCCEEDED if phase == "Succeeded" else Reason.FAILED)
    assert (found.workflow, found.phase, found.finished_at, found.age) == (
        "sales-1",
        phase,
        utc(NOW - 300),
        300,
    )
    assert f"sales-1 ended {phase} 5m ago" in found.message


def test_the_newest_finish_counts() -> None:
    before, after = workflow("sales-1", "Failed", ago=600), workflow("sales-2", ago=300)
    assert answer(question(), [after, before], NOW).workflow == "sales-2"
    assert answer(question(), [after, before], NOW).is_satisfied
    again = workflow("sales-3", "Failed", ago=60)
    assert not answer(question(), [again, before, after], NOW).is_satisfied


def test_of_two_in_a_second_a_success_counts() -> None:
    both = [workflow("sales-1", ago=60), workflow("sales-2", "Failed", ago=60)]
    assert answer(question(), both, NOW).is_satisfied
    assert not answer(question(status="failure"), both, NOW).is_satisfied


def test_a_workflow_that_is_retried_has_not_ended() -> None:
    retried = workflow("sales-1", "Running", ago=None)
    found = answer(question(), [retried], NOW)
    assert (found.outcome, found.reason, found.workflow) == (
        Outcome.NOT_SATISFIED,
        Reason.RUNNING,
        "sales-1",
    )
    # The finish of its former attempt is still there for a moment; the label is what says that it is over.
    retried["status"]["finishedAt"] = utc(NOW - 60)
    assert answer(question(), [retried], NOW).reason is Reason.RUNNING


def test_one_that_runs_does_not_undo_one_that_ended() -> None:
    found = answer(question(), [workflow("sales-1", ago=60), workflow("sales-2", "Running", None)], NOW)
    assert (found.is_satisfied, found.workflow) == (True, "sales-1")
    found = answer(question(), [workflow("sales-1", "Failed", 60), workflow("sales-2", "Running", None)], NOW)
    assert (found.reason, found.workflow) == (Reason.FAILED, "sales-1")
    assert found.message.endswith("a success is asked for; sales-2 is Running")


def test_a_workflow_without_a_status_is_pending() -> None:
    fresh = {"metadata": {"name": "sales-1", "labels": OF_CRON}}
    assert answer(question(), [fresh], NOW).phase == "Pending"


def test_one_that_was_terminated_before_it_began_has_failed() -> None:
    def phase(name: str, **spec: str) -> str:
        ended = workflow("sales-1", ago=60)
        ended["spec"] = spec
        ended["status"]["nodes"] = {"sales-1": {"phase": name}}
        return answer(question(), [ended], NOW).phase

    assert phase("Running", shutdown="Terminate") == "Failed"
    assert phase("Failed", shutdown="Terminate") == "Failed"
    assert phase("Succeeded", shutdown="Terminate") == "Succeeded"
    assert phase("Running") == "Succeeded"
    assert answer(question(), [workflow("sales-1", ago=60, shutdown="Terminate")], NOW).is_satisfied


def test_no_run_is_told_of() -> None:
    found = answer(question(), [workflow("other", labels={})], NOW)
    assert (found.reason, found.workflow, found.age) == (Reason.NO_RUN, "", None)
    assert found.message == "there is no Workflow of CronWorkflow sales in namespace data"
    assert answer(question("workflow/a"), [], NOW).message == "there is no Workflow a in namespace data"


# ---- when ----


@pytest.mark.parametrize(
    ("ago", "is_inside"), [(7201, False), (7200, True), (7199, True), (0, True), (-5, True)]
)
def test_within_reaches_back_to_its_first_second(ago: float, is_inside: bool) -> None:
    found = answer(question(within="7200"), [workflow("sales-1", ago=ago)], NOW)
    assert found.is_satisfied == is_inside
    assert found.reason is (Reason.SUCCEEDED if is_inside else Reason.TOO_OLD)


@pytest.mark.parametrize(
    ("wall", "is_inside"),
    [
        ("2026-11-20T17:59:59", False),
        ("2026-11-20T18:00:00", True),
        ("2026-11-20T19:59:59", True),
        ("2026-11-20T20:00:00", False),
        ("2026-11-21T18:30:00", False),
    ],
)
def test_a_window_holds_its_first_second_and_not_its_last(wall: str, is_inside: bool) -> None:
    zone = "America/New_York"
    asked = question(window="18:00-20:00", key="20261120", zone=zone)
    found = answer(asked, [workflow("sales-1", ago=seconds_ago(wall, zone))], NOW)
    assert found.is_satisfied == is_inside
    assert found.reason is (Reason.SUCCEEDED if is_inside else Reason.OUTSIDE_WINDOW)


@pytest.mark.parametrize("window", ["22:00-02:00", "22:00-02:00+1d"])
@pytest.mark.parametrize(
    ("wall", "is_inside"),
    [
        ("2026-11-20T21:59:59", False),
        ("2026-11-20T22:00:00", True),
        ("2026-11-21T01:59:59", True),
        ("2026-11-21T02:00:00", False),
        ("2026-11-20T01:00:00", False),
    ],
)
def test_a_window_over_midnight_ends_on_the_next_day(window: str, wall: str, is_inside: bool) -> None:
    asked = question(window=window, key="yesterday", zone="Asia/Shanghai")
    found = answer(asked, [workflow("sales-1", ago=seconds_ago(wall, "Asia/Shanghai"))], NOW)
    assert found.is_satisfied == is_inside


def test_what_ends_after_the_window_does_not_undo_what_ended_in_it() -> None:
    asked = question(window="06:00-07:00", zone="UTC")
    inside, rerun = workflow("sales-1", ago=90 * 60), workflow("sales-2", "Failed", ago=60)
    assert answer(asked, [inside, rerun], NOW).workflow == "sales-1"
    assert answer(asked, [rerun], NOW).message == (
        "sales-2 ended Failed 1m ago, outside of the window from 2026-11-21 06:00 to 2026-11-21 07:00 (UTC)"
    )


def test_on_the_day_the_clocks_go_back_the_hour_counts_twice() -> None:
    zone, asked = "Europe/Paris", question(window="02:00-03:00", key="20261025", zone="Europe/Paris")
    for fold in (0, 1):
        ago = seconds_ago("2026-10-25T02:30:00", zone, fold)
        assert answer(asked, [workflow("sales-1", ago=ago)], NOW).is_satisfied
    ago = seconds_ago("2026-10-25T03:00:00", zone)
    assert not answer(asked, [workflow("sales-1", ago=ago)], NOW).is_satisfied


def test_on_the_day_the_clocks_go_forward_the_hour_is_not_there() -> None:
    asked = question(window="02:00-03:00", key="20260329", zone="Europe/Paris")
    for minute in range(-120, 180):
        ago = seconds_ago("2026-03-29T03:00:00", "Europe/Paris") - 60 * minute
        assert not answer(asked, [workflow("sales-1", ago=ago)], NOW).is_satisfied


@pytest.mark.parametrize(
    ("key", "zone", "date"),
    [
        ("", "UTC", "2026-11-21"),
        ("today", "UTC", "2026-11-21"),
        ("yesterday", "UTC", "2026-11-20"),
        ("today", "Pacific/Kiritimati", "2026-11-21"),
        ("today", "Pacific/Pago_Pago", "2026-11-20"),
        ("yesterday", "Pacific/Pago_Pago", "2026-11-19"),
        ("20260101", "UTC", "2026-01-01"),
        ("2026-01-01", "UTC", "2026-01-01"),
        ("20260101t14", "UTC", "2026-01-01"),
    ],
)
def test_a_key_says_on_which_date_the_window_is(key: str, zone: str, date: str) -> None:
    first, last = question(window="00:00-24:00", key=key, zone=zone).bounds(NOW)
    assert (first.isoformat(), (last - first).days) == (f"{date}T00:00:00", 1)


def test_a_key_alone_means_its_whole_date() -> None:
    asked = question(key="yesterday")
    assert answer(asked, [workflow("sales-1", ago=8 * HOUR + 1)], NOW).is_satisfied
    assert not answer(asked, [workflow("sales-1", ago=8 * HOUR)], NOW).is_satisfied


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"status": "good"}, '"good" is no status: write success, failure or done'),
        ({"within": "2 h"}, '"2 h" is no time'),
        ({"within": "0"}, "within 0 seconds nothing can have ended"),
        ({"within": "-1"}, "is no time"),
        ({"within": "2h", "window": "18:00-20:00"}, "choose one"),
        ({"within": "2h", "key": "today"}, "within counts from now"),
        ({"window": "18-20"}, '"18-20" is no window'),
        ({"window": "18:00-24:30"}, "is no window"),
        ({"window": "18:00+1d-20:00+1d", "key": "today"}, None),
        ({"window": "18:00+2d-20:00+1d"}, "ends before it begins"),
        ({"window": "18:00-20:00", "key": "tomorrow"}, '"tomorrow" is no date'),
        ({"window": "18:00-20:00", "key": "20260230"}, '"20260230" is no date'),
        ({"key": "2026w47"}, '"2026w47" is no date'),
        ({"zone": "Paris"}, 'there is no time zone "Paris"'),
    ],
)
def test_odd_options_are_told_of(options: dict[str, str], said: str | None) -> None:
    if said is None:
        assert question(**options).window == parse_window("18:00+1d-20:00+1d")
        return
    with pytest.raises(InputError) as error:
        question(**options)
    assert said in str(error.value)


@pytest.mark.parametrize("option", ["status", "within", "window"])
def test_a_node_is_not_asked_how_its_upstreams_ended(option: str) -> None:
    given = {"status": "success", "within": "2h", "window": "18:00-20:00"}[option]
    with pytest.raises(InputError, match="of a node its own edges say what is waited for"):
        question("node/etl/report", **{option: given})


def test_times_are_seconds_or_have_units() -> None:
    assert [parse_seconds(text) for text in ("0", "7200", "90s", "2h", "1h30m", "2d")] == [
        0,
        7200,
        90,
        7200,
        5400,
        172800,
    ]


# ---- what can still become so ----


@pytest.mark.parametrize(
    ("target", "options", "workflows", "is_pending"),
    [
        ("cronworkflow/sales", {}, [], True),
        ("cronworkflow/sales", {}, [workflow("sales-1", "Failed", 60)], True),
        ("cronworkflow/sales", {"within": "1h"}, [workflow("sales-1", ago=2 * HOUR)], True),
        ("cronworkflow/sales", {"window": "07:00-09:00"}, [], True),
        ("cronworkflow/sales", {"window": "07:00-08:00"}, [], False),
        ("cronworkflow/sales", {"window": "07:00-08:00"}, [workflow("s", "Running", None)], False),
        ("cronworkflow/sales", {"window": "07:00-08:00"}, [workflow("s", "Failed", 60)], False),
        ("cronworkflow/sales", {"window": "10:00-11:00"}, [workflow("s", ago=60)], True),
        ("workflow/s", {}, [], True),
        ("workflow/s", {}, [workflow("s", "Running", None)], True),
        ("workflow/s", {}, [workflow("s", "Failed", 60)], False),
        ("workflow/s", {"within": "1h"}, [workflow("s", ago=2 * HOUR)], False),
        ("cronworkflow/sales", {}, [workflow("sales-1", ago=60)], False),
    ],
)
def test_waiting_can_help_or_not(
    target: str, options: dict[str, str], workflows: list[Object], is_pending: bool
) -> None:
    assert answer(question(target, **options), workflows, NOW).is_pending == is_pending


def test_a_window_is_open_through_the_second_of_two_equal_hours() -> None:
    asked = question(window="01:00-02:30", key="20261025", zone="Europe/Paris")
    second = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1).timestamp()
    assert asked.closes_at(NOW) == second
    gap = question(window="01:00-02:30", key="20260329", zone="Europe/Paris")
    assert gap.closes_at(NOW) == at("2026-03-29T03:00:00", "Europe/Paris")


# ---- what is told ----


def test_the_result_has_every_field_whatever_the_answer() -> None:
    found = as_result(answer(question(within="2h"), [workflow("sales-1", ago=300)], NOW))
    assert found == {
        "version": 1,
        "satisfied": True,
        "outcome": "satisfied",
        "reason": "succeeded",
        "message": "sales-1 ended Succeeded 5m ago",
        "workflow": "sales-1",
        "phase": "Succeeded",
        "finishedAt": utc(NOW - 300),
        "age": 300,
    }
    later = as_result(answer(question(within="2h"), [workflow("sales-1", ago=300)], NOW + 0.75))
    assert str(later["age"]) == "300"  # whole, so that an expression of Argo can take it as an int
    empty = as_result(answer(question(), [], NOW))
    assert empty.keys() == found.keys()
    assert (empty["satisfied"], empty["age"], empty["workflow"]) == (False, None, "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InputError("odd"), Reason.BAD_USE),
        (ClusterError("no", 403, "Forbidden"), Reason.FORBIDDEN),
        (ClusterError("no", 401, "Unauthorized"), Reason.FORBIDDEN),
        (ClusterError("no", 0), Reason.UNREACHABLE),
        (ClusterError("no", 503), Reason.UNREACHABLE),
        (ClusterError("no", 429), Reason.UNREACHABLE),
        (ClusterError("no", 400, "BadRequest"), Reason.REFUSED),
        (InternalError("bug"), Reason.BUG),
    ],
)
def test_what_cannot_be_told_says_why(error: InputError | ClusterError, reason: Reason) -> None:
    found = unknown(error)
    assert (found.outcome, found.reason, found.message) == (Outcome.UNKNOWN, reason, str(error))
