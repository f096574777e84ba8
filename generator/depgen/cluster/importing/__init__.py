"""A first graph from what runs already: CronWorkflows, WorkflowTemplates, Sensors.

An import only guesses, and says so: each guess is a comment above the node, with how sure it is. What the compiler
would refuse is commented out, so that the file is one to go on with and never one to repair first.
"""

from depgen.cluster.importing.drafting import Wishes, drafted, is_graph, is_namespace
from depgen.cluster.importing.proving import proved
from depgen.cluster.importing.reading import Found, read_cluster, read_files

__all__ = ["Found", "Wishes", "graph_text", "is_graph", "is_namespace", "read_cluster", "read_files"]


def graph_text(found: Found, wishes: Wishes) -> str:
    """A graph file that lint finds no errors in."""
    return proved(drafted(found, wishes))
