"""Whether the Workflows of webhooks may make their calls: what Argo's agent does as their ServiceAccount.

Why: without these rights the agent's pod fails, the Workflow runs into its deadline, and nobody is told of what the
alert is about. It also needs a token, in a Secret that is named after the ServiceAccount, which is not looked for here.

Way out: the Role in the page on the language, below "A webhook".
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import Resource
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.model import Run, Telling

_TASK_SETS = Resource("argoproj.io", "v1alpha1", "workflowtasksets", "WorkflowTaskSet")
NEEDED = (
    ("list", _TASK_SETS),
    ("watch", _TASK_SETS),
    ("patch", _TASK_SETS._replace(plural="workflowtasksets/status")),
)


def check(exam: Exam) -> Iterator[Finding]:
    callers = {
        (run.namespace, str(run.spec.get("serviceAccountName", "default"))): node
        for node, run in exam.runs()
        if _calls(run)
    }
    for (namespace, account), node in sorted(callers.items()):
        user = f"system:serviceaccount:{namespace}:{account}"
        lacking = [
            f"{verb} {resource.plural}"
            for verb, resource in NEEDED
            if not exam.sight.may(user, namespace, verb, resource)
        ]
        if lacking:
            yield error(
                f"ServiceAccount {namespace}/{account}",
                f'it may not {", ".join(lacking)}, so the webhook of "{node}" makes no call',
                "give it the Role of an agent",
            )


def _calls(run: Run) -> bool:
    return any(isinstance(param, Telling) for _, param in run.params)
