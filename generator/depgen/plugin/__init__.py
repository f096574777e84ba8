"""The executor plugin: answers Argo's agent whether what a Workflow depends on is done.

What a newcomer gets wrong: Argo runs it as a container beside the agent of each Workflow that has such a template, and
the agent asks once for each node and again after `requeue`; nobody sees a page or keeps a session. What it judges by is
`cluster.checking`, as `depgen check` does.
"""
