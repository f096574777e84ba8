"""A language server for graph files: what `depgen lint` says while one types, and the nodes as things with a name.

Fields and their values are completed and explained by yaml-language-server, from `depgen schema`; this server knows what no
schema can: which nodes there are, what the linter finds, when a node runs. `desk` holds the files as the editor has them,
`spots` finds names in their text, and a module for each question answers from those. `server` alone speaks the protocol.
"""
