"""The numbers of what depgen reads and writes; what follows from a change of them is in docs/compatibility.md.

A number grows when what was made by an older depgen needs something done, and not with every release. The number of the
output stands in the lock of a folder and as a label on EventSources and Sensors: never in a `spec`, where it would
restart their pods.
"""

from __future__ import annotations

# The `apiVersion` of graph files.
LANGUAGE = "depgen.io/v1"
# 1: depgen 0.1.0, which wrote no number. 2: the programs of every Sensor are others, so queues are lost once.
OUTPUT = 2
# Entries of a ledger have never changed their meaning, so a ledger says no number: without one it has format 1.
LEDGER = 1
