"""The clocks of this machine, of the API server and, where it can be asked, of the bus.

Why: commands such as `reconcile` judge by this machine's clock whether a gate has opened or a completion is fresh, while
the times in facts come from the cluster. A clock that is off by more than a few seconds moves every border by as much.

Way out: let the machines' clocks be set by NTP.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor.bus import BusState
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, warning
from depgen.cluster.doctor.sight import Offset

WARN_SECONDS, ERROR_SECONDS = 2.0, 60.0


def check(exam: Exam) -> Iterator[Finding]:
    yield _judged("API server", exam.sight.offset())
    if isinstance(exam.bus, BusState) and exam.bus.clock is not None:
        before, after = exam.bus.seen_at
        yield _judged("bus", Offset(exam.bus.clock - after, exam.bus.clock - before))


def _judged(about: str, offset: Offset) -> Finding:
    seconds = offset.seconds
    if abs(seconds) < WARN_SECONDS:
        return ok(about, "its clock and this machine's agree")
    told = f"its clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    judge = error if abs(seconds) >= ERROR_SECONDS else warning
    return judge(about, told, "set both clocks by NTP")
