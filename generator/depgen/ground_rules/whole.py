"""Rules on what a schema cannot say: values that only make sense together, files that are one graph, finished objects."""

from __future__ import annotations

WHOLE = {
    "calendar-file": """
A file that a calendar names is not there, or holds something that is no date.

A text file has one date a line, as `2026-12-25`; `#` begins a comment. The path starts at the graph file that names it
and stays in that folder and those below, links included.

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ../holidays.txt}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ["2026-12-25"], validThrough: "2030-12-31"}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}
""",
    "calendar-lock": """
The lock does not have the days of a calendar that names a country or an iCalendar file, or has older ones.

A build never looks such days up: they could change without the graph being changed. `depgen calendars lock` writes them
into `calendars.lock` beside the graph, to be kept and reviewed with it, and has to be run again when the calendar or
its file is changed.

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: {country: FR}, validThrough: "2030-12-31"}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ["2026-12-25"], validThrough: "2030-12-31"}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}
""",
    "duplicate-node": """
Two files of one graph define the same node.

The files of a graph share one set of node ids. Rename one of the two, or give one file another `graph`.
""",
    "durable-collision": """
Two triggers would share a consumer of the EventBus.

Argo Events names a trigger's consumer by a 32-bit hash of Sensor, trigger and dependency. Two that collide take each
other's events. It is rare, and renaming either node mends it.
""",
    "empty-window": """
A window holds no time, or ends before it begins.

`to` at or before `from` means the next day; equal times are an error, because they could mean nothing or a whole day.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "18:00", to: "18:00"}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "18:00", to: "18:00+1d"}}
""",
    "files-disagree": """
Two files of one graph say different things about the graph.

`timezone`, `namespace`, `partitions` and the like belong to the graph as a whole: wherever they are repeated they have to
be the same. So do an environment's changes of the graph or of one node.
""",
    "min-satisfied": """
`mode: atLeast` and `minSatisfied` do not fit together, or not the number of edges.

`minSatisfied` stands with `mode: atLeast` and nowhere else, and cannot be more than the edges there are.

Fails:

    nodes:
      a: {source: {cronWorkflow: a}}
      b: {source: {cronWorkflow: b}}
      report: {run: {workflowTemplate: report}, dependsOn: [a, b], mode: atLeast, minSatisfied: 3}

Passes:

    nodes:
      a: {source: {cronWorkflow: a}}
      b: {source: {cronWorkflow: b}}
      report: {run: {workflowTemplate: report}, dependsOn: [a, b], mode: atLeast, minSatisfied: 2}
""",
    "object-too-large": """
One node, or one event, is too large for a Sensor or EventSource of its own.

Argo Events hands a Sensor to its pod in one environment variable. depgen fills a Sensor up to 64 KiB, spreads nodes over
several, and refuses what does not fit even alone: move a long `workflowSpec` to a WorkflowTemplate, or part of the edges to
a node between. The graph of a `sweeper` goes along in a ConfigMap, which holds 1 MiB.
""",
    "per-upstream": """
A node with `per: upstream` says something that only one run for all upstreams could mean.

Each of its upstreams makes a run of its own, `<graph>-<node>-<upstream>-<key>`, as soon as that one edge is satisfied. There is
nothing to count and no upstream to name in params but `$trigger`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      clean: {run: {workflowTemplate: clean}, per: upstream, mode: any, dependsOn: [{node: load, status: failure}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      clean: {run: {workflowTemplate: clean}, per: upstream, dependsOn: [{node: load, status: failure}]}
""",
    "sweeper-period": """
A CronJob cannot run the sweep so often.

Cron counts in minutes that divide the hour, or hours that divide the day. A Deployment (`mode: watch`) can keep any
period, and repairs sooner.

Fails:

    sweeper: {image: "registry.example.com/depgen:1.0.0", every: 7m}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    sweeper: {image: "registry.example.com/depgen:1.0.0", every: 10m}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
    "unknown-environment": """
`--env` names an environment that a graph does not have.

Every graph of the command has to have it: otherwise a misspelt name would deploy what is meant for another place. An
environment without changes is `prod: {}`.
""",
    "unknown-node": """
An environment changes a node that the graph does not have.

An environment changes nodes, or removes them with `null`; it adds none.

Fails:

    environments: {dev: {nodes: {reprot: {suspend: true}}}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    environments: {dev: {nodes: {report: {suspend: true}}}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
""",
    "unknown-timezone": """
A time zone is not an IANA zone of the form region/city.

Abbreviations such as `CET` and fixed offsets are not taken: programs read them differently, and they know nothing of
summer time. `UTC` is taken.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}, key: {timezone: EST}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {timezone: America/New_York}}
""",
    "unreadable-manifest": """
A file given with `--manifests` is not YAML.

It is passed over; what it holds cannot be checked against the graph.
""",
}
