"""Kinds that only `doctor` reads, and the kinds that a build is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from depgen.cluster.api import CONFIG_MAPS, DEPLOYMENTS, EVENT_SOURCES, SENSORS, Resource

SECRETS = Resource("", "v1", "secrets", "Secret")
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
ROLES = Resource("rbac.authorization.k8s.io", "v1", "roles", "Role")
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")
CRON_JOBS = Resource("batch", "v1", "cronjobs", "CronJob")
ADMISSION_POLICIES = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "validatingadmissionpolicies",
    "ValidatingAdmissionPolicy",
    is_namespaced=False,
)
ADMISSION_BINDINGS = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "validatingadmissionpolicybindings",
    "ValidatingAdmissionPolicyBinding",
    is_namespaced=False,
)

# What a build applies and what stays as it was applied; a Job is gone once it has done its work.
BUILT: Mapping[str, Resource] = MappingProxyType(
    {
        resource.kind: resource
        for resource in (
            EVENT_SOURCES,
            SENSORS,
            SERVICE_ACCOUNTS,
            ROLES,
            ROLE_BINDINGS,
            CONFIG_MAPS,
            DEPLOYMENTS,
            CRON_JOBS,
            ADMISSION_POLICIES,
            ADMISSION_BINDINGS,
        )
    }
)
