"""No component may do more than it has to, as far as that would be dangerous.

Why: whoever may create Workflows or pods can run nearly anything in the namespace, and whoever reads Secrets can become
somebody else. The components read what others write, so the less they may do, the less can be done through them.

Way out: find the Role or ClusterRole that is bound to the ServiceAccount, or to all of the namespace, and unbind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import CONFIG_MAPS, PODS, SENSORS, WORKFLOWS, Resource
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, warning
from depgen.cluster.doctor.renaming import around
from depgen.cluster.doctor.resources import ROLE_BINDINGS, SECRETS
from depgen.cluster.doctor.rights import needed, user

EVERYTHING = Resource("*", "*", "*", "*")
DANGEROUS = (
    ("*", EVERYTHING),
    ("get", SECRETS),
    ("list", SECRETS),
    ("create", PODS),
    ("create", WORKFLOWS),
    ("patch", WORKFLOWS),
    ("delete", WORKFLOWS),
    ("delete", CONFIG_MAPS),
    ("create", SENSORS),
    ("create", ROLE_BINDINGS),
)


def check(exam: Exam) -> Iterator[Finding]:
    called = around(exam).name
    for built, rights in needed(exam.patient.layout).items():
        account = called(built)
        wanted = {(right.verb, right.resource.plural) for right in rights}
        may = [
            f"{verb} {resource.plural}"
            for verb, resource in DANGEROUS
            if (verb, resource.plural) not in wanted
            and exam.sight.may(user(exam.namespace, account), exam.namespace, verb, resource)
        ]
        if may:
            yield warning(
                f"ServiceAccount {exam.namespace}/{account}",
                f"it may {', '.join(may)}, and needs none of it",
                "unbind the Role or ClusterRole that allows it",
            )
