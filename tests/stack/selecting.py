"""Which pods a selector of a rendered object takes, asked of the API server with pods of the live templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stack.api import Manifest
from tests.stack.namespace import Namespace


def stand_in(namespace: Namespace, name: str, template: Mapping[str, Any]) -> None:
    """Creates a pod with the labels of a Deployment's or StatefulSet's template; nothing runs in it."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": template["metadata"]["labels"]},
        "spec": {"containers": [{"name": "main", "image": "none"}]},
    }
    namespace.api.post(namespace.path("Pod", api_version="v1"), pod)


def selected(namespace: Namespace, selector: Manifest) -> list[str]:
    """The names of the namespace's pods that the selector takes."""
    terms = [f"{key}={value}" for key, value in selector.get("matchLabels", {}).items()]
    for one in selector.get("matchExpressions", ()):
        assert one["operator"] == "In"
        terms.append(f"{one['key']} in ({','.join(one['values'])})")
    found = namespace.api.get(namespace.path("Pod", api_version="v1"), labelSelector=",".join(terms))
    return sorted(item["metadata"]["name"] for item in found["items"])
