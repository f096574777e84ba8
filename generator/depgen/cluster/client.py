"""The way into a cluster: kubeconfig, credential plugins, certificates, proxies. Only here is `kubernetes` used.

Requests do not go through its typed models, which would take most of the time of a long list: see `remote`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from depgen.cluster.api import ClusterError

if TYPE_CHECKING:
    from kubernetes.client import Configuration

    from depgen.cluster.remote import KubernetesCluster

TIMEOUT = 30.0
DEFAULT_KUBECONFIG = "~/.kube/config"
_POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def connect(
    kubeconfig: str | None = None,
    context: str | None = None,
    timeout: float = TIMEOUT,
    sleep: Callable[[float], None] = time.sleep,
) -> KubernetesCluster:
    """The cluster of `kubeconfig` (else of KUBECONFIG, of ~/.kube/config, else the one this process is a pod of).

    `timeout` is how many seconds one request may stay without an answer; `sleep` makes the pauses between two tries.
    Nothing is asked yet. ClusterError if there is no such kubeconfig or context, or if the package is missing.
    """
    try:
        from kubernetes.client.rest import RESTClientObject
    except ImportError as error:
        raise ClusterError(
            "this command talks to a cluster and needs one more package: pip install 'depgen[cluster]'"
        ) from error
    from depgen.cluster.remote import KubernetesCluster
    from depgen.cluster.transport import Transport

    configuration = _configuration(kubeconfig, context)

    def login() -> dict[str, str]:
        bearer = configuration.auth_settings().get("BearerToken")
        return {bearer["key"]: bearer["value"]} if bearer and bearer["value"] else {}

    pool = RESTClientObject(configuration).pool_manager
    return KubernetesCluster(Transport(pool, configuration.host, login, timeout, sleep))


def default_namespace(kubeconfig: str | None = None, context: str | None = None) -> str:
    """The namespace that the context names, or in which this process is a pod; else `default`."""
    path = _kubeconfig(kubeconfig)
    if path:
        from kubernetes import config

        try:
            contexts, active = config.list_kube_config_contexts(path)  # type: ignore[no-untyped-call]
            found = [c for c in contexts if c["name"] == context] if context else [active]
            return str(found[0]["context"].get("namespace") or "default")
        except (config.ConfigException, OSError, TypeError, ValueError, LookupError, AttributeError):
            return "default"  # what is wrong with it is told by `connect`
    return _POD_NAMESPACE.read_text().strip() if _POD_NAMESPACE.is_file() else "default"


def _kubeconfig(given: str | None) -> str:
    """The files that make up the kubeconfig, as the package takes them; "" if there are none."""
    given = given or os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    paths = [Path(p).expanduser() for p in given.split(os.pathsep) if p]
    return os.pathsep.join(map(str, paths)) if any(path.exists() for path in paths) else ""


def _configuration(kubeconfig: str | None, context: str | None) -> Configuration:
    given = kubeconfig or os.environ.get("KUBECONFIG")
    if path := _kubeconfig(kubeconfig):
        return _of_kubeconfig(path, context)
    if given:
        raise ClusterError(f"there is no kubeconfig {given}; name one with --kubeconfig or KUBECONFIG")
    if context:
        raise ClusterError(f"context {context} needs a kubeconfig; name one with --kubeconfig or KUBECONFIG")
    return _of_this_pod()


def _of_kubeconfig(path: str, context: str | None) -> Configuration:
    import yaml
    from kubernetes import config
    from kubernetes.client import Configuration

    found = Configuration()
    try:
        contexts = [c["name"] for c in config.list_kube_config_contexts(path)[0]]  # type: ignore[no-untyped-call]
        if context and context not in contexts:
            names = ", ".join(sorted(contexts))
            raise ClusterError(f"kubeconfig {path} has no context {context}; it has {names or 'none'}")
        config.load_kube_config(path, context, client_configuration=found)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise ClusterError(f"kubeconfig {path} cannot be used: {error}") from error
    except OSError as error:
        raise ClusterError(f"kubeconfig {path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:  # its text quotes the file, which may hold a token
        raise ClusterError(f"kubeconfig {path} is not YAML") from error
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise ClusterError(f"kubeconfig {path} does not have the form of one") from error
    return found


def _of_this_pod() -> Configuration:
    from kubernetes import config
    from kubernetes.client import Configuration

    found = Configuration()
    try:
        config.load_incluster_config(found)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise ClusterError(
            "there is no cluster to talk to: name a kubeconfig with --kubeconfig or KUBECONFIG, "
            f"write {DEFAULT_KUBECONFIG}, or run in a pod"
        ) from error
    return found
