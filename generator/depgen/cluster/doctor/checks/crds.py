"""The custom resources of Argo Events and Argo Workflows are installed.

Why: without one of them the objects of a graph cannot even be created, or nothing ever acts on them.

Way out: install Argo Events and Argo Workflows, CRDs included.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    CUSTOM_RESOURCES,
    EVENT_BUSES,
    EVENT_SOURCES,
    SENSORS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Object,
)
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.manifests import mapping, mappings

_EVENTS = (EVENT_BUSES, EVENT_SOURCES, SENSORS)
_WORKFLOWS = (WORKFLOWS, CRON_WORKFLOWS, WORKFLOW_TEMPLATES, CLUSTER_WORKFLOW_TEMPLATES)


def check(exam: Exam) -> Iterator[Finding]:
    for product, resources in (("Argo Events", _EVENTS), ("Argo Workflows", _WORKFLOWS)):
        for resource in resources:
            name = f"{resource.plural}.{resource.group}"
            found = exam.sight.one(CUSTOM_RESOURCES, "", name)
            if found is None:
                yield error(f"CustomResourceDefinition {name}", "it is not installed", f"install {product}")
            elif not _is_established(found):
                yield error(
                    f"CustomResourceDefinition {name}",
                    "the API server does not serve it",
                    f"see its conditions; it may clash with another version of {product}",
                )


def _is_established(found: Object) -> bool:
    conditions = mappings(mapping(found.get("status")).get("conditions"))
    return any(c.get("type") == "Established" and c.get("status") == "True" for c in conditions)
