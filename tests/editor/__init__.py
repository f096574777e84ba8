"""Graphs in an editor: yaml-language-server with our schemas, and depgen's own language server, both spoken to as editors do."""
