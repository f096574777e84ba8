"""What every `Cluster` does: the same functions run on the one in memory and on a real API server.

Each gets a cluster and a namespace of its own, and asserts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Cluster, ClusterError, Object

SELECTORS = {
    "a=1": ["one"],
    "a==1": ["one"],
    "a!=1": ["none", "two"],
    "a in (1, 2)": ["one", "two"],
    "a in (1,2),b": ["two"],
    "a notin (1)": ["none", "two"],
    "a": ["one", "two"],
    "!a": ["none"],
    "a,!b": ["one"],
    "depgen.io/key=20261121,a": ["two"],
    "": ["none", "one", "two"],
}


def a_created_object_has_what_the_api_gives_it(cluster: Cluster, namespace: str) -> None:
    made = cluster.create(CONFIG_MAPS, namespace, config_map("a", {"k": "v"}))
    meta = made["metadata"]
    assert (made["apiVersion"], made["kind"], meta["namespace"]) == ("v1", "ConfigMap", namespace)
    assert meta["uid"]
    assert meta["creationTimestamp"].endswith("Z")
    assert int(meta["resourceVersion"]) > 0
    found = cluster.get(CONFIG_MAPS, namespace, "a")
    assert found is not None
    assert (found["data"], found["metadata"]["uid"]) == ({"k": "v"}, meta["uid"])


def a_workflow_keeps_its_spec_and_status(cluster: Cluster, namespace: str) -> None:
    cluster.create(WORKFLOWS, namespace, WORKFLOW)
    (found,) = cluster.list(WORKFLOWS, namespace)
    assert (found["apiVersion"], found["kind"]) == ("argoproj.io/v1alpha1", "Workflow")
    assert (found["spec"], found["status"]) == (WORKFLOW["spec"], WORKFLOW["status"])


def what_is_not_there_is_none_and_deleting_it_false(cluster: Cluster, namespace: str) -> None:
    assert cluster.get(CONFIG_MAPS, namespace, "a") is None
    assert not cluster.delete(CONFIG_MAPS, namespace, "a")
    cluster.create(CONFIG_MAPS, namespace, config_map("a"))
    assert cluster.delete(CONFIG_MAPS, namespace, "a")
    assert cluster.get(CONFIG_MAPS, namespace, "a") is None


def a_second_creation_already_exists(cluster: Cluster, namespace: str) -> None:
    cluster.create(CONFIG_MAPS, namespace, config_map("a"))
    with pytest.raises(ClusterError) as refused:
        cluster.create(CONFIG_MAPS, namespace, config_map("a"))
    assert (refused.value.already_exists, refused.value.is_conflict) == (True, False)


def a_patch_merges_and_null_deletes(cluster: Cluster, namespace: str) -> None:
    cluster.create(CONFIG_MAPS, namespace, config_map("a", {"k": "v", "gone": "x"}, label="1"))
    patch = {"metadata": {"labels": {"new": "2"}}, "data": {"gone": None, "never": None, "more": "y"}}
    patched = cluster.patch(CONFIG_MAPS, namespace, "a", patch)
    assert patched["data"] == {"k": "v", "more": "y"}
    assert patched["metadata"]["labels"] == {"label": "1", "new": "2"}
    emptied = cluster.patch(CONFIG_MAPS, namespace, "a", {"data": {"k": None, "more": None}})
    assert "data" not in emptied


def a_patch_of_nothing_is_not_found(cluster: Cluster, namespace: str) -> None:
    with pytest.raises(ClusterError) as refused:
        cluster.patch(CONFIG_MAPS, namespace, "a", {"data": {"k": "v"}})
    assert (refused.value.status, refused.value.reason) == (404, "NotFound")


def a_patch_with_a_stale_version_conflicts(cluster: Cluster, namespace: str) -> None:
    made = cluster.create(CONFIG_MAPS, namespace, config_map("a"))
    patch = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": {"k": "1"}}
    assert cluster.patch(CONFIG_MAPS, namespace, "a", patch)["data"] == {"k": "1"}
    with pytest.raises(ClusterError) as refused:
        cluster.patch(CONFIG_MAPS, namespace, "a", {**patch, "data": {"k": "2"}})
    assert (refused.value.is_conflict, refused.value.already_exists) == (True, False)


def a_patch_that_changes_nothing_keeps_the_version(cluster: Cluster, namespace: str) -> None:
    made = cluster.create(CONFIG_MAPS, namespace, config_map("a", {"k": "v"}))
    same = cluster.patch(CONFIG_MAPS, namespace, "a", {"data": {"k": "v", "never": None}})
    other = cluster.patch(CONFIG_MAPS, namespace, "a", {"data": {"k": "w"}})
    versions = [int(thing["metadata"]["resourceVersion"]) for thing in (made, same, other)]
    assert versions[0] == versions[1] < versions[2]


def what_the_api_would_not_store_is_refused(cluster: Cluster, namespace: str) -> None:
    bodies = [config_map("a", {"a/b": "v"}), config_map("a", {"k": 1}), config_map("a", label="a b")]
    statuses = []
    for body in bodies:
        with pytest.raises(ClusterError) as refused:
            cluster.create(CONFIG_MAPS, namespace, body)
        statuses.append(refused.value.status)
    assert statuses == [422, 400, 422]


def a_label_selector_chooses(cluster: Cluster, namespace: str) -> None:
    for body in (
        config_map("none"),
        config_map("one", a="1"),
        config_map("two", a="2", b="", **{"depgen.io/key": "20261121"}),
    ):
        cluster.create(CONFIG_MAPS, namespace, body)
    chosen = {text: names(cluster.list(CONFIG_MAPS, namespace, text)) for text in SELECTORS}
    assert chosen == SELECTORS


def a_list_is_whole_and_costs_a_request_per_500(cluster: Any, namespace: str) -> None:
    for number in range(501):
        cluster.create(CONFIG_MAPS, namespace, config_map(f"m{number:03}"))
    before = cluster.requests
    found = list(cluster.list(CONFIG_MAPS, namespace))
    assert (cluster.requests - before, len({o["metadata"]["uid"] for o in found})) == (2, 501)
    assert all(o["kind"] == "ConfigMap" and o["metadata"]["resourceVersion"] for o in found)


def a_list_of_all_namespaces_holds_this_one(cluster: Cluster, namespace: str) -> None:
    cluster.create(CONFIG_MAPS, namespace, config_map("a", only=namespace))
    assert names(cluster.list(CONFIG_MAPS, "", f"only={namespace}")) == ["a"]


def a_watch_tells_what_is_there_and_what_changes(cluster: Cluster, namespace: str) -> None:
    cluster.create(CONFIG_MAPS, namespace, config_map("a", {"k": "1"}, graph="etl"))
    cluster.create(CONFIG_MAPS, namespace, config_map("other"))
    changes = cluster.watch(CONFIG_MAPS, namespace, "graph=etl", timeout=2)
    first = next(changes)
    cluster.patch(CONFIG_MAPS, namespace, "a", {"data": {"k": "2"}})
    cluster.patch(CONFIG_MAPS, namespace, "other", {"metadata": {"labels": {"graph": "etl"}}})
    cluster.patch(CONFIG_MAPS, namespace, "other", {"metadata": {"labels": {"graph": None}}})
    cluster.delete(CONFIG_MAPS, namespace, "a")
    cluster.create(CONFIG_MAPS, namespace, config_map("a", {"k": "3"}, graph="etl"))
    rest = list(islice(changes, 6))
    assert [(c.type, c.object["metadata"]["name"], c.object.get("data")) for c in (first, *rest)] == [
        ("ADDED", "a", {"k": "1"}),
        ("MODIFIED", "a", {"k": "2"}),
        ("ADDED", "other", None),
        ("DELETED", "other", None),
        ("DELETED", "a", {"k": "2"}),
        ("ADDED", "a", {"k": "3"}),
    ]


def the_server_tells_its_time_and_version(cluster: Cluster, namespace: str) -> None:
    assert re.match(r"v\d+\.\d+\.\d+", cluster.server_version())
    assert cluster.server_time() > 1795000000


def what_is_given_is_a_copy(cluster: Cluster, namespace: str) -> None:
    body = config_map("a", {"k": "v"})
    cluster.create(CONFIG_MAPS, namespace, body)["data"]["k"] = "changed"
    body["data"]["k"] = "changed"
    found = cluster.get(CONFIG_MAPS, namespace, "a")
    assert found is not None
    assert found["data"] == {"k": "v"}


WORKFLOW: Object = {
    "metadata": {"name": "w", "labels": {"workflows.argoproj.io/completed": "true"}},
    "spec": {"entrypoint": "a", "templates": [{"name": "a", "suspend": {}}]},
    "status": {"phase": "Succeeded", "finishedAt": "2026-11-21T08:00:00Z"},
}

CONTRACT: tuple[Callable[[Any, str], None], ...] = (
    a_created_object_has_what_the_api_gives_it,
    a_workflow_keeps_its_spec_and_status,
    what_is_not_there_is_none_and_deleting_it_false,
    a_second_creation_already_exists,
    a_patch_merges_and_null_deletes,
    a_patch_of_nothing_is_not_found,
    a_patch_with_a_stale_version_conflicts,
    a_patch_that_changes_nothing_keeps_the_version,
    what_the_api_would_not_store_is_refused,
    a_label_selector_chooses,
    a_list_is_whole_and_costs_a_request_per_500,
    a_list_of_all_namespaces_holds_this_one,
    a_watch_tells_what_is_there_and_what_changes,
    the_server_tells_its_time_and_version,
    what_is_given_is_a_copy,
)


def config_map(name: str, data: Mapping[str, Any] | None = None, /, **labels: str) -> Object:
    """A ConfigMap to create."""
    body: Object = {"metadata": {"name": name, "labels": labels}}
    return {**body, "data": dict(data)} if data else body


def names(things: Any) -> list[str]:
    """Of the objects, sorted."""
    return sorted(thing["metadata"]["name"] for thing in things)
