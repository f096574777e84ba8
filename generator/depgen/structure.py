"""Whether a document has the form that the schemas ask for; not whether what it says makes sense.

A valid document costs one call of the fast validator (`jsonschema_rs`, imported here and not on top: commands
that read no graph do not pay for it). Only what it rejects is walked for the spots (`breaches`) and put into
words (`wording`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from depgen import assets
from depgen.breaches import Breach, Schema, Walk, compiled
from depgen.diagnostics import Diagnostic, Place, Route
from depgen.errors import InternalError
from depgen.remedies import remedy
from depgen.wording import Sentence, fields_of, meant_field, sentence

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

    from depgen.document import Document

# Of `pods`: what a Pod has as well, in its form.
_POD_FIELDS = ("affinity", "imagePullSecrets", "securityContext", "tolerations")


def validate(document: Document) -> list[Diagnostic]:
    """Everything about the form of a graph file that is not as `graph.schema.json` says."""
    breaches = _form("graph.schema.json").breaches(document.data, ())
    if any(breach.keyword == "const" for breach in breaches):
        # Of another version, or of no depgen at all: what else differs says nothing.
        breaches = [breach for breach in breaches if breach.keyword == "const"]
    return [_diagnostic(breach, document.path) for breach in breaches]


def validate_as(document: Document, schema: str) -> list[Diagnostic]:
    """Everything about the form of a file beside the graph, such as `profile.schema.json` says it."""
    return [_diagnostic(breach, document.path) for breach in _form(schema).breaches(document.data, ())]


def mistakes(value: Any, schema: str, route: Route) -> list[Sentence]:
    """What is wrong with the form of a value that is in no file; `route` is what it is called."""
    return [sentence(breach) for breach in _form(schema).breaches(value, route)]


def validate_spec(document: Document, route: Route, value: Any) -> list[Diagnostic]:
    """What is wrong with `value`, a part of a Workflow's `spec` that stands at `route` of a document.

    Nothing is missing at its top: the rest of the spec is in a template, or written by depgen.
    """
    breaches = _workflow_spec_form().breaches(value, route)
    return [_diagnostic(breach, document.path, "workflow-spec") for breach in breaches]


def validate_pods(document: Document, value: Any) -> list[Diagnostic]:
    """What is wrong with the graph's `pods` where their fields are those of a Pod, and not depgen's own."""
    checked = {name: value[name] for name in _POD_FIELDS if name in value}
    breaches = _pods_form().breaches(checked, ("pods",))
    return [_diagnostic(breach, document.path, "pod-spec") for breach in breaches]


@dataclass(frozen=True, slots=True)
class _Form:
    """A schema in the two ways it is used: one answers whether, the other where."""

    validator: Draft202012Validator
    walk: Walk

    @classmethod
    def of(cls, schema: Schema) -> _Form:
        return cls(compiled(schema), Walk(schema))

    def breaches(self, value: Any, route: Route) -> list[Breach]:
        """The breaches that are worth a finding; none of a valid value."""
        if self.validator.is_valid(value):
            return []
        found = list(self.walk.breaches(value, route))
        if not found:
            raise InternalError("a document is not valid, but there is no spot at which it is not")
        return _without_echoes(found)


@cache
def _form(schema: str) -> _Form:
    return _Form.of(json.loads(assets.text("schemas", schema)))


@cache
def _workflow_spec_form() -> _Form:
    schema = json.loads(assets.text("schemas", "workflow-spec.schema.json"))
    schema.pop("required", None)
    return _Form.of(schema)


@cache
def _pods_form() -> _Form:
    """Of the fields of a Sensor's template; one security context with the fields of the pod's and the container's."""
    schema = json.loads(assets.text("schemas", "sensor.schema.json"))
    parts = schema["$defs"]
    of_pod, of_container = parts["PodSecurityContext"], parts["SecurityContext"]
    security = {**of_pod, "properties": {**of_pod["properties"], **of_container["properties"]}}
    template = parts["Template"]["properties"]
    fields = {name: security if name == "securityContext" else template[name] for name in _POD_FIELDS}
    closed = {"type": "object", "properties": fields}
    return _Form.of({**closed, "additionalProperties": False, "$defs": parts})


def _without_echoes(breaches: list[Breach]) -> list[Breach]:
    """The breaches without those of a missing field that only follow from another one of the same mapping."""
    at: dict[Route, list[Breach]] = defaultdict(list)
    for breach in breaches:
        at[breach.route[:-1] if breach.keyword == "unknown" else breach.route].append(breach)
    return [breach for breach in breaches if not _is_echo(breach, at[breach.route])]


def _is_echo(breach: Breach, others: list[Breach]) -> bool:
    if breach.keyword not in ("oneOf", "required"):
        return False
    wanted = [breach.name] if breach.keyword == "required" else fields_of(breach.schema)
    if any(name in breach.value for name in wanted):
        return False
    unknown = [other for other in others if other.keyword == "unknown"]
    if any(meant_field(other) in wanted for other in unknown):
        return True
    # A choice and a field are missing: the field's hint shows the whole. Two choices: one has to go first.
    choices = [other for other in others if other.keyword == "oneOf"]
    if breach.keyword == "oneOf":
        return any(other.keyword == "required" for other in others)
    return any(name in breach.value for other in choices for name in fields_of(other.schema))


def _diagnostic(breach: Breach, path: str, rule: str | None = None) -> Diagnostic:
    said = sentence(breach)
    is_about_key = breach.is_key or (breach.keyword in ("oneOf", "required") and _ends_in_key(breach.route))
    place = Place(path, breach.route, at_key=is_about_key)
    return Diagnostic(place, rule or said.rule, said.message, said.hint, fix=remedy(breach, path))


def _ends_in_key(route: Route) -> bool:
    return bool(route) and isinstance(route[-1], str)
