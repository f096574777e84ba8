"""Our closed schemas against upstream's own examples, read from the Go modules and never copied here.

An example in REFUSED is wrong upstream: it has a field that no decoder reads. A new name there wants the
same proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.house.make_schemas import (
    EVENTS,
    SCHEMAS,
    SOURCES,
    WORKFLOWS,
    ModuleMissingError,
    make,
    module_folder,
    text,
)

pytestmark = pytest.mark.stack

REFUSED = {
    "sensors/trigger-openwhisk.yaml": "the field is openWhisk, not openwhisk",
    "sensors/trigger-with-atleast-once-semantics.yaml": "atLeastOnce stands beside template, not in it",
    "sensors/trigger-with-policy.yaml": "policy stands beside template, not in it",
    "sensors/url-sensor.yaml": "the field is verifyCert, not verifycert",
    "event-sources/stripe.yaml": "stripe has no namespace",
    "tutorials/03-trigger-sources/sensor-cm.yaml": "a ConfigMap source has no namespace",
    "tutorials/03-trigger-sources/sensor-git.yaml": "a git source has no namespace and no sshKeyPath",
    "tutorials/06-trigger-conditions/minio-event-source.yaml": "spec has no type",
    "tutorials/06-trigger-conditions/webhook-event-source.yaml": "spec has no type",
    "tutorials/09-http-trigger/minio-event-source.yaml": "spec has no type",
    "tutorials/09-http-trigger/sensor-01.yaml": "an HTTP trigger has url, not serverURL",
    "tutorials/09-http-trigger/sensor-02.yaml": "an HTTP trigger has url, not serverURL",
    "workflow-event-binding/github-path-filter-workflowtemplate.yaml": "a list as a value is lost",
}


def folder_or_skip(module: str) -> Path:
    """The module's folder; the test is skipped, with the reason, where it cannot be had."""
    try:
        return module_folder(module)
    except ModuleMissingError as why:
        pytest.skip(str(why))


def examples(module: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the module's example files, as JSON would hold it, with the file's name."""
    folder = folder_or_skip(module) / "examples"
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        for loaded in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            if isinstance(loaded, dict):
                yield path.relative_to(folder).as_posix(), json.loads(json.dumps(loaded, default=str))


def workflow_specs(manifest: dict[str, Any]) -> Iterator[Any]:
    """The Workflow spec within a manifest, if it has one."""
    if manifest.get("kind") in {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}:
        yield manifest["spec"]
    elif manifest.get("kind") == "CronWorkflow":
        yield manifest["spec"]["workflowSpec"]


def refused(schema: str, instances: list[tuple[str, Any]]) -> set[str]:
    """The files whose object the schema does not take."""
    validator = jsonschema_rs.Draft202012Validator(json.loads((SCHEMAS / schema).read_text(encoding="utf-8")))
    return {file for file, instance in instances if not validator.is_valid(instance)}


@pytest.mark.parametrize(
    ("kind", "schema", "count"),
    [("Sensor", "sensor.schema.json", 80), ("EventSource", "eventsource.schema.json", 30)],
)
def test_upstreams_examples_of_argo_events_pass(kind: str, schema: str, count: int) -> None:
    found = [(file, manifest) for file, manifest in examples(EVENTS) if manifest.get("kind") == kind]
    assert len(found) >= count
    assert refused(schema, found) == {file for file, _ in found} & REFUSED.keys()


def test_upstreams_examples_of_workflows_pass() -> None:
    found = [(file, spec) for file, manifest in examples(WORKFLOWS) for spec in workflow_specs(manifest)]
    assert len(found) >= 180
    assert refused("workflow-spec.schema.json", found) == {file for file, _ in found} & REFUSED.keys()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.file)
def test_the_schemas_are_what_upstreams_make(source: Any) -> None:
    made = text(make(source, folder_or_skip(source.module)))
    assert (SCHEMAS / source.file).read_text(encoding="utf-8") == made
