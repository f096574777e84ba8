"""What Argo CD is told: its health checks run in the Lua that it speaks, on statuses as Argo Events writes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from lupa import lua51

from depgen import argocd
from depgen.argocd import Home, Place

PLACE = Place("https://git.example.com/pipelines.git", "HEAD", "out/{env}")
HOME = Home("argocd", "default", "https://kubernetes.default.svc")
SENSOR = ("DependenciesProvided", "Deployed", "TriggersProvided")
SOURCE = ("Deployed", "SourcesProvided")


def health(kind: str, thing: dict[str, Any]) -> tuple[str, str]:
    """What the check of a kind says of an object, as Argo CD runs it: the object is the global `obj`."""
    customizations = yaml.safe_load(argocd.health("argocd"))["data"]
    runtime = lua51.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals()["obj"] = runtime.table_from(thing, recursive=True)
    found = runtime.execute(customizations[f"resource.customizations.health.argoproj.io_{kind}"])
    return found["status"], found["message"]


def conditions(*types: str, **changed: dict[str, str]) -> dict[str, Any]:
    """A status in which all is well but for what is told."""
    found = [{"type": type_, "status": "True", **changed.get(type_, {})} for type_ in types]
    return {"status": {"conditions": found}}


@pytest.mark.parametrize(("kind", "types"), [("Sensor", SENSOR), ("EventSource", SOURCE)])
def test_all_conditions_true_is_healthy(kind: str, types: tuple[str, ...]) -> None:
    assert health(kind, conditions(*types)) == ("Healthy", "deployed")


@pytest.mark.parametrize("thing", [{}, {"status": {}}, {"status": {"conditions": []}}])
def test_what_was_not_looked_at_yet_is_on_its_way(thing: dict[str, Any]) -> None:
    assert health("Sensor", thing)[0] == "Progressing"


def test_an_unknown_condition_is_on_its_way() -> None:
    assert health("Sensor", conditions(*SENSOR, Deployed={"status": "Unknown"}))[0] == "Progressing"


def test_a_false_condition_is_degraded_and_says_why() -> None:
    wrong = {"status": "False", "reason": "InvalidDependencies", "message": "must define an EventName"}
    thing = conditions(*SENSOR, DependenciesProvided=wrong)
    assert health("Sensor", thing) == ("Degraded", "DependenciesProvided: must define an EventName")


@pytest.mark.parametrize("reason", ["EventBusNotFound", "EventBusNotReady", "GetEventBusFailed"])
def test_a_missing_bus_is_waited_for(reason: str) -> None:
    thing = conditions(*SOURCE, Deployed={"status": "False", "reason": reason, "message": "no EventBus"})
    assert health("EventSource", thing) == ("Progressing", "Deployed: no EventBus")


def test_another_mistake_counts_more_than_a_missing_bus() -> None:
    bus = {"status": "False", "reason": "EventBusNotFound", "message": "no EventBus"}
    thing = conditions(
        *SENSOR, Deployed=bus, TriggersProvided={"status": "False", "reason": "InvalidTriggers"}
    )
    assert health("Sensor", thing) == ("Degraded", "TriggersProvided: InvalidTriggers")


def test_a_deployment_that_fails_otherwise_is_degraded() -> None:
    thing = conditions(*SENSOR, Deployed={"status": "False", "reason": "CreateDeploymentFailed"})
    assert health("Sensor", thing)[0] == "Degraded"


def test_an_application_syncs_the_folder_and_removes_what_is_gone() -> None:
    app = yaml.safe_load(argocd.application("etl", "data", PLACE._replace(path="out"), HOME))
    assert (app["kind"], app["metadata"]) == ("Application", {"name": "etl", "namespace": "argocd"})
    assert app["spec"]["source"] == {"repoURL": PLACE.repository, "targetRevision": "HEAD", "path": "out"}
    assert app["spec"]["destination"] == {"server": HOME.server, "namespace": "data"}
    assert app["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def test_an_application_set_has_an_application_for_each_environment() -> None:
    app = yaml.safe_load(argocd.application_set("etl", {"prod": "live", "dev": "dev"}, PLACE, HOME))
    (generator,) = app["spec"]["generators"]
    assert generator["list"]["elements"] == [
        {"environment": "dev", "namespace": "dev"},
        {"environment": "prod", "namespace": "live"},
    ]
    template = app["spec"]["template"]
    assert template["metadata"] == {"name": "etl-{{.environment}}"}
    assert template["spec"]["source"]["path"] == "out/{{.environment}}"
    assert template["spec"]["destination"]["namespace"] == "{{.namespace}}"


def test_odd_names_stay_texts() -> None:
    odd = "null"
    app = yaml.safe_load(argocd.application(odd, odd, Place(odd, "1.0", "on"), Home(odd, odd, odd)))
    assert app["spec"]["source"] == {"repoURL": odd, "targetRevision": "1.0", "path": "on"}


def test_the_plugin_runs_depgen_in_a_container_of_its_own() -> None:
    config, patch = yaml.safe_load_all(argocd.plugin("argocd", "registry.example.com/depgen:1"))
    plugin = yaml.safe_load(config["data"]["plugin.yaml"])
    assert plugin["spec"]["generate"] == {"command": ["depgen", "argocd", "generate"]}
    (container,) = patch["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/depgen:1"
    assert container["command"] == ["/var/run/argocd/argocd-cmp-server"]
    volumes = {volume["name"] for volume in patch["spec"]["template"]["spec"]["volumes"]}
    # The other two are the repo server's own.
    assert {mount["name"] for mount in container["volumeMounts"]} - volumes == {"var-files", "plugins"}
