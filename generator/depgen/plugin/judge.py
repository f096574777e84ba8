"""From a request to a reply: what is asked, what the cluster says, and whether the agent is to ask again.

What a newcomer gets wrong: a "no" that ends a Workflow must not come from a cache that is a moment behind, so it is made
sure of with a list that begins after the request came; all that come together share it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock

from depgen.cluster.api import Cluster, ClusterError
from depgen.cluster.checking import Answer, Kind, Question, ask
from depgen.cluster.checking.programs import Programs, read_programs
from depgen.errors import InputError
from depgen.plugin import reply
from depgen.plugin.asked import Asked, asked
from depgen.plugin.mirror import Clock, Live, Mirror
from depgen.plugin.reads import Reads
from depgen.plugin.reply import Reply
from depgen.plugin.request import Request
from depgen.plugin.shared import SharedCluster
from depgen.plugin.waits import Waits

# For a first list; the agent gives up on a request after 30 s.
FIRST_READ = 3.0
AGAIN = 5.0
LEAST = 1.0
# So long is an API asked again that does not answer, if the template is not more patient than that.
UNREACHABLE = 600.0
# How old what was read may be: a ledger, and the programs of a graph.
AGE = 1.0
PROGRAMS_AGE = 10.0


class Judge:
    """One for all requests, who may come in many threads. `now` is in seconds since 1970, `clock` never goes back."""

    def __init__(
        self, cluster: Live, now: Callable[[], float] = time.time, clock: Clock = time.monotonic
    ) -> None:
        self._cluster = cluster
        self._now = now
        self._clock = clock
        self._stop = Event()
        self._lock = Lock()
        self._mirrors: dict[str, Mirror] = {}
        self._reads = Reads(clock)
        self._waits = Waits(clock)
        # A program may set the zone of the whole process while it runs.
        self._running = Lock()

    def reply(self, request: Request, came: float) -> Reply:
        """What the agent is answered to a request that came at that moment of the clock."""
        waited = self._waits.waited(request.uid, request.template)
        try:
            found = self._judged(asked(request.form, request.namespace), came, waited)
        except InputError as error:
            found = reply.refused(str(error))
        if "requeue" not in found:
            self._waits.over(request.uid, request.template)
        return found

    def close(self) -> None:
        """Ends the watches."""
        self._stop.set()

    def _judged(self, given: Asked, came: float, waited: float) -> Reply:
        try:
            found = self._found(given, came, waited)
        except ClusterError as error:
            if error.is_transient and waited < max(UNREACHABLE, given.wait):
                return reply.later(f"cannot tell yet: {error}", AGAIN)
            return reply.refused(f"cannot tell: {error}")
        if _may_wait(found, given, waited):
            return reply.later(found.message, max(LEAST, min(given.interval, given.wait - waited)))
        if given.wait and found.is_pending:
            found = replace(found, message=f"{found.message}; waited {waited:.0f} s")
        return reply.done(found)

    def _found(self, given: Asked, came: float, waited: float) -> Answer:
        question, mirror = given.question, None
        if question.target.kind is not Kind.NODE:
            mirror = self._mirror(question.target.namespace)
            if mirror.is_too_large:
                return ask(self._cluster, question, self._now())
            if not mirror.wait(FIRST_READ):
                message = f"the Workflows of namespace {mirror.namespace} are not read yet"
                raise mirror.error or ClusterError(message)
        found = self._ask(question, SharedCluster(self._cluster, self._reads, came - AGE, mirror))
        if found.is_satisfied or _may_wait(found, given, waited):
            return found
        return self._ask(question, SharedCluster(self._cluster, self._reads, came))

    def _ask(self, question: Question, cluster: Cluster) -> Answer:
        if question.target.kind is not Kind.NODE:
            return ask(cluster, question, self._now())
        namespace, graph = question.target.namespace, question.target.name.partition("/")[0]
        with self._running:
            programs: Programs = self._reads.since(
                ("programs", namespace, graph),
                self._clock() - PROGRAMS_AGE,
                lambda: read_programs(cluster, namespace, graph),
            )
            return ask(cluster, question, self._now(), programs)

    def _mirror(self, namespace: str) -> Mirror:
        with self._lock:
            mirror = self._mirrors.get(namespace)
            if mirror is None:
                mirror = self._mirrors[namespace] = Mirror(self._cluster, namespace, self._clock)
                mirror.start(self._stop)
            return mirror


def _may_wait(found: Answer, given: Asked, waited: float) -> bool:
    return found.is_pending and waited < given.wait
