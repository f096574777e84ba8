"""Signs in a Workflow's spec that it waits for another Workflow: a step that polls for one, a parameter that names one.

A name alone proves nothing: scripts are full of words that are names elsewhere. So a name counts in a step that asks for
Workflows, and in a parameter or label that is itself called something like `waitFor` or `upstream`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from depgen.cluster.importing.reading import Found, labels, text
from depgen.manifests import Object, mapping, mappings
from depgen.phrases import quoted
from depgen.workflows import texts

_ASKS = re.compile(
    r"\bkubectl\b[^\n|;]*\b(?:wf|workflows?(?:\.argoproj\.io)?)\b|\bargo\s+(?:wait|watch|get|list)\b"
)
_WORKFLOW = re.compile(r"""\bkind["']?:\s*["']?Workflow\b""")
_LOOPS = re.compile(r"\b(?:while|until|for)\b")
_SLEEPS = re.compile(r"\bsleep\s+\S")
_SELECTED = re.compile(
    r"workflows\.argoproj\.io/cron-workflow\s*(?:=|==|:|in \()\s*[\"']?([a-z0-9][a-z0-9.-]*)"
)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_CHILD = re.compile(r"-[0-9]{10}\Z")
_WAITING = re.compile(
    r"depend|upstream|after|wait|parent|predecessor|previous|needs|requires|trigger", re.IGNORECASE
)


class Mention(NamedTuple):
    """A name, how sure it is that it is waited for, and why."""

    name: str
    confidence: str
    why: str


def mentions(spec: Object, around: Object, namespace: str, found: Found) -> Iterator[Mention]:
    """What a Workflow of this spec speaks of; `around` are labels and annotations of what starts it."""
    for template in _templates(spec, namespace, found):
        yield from _polled(template)
    named = {**labels(around)}
    for one in mappings(mapping(spec.get("arguments")).get("parameters")):
        named[text(one.get("name"))] = text(one.get("value"))
    for name, value in named.items():
        confidence = "medium" if _WAITING.search(name) else "low"
        for word in value.replace(",", " ").split():
            yield Mention(word, confidence, f"{quoted(name)} is {quoted(value)}")


def _templates(spec: Object, namespace: str, found: Found) -> Iterator[Object]:
    """The templates of a spec, and of the WorkflowTemplates that it refers to."""
    waiting, seen = [spec], set[str]()
    while waiting:
        here = waiting.pop()
        references = [mapping(here.get("workflowTemplateRef"))]
        for template in mappings(here.get("templates")):
            yield template
            references += _references(template)
        for reference in references:
            name = text(reference.get("name"))
            if name and name not in seen:
                seen.add(name)
                there = found.templates.get((namespace, name)) or found.templates.get(("", name)) or {}
                waiting.append(mapping(there.get("spec")))


def _references(template: Object) -> Iterator[Object]:
    steps = template.get("steps")
    rows = [step for row in steps if isinstance(row, list) for step in row] if isinstance(steps, list) else []
    for step in (*mappings(rows), *mappings(mapping(template.get("dag")).get("tasks"))):
        yield mapping(step.get("templateRef"))


def _polled(template: Object) -> Iterator[Mention]:
    """The names in a step that asks for Workflows, or sleeps."""
    whole = "\n".join(texts(template))
    step = quoted(text(template.get("name")))
    resource = mapping(template.get("resource"))
    asks = _ASKS.search(whole) or (resource.get("action") == "get" and _WORKFLOW.search(whole))
    if not asks and not _SLEEPS.search(whole):
        return
    for name in _SELECTED.findall(whole):
        yield Mention(name, "high", f"step {step} selects Workflows of CronWorkflow {quoted(name)}")
    is_loop = asks or _LOOPS.search(whole)
    for name in dict.fromkeys(_CHILD.sub("", word) for word in _NAME.findall(whole)):
        yield Mention(name, "medium" if is_loop else "low", f"step {step} waits and names {quoted(name)}")
