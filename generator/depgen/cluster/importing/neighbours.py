"""CronWorkflows of which one starts a while after the other: often that is how people write "after", and often not.

So it is only told of, and of many that start earlier only the ones with a word of their name in common, or the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.cluster.importing.draft import Draft
from depgen.cluster.importing.schedules import Timing

LEAST, MOST = 5, 6 * 60  # minutes between the two
_MOST_TOLD = 3


def neighbours(draft: Draft, crons: Sequence[tuple[str, str, Timing]]) -> Iterator[str]:
    """A sentence for each source (id, CronWorkflow, timing) that may wait for an earlier one."""
    daily = [one for one in crons if one[2].minute is not None and not draft.nodes[one[0]].asleep]
    for id_, name, times in daily:
        if "source" not in draft.nodes[id_].body:
            continue
        earlier = sorted(_earlier(times, daily))
        alike = [one for one in earlier if _words(one[2]) & _words(name)]
        for minutes, other_id, _ in (alike or earlier[:1])[:_MOST_TOLD]:
            yield f"{id_}: dependsOn: [{other_id}]  (it starts {_shown(minutes)} later)"


def _earlier(times: Timing, daily: Sequence[tuple[str, str, Timing]]) -> Iterator[tuple[int, str, str]]:
    """How many minutes earlier the others of the zone start, if that is neither too few nor too many."""
    for id_, name, other in daily:
        minutes = (times.minute or 0) - (other.minute or 0)
        if other.zone == times.zone and LEAST <= minutes <= MOST:
            yield minutes, id_, name


def _words(name: str) -> set[str]:
    return {word for word in name.replace(".", "-").split("-") if len(word) > 2}


def _shown(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" * bool(hours), f"{rest} min" * bool(rest))))
