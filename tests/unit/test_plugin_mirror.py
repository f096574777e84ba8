"""The watch cache: it is read only while it knows, and keeps no more than a check can need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from depgen.cluster.api import WORKFLOWS
from depgen.plugin import mirror
from depgen.plugin.mirror import Mirror, trimmed
from tests.live import LiveCluster
from tests.plugins import NAMESPACE, workflow


class Watched:
    """A mirror that follows a cluster in a thread; `now` is its clock."""

    def __init__(self, cluster: LiveCluster) -> None:
        self.cluster = cluster
        self.now = 0.0
        self.mirror = Mirror(cluster, NAMESPACE, lambda: self.now)
        self.stop = Event()
        self.thread = Thread(target=self.mirror.follow, args=(self.stop,), daemon=True)

    def start(self) -> None:
        self.thread.start()

    def names(self) -> list[str]:
        return sorted(w["metadata"]["name"] for w in self.mirror.workflows())


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(mirror, "PAUSE", 0.01)
    found = Watched(LiveCluster())
    yield found
    found.stop.set()
    found.cluster.cut()
    if found.thread.ident:
        found.thread.join(5)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.005)


def test_it_is_current_once_everything_was_listed_and_then_hears_of_each_change(watched: Watched) -> None:
    watched.cluster.add(WORKFLOWS, NAMESPACE, workflow("a-1", "a", 5), workflow("a-2", "a", None))
    watched.cluster.add(WORKFLOWS, "elsewhere", workflow("b-1", "b", 5))
    assert not watched.mirror.is_current
    watched.start()
    assert watched.mirror.wait(5)
    assert watched.names() == ["a-1", "a-2"]
    watched.cluster.add(WORKFLOWS, NAMESPACE, workflow("a-3", "a", 7), workflow("a-2", "a", 6))
    watched.cluster.remove(WORKFLOWS, NAMESPACE, "a-1")
    until(lambda: watched.names() == ["a-2", "a-3"], "what was added and removed")
    assert {w["metadata"]["name"]: w["status"]["phase"] for w in watched.mirror.workflows()} == {
        "a-2": "Succeeded",
        "a-3": "Succeeded",
    }


def test_it_is_not_current_while_nobody_answers_and_forgets_nothing_that_was_deleted_meanwhile(
    watched: Watched,
) -> None:
    watched.cluster.add(WORKFLOWS, NAMESPACE, workflow("a-1", "a", 5), workflow("a-2", "a", 6))
    watched.start()
    assert watched.mirror.wait(5)
    watched.cluster.fail_next("watch", 503, times=3)
    watched.cluster.cut()
    until(lambda: not watched.mirror.is_current, "the loss to be noticed")
    assert watched.mirror.error is not None
    watched.cluster.remove(WORKFLOWS, NAMESPACE, "a-1")
    until(lambda: watched.mirror.is_current, "the watch to be back")
    assert watched.names() == ["a-2"]


def test_a_watch_that_says_nothing_for_too_long_is_none(watched: Watched) -> None:
    watched.start()
    assert watched.mirror.wait(5)
    watched.now = mirror.SILENCE - 1
    assert watched.mirror.is_current
    watched.now = mirror.SILENCE
    assert not watched.mirror.is_current
    watched.cluster.add(WORKFLOWS, NAMESPACE, workflow("a-1", "a", 5))
    until(lambda: watched.mirror.is_current, "word of the server")


def test_who_waits_for_what_the_api_refuses_is_told_at_once(watched: Watched) -> None:
    watched.cluster.fail_next("watch", 403, "Forbidden", times=1000)
    watched.start()
    begun = time.monotonic()
    assert not watched.mirror.wait(60)
    assert time.monotonic() - begun < 30
    assert watched.mirror.error is not None
    assert watched.mirror.error.status == 403


def test_it_keeps_of_a_workflow_what_a_check_can_need() -> None:
    made = workflow("a-1", "a", 5)
    made["metadata"]["managedFields"] = [{"manager": "argo"}]
    made["status"]["nodes"]["a-1-7"] = {"phase": "Failed"}
    made["status"]["nodes"]["a-1"]["children"] = ["a-1-7"]
    kept = trimmed(made)
    assert kept["metadata"] == {"name": "a-1", "labels": made["metadata"]["labels"]}
    assert kept["spec"] == {"workflowTemplateRef": {"name": "load"}}
    ended = made["status"]["finishedAt"]
    assert kept["status"] == {
        "phase": "Succeeded",
        "finishedAt": ended,
        "nodes": {"a-1": {"phase": "Succeeded"}},
    }
    assert (kept["apiVersion"], kept["kind"]) == ("argoproj.io/v1alpha1", "Workflow")
    assert trimmed({"metadata": {"name": "new"}})["status"] == {}


def test_with_more_workflows_than_it_keeps_it_gives_up(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MOST", 3)
    watched.cluster.add(WORKFLOWS, NAMESPACE, *(workflow(f"a-{n}", "a", 5) for n in range(4)))
    watched.start()
    assert not watched.mirror.wait(5)
    watched.thread.join(5)
    assert not watched.thread.is_alive()
    assert (watched.mirror.is_too_large, watched.names()) == (True, [])
