"""What an edit of a graph means: its models and its rendered objects compared, never its text.

What a newcomer gets wrong: two versions can say the same and be written differently, and that is no difference; and an
edit that changes one word can throw away a queue. So both are looked at: what the author says, in models, and what Argo
Events will make of it, in the objects.
"""

from depgen.diff.change import Change, Difference, Effect, Firing, ObjectChange, Timing
from depgen.diff.difference import difference

__all__ = ["Change", "Difference", "Effect", "Firing", "ObjectChange", "Timing", "difference"]
