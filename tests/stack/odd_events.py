"""Hypothesis strategies for odd events: all that the API server lets pass, whoever wrote it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from tests.stack.events import CLOCKS, KEYS, MOMENTS, Payload, event
from tests.stack.programs import Program
from tests.stack.workflows import LABEL, timestamp

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.sampled_from([0.5, -1.25])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
times = st.sampled_from(
    [timestamp(moment) for moment in MOMENTS]
    + ["2026-10-25T02:30:00.123+02:00", "2026-13-01T00:00:00Z", "soon"]
)
odd_times = times | json_values
texts = st.sampled_from(["20261025", "20261025t02b", "load-1795249080", "after-day", "x", ""]) | st.text(
    max_size=10
)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of the fields, or sometimes anything else."""
    known: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=fields)
    return st.integers(0, 9).flatmap(lambda one_in_ten: known if one_in_ten else json_values)


LABELS = (
    "depgen.io/key",
    "depgen.io/node",
    "depgen.io/partition",
    f"{LABEL}cron-workflow",
    f"{LABEL}workflow-template",
    "date",
)
parameters = st.lists(
    objects(name=st.sampled_from(["day", "rows", "log"]), value=texts | json_values), max_size=3
)
# What the API server checks in every object; `spec` and `status` of a Workflow may hold anything.
metadata = st.fixed_dictionaries(
    {"name": texts, "uid": texts, "creationTimestamp": times},
    optional={
        "labels": st.dictionaries(st.sampled_from(LABELS), texts, max_size=4),
        "annotations": st.dictionaries(st.just(f"{LABEL}scheduled-time"), times | texts),
    },
)
workflow_bodies = st.fixed_dictionaries(
    {
        "metadata": metadata,
        "spec": st.fixed_dictionaries({}, optional={"arguments": objects(parameters=parameters)}),
    },
    optional={
        "status": st.fixed_dictionaries(
            {},
            optional={
                "phase": st.sampled_from(["Succeeded", "Failed"]) | json_values,
                "startedAt": odd_times,
                "finishedAt": odd_times,
                "outputs": objects(parameters=parameters),
            },
        )
    },
)
OUTCOMES = ("skipped", "expired", "rejected")
entry_values = objects(
    finishedAt=odd_times,
    phase=st.sampled_from(["Succeeded", "Failed", "Submitted"]) | json_values,
    wall=odd_times,
    outputs=objects(rows=texts),
    offset=st.sampled_from([-2, -1, 1]) | json_values,
    at=odd_times,
    reason=st.sampled_from(["cutoff", "x"]) | json_values,
    workflow=texts,
)


@st.composite
def ledger_bodies(draw: st.DrawFn, program: Program) -> Any:
    """ConfigMaps: their data are texts, whatever is in them."""
    nodes = st.sampled_from([*program.upstreams, "load", program.dependency])
    key = draw(st.sampled_from([*KEYS]))
    other = f"{draw(nodes)}".removesuffix("-late").removesuffix("-missed")
    names = (
        st.builds(lambda node, epoch: f"run.{node}.{key}.u.{epoch}", nodes, st.integers(0, 3))
        | st.builds(lambda node, kind: f"run.{node}.{key}.{kind}.7", nodes, st.sampled_from(OUTCOMES))
        | st.builds(lambda name: f"clock.{other}.{name}", st.sampled_from(CLOCKS))
        | st.builds(lambda kind: f"{kind}.{other}", st.sampled_from(["fire", "hold", "sweep", "shadow"]))
        | st.builds(lambda node: f"satisfy.{program.dependency}.{node}", nodes)
        | st.sampled_from(["backfill", "run", "run.", "run.a", "run.a.", ".", "run.a-failed.20261121", ""])
        | st.text(max_size=8)
    )
    data = st.dictionaries(names, entry_values.map(json.dumps) | st.text(max_size=8), max_size=6)
    with_key = metadata.map(lambda found: {**found, "labels": {"depgen.io/key": key}})
    return draw(st.fixed_dictionaries({"metadata": with_key | metadata}, optional={"data": data}))


# Go prints a time on the clock of its process, in whatever zone; nobody knows what else may stand there.
times_of_go = st.builds(
    lambda moment, fraction, zone: f"{moment}{fraction} {zone}",
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2099, 1, 1)).map(
        lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}"
    ),
    st.sampled_from(["", ".5", ".020000063"]),
    st.sampled_from(
        [
            "+0000 UTC m=+32.02",
            "+0100 CET",
            "-0500 EST m=+1.0",
            "+0545 +0545",
            "-0330 NST",
            "+1400 +14",
            "+9999 x",
            "CET",
        ]
    ),
)


def payloads(program: Program) -> st.SearchStrategy[Payload]:
    """Whole events."""
    if program.resource == "calendar":
        return st.fixed_dictionaries(
            {}, optional={"eventTime": times_of_go | odd_times, "metadata": json_values}
        )
    if program.resource == "foreign":
        fields = {
            "at": odd_times,
            "day": texts | json_values,
            "file": texts | json_values,
            "id": texts | json_values,
        }
        return st.fixed_dictionaries({}, optional={"body": objects(**fields)})
    of = bodies(program)
    return st.builds(event, of, st.none() | of)


def bodies(program: Program) -> st.SearchStrategy[Any]:
    """What stands as `body` or `oldBody` in the program's events."""
    return workflow_bodies if program.resource == "workflows" else ledger_bodies(program)
