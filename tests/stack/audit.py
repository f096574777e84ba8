"""What the API server was asked by ServiceAccounts, read from its audit log.

Answers two questions: is a process really watching (its token's id names it exactly), and which verbs of a
Role were used or refused.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CREDENTIAL = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True)
class Request:
    """One request; `account` is `namespace:name`, `code` the HTTP status (200 for a watch that has begun)."""

    account: str
    credential: str
    verb: str
    group: str
    resource: str
    namespace: str
    code: int


def credential_of(token: str) -> str:
    """The id that the audit log gives to requests under this ServiceAccount token."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"JTI={claims['jti']}"


class Audit:
    """The audit log so far; reads on where it stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    def requests(self) -> list[Request]:
        """Every request of a ServiceAccount since the stack started, oldest first."""
        with self._lock:
            with self._path.open("rb") as log:
                log.seek(self._offset)
                for line in log:
                    if not line.endswith(b"\n"):
                        break
                    self._offset += len(line)
                    self._requests += _request(json.loads(line))
            return list(self._requests)


def _request(event: dict[str, Any]) -> list[Request]:
    """The event as a request; none for the end of a watch, and none for paths that are not resources."""
    reference, code = event.get("objectRef"), event.get("responseStatus", {}).get("code", 0)
    if reference is None or (event["verb"] == "watch" and event["stage"] != "ResponseStarted" and code < 400):
        return []
    account = event["user"]["username"].removeprefix("system:serviceaccount:")
    credential = ",".join(event["user"].get("extra", {}).get(CREDENTIAL, []))
    resource = "/".join(filter(None, (reference["resource"], reference.get("subresource"))))
    where = (reference.get("apiGroup", ""), resource, reference.get("namespace", ""))
    return [Request(account, credential, event["verb"], *where, code)]
