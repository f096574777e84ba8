"""The sweep: one pass over a graph's ledgers that repairs what lost events left out.

It never creates a Workflow. What it adds to a ledger makes the submit Sensor fire, as the lost event would have.
"""
