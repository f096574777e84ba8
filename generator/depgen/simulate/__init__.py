"""A forecast: the days of a graph, played before they come, and what is worth telling of them.

`profile` and `supposing` are what the user supposes, `dates` which keys that is about, `expected` when sources start,
`playing` the days themselves, in memory, `seen` what is there in the end, `telling` what it comes to as a `timeline`,
and `unrun` why something did not run. What runs, and when, the rendered manifests decide; nothing here knows when a node
is ready.
"""
