"""Rules on scenario files, which lie beside a graph: what their schema cannot say."""

from __future__ import annotations

BESIDE = {
    "no-graph": """
A scenario names a graph file that cannot be read.

`graph` is a path, or a list of them, from the folder of the scenario file; without it the graph is `graph.yaml` there.
A whole graph can also be written into the scenario.
""",
    "scenario-node": """
A scenario names a node that its graph does not have.

Neither the graph files, the overlay nor an edit of the scenario define it. Of an alert, the node is the one that the
alert is about.
""",
    "step-order": """
A scenario goes back in time.

Its steps stand in the order in which they happen. A time such as "02:00" is on the scenario's date, whatever the step
before it: the next night is written "02:00+1d".
""",
}
