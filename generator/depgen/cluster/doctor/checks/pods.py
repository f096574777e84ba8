"""The Deployments of the graph's EventSources and Sensors have their pods, and the pods stay up.

Why: an EventSource without a pod publishes nothing, and what completes meanwhile is seen only when it comes back, or by
the sweep. A pod that restarts again and again may be too small, or refused by the API server or the bus.

Way out: `kubectl describe` of the pod and the log of its last container.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from depgen.cluster.api import DEPLOYMENTS, EVENT_SOURCES, PODS, SENSORS, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, unknown, warning
from depgen.manifests import mapping, mappings

MANY_RESTARTS = 5
_OURS = "controller in (eventsource-controller,sensor-controller)"


def check(exam: Exam) -> Iterator[Finding]:
    owned = [(r.kind, str(o["metadata"]["name"])) for r in (EVENT_SOURCES, SENSORS) for o in exam.own(r)]
    for kind, name in owned:
        deployment = _deployment(exam, kind, name)
        if deployment is None:
            yield error(f"{kind} {exam.namespace}/{name}", "it has no Deployment", "see its conditions")
        else:
            yield from judged(deployment, f"{kind} {exam.namespace}/{name}")
    for pod in exam.sight.all(PODS, exam.namespace, _OURS):
        labels = mapping(pod["metadata"].get("labels"))
        kind = "Sensor" if labels.get("controller") == "sensor-controller" else "EventSource"
        if (kind, labels.get("owner-name")) in owned:
            yield from _restarts(pod, f"Pod {exam.namespace}/{pod['metadata']['name']}")


def judged(deployment: Object, about: str) -> Iterator[Finding]:
    """What is to be said of a Deployment's pods."""
    status = mapping(deployment.get("status"))
    if "observedGeneration" not in status:
        yield unknown(about, "nobody tells whether its pods run")
        return
    wanted = int(str(mapping(deployment.get("spec")).get("replicas", 1)))
    ready = int(str(status.get("readyReplicas", 0)))
    if status["observedGeneration"] != deployment["metadata"].get("generation", status["observedGeneration"]):
        yield warning(
            about, "its newest spec is not rolled out yet", "wait; if it stays so, describe the Deployment"
        )
    if ready < wanted:
        name = deployment["metadata"]["name"]
        yield error(about, f"{ready} of {wanted} pods are ready", f"kubectl describe deployment {name}")


def _deployment(exam: Exam, kind: str, name: str) -> Object | None:
    for found in exam.sight.all(DEPLOYMENTS, exam.namespace, _OURS):
        owners = mappings(found["metadata"].get("ownerReferences"))
        if any((owner.get("kind"), owner.get("name")) == (kind, name) for owner in owners):
            return found
    return None


def _restarts(pod: Object, about: str) -> Iterator[Finding]:
    for container in mappings(mapping(pod.get("status")).get("containerStatuses")):
        waiting: Any = mapping(mapping(container.get("state")).get("waiting"))
        last: Any = mapping(mapping(container.get("lastState")).get("terminated"))
        ended = f"; it last ended with {last.get('reason')} ({last.get('exitCode')})" if last else ""
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            told = f"{waiting['reason']}: {waiting.get('message', 'no message')}{ended}"
            yield error(about, told, "kubectl describe pod, and its log with --previous")
        elif int(str(container.get("restartCount") or 0)) >= MANY_RESTARTS:
            told = f"it was restarted {container['restartCount']} times{ended}"
            yield warning(about, told, "kubectl logs --previous; perhaps it needs more memory")
