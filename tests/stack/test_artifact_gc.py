"""What the lint rule `artifact-gc` says of the finalizer, on the real Workflows controller.

No artifact is stored: the Workflows are made as if they had ended, with an artifact in their status, and the pods that
would delete those end as the test has them end.
"""

from __future__ import annotations

from typing import Any

from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.namespace import Namespace

FINALIZER = "workflows.argoproj.io/artifact-gc"


def ended(name: str, **artifact_gc: Any) -> Manifest:
    """A Workflow with an artifact that is to be deleted with it."""
    key = {"name": "rows", "s3": {"key": "rows", "endpoint": "127.0.0.1:9", "bucket": "b"}}
    template = {
        "name": "main",
        "container": {"image": "load:1"},
        "outputs": {"artifacts": [{"path": "/tmp/rows", **key}]},
    }
    collected = {"strategy": "OnWorkflowDeletion", "serviceAccountName": "default", **artifact_gc}
    spec = {"entrypoint": "main", "artifactGC": collected, "templates": [template]}
    made = workflows.completed(name, spec=spec)
    made["metadata"]["finalizers"] = [FINALIZER]
    node = {
        "id": name,
        "name": name,
        "displayName": name,
        "type": "Pod",
        "phase": "Succeeded",
        "templateName": "main",
        "templateScope": f"local/{name}",
        "outputs": {"artifacts": [key]},
    }
    made["status"]["nodes"] = {name: node}
    return made


def deleted(namespace: Namespace, workflow: Manifest) -> str:
    """Makes it and deletes it; its path."""
    namespace.apply([workflow])
    path = namespace.api.path(workflows.API_VERSION, "Workflow", namespace.name, workflow["metadata"]["name"])
    namespace.api.delete(path)
    return path


def pods_fail(namespace: Namespace, count: int) -> None:
    """Returns when so many pods that delete artifacts were made, and have failed."""
    pods = namespace.api.path("v1", "Pod", namespace.name)
    made: list[Manifest] = namespace.wait_for(
        lambda: found if len(found := namespace.api.get(pods)["items"]) == count else None, 90, "the pods"
    )
    for pod in made:
        path = namespace.api.path("v1", "Pod", namespace.name, pod["metadata"]["name"])
        namespace.api.merge_patch(f"{path}/status", {"status": {"phase": "Failed"}})


def test_a_workflow_whose_artifacts_cannot_be_deleted_stays_unless_it_may_go(namespace: Namespace) -> None:
    stays = deleted(namespace, ended("stays"))
    goes = deleted(namespace, ended("goes", forceFinalizerRemoval=True))
    pods_fail(namespace, 2)
    namespace.wait_for(lambda: namespace.api.find(goes) is None, 30, "the finalizer to be taken off")
    left = namespace.wait_for(lambda: _told(namespace, stays), 30, "the failure to be told")
    assert left["metadata"]["finalizers"] == [FINALIZER]
    assert left["metadata"]["deletionTimestamp"]


def test_where_nobody_can_try_to_delete_them_it_stays_whatever_it_may(namespace: Namespace) -> None:
    """The label of the pod is refused; the controller takes the strategy for done all the same."""
    refused = {"labels": {"owner": "not a label!"}}
    stays = deleted(namespace, ended("stays", forceFinalizerRemoval=True, podMetadata=refused))
    namespace.wait_for(
        lambda: namespace.api.get(stays)["status"].get("artifactGCStatus", {}).get("strategiesProcessed"),
        30,
        "the controller to have tried",
    )
    # Another one that is deleted later is done with by now, so the first had its turn too.
    goes = deleted(namespace, ended("goes", forceFinalizerRemoval=True))
    pods_fail(namespace, 1)
    namespace.wait_for(lambda: namespace.api.find(goes) is None, 30, "the finalizer to be taken off")
    assert namespace.api.get(stays)["metadata"]["finalizers"] == [FINALIZER]


def _told(namespace: Namespace, path: str) -> Manifest | None:
    found = namespace.api.get(path)
    told = [condition["type"] for condition in found["status"].get("conditions", ())]
    return found if "ArtifactGCError" in told else None
