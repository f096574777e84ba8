"""Requests to one API server: time limits, trying again, and refusals told in one sentence.

Trying again is safe only for what may be done twice. All that is asked here may: reads, merge patches, reviews, and
deletions and creations under a fixed name. Of the last two, `Answer.is_unsure` says whether an earlier try, whose
answer was lost, may have gone through. Nothing that is sent is ever part of a message: it may hold a token.
"""

from __future__ import annotations

import json
import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from secrets import SystemRandom
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from depgen.cluster.api import ClusterError, Resource

TRIES = 4
FIRST_PAUSE = 0.1
# The API server asks for a second or so. Where more than this is asked for, the user should know at once.
LONGEST_PAUSE = 30.0
CONNECT_SECONDS = 5.0
NO_ANSWER = 0

Login = Callable[[], Mapping[str, str]]
Sleep = Callable[[float], None]


class Request(NamedTuple):
    """What is asked; `purpose` ends the sentence "cannot ..."."""

    purpose: str
    method: str
    path: str
    query: Mapping[str, str] = MappingProxyType({})
    body: Any = None

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


class Answer(NamedTuple):
    """`status` is NO_ANSWER if there was none, and `text` then why. `is_unsure`: an earlier try may have worked."""

    status: int
    text: bytes
    headers: Mapping[str, str]
    is_unsure: bool = False

    @property
    def is_ok(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    def body(self, request: Request) -> Any:
        """What was asked for; a ClusterError if it is not."""
        if not self.is_ok:
            raise self.error(request)
        try:
            return json.loads(self.text)
        except ValueError as error:
            words = "what answers there is no Kubernetes API; is the address in the kubeconfig right?"
            raise ClusterError(f"cannot {request.purpose}: {words}", self.status) from error

    def error(self, request: Request) -> ClusterError:
        """The refusal: what was asked, the API's own words, and the status."""
        told = self._told()
        words = told.get("message") or HTTPStatus(self.status).phrase if self.status else self.text.decode()
        status = f" ({self.status} {told.get('reason', '')}".rstrip() + ")" if self.status else ""
        return ClusterError(f"cannot {request.purpose}: {words}{status}", self.status, told.get("reason", ""))

    def _told(self) -> dict[str, Any]:
        """The API's Status; {} if something else answered, such as a proxy."""
        try:
            told = json.loads(self.text)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


class Transport:
    """One API server as one user. `requests` counts every try, also those that failed, and `retries` all but the first ones.

    `login` gives the headers that say who asks, anew for each try: tokens expire. `sleep` makes the pauses.
    """

    def __init__(
        self, pool: urllib3.PoolManager, server: str, login: Login, timeout: float, sleep: Sleep = time.sleep
    ) -> None:
        self.requests = 0
        self.retries = 0
        self.sleep = sleep
        self._pool = pool
        # Nobody has to close a cluster: its connections go with it.
        weakref.finalize(self, pool.clear)
        self._server = server.rstrip("/")
        # An address may hold a password: https://ann:word@host.
        self._shown = re.sub("//[^/]*@", "//", self._server)
        self._login = login
        self._timeout = timeout

    def ask(self, request: Request) -> Answer:
        """The answer, whatever it says: the last one, if several tries were needed."""
        is_unsure = False
        for number in range(TRIES):
            answer = self._try(request)
            pause = _pause(answer, number)
            if pause is None:
                break
            is_unsure = is_unsure or answer.status != HTTPStatus.TOO_MANY_REQUESTS
            self._wait(pause)
        return answer._replace(is_unsure=is_unsure)

    def lines(self, request: Request, silence: float) -> Iterator[bytes]:
        """The lines of an answer as they come, until it ends or nothing comes for `silence` seconds.

        ClusterError if there is no such answer; an answer that breaks off only ends.
        """
        response = self._open(request, silence)
        try:
            rest = b""
            for chunk in response.stream():
                *lines, rest = (rest + chunk).split(b"\n")
                yield from lines
        except HTTPError:
            return
        finally:
            response.close()

    def _open(self, request: Request, silence: float) -> urllib3.BaseHTTPResponse:
        for number in range(TRIES):
            try:
                response = self._send(request, silence, preload_content=False)
            except HTTPError as error:
                answer = Answer(NO_ANSWER, self._why(error, request, silence).encode(), {})
            else:
                if response.status == HTTPStatus.OK:
                    return response
                answer = Answer(response.status, response.data, response.headers)
            pause = _pause(answer, number)
            if pause is None:
                break
            self._wait(pause)
        raise answer.error(request)

    def _wait(self, pause: float) -> None:
        self.retries += 1
        self.sleep(pause)

    def _try(self, request: Request) -> Answer:
        try:
            response = self._send(request, self._timeout, preload_content=True)
        except HTTPError as error:
            return Answer(NO_ANSWER, self._why(error, request, self._timeout).encode(), {})
        return Answer(response.status, response.data, response.headers)

    def _send(self, request: Request, seconds: float, preload_content: bool) -> urllib3.BaseHTTPResponse:
        self.requests += 1
        content_type = "application/merge-patch+json" if request.method == "PATCH" else "application/json"
        return self._pool.request(
            request.method,
            self._server + request.target,
            body=None if request.body is None else json.dumps(request.body).encode(),
            headers={"Accept": "application/json", "Content-Type": content_type, **self._login()},
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds),
            retries=False,
            redirect=False,
            preload_content=preload_content,
        )

    def _why(self, error: HTTPError, request: Request, seconds: float) -> str:
        """Why nobody answered, in words of ours: urllib3's name objects in memory."""
        if isinstance(error, SSLError):  # trying again does not mend a certificate
            raise ClusterError(
                f"cannot {request.purpose}: {self._shown} and the kubeconfig do not agree on TLS: {error}"
            ) from error
        if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
            return f"{self._shown} did not take a connection within {CONNECT_SECONDS:g} s"
        if isinstance(error, NewConnectionError):
            return f"{self._shown} cannot be reached: is it up, and is the address in the kubeconfig right?"
        if isinstance(error, ReadTimeoutError):
            return f"{self._shown} did not answer within {seconds:g} s"
        return f"{self._shown} broke off the connection"


def _pause(answer: Answer, number: int) -> float | None:
    """How long to wait before the next try; None if there shall be none, `number` tries having failed before."""
    is_transient = ClusterError("", answer.status).is_transient
    if answer.is_ok or not is_transient or number + 1 == TRIES:
        return None
    pause = FIRST_PAUSE * 2.0**number * SystemRandom().uniform(1, 1.5)
    asked = answer.headers.get("Retry-After", "")
    pause = max(pause, float(asked) if asked.isdecimal() else 0.0)
    return pause if pause <= LONGEST_PAUSE else None


def path(resource: Resource, namespace: str, name: str = "") -> str:
    """Where an object is, or with no name all of its kind."""
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    parts = [root, *(("namespaces", quote(namespace)) if namespace and resource.is_namespaced else ())]
    return "/".join([*parts, resource.plural, *([quote(name)] if name else [])])
