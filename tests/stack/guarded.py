"""Admission policies of a graph on the stack: applied, waited for, and removed again.

The API server starts to enforce a policy a moment after it was created, and says so nowhere. The harness itself acts as
`admin`, in the place of the Workflows controller and of an operator; all others are who they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import workflows
from tests.stack.api import Api, ApiError, Manifest
from tests.stack.namespace import Namespace

from depgen import pipeline
from depgen.policies import Trusted, as_extra

TRUSTED = Trusted(("user:admin",), ("group:depgen-operators", "user:admin"))
KINDS = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
STRANGER = "stranger"


def policies(text: str) -> list[Manifest]:
    """The policies and bindings that `depgen build --with policies` gives for a graph file."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    return [o for o in pipeline.build(checked, [as_extra(TRUSTED)]).objects() if o["kind"] in KINDS]


@contextmanager
def guarded(namespace: Namespace, text: str) -> Iterator[None]:
    """The policies of the namespace's graph are in force."""
    found = policies(text)
    namespace.apply(found)
    try:
        for manifest in found:
            if manifest["kind"] == KINDS[0]:
                wait_until_refused(namespace, manifest["metadata"]["name"].rpartition(".")[2])
        yield
    finally:
        for manifest in found:
            path = namespace.api.path(
                manifest["apiVersion"], manifest["kind"], "", manifest["metadata"]["name"]
            )
            namespace.api.delete(path)


def wait_until_refused(namespace: Namespace, part: str) -> None:
    """Returns when the policy `part` refuses what it should."""
    name, key = namespace.graph, "20000101"
    ledger = {"metadata": {"name": f"{name}-{key}"}}
    run = {
        "apiVersion": workflows.API_VERSION,
        "kind": "Workflow",
        "metadata": {"name": f"{name}-probe-{key}"},
        "spec": workflows.HELD_SPEC,
    }
    who = f"system:serviceaccount:{namespace.name}:{name}-submit" if part == "submit" else STRANGER
    api = namespace.api.acting_as(who, "system:masters")
    path = namespace.path("ConfigMap", api_version="v1") if part == "ledgers" else namespace.path("Workflow")
    namespace.wait_for(
        lambda: f"{name}.{part}'" in refusal(api, path, ledger if part == "ledgers" else run),
        30,
        f"the policy {part} to be in force",
    )
    api.close()


def refusal(api: Api, path: str, body: Manifest) -> str:
    """Why a creation would be refused, empty if it would not."""
    try:
        api.post(f"{path}?dryRun=All", body)
    except ApiError as error:
        return str(error)
    return ""
