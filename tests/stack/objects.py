"""The objects of one namespace: creating or updating any kind, and listing what depgen's tests look at."""

from __future__ import annotations

from collections.abc import Iterable

from tests.stack import workflows
from tests.stack.api import Api, Manifest

GRAPH_LABEL = "depgen.io/graph"


class Objects:
    """A namespace as the API server knows it."""

    def __init__(self, api: Api, name: str, graph: str) -> None:
        self.api = api
        """The admin's client, for what the methods here do not cover."""
        self.name = name
        self.graph = graph
        """A graph name of this test's own. All namespaces share one bus, so names of EventSources and Sensors
        must begin with it."""

    def path(self, kind: str, name: str = "", api_version: str = workflows.API_VERSION) -> str:
        """The API path of an object of this namespace, or of all of its kind."""
        return self.api.path(api_version, kind, self.name, name)

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Creates or updates objects of any kind, in their `metadata.namespace` or else here."""
        for manifest in manifests:
            self.api.apply(self._path_of(manifest), manifest)

    def workflows(self, selector: str = "") -> list[Manifest]:
        """The Workflows that a label selector matches, sorted by name."""
        return self._list(self.path("Workflow"), selector)

    def runs(self, graph: str | None = None) -> list[str]:
        """The names of the Workflows that the graph submitted, sorted."""
        return [w["metadata"]["name"] for w in self.workflows(f"{GRAPH_LABEL}={graph or self.graph}")]

    def ledgers(self, graph: str | None = None) -> dict[str, dict[str, str]]:
        """The data of the graph's ledgers, by name."""
        found = self._list(self.path("ConfigMap", api_version="v1"), f"{GRAPH_LABEL}={graph or self.graph}")
        return {ledger["metadata"]["name"]: ledger.get("data", {}) for ledger in found}

    def ledger(self, name: str) -> dict[str, str] | None:
        """The data of one ConfigMap, ledger or not; None if there is none."""
        found = self.api.find(self.path("ConfigMap", name, "v1"))
        return None if found is None else found.get("data", {})

    def can_i(self, service_account: str, verb: str, group: str, resource: str, namespace: str = "") -> bool:
        """Whether RBAC lets this namespace's ServiceAccount do that; `*` as namespace means all of them.

        The API server learns of a new Role a moment after it was created: first wait for a verb that is allowed.
        """
        where = {"": self.name, "*": ""}.get(namespace, namespace)
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{self.name}:{service_account}",
                "groups": [
                    "system:authenticated",
                    "system:serviceaccounts",
                    f"system:serviceaccounts:{self.name}",
                ],
                "resourceAttributes": {
                    "verb": verb,
                    "group": group,
                    "resource": resource,
                    "namespace": where,
                },
            },
        }
        answer = self.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    def _path_of(self, manifest: Manifest) -> str:
        metadata = manifest["metadata"]
        where = metadata.get("namespace", self.name)
        return self.api.path(manifest["apiVersion"], manifest["kind"], where, metadata["name"])

    def _list(self, path: str, selector: str) -> list[Manifest]:
        items: list[Manifest] = self.api.get(path, labelSelector=selector)["items"]
        return sorted(items, key=lambda item: str(item["metadata"]["name"]))
