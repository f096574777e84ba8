"""What the rule mutex-deadlock says of locks, held against the real Workflows controller.

A case is one Workflow. Those that the rule is certain about have to wait for a lock that they hold themselves; all others have
to come to an end.
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import yaml
from tests.stack.namespace import Namespace

from depgen.diagnostics import Severity
from depgen.lint import mutex_deadlock
from depgen.manifests import read_files

LOOKS_A_TOUCH = 20  # of 0.1 s each
WAIT = "suspend: {duration: 1s}"
LOADS = "{name: main, steps: [[{name: load, template: load}]]}"
CASES = {
    "in-the-workflow": f"""
        synchronization: {{mutexes: [{{name: one}}]}}
        templates: [{LOADS}, {{name: load, synchronization: {{mutex: {{name: one}}}}, {WAIT}}}]
        """,
    "around-it": f"""
        templates:
          - {{name: main, synchronization: {{mutexes: [{{name: two}}]}}, steps: [[{{name: load, template: load}}]]}}
          - {{name: load, synchronization: {{mutexes: [{{name: two}}]}}, {WAIT}}}
        """,
    "in-the-defaults": f"""
        templateDefaults: {{synchronization: {{mutex: {{name: three}}}}}}
        templates: [{LOADS}, {{name: load, {WAIT}}}]
        """,
    "at-the-end": f"""
        synchronization: {{mutexes: [{{name: four}}]}}
        onExit: bye
        templates: [{{name: main, {WAIT}}}, {{name: bye, synchronization: {{mutexes: [{{name: four}}]}}, {WAIT}}}]
        """,
    "in-a-task": f"""
        templates:
          - name: main
            synchronization: {{mutexes: [{{name: five}}]}}
            dag: {{tasks: [{{name: load, inline: {{synchronization: {{mutexes: [{{name: five}}]}}, {WAIT}}}}}]}}
        """,
    "side-by-side": f"""
        templates:
          - {{name: main, steps: [[{{name: a, template: load}}, {{name: b, template: load}}]]}}
          - {{name: load, synchronization: {{mutexes: [{{name: six}}]}}, {WAIT}}}
        """,
    "another-lock-within": f"""
        synchronization: {{mutexes: [{{name: seven}}]}}
        templates: [{LOADS}, {{name: load, synchronization: {{mutexes: [{{name: eight}}]}}, {WAIT}}}]
        """,
    "two-in-one-list": f"""
        synchronization: {{mutexes: [{{name: nine}}, {{name: ten}}]}}
        templates: [{{name: main, {WAIT}}}]
        """,
    "two-in-one-list-the-other-way": f"""
        synchronization: {{mutexes: [{{name: ten}}, {{name: nine}}]}}
        templates: [{{name: main, {WAIT}}}]
        """,
    "of-another-namespace": f"""
        synchronization: {{mutexes: [{{name: eleven, namespace: elsewhere}}]}}
        templates: [{LOADS}, {{name: load, synchronization: {{mutexes: [{{name: eleven}}]}}, {WAIT}}}]
        """,
}


def _workflow(name: str) -> dict[str, Any]:
    spec = yaml.safe_load(CASES[name]) | {"entrypoint": "main"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name},
        "spec": spec,
    }


def _is_said_to_wait(workflow: dict[str, Any]) -> bool:
    items = read_files([("w.yaml", yaml.safe_dump(workflow).encode())]).items
    return any(found.severity is Severity.ERROR for found in mutex_deadlock.check(items))


def test_a_workflow_waits_for_a_lock_of_its_own_if_the_rule_says_so(namespace: Namespace) -> None:
    workflows = {name: _workflow(name) for name in CASES}
    namespace.apply(workflows.values())
    expected = {name: _is_said_to_wait(workflow) for name, workflow in workflows.items()}

    looks = count(1)

    def settled() -> dict[str, bool] | None:
        if next(looks) % LOOKS_A_TOUCH == 0:
            _touch_the_running(namespace)
        found = {name: _waits(namespace, workflow) for name, workflow in workflows.items()}
        return None if None in found.values() else {name: bool(waits) for name, waits in found.items()}

    # Whoever waits only for a while goes on; so what still waits when all others are done, waits for itself.
    namespace.wait_for(lambda: settled() == expected, 60, f"the Workflows to end or wait as {expected}")
    assert sum(expected.values()) == 5


def _touch_the_running(namespace: Namespace) -> None:
    """Makes the controller look at every Workflow that has not ended.

    It gives the lock of a suspended step free the next time it looks at the Workflow. If it has not seen its own last
    write by then it looks away, and 3.7.14 comes back 20 minutes later: a step that waits for the lock would seem stuck.
    """
    for workflow in namespace.workflows():
        if workflow.get("status", {}).get("phase") != "Succeeded":
            touch = {"metadata": {"annotations": {"touched": str(time.monotonic())}}}
            namespace.api.merge_patch(namespace.path("Workflow", workflow["metadata"]["name"]), touch)


def _waits(namespace: Namespace, workflow: dict[str, Any]) -> bool | None:
    """Whether a Workflow waits for a lock; False if it has succeeded, None while it is at work."""
    status = namespace.api.get(namespace.path("Workflow", workflow["metadata"]["name"])).get("status", {})
    if status.get("phase") == "Succeeded":
        return False
    nodes = status.get("nodes", {}).values()
    waiting = [node for node in nodes if node.get("synchronizationStatus", {}).get("waiting")]
    others = [n for n in nodes if n.get("phase") == "Running" and n["type"] == "Suspend"]
    return True if waiting and not others else None
