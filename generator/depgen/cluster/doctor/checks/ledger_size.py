"""The ledgers' sizes.

Why: a ledger of more than 380 KB no longer fits into a message of the bus together with its former state (1 MB by
default), and 1 MiB is the most that a ConfigMap takes. Then nothing more is recorded for that key.

Way out: more `partitions`, fewer outputs, or a sweep, which compacts ledgers.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, warning
from depgen.gojson import go_size
from depgen.lint.ledger_too_large import MOST_BYTES

WAY_OUT = "raise `partitions`, read fewer outputs, or run `depgen reconcile`, which compacts ledgers"


def check(exam: Exam) -> Iterator[Finding]:
    ledgers = exam.sight.all(CONFIG_MAPS, exam.namespace, f"depgen.io/graph={exam.patient.graph.name}")
    sizes = {ledger["metadata"]["name"]: go_size(ledger.get("data") or {}) for ledger in ledgers}
    for name, size in sorted(sizes.items()):
        told = f"it has {size // 1000} KB; {MOST_BYTES // 1000} KB are the most"
        if size > MOST_BYTES:
            yield error(f"ConfigMap {exam.namespace}/{name}", told, WAY_OUT)
        elif 2 * size > MOST_BYTES:
            yield warning(f"ConfigMap {exam.namespace}/{name}", told, WAY_OUT)
    largest = max(sizes.values(), default=0)
    yield ok(exam.patient.title, f"{len(sizes)} ledgers, the largest of {largest / 1000:.1f} KB")
