"""Writes docs/doctor.md from what the checks of `depgen doctor` say of themselves.

Run `python docs/make_doctor.py` after a change of a check's documentation; with `--check` it writes nothing and exits 1
if the file is not what it would write. Nothing here knows a check: a new one needs no change of this file.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from generated import keep

from depgen.cluster.doctor.checks import CHECKS, check

PAGE = Path(__file__).parent / "doctor.md"
HEAD = """\
<!-- Generated from the checks' own documentation by docs/make_doctor.py. Do not edit. -->

# What `depgen doctor` checks

    depgen doctor graphs/

It reads the cluster of the kubeconfig and the graphs, changes nothing, and says for each finding what it means and one
way out. Without graphs it looks at the cluster and its buses only.

| level | means |
|---|---|
| ok | as it should be |
| warning | works today and will not always |
| error | keeps a graph from doing what it says |
| unknown | could not be looked at; the message says why. Never a failure |

The exit code is 0 if there is no error, 1 if there is one (with `--fail-on warning` also for a warning), 2 if the cluster is
out of reach. `--select` and `--ignore` take the names of checks, separated by commas. `-o json` is for programs.

## What it has to see

Whoever runs it needs `get` and `list` on ConfigMaps, ServiceAccounts, Pods, Deployments, CronJobs, Roles, RoleBindings and
everything of `argoproj.io` in the graph's namespaces, `get` on CustomResourceDefinitions, and `create` on
SubjectAccessReviews. To list Deployments, EventBuses, EventSources and Sensors of all namespaces shows the controllers'
versions and who shares a bus. What is not allowed is `unknown`, with the missing permission.

Some checks ask the bus itself, which takes `pip install 'depgen[bus]'` and a way to it:

    kubectl -n data port-forward svc/eventbus-default-js-svc 4222
    depgen doctor graphs/ --nats nats://127.0.0.1:4222 --nats-insecure

The bus's certificate is its own, made for names inside of the cluster: `--nats-insecure` takes any, as Argo Events does;
`--nats-ca FILE` verifies it. The user is that of `DEPGEN_NATS_USER` and `DEPGEN_NATS_PASSWORD`, else the one in the
EventBus's Secret if that may be read. JetStream is only asked about itself: no event is read, moved or removed.

## The checks
"""


def page() -> str:
    """The page as Markdown."""
    parts = {id_: (inspect.getdoc(check(id_)) or "").split("\n\n", 1) for id_ in CHECKS}
    rows = "".join(f"| [`{id_}`](#{id_}) | {per.value} | {parts[id_][0]} |\n" for id_, per in CHECKS.items())
    sections = "\n".join(f"### {id_}\n\n{title}\n\n{rest}\n" for id_, (title, rest) in parts.items())
    return f"{HEAD}\n| check | of each | looks at |\n|---|---|---|\n{rows}\n{sections}"


if __name__ == "__main__":
    sys.exit(keep({PAGE: page()}))
