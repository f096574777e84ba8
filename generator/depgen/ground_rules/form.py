"""Rules on the form of a graph: fields and values as the schema has them."""

from __future__ import annotations

FORM = {
    "bad-date": """
A date is not of the form `2026-11-01`, or not in the calendar.

It has to be quoted as well: unquoted, YAML 1.1 reads a date and not text.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], activeFrom: "1.11.2026"}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], activeFrom: "2026-11-01"}
""",
    "bad-duration": """
A duration is not one that can be read.

Hours, minutes and seconds can be joined (`1h30m`) and are elapsed time; `d`, `w` and `mo` stand alone and are calendar
units in the zone.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, lookback: 6 hours}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, lookback: 6h}]}
""",
    "bad-name": """
A name breaks the rules of what it names.

Graphs: lower-case letters and digits, 24 at most, no hyphen, so that `etl-` can only be the prefix of graph `etl`.
Nodes: hyphens too, 53 at most. Argo's and Kubernetes' own names follow their rules. Look-alikes from other alphabets and
template braces are refused.

Fails:

    nodes:
      Load_Sales: {source: {cronWorkflow: load}}

Passes:

    nodes:
      load-sales: {source: {cronWorkflow: load}}
""",
    "bad-period": """
A period does not divide the day evenly, or is none.

Periods are `hour`, `day`, `week`, `month`, or minutes or hours that fit the day a whole number of times. Otherwise the
keys of two days would differ.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: 7h}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: 6h}}
""",
    "bad-time": """
A time is not of the form `"18:00"`.

With a day it is `"02:00+1d"` (the day after the key's date); `"18:00 end"` is on the last day of a week or month.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "6pm", to: "20:00"}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "18:00", to: "20:00"}}
""",
    "bad-value": """
A value is none of those that its field takes.

The message lists them, or says which numbers or characters are allowed.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, status: succeeded}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, status: success}]}
""",
    "bad-version": """
`apiVersion` is not `depgen.io/v1`.

The file is written for another version of depgen, or is no graph at all. Nothing else in it is judged.

Fails:

    apiVersion: depgen.io/v2
    nodes: {}

Passes:

    apiVersion: depgen.io/v1
    nodes: {}
""",
    "empty": """
A file, list, map or text that must hold something is empty.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: []}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
    "missing-field": """
A field that is needed is not there.

`graph` and `timezone` stand in every file; `namespace` in at least one file of a graph.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "18:00"}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "18:00", to: "20:00"}}
""",
    "one-of": """
Of fields that exclude each other there is none, or more than one.

A source listens to exactly one thing, a run starts exactly one thing, a group is `allOf` or `anyOf`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load, workflowTemplate: load}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
""",
    "pod-spec": """
A field of `pods` is not what a Pod of Argo Events takes.

`affinity`, `tolerations`, `imagePullSecrets` and `securityContext` have the form that they have in a Pod. A misspelt field
can pass the cluster unnoticed and then do nothing; depgen checks it against the schema of Argo Events.

Fails:

    pods: {securityContext: {runAsNonroot: true}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    pods: {securityContext: {runAsNonRoot: true}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
    "too-long": """
A text has more characters than its field takes.

The limits are those of Kubernetes and Argo (52 characters for a CronWorkflow's name, 63 for a label), or keep an object
small enough to be stored.
""",
    "too-many": """
A list or map has more entries than its field takes.

Each entry of `params`, `labels`, `annotations` or `tags` costs bytes in a Sensor, whose size is limited.
""",
    "unknown-field": """
A field that depgen does not know.

Nothing is ignored: a misspelt condition would otherwise be one that does not exist. The hint names the field that was
probably meant, or the place where it belongs.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
    "workflow-spec": """
`spec` or `workflowSpec` of a run is not what Argo Workflows takes.

A misspelt field can pass the cluster unnoticed and then do nothing; depgen checks it against the Workflow schema.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, spec: {activeDeadline: 60}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, spec: {activeDeadlineSeconds: 60}}, dependsOn: [load]}
""",
    "wrong-type": """
A value is text where a list is wanted, a number where text is wanted, and so on.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: load}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
}
