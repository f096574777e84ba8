"""The client on a real API server, held to the same contract as the cluster in memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.cluster_contract import CONTRACT, config_map, names
from tests.stack.cluster import LocalStack
from tests.stack.installed import InstalledStack

from depgen.cluster import client
from depgen.cluster.api import CONFIG_MAPS, CUSTOM_RESOURCES, NAMESPACES, ClusterError
from depgen.cluster.remote import KubernetesCluster


@pytest.fixture(scope="module")
def cluster(stack: LocalStack | InstalledStack) -> KubernetesCluster:
    """As its administrator."""
    if isinstance(stack, LocalStack):
        return client.connect(str(stack.group.folder / "admin.kubeconfig"))
    return client.connect()


@pytest.fixture
def place(stack: LocalStack | InstalledStack) -> Iterator[str]:
    """The name of an empty namespace."""
    name = f"c{secrets.token_hex(4)}"
    stack.api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    stack.remove(name)


@pytest.mark.parametrize("rule", CONTRACT, ids=lambda rule: rule.__name__)
def test_it_does_what_every_cluster_does(
    rule: Callable[[Any, str], None], cluster: KubernetesCluster, place: str
) -> None:
    rule(cluster, place)


def test_what_has_no_namespace_is_found(cluster: KubernetesCluster) -> None:
    found = cluster.get(NAMESPACES, "", "default")
    assert found is not None
    assert "workflows.argoproj.io" in names(cluster.list(CUSTOM_RESOURCES, ""))


def test_a_service_account_may_what_is_granted_to_all_of_them(
    cluster: KubernetesCluster, stack: LocalStack | InstalledStack, place: str
) -> None:
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place}"
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    stack.api.post(f"{rbac}/roles", {"metadata": {"name": "read"}, "rules": [rule]})
    group = {
        "kind": "Group",
        "name": f"system:serviceaccounts:{place}",
        "apiGroup": "rbac.authorization.k8s.io",
    }
    role = {"kind": "Role", "name": "read", "apiGroup": "rbac.authorization.k8s.io"}
    stack.api.post(
        f"{rbac}/rolebindings", {"metadata": {"name": "read"}, "subjects": [group], "roleRef": role}
    )
    account = f"system:serviceaccount:{place}:sweep"
    assert cluster.can_i(account, place, "get", CONFIG_MAPS)
    assert not cluster.can_i(account, place, "delete", CONFIG_MAPS)
    assert not cluster.can_i(account, "default", "get", CONFIG_MAPS)


def test_a_creation_whose_answer_was_lost_is_told_from_somebody_elses(
    cluster: KubernetesCluster, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is sent for real and then once more, as after a lost answer."""
    transport = cluster._transport
    ask = transport.ask

    def twice(request: Any) -> Any:
        if request.method != "POST":
            return ask(request)
        ask(request)
        return ask(request)._replace(is_unsure=True)

    monkeypatch.setattr(transport, "ask", twice)
    assert cluster.create(CONFIG_MAPS, place, config_map("a", graph="etl"))["metadata"]["name"] == "a"
    with pytest.raises(ClusterError) as refused:
        cluster.create(CONFIG_MAPS, place, config_map("a", graph="etl"))
    assert refused.value.already_exists


def test_a_refusal_says_what_was_asked_and_why(local: LocalStack, place: str) -> None:
    config = local.control_plane.kubeconfig(local.group.folder / "nobody.kubeconfig", "no-such-token")
    with pytest.raises(ClusterError) as refused:
        list(client.connect(str(config)).list(CONFIG_MAPS, place))
    assert (
        str(refused.value) == f"cannot list configmaps in namespace {place}: Unauthorized (401 Unauthorized)"
    )
