"""What happened, in order: the emulator's log, made to be read by tests and timelines.

Every line is one thing that one part did. What was considered and not done (an event that no filter let through) is no
line: there would be thousands for each that is of interest.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "event",  # an EventSource, or somebody from outside, put an event on the bus
    "dropped",  # an event that was lost before the bus, or by it
    "discarded",  # an event that a Sensor threw away: its transform or filter failed
    "fired",  # a trigger runs its action
    "created",
    "updated",
    "patched",  # also by a patch that changed nothing
    "deleted",
    "logged",  # a log trigger
    "refused",  # an action failed
    "retried",  # and is tried again
    "dlq",  # and was given up, so that the dlqTrigger runs
    "failed",  # and was given up for good
    "redelivered",  # a message that was delivered and never acked comes again
    "reset",  # conditionsReset
    "applied",
    "removed",
    "crash",
    "restart",
    "fault",  # what was asked for
]


class Happening(NamedTuple):
    """`at` in seconds since 1970. `who`: `eventsource/etl`, `sensor/etl-submit/load`, `bus`. `what`: the event
    (`etl/done`) or object (`Workflow data/etl-load-20261121`) it is about. `detail`: a few words more.
    """

    at: float
    kind: Kind
    who: str
    what: str
    detail: str = ""
