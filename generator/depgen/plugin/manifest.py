"""What a namespace needs so that its Workflows can use the plugin.

What a newcomer gets wrong: the names are not ours to choose. The controller looks for a ServiceAccount of the ConfigMap's
name and for a Secret of that one's, in the namespace of the Workflow, and the agent's token can be read by user 8737.

Source: argo-workflows v3.7.14, workflow/util/plugins/configmap.go, util/secrets and workflow/controller/agent.go.
"""

from __future__ import annotations

from depgen.render import Templates

NAME = "depgen-executor-plugin"
# Argo asks for one above 10000 that no other plugin of the cluster has.
PORT = 14355
# The user of Argo's own containers: the token is a file of theirs that only its owner and group may read.
_USER = 8737
_WORKFLOWS = {"group": "argoproj.io", "resources": ["workflows"], "verbs": ["list", "watch"]}
_NODES = (
    {"group": "argoproj.io", "resources": ["eventsources", "sensors"], "verbs": ["list"]},
    {"group": "", "resources": ["configmaps"], "verbs": ["list"]},
)


def manifest(image: str, namespace: str, port: int = PORT, with_nodes: bool = False) -> str:
    """The ConfigMap, the ServiceAccount with its token, and its Role, as YAML; `with_nodes`: it may ask graphs too."""
    return (
        Templates()
        .environment.get_template("plugin.yaml.j2")
        .render(
            name=NAME,
            secret=f"{NAME}.service-account-token",
            image=image,
            namespace=namespace,
            port=port,
            user=_USER,
            rules=[_WORKFLOWS, *(_NODES if with_nodes else ())],
        )
    )
