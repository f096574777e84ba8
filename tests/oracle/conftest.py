"""`--hypothesis-profile=long` looks for disagreements for as long as one likes, with other graphs each time."""

from hypothesis import settings

settings.register_profile("long", deadline=None, derandomize=False, max_examples=10_000)
