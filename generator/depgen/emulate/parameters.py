"""Parameters of a trigger: values out of events, written into an object or a template.

What a newcomer gets wrong: everything goes in as a string unless `useRawData` is set and the value was no string; null
is the string `null`; a key that is missing fails the trigger, but a dependency whose event is missing is passed over.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from depgen.emulate import gjson, sjson
from depgen.emulate.events import Event
from depgen.emulate.frozen import copied
from depgen.emulate.gojson_text import encoded
from depgen.emulate.gotime import rfc3339

Events = Mapping[str, Event]


class ParameterError(ValueError):
    """A parameter cannot be filled in: the trigger fails."""


class Value(NamedTuple):
    """`string` is the value where it was one, and `raw` the one that was none."""

    string: str | None
    raw: Any = None

    @property
    def text(self) -> str:
        """As it stands in a text."""
        if self.string is not None:
            return self.string
        return "null" if self.raw is None else gjson.Found(self.raw).text


def applied(body: Any, parameters: Sequence[Mapping[str, Any]], events: Events) -> Any:
    """`body`, which is written into, with all parameters; raises ParameterError."""
    for parameter in parameters:
        source = parameter["src"]
        value = _value(source, events)
        if value is not None:
            body = _put(body, parameter, source, value)
    return body


def _put(body: Any, parameter: Mapping[str, Any], source: Mapping[str, Any], value: Value) -> Any:
    operation, path = parameter.get("operation", ""), parameter["dest"]
    if operation in ("append", "prepend"):
        current = gjson.get(body, path)
        if current is not None:
            both = (current.text, value.text) if operation == "append" else (value.text, current.text)
            value = Value("".join(both))
    elif operation not in ("", "overwrite"):
        raise ParameterError(f"unsupported trigger parameter operation: {operation}")
    try:
        if value.string is None and source.get("useRawData"):
            return sjson.put(body, path, copied(value.raw))
        return sjson.put(body, path, value.text)
    except sjson.PathError as error:
        raise ParameterError(str(error)) from error


def _value(source: Mapping[str, Any], events: Events) -> Value | None:
    """What to write; None for an event that is not there."""
    event = events.get(source["dependencyName"])
    default = source.get("value")
    if event is None:
        return None if default is None else Value(default)
    context_key, data_key = source.get("contextKey", ""), source.get("dataKey", "")
    if not context_key and not data_key:
        return Value(whole(event) if default is None else default)
    found = gjson.get(event.value, data_key) if data_key else gjson.get(context(event), context_key)
    if found is None:
        if default is not None:
            return Value(default)
        raise ParameterError(
            f"unable to resolve '{source['dependencyName']}' parameter value: no {data_key or context_key}"
        )
    if isinstance(found.value, str):
        return Value(found.value)
    return Value(None, found.value)


def context(event: Event) -> dict[str, Any]:
    """The context of an event, as `contextKey` sees it."""
    return {
        "id": event.id,
        "source": event.source,
        "specversion": "1.0",
        "type": event.type,
        "datacontenttype": "application/json",
        "subject": event.subject,
        "time": rfc3339(event.time),
    }


def whole(event: Event) -> str:
    """An event as a parameter without a key gets it: the payload is in base64."""
    data = base64.b64encode(event.payload_text.encode()).decode()
    fields = ",".join(f"{encoded(name)}:{encoded(value)}" for name, value in context(event).items())
    return f'{{"context":{{{fields}}},"data":{encoded(data)}}}'
