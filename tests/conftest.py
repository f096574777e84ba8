"""Settings of every test: generated examples are the same in each run, and a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("depgen", derandomize=True, deadline=None)
settings.load_profile("depgen")
