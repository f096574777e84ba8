"""Is it done? One question about the runs of something, answered from Workflows or by a node's decide program.

For those who keep their schedules and check: `depgen check` asks once or until it is so, the executor plugin asks from
a cache. Neither writes anything. Targets and answers are values; only `asking` and what waits talk to a cluster.
"""

from __future__ import annotations

from depgen.cluster.checking.answer import Answer, Outcome, Reason, answer, as_result, unknown
from depgen.cluster.checking.asking import ask
from depgen.cluster.checking.programs import Programs, read_programs
from depgen.cluster.checking.question import (
    Question,
    Window,
    check_zone,
    parse_question,
    parse_seconds,
    parse_window,
)
from depgen.cluster.checking.target import Kind, Target, parse_target, relevant
from depgen.cluster.checking.waiting import Patience, wait

__all__ = [
    "Answer",
    "Kind",
    "Outcome",
    "Patience",
    "Programs",
    "Question",
    "Reason",
    "Target",
    "Window",
    "answer",
    "as_result",
    "ask",
    "check_zone",
    "parse_question",
    "parse_seconds",
    "parse_target",
    "parse_window",
    "read_programs",
    "relevant",
    "unknown",
    "wait",
]
