"""A real API server takes every object of the sweep in the cluster."""

from __future__ import annotations

import pytest
import yaml
from tests.stack.deployed import graph_text, manifests
from tests.stack.namespace import Namespace

NODES = "a: {source: {cronWorkflow: a}}\nr: {run: {workflowTemplate: held}, dependsOn: [a]}\n"


@pytest.mark.parametrize(("head", "kind"), [("", "CronJob"), (", every: 90s, mode: watch", "Deployment")])
def test_the_api_server_takes_every_object_as_it_is(namespace: Namespace, head: str, kind: str) -> None:
    text = graph_text(namespace, NODES, head=f"sweeper: {{image: example.com/depgen:1{head}}}\n")
    found = [o for o in manifests(text) if "depgen.io/graph" not in o["metadata"]["labels"]]
    assert sorted(o["kind"] for o in found) == sorted(["ConfigMap", "Job", kind])
    for thing in found:
        path = namespace.path(thing["kind"], api_version=thing["apiVersion"])
        taken = namespace.api.post(f"{path}?dryRun=All&fieldValidation=Strict", thing)
        assert _holds(taken["spec"] if "spec" in thing else taken["data"], thing.get("spec") or thing["data"])
    (data,) = [o["data"] for o in found if o["kind"] == "ConfigMap"]
    assert [yaml.safe_load(text)["graph"] for text in data.values()] == [namespace.graph]


def _holds(whole: object, part: object) -> bool:
    """Whether nothing of `part` was dropped or changed."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _holds(whole[name], value) for name, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(map(_holds, whole, part))
    return whole == part
