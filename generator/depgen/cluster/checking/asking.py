"""A question put to a cluster: reads what the target needs, and no more.

Only a CronWorkflow and a label selector can be asked for by label; of templates and bare names every Workflow of the
namespace is read, and of a single name that one.
"""

from __future__ import annotations

from collections.abc import Iterable

from depgen.cluster.api import WORKFLOWS, Cluster, Object
from depgen.cluster.checking import nodes
from depgen.cluster.checking.answer import Answer, answer
from depgen.cluster.checking.programs import Programs
from depgen.cluster.checking.question import Question
from depgen.cluster.checking.target import Kind, Target


def ask(cluster: Cluster, question: Question, now: float, programs: Programs | None = None) -> Answer:
    """The answer as things stand; `now` is in seconds since 1970.

    `programs` are those of a node's graph; without them they are read from its Sensors in the cluster. ClusterError if
    something may not or cannot be read, InputError if there is no such node or key.
    """
    if question.target.kind is Kind.NODE:
        return nodes.ask(cluster, question, now, programs)
    return answer(question, _workflows(cluster, question.target), now)


def _workflows(cluster: Cluster, target: Target) -> Iterable[Object]:
    if target.kind is Kind.WORKFLOW:
        found = cluster.get(WORKFLOWS, target.namespace, target.name)
        return [found] if found else []
    return cluster.list(WORKFLOWS, target.namespace, target.selector)
