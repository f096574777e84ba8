"""A field says what to do at a time that the node does not have.

`onMiss` belongs to a `startBy` or `deadline`, `onCutoff` and `onLate` to a `cutoff`. Alone they would do nothing, and
whoever wrote them would believe they do.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], onMiss: {run: {workflowTemplate: page}}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report:
        run: {workflowTemplate: report}
        dependsOn: [load]
        deadline: "22:00"
        onMiss: {run: {workflowTemplate: page}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such field."""
    for node in subject.graph.nodes.values():
        if node.on_miss and not (node.start_by or node.deadline):
            yield Diagnostic(
                spot(node, "onMiss", at_key=True),
                "idle-clock",
                f'node "{node.id}" has "onMiss", but neither "startBy" nor "deadline"',
                'add a time, such as deadline: "22:00"',
            )
        if node.cutoff is None:
            told = (("onCutoff", node.on_cutoff != "skip"), ("onLate", node.on_late != "drop"))
            for name in [name for name, is_told in told if is_told]:
                yield Diagnostic(
                    spot(node, name, at_key=True),
                    "idle-clock",
                    f'node "{node.id}" has "{name}", but no "cutoff"',
                    'add a time, such as cutoff: "06:00+1d"',
                )
