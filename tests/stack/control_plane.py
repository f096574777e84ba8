"""etcd and kube-apiserver on loopback, with RBAC and an audit log of what ServiceAccounts ask for.

There is no controller manager: nothing collects garbage, ends namespaces or makes `default` ServiceAccounts.
The kubelet of the harness and `namespace.py` do what little of that the tests need.
"""

from __future__ import annotations

import json
import secrets
import ssl
import subprocess
import time
from pathlib import Path

from tests.stack.api import Api, ApiError, Login
from tests.stack.processes import Process, ProcessGroup, free_port

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "userGroups": ["system:serviceaccounts"]}, {"level": "None"}],
}


class ControlPlane:
    """Starts both servers; `wait` returns when the API answers.

    `server` is the address that kubeconfigs get from now on; `api_server` is open to tests that break it.
    """

    def __init__(self, group: ProcessGroup, kube: Path) -> None:
        self._group = group
        self._kube = kube
        self.folder = group.folder
        self.audit_log = self.folder / "audit.log"
        self.certificate = self.folder / "tls.crt"
        self.key = self.folder / "tls.key"
        self._token = secrets.token_hex(16)
        subprocess.run([kube, "keys", self.folder], check=True, capture_output=True)
        self.server = f"https://127.0.0.1:{free_port()}"
        self._port = self.server.rpartition(":")[2]
        self._etcd = self._start_etcd()
        self.api_server: Process = self._run_api_server()

    def login(self) -> Login:
        """Admin's."""
        return Login(self.server, ssl.create_default_context(cafile=self.certificate), self._token)

    def kubeconfig(self, path: Path, token: str | None = None, server: str | None = None) -> Path:
        """Writes a kubeconfig for the token, by default admin's; JSON, which every reader of YAML takes."""
        cluster = {"server": server or self.server, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "stack", "cluster": cluster}],
            "users": [{"name": "user", "user": {"token": token or self._token}}],
            "contexts": [{"name": "stack", "context": {"cluster": "stack", "user": "user"}}],
            "current-context": "stack",
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        return path

    def wait(self, api: Api, seconds: float) -> None:
        """Returns when the API server is ready, its bootstrap roles included."""
        end = time.monotonic() + seconds
        while True:
            try:
                api.get("/readyz")
                return
            except (ApiError, OSError) as error:
                if time.monotonic() > end:
                    raise TimeoutError(f"the API server is not ready after {seconds} s: {error}") from error
            time.sleep(0.1)

    def start_api_server(self) -> None:
        """After `api_server.kill()`: the same server again; `wait` for it."""
        self.api_server = self._run_api_server()

    def _start_etcd(self) -> str:
        clients, peers = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        flags = [
            *("--data-dir", self.folder / "etcd"),
            *("--listen-client-urls", clients),
            *("--advertise-client-urls", clients),
            *("--listen-peer-urls", peers),
            *("--initial-advertise-peer-urls", peers),
            *("--initial-cluster", f"default={peers}"),
            *("--log-level", "warn"),
            "--unsafe-no-fsync",
        ]
        self._group.run("etcd", [self._kube, "etcd", *map(str, flags)], {})
        return clients

    def _run_api_server(self) -> Process:
        tokens, policy = self.folder / "tokens.csv", self.folder / "audit.json"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self._token},admin,admin,"system:masters"\n')
        policy.write_text(json.dumps(AUDIT_POLICY))
        flags = {
            "etcd-servers": self._etcd,
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "endpoint-reconciler-type": "none",
            "secure-port": self._port,
            "tls-cert-file": self.certificate,
            "tls-private-key-file": self.key,
            "cert-dir": self.folder / "certs",
            "token-auth-file": tokens,
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-signing-key-file": self.key,
            "service-account-key-file": self.key,
            "service-cluster-ip-range": "10.0.0.0/24",
            "disable-admission-plugins": "ServiceAccount",
            "audit-policy-file": policy,
            "audit-log-path": self.audit_log,
        }
        words = [f"--{name}={value}" for name, value in flags.items()]
        return self._group.run("apiserver", [self._kube, "apiserver", *words], {})
