"""What Argo's agent sends: a Workflow's name and the template of one of its nodes, parameters filled in.

Source: argo-workflows v3.7.14, pkg/plugins/executor. What a newcomer gets wrong: the agent shows every template to every
plugin, so another plugin's is no mistake; and a node is not named anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

FORM = "dependencyChecker"


class BadRequestError(Exception):
    """Nothing that an agent sends; the text says why."""


class Request(NamedTuple):
    """A template of ours. `form` is what stands below `dependencyChecker`, not checked yet."""

    namespace: str
    workflow: str
    uid: str
    template: Mapping[str, Any]
    form: Any

    @property
    def words(self) -> str:
        """For the log: `data/nightly-x2k4f check`."""
        return f"{self.namespace}/{self.workflow} {self.template.get('name') or '-'}"


def read(body: bytes) -> Request | None:
    """The request; None if the template is another plugin's. BadRequestError if it is none."""
    data = _object(_parsed(body), "the body")
    template = _object(data.get("template"), "template")
    metadata = _object(_object(data.get("workflow"), "workflow").get("metadata"), "workflow.metadata")
    plugin = template.get("plugin")
    if not isinstance(plugin, dict) or FORM not in plugin:
        return None
    namespace, name = _text(metadata, "namespace"), _text(metadata, "name")
    return Request(namespace, name, _text(metadata, "uid"), template, plugin[FORM])


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise BadRequestError("the body is nested too deeply") from error
    except ValueError as error:
        raise BadRequestError("the body is not JSON") from error


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequestError(f"{name} is not a JSON object")
    return value


def _text(metadata: Mapping[str, Any], name: str) -> str:
    value = metadata.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"workflow.metadata.{name} is not text")
    return value
