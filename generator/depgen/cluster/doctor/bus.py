"""What the bus itself tells: its JetStream stream, its consumers, its version. Only here is the package `nats` used.

Nothing is subscribed or published but requests to JetStream's own API, so looking changes nothing. The bus is often
out of reach from where an operator sits, and that is never a failure: then there is a reason instead of a state.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from depgen.errors import InputError

if TYPE_CHECKING:
    from nats.aio.client import Client

STREAM = "default"  # Argo Events has one stream of this name in every JetStream bus
_BUCKET = "KV_"
_SECONDS = 5.0
_SECOND_LOOK = 0.3

Clock = Callable[[], float]


class BusError(Exception):
    """The bus could not be asked; the text is the reason, without credentials."""


@dataclass(frozen=True)
class Login:
    """How to reach a bus. `ca` is a file; without `is_verified` any certificate is taken, as Argo Events does."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    is_verified: bool = True


class Queue(NamedTuple):
    """A durable consumer. `waiting` counts the pulls that are open.

    `idle` is for how many seconds nothing was delivered or acknowledged; None if nothing ever was. `redelivered` counts
    what is being tried anew because it was never acknowledged.
    """

    name: str
    subject: str
    pending: int
    unacknowledged: int
    waiting: int
    idle: float | None = None
    redelivered: int = 0


class Stream(NamedTuple):
    """The stream in force: its configuration as JetStream has it, and how full it is."""

    config: Mapping[str, Any]
    messages: int
    bytes: int


@dataclass(frozen=True)
class BusState:
    """One look. `queues` are those of the stream by name, `buckets` the Sensors that have a key-value store.

    `clock` is the server's, `seen_at` the times of this machine just before and after it told.
    """

    version: str
    max_payload: int
    stream: Stream | None
    queues: Mapping[str, Queue]
    buckets: tuple[str, ...]
    clock: float | None = None
    seen_at: tuple[float, float] = (0.0, 0.0)


def require_package() -> None:
    """To be called before a bus is looked at. InputError if what that needs is not installed."""
    try:
        import nats  # noqa: F401
    except ImportError as error:
        raise InputError("--nats needs one more package: pip install 'depgen[bus]'") from error


def look(login: Login, clock: Clock) -> BusState:
    """The state of the bus now; BusError if it cannot be told. `clock` gives this machine's time."""
    import nats
    from nats.errors import Error

    causes: list[Exception] = []

    async def note(cause: Exception) -> None:
        """The package gives up with "no servers available", and tells why only here."""
        causes.append(cause)

    async def ask() -> BusState:
        client = await nats.connect(
            login.url,
            user=login.user or None,
            password=login.password or None,
            tls=_tls(login),
            connect_timeout=int(_SECONDS),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=note,
        )
        try:
            return await _state(client, clock)
        finally:
            await client.close()

    try:
        with _asyncio_held_back():
            return asyncio.run(asyncio.wait_for(ask(), 6 * _SECONDS))
    except (Error, OSError, TimeoutError, ValueError) as error:
        reason = _reason((causes or [error])[-1])
        raise BusError(f"{_address(login.url)} cannot be asked: {reason}") from error


@contextmanager
def _asyncio_held_back() -> Iterator[None]:
    """Python 3.11 complains of how the package ends a TLS connection: on stderr, where nobody has set up logging."""
    log = logging.getLogger("asyncio")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _tls(login: Login) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=login.ca or None)
    if not login.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _address(url: str) -> str:
    """The URL without what may be a password in it."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "its certificate is not trusted; name its authority with --nats-ca, or use --nats-insecure"
    if isinstance(error, TimeoutError):
        return f"no answer within {_SECONDS:g} s"
    return str(error).removeprefix("nats: ") or type(error).__name__


async def _state(client: Client, clock: Clock) -> BusState:
    before = clock()
    info = await _request(client, f"STREAM.INFO.{STREAM}")
    seen_at = (before, clock())
    names = [str(name) async for name in _pages(client, "STREAM.NAMES", "streams")]
    version = client.connected_server_version
    return BusState(
        version=f"{version.major}.{version.minor}.{version.patch}",
        max_payload=client.max_payload,
        stream=_stream(info),
        queues=await _queues(client) if _stream(info) else {},
        buckets=tuple(sorted(n.removeprefix(_BUCKET) for n in names if n.startswith(_BUCKET))),
        clock=_instant(info.get("ts")),
        seen_at=seen_at,
    )


def _stream(info: Mapping[str, Any]) -> Stream | None:
    state = info.get("state") or {}
    return (
        Stream(info["config"], state.get("messages", 0), state.get("bytes", 0)) if "config" in info else None
    )


async def _queues(client: Client) -> dict[str, Queue]:
    """By name. A Sensor pulls anew every second, so one that seems not to pull is looked at a second time."""
    subject = f"CONSUMER.LIST.{STREAM}"
    found = {q.name: q for q in [_queue(told) async for told in _pages(client, subject, "consumers")]}
    if all(queue.waiting for queue in found.values()):
        return found
    await asyncio.sleep(_SECOND_LOOK)
    second = {q.name: q for q in [_queue(told) async for told in _pages(client, subject, "consumers")]}
    return {
        name: queue._replace(waiting=max(queue.waiting, found[name].waiting if name in found else 0))
        for name, queue in second.items()
    }


async def _pages(client: Client, subject: str, what: str) -> AsyncIterator[Any]:
    offset = 0
    while True:
        page = await _request(client, subject, {"offset": offset})
        found = page.get(what) or []
        for one in found:
            yield one
        offset += len(found)
        if not found or offset >= page.get("total", 0):
            return


async def _request(client: Client, subject: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.request(f"$JS.API.{subject}", json.dumps(body or {}).encode(), timeout=_SECONDS)
    told: dict[str, Any] = json.loads(answer.data)
    failure = told.get("error")
    if failure and failure.get("code") != 404:
        raise BusError(f"JetStream refuses {subject}: {failure.get('description', failure)}")
    return told


def _queue(told: Mapping[str, Any]) -> Queue:
    subjects = told["config"].get("filter_subject") or told["config"].get("filter_subjects") or ""
    return Queue(
        name=str(told["name"]),
        subject=subjects if isinstance(subjects, str) else ", ".join(subjects),
        pending=told.get("num_pending", 0),
        unacknowledged=told.get("num_ack_pending", 0),
        waiting=told.get("num_waiting", 0),
        idle=_idle(told),
        redelivered=told.get("num_redelivered", 0),
    )


def _idle(told: Mapping[str, Any]) -> float | None:
    now = _instant(told.get("ts"))
    times = (_instant((told.get(name) or {}).get("last_active")) for name in ("delivered", "ack_floor"))
    last = max((time for time in times if time is not None), default=None)
    return None if last is None or now is None else now - last


def _instant(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
