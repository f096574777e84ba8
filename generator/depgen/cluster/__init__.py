"""A running cluster: what the commands for operators read there, and the little they write."""
