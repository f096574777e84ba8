"""Parameters of a trigger: values out of events, written into an object or a template.

What a newcomer gets wrong: everything goes in as a string unless `useRawData` is set and the value was no string; null
is the string `null`; a key that is missing fails the trigger, but a dependency whose event is missing is passed over.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from depgen.emulate import gjson, sjson
from depgen.emulate.events import Event
from depgen.emulate.gojson_text import encoded
from depgen.emulate.gotime import rfc3339

Events = Mapping[str, Event]


class ParameterError(ValueError):
    """A parameter cannot be filled in: the trigger fails."""


def applied(body: Any, parameters: Sequence[Mapping[str, Any]], events: Events) -> Any:
    """`body` with all parameters: another value, that shares what they leave alone; raises ParameterError."""
    for parameter in parameters:
        source = parameter["src"]
        event = events.get(source["dependencyName"])
        if event is not None:
            body = _put(body, parameter, source, _value(source, event))
        elif source.get("value") is not None:  # of an event that is not there
            body = _put(body, parameter, source, source["value"])
    return body


def _put(body: Any, parameter: Mapping[str, Any], source: Mapping[str, Any], value: Any) -> Any:
    operation, path = parameter.get("operation", ""), parameter["dest"]
    if operation in ("append", "prepend"):
        current = gjson.get(body, path)
        if current is not None:
            text = _text(value)
            value = current.text + text if operation == "append" else text + current.text
    elif operation not in ("", "overwrite"):
        raise ParameterError(f"unsupported trigger parameter operation: {operation}")
    try:
        return sjson.put(body, path, value if source.get("useRawData") else _text(value))
    except sjson.PathError as error:
        raise ParameterError(str(error)) from error


def _text(value: Any) -> str:
    """A value as it stands in a text."""
    if isinstance(value, str):
        return value
    return "null" if value is None else gjson.Found(value).text


def _value(source: Mapping[str, Any], event: Event) -> Any:
    """What to write."""
    default = source.get("value")
    context_key, data_key = source.get("contextKey", ""), source.get("dataKey", "")
    if not context_key and not data_key:
        return whole(event) if default is None else default
    found = gjson.get(event.value, data_key) if data_key else gjson.get(context(event), context_key)
    if found is None:
        if default is not None:
            return default
        raise ParameterError(
            f"unable to resolve '{source['dependencyName']}' parameter value: no {data_key or context_key}"
        )
    return found.value


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
