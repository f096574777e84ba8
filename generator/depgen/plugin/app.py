"""The plugin as an HTTP application: Argo's one method, and whether it is there at all.

What a newcomer gets wrong: an HTTP error ends a node with that text, so errors are for what no agent sends. Mistakes in
a template are answers. The token is looked at before a byte of the body is read, and never shown.

Source: argo-workflows v3.7.14, docs/executor_plugins.md and workflow/util/plugins/plugin.go.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from depgen.plugin import reply, request
from depgen.plugin.reply import Reply

PATH = "/api/v1/template.execute"
# More than an object may have that the API server stores.
MOST_BYTES = 2 * 1024 * 1024
BODY_SECONDS = 10.0

Answers = Callable[[request.Request, float], Reply]
Log = Callable[[str], None]


def application(token: str, answers: Answers, log: Log) -> Starlette:
    """The application. `token` is the agent's; `log` gets a line a decision.

    `answers` is called in a thread, with the request and the moment on the monotonic clock at which it came.
    """
    wanted = f"Bearer {token}".encode()

    async def execute(received: Request) -> JSONResponse:
        if not hmac.compare_digest(received.headers.get("authorization", "").encode(), wanted):
            raise HTTPException(403, "the bearer token is not the one of this pod")
        if received.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "the body has to be application/json")
        came = time.monotonic()
        try:
            asked = request.read(await _body(received))
        except request.BadRequestError as error:
            raise HTTPException(400, str(error)) from error
        if asked is None:
            return JSONResponse(reply.NOT_OURS)
        found = await run_in_threadpool(answers, asked, came)
        log(f"{asked.words}: {found['node'].get('phase', 'asks again')}: {found['node']['message']}")
        return JSONResponse(found)

    async def health(received: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    async def refuse(received: Request, error: Exception) -> PlainTextResponse:
        assert isinstance(error, HTTPException)
        return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)

    return Starlette(
        routes=[Route(PATH, execute, methods=["POST"]), Route("/healthz", health, methods=["GET"])],
        exception_handlers={HTTPException: refuse},
    )


async def _body(received: Request) -> bytes:
    """The body; HTTPException if it is too large, or does not come."""
    too_large = HTTPException(413, f"the body has more than {MOST_BYTES} bytes")
    length = received.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 12 or int(length) > MOST_BYTES):
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in received.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise too_large
    except TimeoutError as error:
        raise HTTPException(408, f"the body did not come within {BODY_SECONDS:g} s") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the body broke off") from error
    return bytes(body)
