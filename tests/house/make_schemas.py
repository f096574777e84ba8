"""Makes schemas/{eventsource,sensor,workflow-spec}.schema.json from the schemas in Argo's own Go modules.

Upstream's schemas are open: a misspelt field passes them, and the CRDs, and is then dropped in silence. Ours
are closed. They also accept what the Go decoders really take where upstream's schema says something else (a
quantity may be a number, a webhook needs no `url`): every such place is in a table below, with its reason.

`python tests/house/make_schemas.py` writes the three files anew; it needs Go, and the network unless Go's
cache has the modules already.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

SCHEMAS = Path(__file__).parents[2] / "schemas"
EVENTS = "github.com/argoproj/argo-events@v1.9.11"
WORKFLOWS = "github.com/argoproj/argo-workflows/v3@v3.7.14"

KEPT = {"$ref", "additionalProperties", "const", "items", "properties", "required", "type"}
DROPPED = {"description", "format", "title"}

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
SCALAR: Schema = {"type": ["boolean", "number", "string"]}
NUMBER_OR_TEXT: Schema = {"type": ["integer", "string"]}

# What a type's own decoder takes. Keys here and below are the last three parts of upstream's names.
DECODED: dict[str, Schema] = {
    "events.v1alpha1.Int64OrString": NUMBER_OR_TEXT,
    "events.v1alpha1.K8SResource": {"type": "object"},  # any Kubernetes object
    "meta.v1.ObjectMeta": {  # what somebody writes; the rest is the API server's
        "type": "object",
        "properties": {"annotations": TEXTS, "labels": TEXTS, "name": TEXT, "namespace": TEXT},
        "additionalProperties": False,
    },
    "api.resource.Quantity": {
        "type": ["number", "string"],
        "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
    },
    "util.intstr.IntOrString": NUMBER_OR_TEXT,
    "workflow.v1alpha1.Item": {},  # any JSON value
    # The plugin's name and whatever it wants.
    "workflow.v1alpha1.Plugin": {"type": "object", "minProperties": 1, "maxProperties": 1},
}

# What a field's decoder takes. Argo's AnyString makes text of every scalar (and "" of anything else).
DECODED_FIELDS: dict[str, Schema] = {
    "core.v1.PersistentVolumeClaim": {"status": {}},  # read, never used
    "workflow.v1alpha1.Parameter": {
        "default": SCALAR,
        "description": SCALAR,
        "enum": {"type": "array", "items": SCALAR},
        "value": SCALAR,
    },
    "workflow.v1alpha1.ValueFrom": {"default": SCALAR},
    "workflow.v1alpha1.Cache": {  # a ConfigMapKeySelector of which the key is never read
        "configMap": {
            "type": "object",
            "properties": {"key": TEXT, "name": TEXT, "optional": {"type": "boolean"}},
            "additionalProperties": False,
        }
    },
}

CLOUD_EVENT = {"datacontenttype", "id", "source", "specversion", "subject", "time", "type"}
QUEUE_OR_TOPIC = {"queueName", "subscriptionName", "topicName"}

# Fields upstream's schema asks for though its code, and its examples, do without.
NOT_REQUIRED: dict[str, set[str]] = {
    "core.v1.Container": {"image"},  # templateDefaults may give it
    "workflow.v1alpha1.ArtifactPaths": {"name"},
    "workflow.v1alpha1.AzureArtifact": {"container", "endpoint"},  # the artifact repository may give them
    "workflow.v1alpha1.ScriptTemplate": {"image", "source"},  # templateDefaults; an image's own entrypoint
    "events.v1alpha1.AzureServiceBusEventSource": QUEUE_OR_TOPIC,
    "events.v1alpha1.AzureServiceBusTrigger": QUEUE_OR_TOPIC,
    "events.v1alpha1.CustomTrigger": {"payload", "secure"},
    "events.v1alpha1.EventContext": CLOUD_EVENT,  # as a filter: only what is given is compared
    "events.v1alpha1.HTTPTrigger": {"payload"},
    "events.v1alpha1.SQSEventSource": {"waitTimeSeconds"},
    "events.v1alpha1.WebhookContext": {"url"},  # only for hooks that Argo Events registers by itself
    "events.v1alpha1.WebhookEventSource": {"url"},
}


class ModuleMissingError(Exception):
    """A Go module's folder cannot be had; the text says why."""


@dataclass(frozen=True)
class Source:
    """One schema of ours: `file` is type `root` of a module's schema, with all it refers to."""

    file: str
    title: str
    module: str
    root: str


SOURCES = (
    Source(
        "eventsource.schema.json",
        "EventSource of Argo Events v1.9.11, closed",
        EVENTS,
        "io.argoproj.events.v1alpha1.EventSource",
    ),
    Source(
        "sensor.schema.json",
        "Sensor of Argo Events v1.9.11, closed",
        EVENTS,
        "io.argoproj.events.v1alpha1.Sensor",
    ),
    Source(
        "workflow-spec.schema.json",
        "spec of a Workflow of Argo Workflows v3.7.14, closed",
        WORKFLOWS,
        "io.argoproj.workflow.v1alpha1.WorkflowSpec",
    ),
)


