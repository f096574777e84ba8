"""Checks of a cluster and of the graphs in it: what would keep a graph from doing what it says.

A check never fails the others. What the API refuses to show makes the checks that need it `unknown`, and so does a bus
that is out of reach; only a cluster that does not answer at all ends the examination.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from depgen.cluster.api import ClusterError
from depgen.cluster.doctor.checks import CHECKS, check
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, Result, unknown

# No answer, or nobody who may ask anything: every other check would say the same.
_HOPELESS = (0, 401)


def examine(exam: Exam, chosen: Collection[str] = CHECKS) -> Iterator[Result]:
    """The results of the chosen checks, in the order of the table; ClusterError if the cluster is out of reach."""
    for id_, per in CHECKS.items():
        if id_ in chosen:
            for about, narrowed in exam.each(per):
                yield Result(id_, about, tuple(_findings(id_, about, narrowed)))


def _findings(id_: str, about: str, exam: Exam) -> Iterator[Finding]:
    try:
        yield from check(id_).check(exam)
    except ClusterError as refusal:
        if refusal.status in _HOPELESS:
            raise
        yield unknown(about, str(refusal), _way_out(refusal))


def _way_out(refusal: ClusterError) -> str:
    return (
        "ask for that permission, or let somebody look who has it"
        if refusal.status == 403
        else "try again later"
    )
