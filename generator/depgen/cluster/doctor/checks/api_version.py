"""The version of the API server.

Why: depgen's objects were proven on Kubernetes 1.36. Releases before 1.30 get no security fixes and have no
ValidatingAdmissionPolicies, which are what keeps others from forging completions and ledgers.

Way out: upgrade the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, ok, unknown, warning

FLOOR = (1, 30)


def check(exam: Exam) -> Iterator[Finding]:
    told = exam.sight.version()
    found = re.match(r"v?(\d+)\.(\d+)", told)
    if not found or found[1] == "0":
        yield unknown("API server", f"it says that its version is {told}, which tells nothing")
    elif (int(found[1]), int(found[2])) < FLOOR:
        floor = ".".join(map(str, FLOOR))
        yield warning("API server", f"version {told} is older than {floor}", f"upgrade to {floor} or later")
    else:
        yield ok("API server", f"version {told}")
