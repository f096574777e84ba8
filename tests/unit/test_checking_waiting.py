"""Asking a cluster, once and until it is so: which requests, and what ends the wait."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from depgen.cluster.api import WORKFLOWS, ClusterError
from depgen.cluster.checking import Answer, Outcome, Patience, Reason, ask, parse_question, parse_target, wait
from tests.fakes import Call, FakeCluster
from tests.unit.test_checking import NOW, workflow


@dataclass
class Waiting:
    """A check that waits in a cluster where time passes only while it sleeps."""

    cluster: FakeCluster = field(default_factory=lambda: FakeCluster(now=NOW))
    told: list[Answer] = field(default_factory=list)

    def end(self, name: str, after: float, phase: str = "Succeeded") -> None:
        """A Workflow ends so many seconds later."""
        self.cluster.at(
            NOW + after, lambda: self.cluster.add(WORKFLOWS, "data", workflow(name, phase, ago=-after))
        )

    def answer(self, patience: Patience, target: str = "cronworkflow/sales", **options: str) -> Answer:
        question = parse_question(parse_target(target, "data"), **options)
        return wait(
            lambda now: ask(self.cluster, question, now),
            question.target,
            patience,
            lambda: self.cluster.now,
            self._sleep,
            self.told.append,
        )

    def _sleep(self, seconds: float) -> None:
        """A watch of the cluster in memory lets the clock run."""
        for _ in self.cluster.watch(WORKFLOWS, "nowhere", timeout=seconds):
            pass

    @property
    def asked(self) -> int:
        """How often the Workflows were listed or read."""
        return len([call for call in self.cluster.calls if call.verb in ("list", "get")])


@pytest.mark.parametrize(
    ("target", "call"),
    [
        ("cronworkflow/sales", Call("list", "workflows", "")),
        ("sales", Call("list", "workflows", "")),
        ("workflow/sales-1", Call("get", "workflows", "sales-1")),
    ],
)
def test_a_target_takes_one_request(target: str, call: Call) -> None:
    waiting = Waiting()
    waiting.cluster.add(WORKFLOWS, "data", workflow("sales-1", ago=60), workflow("other", labels={}))
    waiting.cluster.add(WORKFLOWS, "elsewhere", workflow("sales-2", "Failed", ago=0))
    assert waiting.answer(Patience(), target).workflow == "sales-1"
    assert waiting.cluster.calls == [call]


def test_without_patience_it_is_asked_once() -> None:
    waiting = Waiting()
    found = waiting.answer(Patience())
    assert (found.reason, waiting.asked, waiting.told) == (Reason.NO_RUN, 1, [])
    assert "waited" not in found.message


def test_a_wait_ends_as_soon_as_it_is_so() -> None:
    waiting = Waiting()
    waiting.end("sales-1", after=70)
    found = waiting.answer(Patience(wait=600, interval=30))
    assert (found.is_satisfied, found.workflow) == (True, "sales-1")
    assert (waiting.cluster.now - NOW, waiting.asked) == (90, 4)
    assert [each.reason for each in waiting.told] == [Reason.NO_RUN] * 3


def test_a_failure_is_waited_through_as_long_as_another_run_can_come() -> None:
    waiting = Waiting()
    waiting.end("sales-1", after=10, phase="Failed")
    waiting.end("sales-1", after=100)
    assert waiting.answer(Patience(wait=600)).is_satisfied
    assert {each.reason for each in waiting.told} == {Reason.NO_RUN, Reason.FAILED}


def test_a_wait_that_is_over_asks_at_its_very_end() -> None:
    waiting = Waiting()
    found = waiting.answer(Patience(wait=100, interval=30))
    assert (waiting.cluster.now - NOW, waiting.asked) == (100, 5)
    assert (found.outcome, found.is_pending) == (Outcome.NOT_SATISFIED, True)
    assert found.message.endswith("; waited 1m")


def test_a_wait_ends_with_its_window() -> None:
    waiting = Waiting()
    found = waiting.answer(Patience(wait=7200, interval=30), window="07:00-08:10")
    assert waiting.cluster.now - NOW == 600
    assert (found.reason, found.is_pending) == (Reason.NO_RUN, False)


def test_a_workflow_that_ended_otherwise_is_not_waited_for() -> None:
    waiting = Waiting()
    waiting.end("sales-1", after=40, phase="Failed")
    found = waiting.answer(Patience(wait=600), "workflow/sales-1")
    assert (found.reason, waiting.cluster.now - NOW) == (Reason.FAILED, 60)


def test_a_workflow_that_is_deleted_is_not_waited_for() -> None:
    waiting = Waiting()
    waiting.cluster.add(WORKFLOWS, "data", workflow("sales-1", "Running", ago=None))
    waiting.cluster.at(NOW + 40, lambda: waiting.cluster.delete(WORKFLOWS, "data", "sales-1"))
    found = waiting.answer(Patience(wait=600), "workflow/sales-1")
    assert (found.outcome, found.reason) == (Outcome.NOT_SATISFIED, Reason.DELETED)
    assert found.message == "Workflow sales-1 was there, and has been deleted"
    assert waiting.cluster.now - NOW == 60


def test_a_workflow_that_is_not_there_yet_is_waited_for() -> None:
    waiting = Waiting()
    waiting.end("sales-1", after=40)
    assert waiting.answer(Patience(wait=600), "workflow/sales-1").is_satisfied


def test_a_wait_survives_an_api_that_is_away() -> None:
    waiting = Waiting()
    waiting.cluster.fail_next("list", 503, times=3)
    waiting.end("sales-1", after=100)
    assert waiting.answer(Patience(wait=600)).is_satisfied
    assert [each.reason for each in waiting.told] == [Reason.UNREACHABLE] * 3 + [Reason.NO_RUN]


def test_an_api_that_is_away_in_the_end_cannot_tell() -> None:
    waiting = Waiting()
    waiting.cluster.fail_next("list", 0, times=99)
    with pytest.raises(ClusterError):
        waiting.answer(Patience(wait=60))
    assert waiting.asked == 3


def test_a_refusal_ends_the_wait_at_once() -> None:
    waiting = Waiting()
    waiting.cluster.fail_next("list", 403, "Forbidden")
    with pytest.raises(ClusterError):
        waiting.answer(Patience(wait=600))
    assert waiting.asked == 1
