"""How long the Workflows of a node stay, once they have ended.

Two things delete them: a `ttlStrategy`, which counts from the end, and a CronWorkflow's history limits, which count
how many there are, so that time follows from the schedule. `podGC` deletes Pods only: what a Workflow came to is in
the Workflow.
"""

from __future__ import annotations

from typing import NamedTuple

from depgen import firings, workflows
from depgen.manifests import Manifests, Object, mapping
from depgen.model import Node
from depgen.times import DAY, HOUR

# What a CronWorkflow keeps if it says nothing.
HISTORY = {"success": ("successfulJobsHistoryLimit", 3), "failure": ("failedJobsHistoryLimit", 1)}


class Kept(NamedTuple):
    """For how many seconds a Workflow surely stays, the field that says so, and the object or spec that it is in."""

    seconds: int
    field: str
    holder: Object


def ttl(node: Node, phases: str, given: Manifests) -> Kept | None:
    """By the `ttlStrategy` that counts; None if there is none, or it is not known. `phases` as of an edge."""
    specs = workflows.specs_of(node, given)
    seconds = workflows.kept_seconds(specs, phases) if specs else None
    if specs is None or seconds is None:
        return None
    holder = next(spec for spec in reversed(specs) if spec.get("ttlStrategy") is not None)
    return Kept(seconds, "ttlStrategy", holder)


def history(node: Node, phase: str, given: Manifests) -> Kept | None:
    """Until so many later runs have ended in this phase, if all of them do, that the limit lets one go."""
    cron = workflows.cron_of(node.source, given)
    if cron is None:
        return None
    field, usual = HISTORY[phase]
    limit = mapping(cron.get("spec")).get(field, usual)
    moments = firings.firings(firings.readable(cron))
    if not isinstance(limit, int) or not 0 <= limit < len(moments):
        return None
    seconds = min((b - a for a, b in zip(moments, moments[limit:], strict=False)), default=0)
    return Kept(seconds, field, cron)


def shown(seconds: int) -> str:
    """`1d6h`."""
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, HOUR)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "m"), (rest % 60, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
