"""Scenario files: a story of a graph, played on the rendered manifests and held against what it says must happen.

A story is played on a `Stage`. The emulator is one; the tests of depgen have another, the real Argo Events, so that the
same file asks both.
"""
