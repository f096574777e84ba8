"""Each component may do what it has to, by asking the API server (SubjectAccessReview).

Why: without a verb a Sensor or EventSource tries for ever, and its pod stays Ready all the while: nothing starts, and
nothing says so. An EventSource that may not list Workflows publishes nothing.

Way out: apply the Roles and RoleBindings of the build, in every namespace that the graph reads or starts runs in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.cluster.doctor.renaming import around
from depgen.cluster.doctor.rights import needed, user


def check(exam: Exam) -> Iterator[Finding]:
    called = around(exam).name
    for built, rights in needed(exam.patient.layout).items():
        account = called(built)
        refused: dict[str, list[str]] = defaultdict(list)
        for right in rights:
            if not exam.sight.may(user(exam.namespace, account), right.namespace, right.verb, right.resource):
                refused[f"{right.resource.plural} in {right.namespace}"].append(right.verb)
        for where, verbs in refused.items():
            yield error(
                f"ServiceAccount {exam.namespace}/{account}",
                f"it may not {', '.join(verbs)} {where}, which it needs",
                f"apply the Role and RoleBinding {account} of the build",
            )
