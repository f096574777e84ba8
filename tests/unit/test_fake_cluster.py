"""The cluster in memory: what every cluster does, and what tests can make it do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, SENSORS, ClusterError
from tests.cluster_contract import CONTRACT, config_map, names
from tests.fakes import Call, FakeCluster


@pytest.mark.parametrize("rule", CONTRACT, ids=lambda rule: rule.__name__)
def test_it_does_what_every_cluster_does(rule: Callable[[Any, str], None]) -> None:
    rule(FakeCluster(), "data")


def test_a_scripted_failure_happens_as_often_as_told_and_only_to_what_fits() -> None:
    cluster = FakeCluster()
    cluster.fail_next("create", 503, resource=CONFIG_MAPS, name="a", times=2)
    cluster.create(CONFIG_MAPS, "data", config_map("b"))
    for _ in range(2):
        with pytest.raises(ClusterError) as failed:
            cluster.create(CONFIG_MAPS, "data", config_map("a"))
        assert failed.value.is_transient
    cluster.create(CONFIG_MAPS, "data", config_map("a"))
    assert names(cluster.list(CONFIG_MAPS, "data")) == ["a", "b"]


def test_a_lost_answer_leaves_what_was_asked() -> None:
    cluster = FakeCluster()
    cluster.fail_next("create", 0, has_happened=True)
    with pytest.raises(ClusterError):
        cluster.create(CONFIG_MAPS, "data", config_map("a"))
    assert cluster.get(CONFIG_MAPS, "data", "a") is not None


def test_calls_are_written_down_and_requests_counted() -> None:
    cluster = FakeCluster()
    cluster.add(CONFIG_MAPS, "data", *(config_map(f"m{number}") for number in range(1001)))
    list(cluster.list(CONFIG_MAPS, "data"))
    cluster.get(SENSORS, "data", "etl-record")
    assert cluster.calls == [Call("list", "configmaps", ""), Call("get", "sensors", "etl-record")]
    assert cluster.requests == 4


def test_a_watch_moves_the_clock_to_what_happens_next() -> None:
    cluster = FakeCluster(now=1000.0)
    cluster.at(1030, lambda: cluster.add(CONFIG_MAPS, "data", config_map("a")))
    cluster.at(1300, lambda: cluster.add(CONFIG_MAPS, "data", config_map("late")))
    seen = [
        (c.object["metadata"]["name"], cluster.now) for c in cluster.watch(CONFIG_MAPS, "data", timeout=60)
    ]
    assert seen == [("a", 1030.0)]
    assert cluster.now == 1060.0
    assert cluster.server_time() == 1060


def test_a_created_object_has_the_time_of_the_clock() -> None:
    cluster = FakeCluster(now=1795248000)
    made = cluster.create(CONFIG_MAPS, "data", config_map("a"))
    assert made["metadata"]["creationTimestamp"] == "2026-11-21T08:00:00Z"


def test_who_may_what_can_be_told() -> None:
    cluster = FakeCluster()
    assert cluster.can_i("ann", "data", "get", SENSORS)
    cluster.allowed = {("ann", "data", "get", "sensors")}
    assert cluster.can_i("ann", "data", "get", SENSORS)
    assert not cluster.can_i("ann", "data", "delete", SENSORS)
