"""The ServiceAccounts that the graph's runs name exist.

Why: a Workflow whose ServiceAccount is missing is taken by the API server and stays Pending: its pods are refused.

Way out: create the ServiceAccount in the namespace of the run, or correct its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.cluster.doctor.resources import SERVICE_ACCOUNTS
from depgen.manifests import mapping
from depgen.workflows import template_of


def check(exam: Exam) -> Iterator[Finding]:
    present = exam.manifests()
    users: dict[tuple[str, str], str] = {}
    for node, run in exam.runs():
        template = mapping(mapping(template_of(run, present)).get("spec"))
        account = run.spec.get("serviceAccountName") or template.get("serviceAccountName")
        if account:
            users.setdefault((run.namespace, str(account)), node)
    for (namespace, account), node in sorted(users.items()):
        if exam.sight.one(SERVICE_ACCOUNTS, namespace, account) is None:
            yield error(
                f"ServiceAccount {namespace}/{account}",
                f'it is not there, and the Workflows of "{node}" run as it',
                "create it, or correct serviceAccountName",
            )