def module_folder(module: str) -> Path:
    """Where Go keeps `path@version`, downloaded if need be; raises ModuleMissingError."""
    go = shutil.which("go")
    if go is None:
        raise ModuleMissingError("no Go toolchain on the PATH")
    command = [go, "mod", "download", "-json", module]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    told: dict[str, str] = json.loads(answer.stdout or "{}")
    if "Dir" not in told:
        raise ModuleMissingError(f"no folder of {module}: {told.get('Error') or answer.stderr.strip()}")
    return Path(told["Dir"])


def make(source: Source, folder: Path) -> Schema:
    """The closed schema of one type. `folder` is the module's."""
    upstream: dict[str, Schema] = json.loads((folder / "api/jsonschema/schema.json").read_text())[
        "definitions"
    ]
    definitions = {source.root: document(rewrite(source.root, upstream[source.root]))}
    todo = list(references(definitions))
    while todo:
        if (name := todo.pop()) not in definitions:
            definitions[name] = rewrite(name, upstream[name])
            todo += references(definitions[name])
    short = short_names(definitions)
    return {
        "$comment": "Generated by tests/house/make_schemas.py. Do not edit.",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": source.title,
        "$defs": {
            short[name]: rename(schema, short) for name, schema in definitions.items() if name != source.root
        },
        **rename(definitions[source.root], short),
    }


def document(schema: Schema) -> Schema:
    """A root type; if it is a Kubernetes object, one that a user writes: named, and without a status."""
    properties = dict(schema["properties"])
    if "apiVersion" not in properties:
        return schema
    properties.pop("status")
    properties["metadata"] = {**properties["metadata"], "required": ["name"]}
    return {**schema, "properties": properties, "required": ["apiVersion", "kind", "metadata", "spec"]}


def rewrite(name: str, upstream: Schema) -> Schema:
    """Upstream's definition closed and corrected."""
    key = ".".join(name.split(".")[-3:])
    if key in DECODED:
        return DECODED[key]
    schema = close(upstream)
    if fields := DECODED_FIELDS.get(key):
        known(key, set(fields), set(schema["properties"]))
        schema["properties"] = {**schema["properties"], **fields}
    if optional := NOT_REQUIRED.get(key):
        known(key, optional, set(schema["required"]))
        schema["required"] = [field for field in schema["required"] if field not in optional]
    return {word: value for word, value in schema.items() if value != []}


def close(schema: Schema) -> Schema:
    """The schema without prose, and refusing in every object the fields it does not name."""
    known("schema", {word for word in schema if not word.startswith("x-")}, KEPT | DROPPED)
    closed: Schema = {word: schema[word] for word in sorted(KEPT & schema.keys())}
    for word in ("items", "additionalProperties"):
        if word in closed:
            closed[word] = close(closed[word])
    if "properties" in closed:
        closed["properties"] = {name: close(field) for name, field in closed["properties"].items()}
    if "required" in closed:
        closed["required"] = sorted(closed["required"])
    if closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def known(what: str, found: set[str], expected: set[str]) -> None:
    """Stops the run if upstream has moved away from what is written here."""
    if extra := found - expected:
        raise ValueError(
            f"{what}: {sorted(extra)} not among {sorted(expected)}; upstream changed, look at it anew"
        )


def references(schema: Any) -> Iterator[str]:
    """The definitions a schema names, by upstream's names."""
    if isinstance(schema, dict):
        for word, value in schema.items():
            if word == "$ref" and isinstance(value, str):
                yield value.removeprefix("#/definitions/")
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def short_names(names: dict[str, Schema]) -> dict[str, str]:
    """`io.k8s.api.core.v1.EnvVar` is EnvVar; two of one name keep their group: `core.HTTPHeader`."""
    last = Counter(name.split(".")[-1] for name in names)
    parts = {name: name.split(".") for name in names}
    return {
        name: part[-1] if last[part[-1]] == 1 else f"{part[-3]}.{part[-1]}" for name, part in parts.items()
    }


def rename(schema: Any, short: dict[str, str]) -> Any:
    """The schema with references to `$defs` by short names."""
    if isinstance(schema, dict):
        return {
            word: f"#/$defs/{short[value.removeprefix('#/definitions/')]}"
            if word == "$ref" and isinstance(value, str)
            else rename(value, short)
            for word, value in schema.items()
        }
    return [rename(value, short) for value in schema] if isinstance(schema, list) else schema


def text(schema: Schema) -> str:
    """The file: compact JSON, sorted, with one line a definition so that a diff can be read."""

    def compact(value: Any) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    def lines(values: Schema, indent: str) -> str:
        return ",\n".join(f"{indent}{json.dumps(key)}:{values[key]}" for key in sorted(values))

    definitions = lines({name: compact(value) for name, value in schema["$defs"].items()}, "  ")
    words = {word: compact(value) for word, value in schema.items()} | {"$defs": "{\n" + definitions + "\n }"}
    return "{\n" + lines(words, " ") + "\n}\n"


def main() -> None:
    """Writes the files."""
    for source in SOURCES:
        (SCHEMAS / source.file).write_text(text(make(source, module_folder(source.module))), encoding="utf-8")


if __name__ == "__main__":
    main()
