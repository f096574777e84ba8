"""What is checked: the Workflows of a CronWorkflow, of a template, with labels, of one name, or a node of a graph.

What a newcomer gets wrong: only Workflows that `argo submit --from` made of a template carry its label; all others refer
to it in their spec, so Workflows of a template cannot be asked for by label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from depgen.cluster.api import Object
from depgen.cluster.checking import selectors
from depgen.errors import InputError

_LABEL = "workflows.argoproj.io/"
OF_CRON = f"{_LABEL}cron-workflow"
_OF_TEMPLATE = f"{_LABEL}workflow-template"
_OF_CLUSTER_TEMPLATE = f"{_LABEL}cluster-workflow-template"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NODE = re.compile(r"[a-z][a-z0-9]*/[a-z]([-a-z0-9]*[a-z0-9])?")
_MOST_CHARACTERS = 253


class Kind(StrEnum):
    """What a target is. ANY is a bare name: Workflows of a CronWorkflow or template of that name, or that Workflow."""

    CRON_WORKFLOW = "cronWorkflow"
    WORKFLOW_TEMPLATE = "workflowTemplate"
    CLUSTER_WORKFLOW_TEMPLATE = "clusterWorkflowTemplate"
    WORKFLOW = "workflow"
    SELECTOR = "selector"
    NODE = "node"
    ANY = "any"


_KINDS = {kind.value.lower(): kind for kind in Kind if kind is not Kind.ANY}


class Target(NamedTuple):
    """`name` is a name, a label selector, or `graph/node`; its Workflows, or its ledgers, are in `namespace`."""

    kind: Kind
    name: str
    namespace: str

    @property
    def text(self) -> str:
        """As `parse_target` reads it."""
        return self.name if self.kind is Kind.ANY else f"{self.kind.lower()}/{self.name}"

    @property
    def words(self) -> str:
        """For sentences: `CronWorkflow sales`, `node etl/report`."""
        what = {
            Kind.CRON_WORKFLOW: "CronWorkflow ",
            Kind.WORKFLOW_TEMPLATE: "WorkflowTemplate ",
            Kind.CLUSTER_WORKFLOW_TEMPLATE: "ClusterWorkflowTemplate ",
            Kind.WORKFLOW: "Workflow ",
            Kind.SELECTOR: "label selector ",
            Kind.NODE: "node ",
            Kind.ANY: "",
        }
        return f"{what[self.kind]}{self.name}"

    @property
    def selector(self) -> str:
        """The label selector of its Workflows; "" where labels do not tell."""
        if self.kind is Kind.CRON_WORKFLOW:
            return f"{OF_CRON}={self.name}"
        return self.name if self.kind is Kind.SELECTOR else ""


def parse_target(text: str, namespace: str) -> Target:
    """`cronworkflow/x`, `workflowtemplate/x`, `clusterworkflowtemplate/x`, `workflow/x`, `selector/app=a,b=c`,
    `node/etl/report`, or `x` alone; InputError if it is none of these.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise InputError(f'"{namespace}" cannot be a namespace: lower-case letters, digits and hyphens')
    kind, separator, name = text.partition("/")
    if not separator:
        return _checked(Target(Kind.ANY, text, namespace), text)
    if kind.lower() not in _KINDS:
        raise InputError(
            f'"{text}" is no target: write cronworkflow/NAME, workflowtemplate/NAME, clusterworkflowtemplate/NAME,'
            " workflow/NAME, selector/LABEL=VALUE, node/GRAPH/NODE, or a name alone"
        )
    return _checked(Target(_KINDS[kind.lower()], name, namespace), text)


def relevant(target: Target, workflows: Iterable[Object]) -> Iterator[Object]:
    """Which of the Workflows of the target's namespace the target means; of a node none, its ledger is asked."""
    return (workflow for workflow in workflows if _is_meant(target, workflow))


def _checked(target: Target, text: str) -> Target:
    if target.kind is Kind.SELECTOR:
        selectors.parse(target.name)
    elif target.kind is Kind.NODE:
        if not _NODE.fullmatch(target.name):
            raise InputError(f'"{text}" names no node: write node/GRAPH/NODE, such as node/etl/report')
    elif not _NAME.fullmatch(target.name) or len(target.name) > _MOST_CHARACTERS:
        hint = f"; of labels write selector/{text}" if "=" in text else ""
        raise InputError(
            f'"{target.name}" cannot be a name: lower-case letters, digits, hyphens and dots{hint}'
        )
    return target


def _is_meant(target: Target, workflow: Object) -> bool:
    labels = workflow["metadata"].get("labels") or {}
    name = target.name
    match target.kind:
        case Kind.CRON_WORKFLOW:
            return bool(labels.get(OF_CRON) == name)
        case Kind.WORKFLOW_TEMPLATE:
            return _is_of_template(workflow, labels, name)
        case Kind.CLUSTER_WORKFLOW_TEMPLATE:
            return _is_of_cluster_template(workflow, labels, name)
        case Kind.WORKFLOW:
            return bool(workflow["metadata"]["name"] == name)
        case Kind.SELECTOR:
            return selectors.matches(name, labels)
        case Kind.ANY:
            is_named = name in (workflow["metadata"]["name"], labels.get(OF_CRON))
            return is_named or _is_of_template(workflow, labels, name)
        case Kind.NODE:
            return False


def _is_of_template(workflow: Object, labels: Mapping[str, str], name: str) -> bool:
    reference = _reference(workflow)
    is_referred = reference.get("name") == name and not reference.get("clusterScope")
    return is_referred or labels.get(_OF_TEMPLATE) == name


def _is_of_cluster_template(workflow: Object, labels: Mapping[str, str], name: str) -> bool:
    reference = _reference(workflow)
    is_referred = reference.get("name") == name and bool(reference.get("clusterScope"))
    return is_referred or labels.get(_OF_CLUSTER_TEMPLATE) == name


def _reference(workflow: Object) -> Mapping[str, Any]:
    return (workflow.get("spec") or {}).get("workflowTemplateRef") or {}
