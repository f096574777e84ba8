"""What depgen asks of a Kubernetes API: a Protocol, so that every command also runs against one in memory.

Objects are plain JSON, as the API gives them. Calls are retried by the implementation where trying again can help;
what still fails is a ClusterError that says what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from depgen.errors import DepgenError

Object = dict[str, Any]


class Resource(NamedTuple):
    """A kind of object, as the API's paths name it. `group` is "" for the core group."""

    group: str
    version: str
    plural: str
    kind: str
    is_namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As objects have it: `v1`, `argoproj.io/v1alpha1`."""
        return f"{self.group}/{self.version}" if self.group else self.version


CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
NAMESPACES = Resource("", "v1", "namespaces", "Namespace", is_namespaced=False)
PODS = Resource("", "v1", "pods", "Pod")
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
CRON_WORKFLOWS = Resource("argoproj.io", "v1alpha1", "cronworkflows", "CronWorkflow")
WORKFLOW_TEMPLATES = Resource("argoproj.io", "v1alpha1", "workflowtemplates", "WorkflowTemplate")
CLUSTER_WORKFLOW_TEMPLATES = Resource(
    "argoproj.io", "v1alpha1", "clusterworkflowtemplates", "ClusterWorkflowTemplate", is_namespaced=False
)
EVENT_BUSES = Resource("argoproj.io", "v1alpha1", "eventbus", "EventBus")
EVENT_SOURCES = Resource("argoproj.io", "v1alpha1", "eventsources", "EventSource")
SENSORS = Resource("argoproj.io", "v1alpha1", "sensors", "Sensor")
CUSTOM_RESOURCES = Resource(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", is_namespaced=False
)


class ClusterError(DepgenError):
    """The API refused, or could not be reached. `status` is the HTTP status, 0 if there was no answer."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def is_conflict(self) -> bool:
        """Somebody else changed the object meanwhile."""
        return self.status == 409 and self.reason != "AlreadyExists"

    @property
    def already_exists(self) -> bool:
        """An object of that name is there."""
        return self.status == 409 and self.reason == "AlreadyExists"

    @property
    def is_transient(self) -> bool:
        """Whether the same call may go through later: no answer, too many requests, or the server's own trouble."""
        return self.status in (0, 408, 429) or self.status >= 500


class Change(NamedTuple):
    """One event of a watch."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Object


class Cluster(Protocol):
    """One cluster. `namespace` is "" for all namespaces, and for resources that have none."""

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """Every object that the label selector matches, page by page, each with `metadata.resourceVersion`."""
        ...

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object; None if there is none."""
        ...

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        """Create an object; a ClusterError with `already_exists` if there is one of that name."""
        ...

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """JSON merge patch; with `metadata.resourceVersion` in it, a ClusterError with `is_conflict` if that is stale."""
        ...

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        """Delete an object; False if there was none."""
        ...

    def watch(
        self, resource: Resource, namespace: str, selector: str = "", timeout: float | None = None
    ) -> Iterator[Change]:
        """What there is, as ADDED, then every change; resumes by itself when the connection ends, and lists anew
        when the server has forgotten where it was. Ends after `timeout` seconds, if given.
        """
        ...

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """Whether a user, such as `system:serviceaccount:data:etl-watch`, may do that (SubjectAccessReview)."""
        ...

    def server_version(self) -> str:
        """The API server's version, such as `v1.36.3`."""
        ...

    def server_time(self) -> float:
        """The API server's clock, in seconds since 1970."""
        ...
