"""A small Kubernetes client: JSON over HTTPS on kept connections, for bursts of 200 creates in a second.

Kinds are looked up in the API server's discovery, so any kind works that the server knows, ours or not.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

Manifest = dict[str, Any]

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
CONNECTION_LOST = (
    http.client.RemoteDisconnected,
    BrokenPipeError,
    ConnectionResetError,
    ssl.SSLEOFError,
)


class ApiError(Exception):
    """The API server answered with an error; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True)
class Login:
    """How to reach an API server: its address, the TLS context (trust, and proof of who we are), a token.

    `user` and `group`: whom to act as, which an admin may.
    """

    server: str
    tls: ssl.SSLContext
    token: str | None = None
    user: str | None = None
    group: str | None = None


class Api:
    """Requests as one user. Safe to share between threads; `close` when done."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._idle: list[http.client.HTTPSConnection] = []  # append and pop are atomic
        self._plurals: dict[str, dict[str, tuple[str, bool]]] = {}

    def path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """The path of an object, or of its collection; `namespace` is left out for kinds that have none."""
        root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        if kind not in self._plurals.get(api_version, {}):
            found = self.get(root)["resources"]
            self._plurals[api_version] = {
                r["kind"]: (r["name"], r["namespaced"]) for r in found if "/" not in r["name"]
            }
        plural, is_namespaced = self._plurals[api_version][kind]
        within = f"/namespaces/{namespace}" if namespace and is_namespaced else ""
        return f"{root}{within}/{plural}" + (f"/{name}" if name else "")

    def get(self, path: str, accept: str = "application/json", **query: str) -> Any:
        return self.request("GET", path + (f"?{urlencode(query)}" if query else ""), accept=accept)

    def find(self, path: str) -> Any | None:
        """Like `get`, but None if there is no such object."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, body: Manifest) -> Any:
        return self.request("POST", path, body)

    def merge_patch(self, path: str, body: Manifest) -> Any:
        return self.request("PATCH", path, body, "application/merge-patch+json")

    def apply(self, path: str, body: Manifest) -> Any:
        """Creates or updates by server-side apply; a field applied before and absent now is removed."""
        query = urlencode({"fieldManager": "depgen-test", "force": "true"})
        return self.request("PATCH", f"{path}?{query}", body, "application/apply-patch+yaml")

    def delete(self, path: str) -> None:
        """Deletes an object or a whole collection; nothing there is fine."""
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != 404:
                raise

    def request(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """The answer's JSON, or its text where it is none; raises ApiError, or OSError if nobody answers."""
        headers = {"Accept": accept, "Content-Type": content_type}
        if self._login.token:
            headers["Authorization"] = f"Bearer {self._login.token}"
        if self._login.user:
            headers["Impersonate-User"] = self._login.user
        if self._login.group:
            headers["Impersonate-Group"] = self._login.group
        data = None if body is None else json.dumps(body).encode()
        status, kind, text = self._exchange(method, path, data, headers)
        answer = json.loads(text) if kind.startswith("application/json") else text.decode()
        if status >= 400:
            raise ApiError(status, answer["message"] if isinstance(answer, dict) else answer)
        return answer

    def acting_as(self, user: str, group: str | None = None) -> Api:
        """A client that acts as this user, who has the groups of a ServiceAccount or else this one."""
        return Api(replace(self._login, user=user, group=group))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, bytes]:
        with self._borrowed() as connection:
            try:
                connection.request(method, path, data, dict(headers))
                response = connection.getresponse()
            except CONNECTION_LOST:  # the server had closed the idle connection
                connection.close()
                connection.request(method, path, data, dict(headers))
                response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()

    @contextmanager
    def _borrowed(self) -> Iterator[http.client.HTTPSConnection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            address = urlsplit(self._login.server)
            connection = http.client.HTTPSConnection(
                address.hostname or "", address.port or 443, timeout=30, context=self._login.tls
            )
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
