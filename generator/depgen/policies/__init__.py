"""ValidatingAdmissionPolicies of a graph: what RBAC cannot see, decided by the API server on each request.

They are made of what the other objects are made of, so they allow exactly what those need. What a newcomer gets wrong:
an expression that fails is a refusal, so each has to be total for every object that its policy matches; and validations
do not stop at the first one, so each has to stand alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen.accounts import accounts
from depgen.errors import InputError
from depgen.extras import Extra
from depgen.gojson import go_size
from depgen.policies import ledgers, runs, submit
from depgen.policies.policy import Frame, Policy, Trusted
from depgen.render import Layout, Templates, header

__all__ = ["Trusted", "as_extra", "policies"]

# Seconds of the API server's time go into reading long expressions. CEL takes 100,000 code points in one.
OBJECT_LIMIT = 600_000
EXPRESSION_LIMIT = 99_000


def as_extra(trusted: Trusted) -> Extra:
    """The policies of every graph."""

    def files(layouts: Sequence[Layout], templates: Templates) -> dict[str, str]:
        return {name: text for layout in layouts for name, text in _files(layout, trusted, templates).items()}

    return Extra("policies", files, trusted)


def _files(layout: Layout, trusted: Trusted, templates: Templates) -> dict[str, str]:
    """`<graph>-policies.yaml`; nothing for a graph that watches nothing. InputError if a policy would be too large."""
    graph = layout.plan.graph
    found = policies(layout, trusted)
    template = templates.environment.get_template("policies.yaml.j2")
    text = template.render(header=header(graph.files), graph=graph.name, policies=found)
    return {f"{graph.name}-policies.yaml": text} if found else {}


def policies(layout: Layout, trusted: Trusted) -> list[Policy]:
    """The policies of one graph."""
    plan = layout.plan
    if not plan.events:
        return []
    frame = Frame(plan.graph.name, plan.graph.namespace, trusted)
    found = [*submit.policies(frame, plan), runs.policy(frame, plan), ledgers.policy(frame, accounts(plan))]
    for policy in found:
        _refuse_large(policy)
    return found


def _refuse_large(policy: Policy) -> None:
    size = go_size([*policy])
    longest = max(len(part.expression) for part in policy.variables)
    if size > OBJECT_LIMIT or longest > EXPRESSION_LIMIT:
        raise InputError(
            f"policy {policy.name} would take {size:,} bytes, up to {longest:,} characters in one expression; Kubernetes"
            f" takes {OBJECT_LIMIT:,} and {EXPRESSION_LIMIT:,}. Move what is long from workflowSpec or spec into a"
            " WorkflowTemplate, or split the graph"
        )
