"""The one thing that a process can find in a pod only: the token and the API server of its ServiceAccount.

Who elects a leader by Lease reads them from a fixed path, whatever KUBECONFIG says. So its process gets a view of the
file system of its own, where /run holds nothing else; that takes the rights of root.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from tests.stack.control_plane import ControlPlane

# $0 is the folder with the files; the program takes the place of the shell, so its pid is the one that was started.
_SCRIPT = """
mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io &&
ln -s "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"
"""


def prepare(folder: Path, control_plane: ControlPlane, token: str, namespace: str) -> dict[str, str]:
    """Writes what the kubelet mounts into a pod, and returns the variables that it sets."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, text in {
        "token": token,
        "namespace": namespace,
        "ca.crt": control_plane.certificate.read_text(),
    }.items():
        (folder / name).write_text(text)
    server = urlsplit(control_plane.server)
    return {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}


def within(folder: Path, *argv: str | Path) -> list[str | Path]:
    """The command line that runs `argv` where the files of `folder` are a pod's."""
    return [shutil.which("unshare") or "unshare", "--mount", "sh", "-c", _SCRIPT, folder, *argv]
