"""The check container as manifests: a WorkflowTemplate that runs `depgen check`, and what its pods may do.

What a newcomer gets wrong: the pods of a Workflow report their outputs to the Workflows controller by themselves, as
WorkflowTaskResults, so their ServiceAccount needs a rule for that besides what the check reads. And a retry is for pods
that could not tell, exit code 2; "no" is an answer, and asking again is what `wait` is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from depgen.errors import InputError
from depgen.extras import Extra, Reference, header
from depgen.render import Layout, Templates

NAME = "depgen-check"
FILE = f"{NAME}.yaml"

# The parameters of the template, in the words of `depgen check --help`; "" is as good as not given.
_OPTIONS = {
    "within": "ended at most so long ago, such as 7200 or 2h",
    "window": "or ended then, such as 18:00-20:00",
    "key": "of which date the window is, such as today; of a node, its key",
    "status": "success, failure or done; else success",
    "timezone": "of the window and of today; else UTC",
    "wait": "ask again for so long, such as 30m; less than the deadline",
    "interval": "how often; else 30s",
    "namespace": "where the Workflows are; else here, and elsewhere its Role is needed too",
}
_TARGET = "what is checked, such as cronworkflow/sales-load"
_DEADLINE = "seconds after which a pod is stopped"
_OUTPUTS = ("satisfied", "outcome", "reason", "message", "workflow", "phase", "finishedAt", "age")
_HOLDER = "WorkflowTemplate"
_REFERENCES = (
    Reference("ServiceAccount", _HOLDER, "spec/serviceAccountName"),
    Reference("ServiceAccount", _HOLDER, "spec/templates/serviceAccountName"),
    Reference("WorkflowTemplate", _HOLDER, "spec/hooks/exit/templateRef/name"),
)


class Checks(NamedTuple):
    """What the manifests are made with. `on_exit` is `TEMPLATE/NAME`, a template of another WorkflowTemplate."""

    image: str
    on_exit: str = ""
    for_nodes: bool = True


def as_extra(checks: Checks) -> Extra:
    """These manifests in every namespace of a graph; without an image they take the one of the graphs' sweeper."""

    def files(layouts: Sequence[Layout], templates: Templates) -> dict[str, str]:
        graphs = [layout.plan.graph for layout in layouts]
        image = checks.image or _only({graph.sweeper.image for graph in graphs if graph.sweeper})
        namespaces = (graph.namespace for graph in graphs)
        return file(namespaces, checks._replace(image=image), header(layouts), templates)

    return Extra("checks", files, checks, _REFERENCES)


def _only(images: set[str]) -> str:
    if len(images) != 1:
        why = "the sweepers have several" if images else "no graph has a sweeper to take it of"
        raise InputError(f"name an image with --check-image; {why}")
    return images.pop()


def file(namespaces: Iterable[str], checks: Checks, header: str, templates: Templates) -> dict[str, str]:
    """`depgen-check.yaml` and its text, with everything once for each namespace; InputError if `on_exit` is odd."""
    if checks.on_exit and not re.fullmatch(r"[a-z0-9][-a-z0-9.]*/[A-Za-z0-9][-A-Za-z0-9]*", checks.on_exit):
        raise InputError(f'"{checks.on_exit}" names no template: write WORKFLOWTEMPLATE/TEMPLATE')
    on_exit, _, handler = checks.on_exit.partition("/")
    text = templates.environment.get_template("check.yaml.j2").render(
        header=header,
        name=NAME,
        namespaces=sorted(set(namespaces)),
        image=checks.image,
        parameters=_parameters(),
        arguments=[*(f"--{name}={_input(name)}" for name in _OPTIONS), "--", _input("target")],
        outputs=_OUTPUTS,
        on_exit=on_exit,
        handler=handler,
        for_nodes=checks.for_nodes,
    )
    return {FILE: text}


def _input(name: str) -> str:
    return f"{{{{inputs.parameters.{name}}}}}"


def _parameters() -> list[dict[str, str | None]]:
    """`value` is None where there is no default."""
    found: list[dict[str, str | None]] = [{"name": "target", "value": None, "says": _TARGET}]
    found += [{"name": name, "value": "", "says": says} for name, says in _OPTIONS.items()]
    return [*found, {"name": "deadline", "value": "3600", "says": _DEADLINE}]
