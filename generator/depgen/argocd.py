"""What Argo CD needs to know of graphs: health checks, an Application, and depgen as a plugin of its own.

Everything is text for people to look at and commit; nothing here talks to Argo CD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from depgen import assets
from depgen.render import Templates

ENVIRONMENT = "{env}"
# Before the name of what an Application says in the `env` of its plugin, as Argo CD hands it to the plugin.
HANDED = "ARGOCD_ENV_"


class Place(NamedTuple):
    """Where compiled graphs are: a repository, a revision of it, and the folder, in which `{env}` may stand."""

    repository: str
    revision: str
    path: str


class Home(NamedTuple):
    """Argo CD itself: its namespace, the project of the Application, and the cluster that it is synced to."""

    namespace: str
    project: str
    server: str


def health(namespace: str) -> str:
    """A ConfigMap to apply server-side over `argocd-cm`."""
    return _render("argocd-health.yaml.j2", namespace=namespace, script=assets.text("sensors", "health.lua"))


def plugin(namespace: str, image: str) -> str:
    """The plugin's configuration, and a patch of Argo CD's repo server that runs it."""
    return _render("argocd-plugin.yaml.j2", namespace=namespace, image=image)


def application(name: str, namespace: str, place: Place, home: Home) -> str:
    """An Application for a folder of compiled graphs."""
    return _render(
        "argocd-app.yaml.j2", name=name, namespace=namespace, place=place, home=home, environments={}
    )


def application_set(name: str, namespaces: Mapping[str, str], place: Place, home: Home) -> str:
    """An ApplicationSet with an Application for each environment, whose namespaces are given."""
    there = place._replace(path=place.path.replace(ENVIRONMENT, "{{.environment}}"))
    return _render(
        "argocd-app.yaml.j2",
        name=name,
        namespace="{{.namespace}}",
        place=there,
        home=home,
        environments=namespaces,
    )


def _render(template: str, **context: object) -> str:
    return Templates().environment.get_template(template).render(context)
