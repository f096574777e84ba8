"""From an older depgen to this one: what graph files should say now, and what a new build does to what runs.

What a newcomer gets wrong: a graph file does not say which depgen it was written for, only its language, and that has
not changed. What has changed is in `language.STEPS` and `output.NOTES`, by the output format it came with.
"""

from depgen.migrate.language import STEPS, Step, found
from depgen.migrate.output import Upgrade, upgrade

__all__ = ["STEPS", "Step", "Upgrade", "found", "upgrade"]
