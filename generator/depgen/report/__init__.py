"""The only formatters: findings, graphs and builds become text here, and no value is computed on the way.

Everything that came from a user's file may hold control characters; a format for people passes it through
`display`, a format for machines escapes it.
"""
