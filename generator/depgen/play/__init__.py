"""A graph's world: the graph compiled, its objects in the emulator, and the Workflows that begin and end there.

The emulator knows Argo Events and no graph. What is added here is what else a cluster has: the Workflows controller,
the people who start Workflows, the sweep, and the operator's hand.
"""

from depgen.play.controller import Ending, Submitted
from depgen.play.world import UncompiledError, World

__all__ = ["Ending", "Submitted", "UncompiledError", "World"]
