"""Records what real EventSources sent, for the test that gives it to the programs in both engines.

    python -m tests.stack.recording

plays three cases on a stack of its own, reads the events back from the bus and writes `recorded.jsonl`: one payload a
line, of each shape a few. Nobody could have made up the `managedFields` in them.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.stack import build, bus_request
from tests.stack.cluster import LocalStack
from tests.stack.emulation import graphs, scripts
from tests.stack.emulation.real import RealStage
from tests.stack.emulation.stage import play

RECORDED = Path(__file__).with_name("recorded.jsonl")
CASES = ("graph-choices", "graph-gate", "random-0")
OF_A_SHAPE = 2
API = "$JS.API.STREAM"


def recorded(resource: str) -> list[dict[str, Any]]:
    """The payloads about `workflows`, `configmaps` or, if they are ticks, `calendar`."""
    payloads = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    return [payload for payload in payloads if payload.get("resource", "calendar") == resource]


def _payloads(stack: LocalStack) -> Iterator[dict[str, Any]]:
    url, certificate = stack.bus.url, stack.control_plane.certificate
    last = bus_request.request(url, certificate, f"{API}.INFO.default")["state"]["last_seq"]
    for number in range(1, last + 1):
        asked = json.dumps({"seq": number}).encode()
        message = bus_request.request(url, certificate, f"{API}.MSG.GET.default", asked)["message"]
        event = json.loads(base64.b64decode(message["data"]))
        yield json.loads(base64.b64decode(event["data_base64"]))


def _shape(payload: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a payload worth keeping: where it comes from, and what is in it."""
    body, old = payload.get("body", {}), payload.get("oldBody")
    nodes = Counter(name.rpartition(".")[2] if name[:4] != "run." else "run" for name in body.get("data", {}))
    labels = tuple(sorted(body.get("metadata", {}).get("labels", {})))
    return (
        payload.get("resource"),
        old is None,
        labels,
        body.get("status", {}).get("phase"),
        min(sum(nodes.values()), 6),
    )


def main() -> None:
    """Plays, reads, writes."""
    stack = LocalStack(build.build(print))
    try:
        for case in (*graphs.CASES, *scripts.CASES):
            if case.name in CASES:
                stage = RealStage(stack)
                play(case, stage)
                stage.close()
        seen: Counter[tuple[Any, ...]] = Counter()
        kept = []
        for payload in _payloads(stack):
            seen[_shape(payload)] += 1
            if seen[_shape(payload)] <= OF_A_SHAPE:
                kept.append(json.dumps(payload, ensure_ascii=False, separators=(",", ":")) + "\n")
        RECORDED.write_text("".join(kept), encoding="utf-8")
        print(f"{len(kept)} of {sum(seen.values())} payloads in {RECORDED}")
    finally:
        stack.close()


if __name__ == "__main__":
    main()
