"""Rules on a file's bytes and YAML: what keeps two readers from seeing the same data in it."""

from __future__ import annotations

TEXT = {
    "ambiguous-scalar": """
An unquoted value that YAML 1.1, YAML 1.2 and kubectl do not read alike.

depgen reads YAML 1.2; many other tools read 1.1, where `NO` is false, `12:30` is the number 750 and `2027-12-31` is a
date. Such a value must be quoted, so that it is the same to every reader. No other rule is reported at that spot.

Fails:

    nodes:
      benchmark: {source: {cronWorkflow: benchmark}}
      alert:
        run: {workflowTemplate: alert}
        dependsOn: [{node: benchmark, window: {from: 18:00, to: 20:00}}]

Passes:

    nodes:
      benchmark: {source: {cronWorkflow: benchmark}}
      alert:
        run: {workflowTemplate: alert}
        dependsOn: [{node: benchmark, window: {from: "18:00", to: "20:00"}}]
""",
    "duplicate-key": """
A key stands twice in one mapping.

Most YAML readers let the last one win in silence. One of the two has to go.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      load: {source: {cronWorkflow: load-again}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      load-again: {source: {cronWorkflow: load-again}}
""",
    "encoding": """
The file is not UTF-8 text, or holds a character that cannot stand in YAML.

Save it as UTF-8. An invisible character that is wanted can be written as an escape inside double quotes.
""",
    "key-type": """
A key is not text.

Keys of a graph are names. A number, `true`, `null`, a list or a map as a key has to be quoted or corrected.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {1: first}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {"1": first}}, dependsOn: [load]}
""",
    "several-documents": """
A file holds more than one YAML document.

A `---` between two graphs would make one of them invisible to many tools. Each gets a file of its own.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
    ---
    nodes: {}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
""",
    "too-deep": """
Lists and maps are nested more than 64 levels deep.

No graph needs that; it is junk, or an attempt to exhaust the reader.
""",
    "too-large": """
A file is larger than 16 MiB.

A graph of 10,000 nodes has about 2 MiB. Several files can be one graph: give each the same `graph` name.
""",
    "yaml-alias": """
The file uses an anchor (`&name`) or an alias (`*name`).

Aliases hide what a node says from whoever reads a change, and can expand to any size. What nodes share stands under
`defaults`.

Fails:

    nodes:
      load: &shared {source: {cronWorkflow: load}}
      again: *shared

Passes:

    defaults: {owner: data-platform}
    nodes:
      load: {source: {cronWorkflow: load}}
""",
    "yaml-merge-key": """
The file uses the merge key `<<`.

YAML 1.2 does not have it, and readers disagree on it. What nodes share stands under `defaults`.

Fails:

    nodes:
      load: {<<: {owner: data-platform}, source: {cronWorkflow: load}}

Passes:

    nodes:
      load: {owner: data-platform, source: {cronWorkflow: load}}
""",
    "yaml-number": """
A number that would not survive JSON.

Infinity, NaN and integers beyond 2^53 lose their value on the way to the cluster. Quote it if it is text.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {id: 12345678901234567890}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {id: "12345678901234567890"}}, dependsOn: [load]}
""",
    "yaml-syntax": """
The file is not valid YAML.

The message points at the character where it stops making sense; the cause is often the indentation or a missing colon
or quote in the line above. What follows in the file cannot be checked before this is mended.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
""",
    "yaml-tag": """
The file uses a YAML tag such as `!!str`.

A tag changes the type of a value for some readers only. Quote the value if it is text.

Fails:

    nodes:
      load: {source: {cronWorkflow: !!str load}}

Passes:

    nodes:
      load: {source: {cronWorkflow: "load"}}
""",
}
