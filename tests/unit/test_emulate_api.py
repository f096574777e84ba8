"""The API in memory: what every cluster does, on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, ClusterError
from depgen.emulate.api import Api
from depgen.emulate.clock import Clock
from depgen.emulate.followers import Follower
from depgen.emulate.frozen import Frozen
from depgen.emulate.selectors import parse
from tests.cluster_contract import CONTRACT, config_map, names
from tests.emulated import START, emulator


@pytest.mark.parametrize("rule", CONTRACT, ids=lambda rule: rule.__name__)
def test_it_does_what_every_cluster_does(rule: Callable[[Any, str], None]) -> None:
    rule(Api(Clock(START)), "data")


def test_an_object_has_the_time_of_the_clock() -> None:
    made = emulator().api.create(CONFIG_MAPS, "data", config_map("a"))
    assert made["metadata"]["creationTimestamp"] == "2026-11-21T08:00:00Z"


def test_an_object_over_one_mebibyte_is_refused() -> None:
    api = Api(Clock(START))
    with pytest.raises(ClusterError) as refused:
        api.create(CONFIG_MAPS, "data", config_map("a", {"k": "x" * 2**20}))
    assert refused.value.status == 413
    api.create(CONFIG_MAPS, "data", config_map("a", {"k": "x" * (2**20 - 500)}))
    with pytest.raises(ClusterError):
        api.patch(CONFIG_MAPS, "data", "a", {"data": {"more": "é" * 400}})
    assert "more" not in api.list(CONFIG_MAPS, "data").__next__()["data"]


def test_a_name_that_kubernetes_refuses_is_refused() -> None:
    for name in ("", "A", "a_b", "-a", "a" * 254):
        with pytest.raises(ClusterError) as refused:
            Api(Clock(START)).create(CONFIG_MAPS, "data", config_map(name))
        assert refused.value.status == 422


def test_a_watch_makes_the_time_pass_until_its_end() -> None:
    emulated = emulator()
    emulated.at(START + 30, lambda: emulated.api.create(CONFIG_MAPS, "data", config_map("a")))
    emulated.at(START + 90, lambda: emulated.api.create(CONFIG_MAPS, "data", config_map("late")))
    seen = [
        (change.object["metadata"]["name"], emulated.now - START)
        for change in emulated.api.watch(CONFIG_MAPS, "data", timeout=60)
    ]
    assert (seen, emulated.now - START) == ([("a", 30.0)], 60.0)


def test_without_an_api_every_call_fails_as_unreachable() -> None:
    api = Api(Clock(START))
    api.create(CONFIG_MAPS, "data", config_map("a"))
    api.stop()
    calls: list[Callable[[], object]] = [
        lambda: api.get(CONFIG_MAPS, "data", "a"),
        lambda: api.list(CONFIG_MAPS, "data"),
        lambda: api.create(CONFIG_MAPS, "data", config_map("b")),
        lambda: api.patch(CONFIG_MAPS, "data", "a", {}),
        lambda: api.delete(CONFIG_MAPS, "data", "a"),
        api.server_time,
    ]
    for call in calls:
        with pytest.raises(ClusterError) as failed:
            call()
        assert failed.value.is_transient
    api.start()
    assert names(api.list(CONFIG_MAPS, "data")) == ["a"]


def test_a_follower_is_told_of_coming_changing_and_going() -> None:
    api = Api(Clock(START))
    told: list[tuple[str | None, str | None]] = []

    def tell(before: Frozen | None, after: Frozen | None) -> None:
        told.append((before.version if before else None, after.version if after else None))

    follower = api.follow(CONFIG_MAPS, "data", parse("on=1"), tell)
    api.create(CONFIG_MAPS, "data", config_map("a"))
    api.patch(CONFIG_MAPS, "data", "a", {"metadata": {"labels": {"on": "1"}}})
    api.patch(CONFIG_MAPS, "data", "a", {"data": {"k": "v"}})
    api.patch(CONFIG_MAPS, "data", "a", {"data": {"k": "v"}})
    api.patch(CONFIG_MAPS, "data", "a", {"metadata": {"labels": {"on": "2"}}})
    api.unfollow(follower)
    api.patch(CONFIG_MAPS, "data", "a", {"metadata": {"labels": {"on": "1"}}})
    assert told == [(None, "2"), ("2", "3"), ("4", None)]


def test_who_is_told_is_known_anew_when_somebody_comes_or_goes_and_asks_for_another_label() -> None:
    api = Api(Clock(START))
    told: list[str] = []

    def follow(who: str, namespace: str, selector: str) -> Follower:
        return api.follow(
            CONFIG_MAPS,
            namespace,
            parse(selector),
            lambda old, new: told.append(f"{who} {(new or old).name}"),  # type: ignore[union-attr]
        )

    def makes(name: str, namespace: str = "data", /, **labels: str) -> list[str]:
        told.clear()
        api.create(CONFIG_MAPS, namespace, config_map(name, None, **labels))
        return list(told)

    first = follow("first", "data", "on=1")
    assert makes("a", on="1", of="x") == ["first a"]
    assert makes("a", "other", on="1", of="x") == []
    follow("second", "", "on,of in (x, z)")
    assert makes("b", on="1", of="x") == ["first b", "second b"]
    assert makes("c", on="1", of="y") == ["first c"]
    assert makes("d", on="2", of="z") == ["second d"]
    assert makes("b", "other", on="1", of="x") == ["second b"]
    assert makes("e", of="x") == []
    third = follow("third", "data", "on=1")
    assert makes("h", on="1", of="y") == ["first h", "third h"]
    api.unfollow(third)
    api.unfollow(first)
    assert makes("f", on="1", of="x") == ["second f"]
    told.clear()
    api.patch(CONFIG_MAPS, "data", "c", {"metadata": {"labels": {"of": "z"}}})
    api.patch(CONFIG_MAPS, "data", "b", {"metadata": {"labels": {"of": None}}})
    api.patch(CONFIG_MAPS, "data", "b", {"metadata": {"labels": {"on": "3"}}})
    assert told == ["second c", "second b"]


def test_a_selector_that_cannot_be_read_is_a_bad_request() -> None:
    with pytest.raises(ClusterError) as refused:
        Api(Clock(START)).list(CONFIG_MAPS, "data", "a=1,,b")
    assert refused.value.status == 400
