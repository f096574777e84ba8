"""The EventBus of a namespace: its kind, its address, and the limits of its stream.

The limits are a text that the controller merges with its own defaults and writes into the status, with the names of the
fields in lower case. JetStream gets them once, when the stream is made: later edits of the text change nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from depgen.cluster.api import EVENT_BUSES, ClusterError, Object
from depgen.cluster.doctor.bus import BusError, BusState, Login, look
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.resources import SECRETS
from depgen.manifests import mapping
from depgen.times import HOUR

KINDS = ("jetstream", "jetstreamExotic", "nats", "kafka")
# What Argo Events v1.9.11 is installed with (its controller's ConfigMap).
DEFAULTS: Mapping[str, object] = MappingProxyType(
    {"maxmsgs": 50_000, "maxage": "168h", "maxbytes": -1, "retention": 0, "discard": 0}
)
DEFAULT_PAYLOAD = 2**20  # of nats-server

_RETENTION = ("limits", "interest", "workqueue")
_DISCARD = ("old", "new")
_DURATION = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": HOUR}
_BYTES = re.compile(r"(-?\d+)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)


class Limits(NamedTuple):
    """Of a stream. `messages` and `bytes` below 1, and `seconds` 0, are no limit; a text that cannot be read is None."""

    messages: int | None
    seconds: float | None
    bytes: int | None
    retention: str
    discard: str


def of_exam(exam: Exam) -> Object | None:
    """The EventBus that the exam is about; None if there is none."""
    return exam.sight.one(EVENT_BUSES, exam.namespace, exam.event_bus)


def kind(bus: Object) -> str:
    """Which of KINDS it is; "" if it is none of them."""
    return next((name for name in KINDS if name in mapping(bus.get("spec"))), "")


def settings(bus: Object) -> Mapping[str, Any]:
    """The part of its spec that its kind is named after."""
    return mapping(mapping(bus.get("spec")).get(kind(bus)))


def jetstream(bus: Object) -> Mapping[str, Any]:
    """What the controller made of it: `url`, `accessSecret`, `streamConfig`; empty while it has made nothing."""
    return mapping(mapping(mapping(bus.get("status")).get("config")).get("jetstream"))


def limits(bus: Object) -> Limits:
    """The limits that a stream of this bus is made with."""
    text = jetstream(bus).get("streamConfig") or settings(bus).get("streamConfig") or ""
    try:
        given = yaml.safe_load(str(text))
    except yaml.YAMLError:
        given = None
    merged = {**DEFAULTS, **{str(name).lower(): value for name, value in mapping(given).items()}}
    return Limits(
        messages=_integer(merged["maxmsgs"]),
        seconds=_seconds(merged["maxage"]),
        bytes=_integer(merged["maxbytes"]),
        retention=_named(_RETENTION, merged["retention"]),
        discard=_named(_DISCARD, merged["discard"]),
    )


def limits_in_force(config: Mapping[str, Any]) -> Limits:
    """The limits of a stream as JetStream tells them; its age is in nanoseconds."""
    return Limits(
        messages=_integer(config.get("max_msgs", -1)),
        seconds=int(config.get("max_age", 0)) / 1e9,
        bytes=_integer(config.get("max_bytes", -1)),
        retention=str(config.get("retention", "limits")),
        discard=str(config.get("discard", "old")),
    )


def max_payload(bus: Object) -> int | None:
    """The most bytes of one message; None if that is set elsewhere."""
    if kind(bus) != "jetstream":
        return None
    text = settings(bus).get("maxPayload")
    if text is None:
        found = re.search(
            r"^\s*max_payload\s*[:=]?\s*(\S+)", str(settings(bus).get("settings", "")), re.MULTILINE
        )
        text = found[1] if found else DEFAULT_PAYLOAD
    return _bytes(str(text))


def with_secret(login: Login, exam: Exam) -> Login:
    """The login with the user of the EventBus's own Secret; ClusterError if that may not be read."""
    bus, namespace = of_exam(exam), exam.namespace
    reference = mapping(jetstream(bus or {}).get("accessSecret"))
    secret = exam.sight.one(SECRETS, namespace, str(reference["name"])) if reference.get("name") else None
    try:
        text = base64.b64decode(str(mapping((secret or {}).get("data")).get(str(reference.get("key")), "")))
        found = mapping(yaml.safe_load(text))
    except (binascii.Error, yaml.YAMLError):
        return login
    return replace(login, user=str(found.get("username", "")), password=str(found.get("password", "")))


def ask(login: Login, exam: Exam) -> BusState | str:
    """The state of the bus, or why it cannot be told. The EventBus's own user is taken if none is given."""
    refused = ""
    if not login.user and "@" not in login.url:
        try:
            login = with_secret(login, exam)
        except ClusterError as refusal:
            refused = f" ({refusal})"
    try:
        return look(login, lambda: exam.sight.now)
    except BusError as error:
        return f"{error}{refused}"


def _integer(value: object) -> int | None:
    text = str(value).replace("_", "")
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def _seconds(value: object) -> float | None:
    """Of a duration as Go writes it: `168h`, `1h30m`."""
    text = str(value)
    if text in ("0", ""):
        return 0.0
    parts = _DURATION.findall(text)
    return (
        sum(float(n) * _UNITS[unit] for n, unit in parts) if parts and not _DURATION.sub("", text) else None
    )


def _bytes(text: str) -> int | None:
    found = _BYTES.fullmatch(text.strip())
    return int(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " ") if found else None


def _named(names: tuple[str, ...], value: object) -> str:
    number = _integer(value)
    return names[number] if number is not None and 0 <= number < len(names) else str(value)
