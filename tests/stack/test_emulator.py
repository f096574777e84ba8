"""The emulator is held against the real Argo Events: each case is played on both, and what is left must be the same.

Real processes take their time to start and to be quiet, so the cases asked for are played side by side, before the
first of them is compared. A disagreement is a mistake of the emulator until shown otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.stack.api import Manifest
from tests.stack.bus import Bus
from tests.stack.cluster import LocalStack
from tests.stack.emulation import (
    conditions,
    delivery,
    edits,
    filters,
    graphs,
    invalid,
    losses,
    parameters,
    scripts,
    sources,
)
from tests.stack.emulation.emulated import EmulatedStage
from tests.stack.emulation.real import RealStage
from tests.stack.emulation.stage import Case, Names, Outcome, differences, play
from tests.stack.installed import InstalledStack
from tests.stack.namespace import Namespace

from depgen.emulate import Unsupported

MODULES = (conditions, graphs, sources, filters, parameters, delivery, edits, losses, scripts)
CASES = [case for module in MODULES for case in module.CASES]
# Those that wait for a full minute come first.
LONG = ("graph-gate", "conditions-reset", "calendar", "killed-at-work")
SIDE_BY_SIDE = 12
SMALL_BUS = 1024 * 1024

Played = tuple[Names, Outcome]


@pytest.fixture(scope="module")
def own_stack(stack: LocalStack | InstalledStack) -> LocalStack:
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    return stack


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, own_stack: LocalStack) -> Iterator[Mapping[str, Future[Played]]]:
    """What the stack made of each case that this run asks for."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = {param["case"].name for param in params if isinstance(param.get("case"), Case)}
    cases = sorted((case for case in CASES if case.name in wanted), key=lambda case: case.name not in LONG)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {case.name: pool.submit(_on_the_stack, own_stack, case) for case in cases}


def _on_the_stack(stack: LocalStack, case: Case) -> Played:
    bus = _bus(stack, case.name) if case.own_bus else None
    stage = RealStage(stack, bus)
    try:
        return stage.names, play(case, stage)
    finally:
        stage.close()
        if bus is not None:
            bus.process.kill()


def _bus(stack: LocalStack, name: str) -> Bus:
    plane = stack.control_plane
    bus = Bus(
        stack.group,
        stack.binaries.nats,
        plane.certificate,
        plane.key,
        name=f"nats-{name}",
        max_payload=SMALL_BUS,
    )
    bus.wait(30)
    return bus


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_emulator_does_what_argo_events_does(case: Case, played: Mapping[str, Future[Played]]) -> None:
    names, real = played[case.name].result()
    emulated = play(case, EmulatedStage(names, "1MB" if case.own_bus else "4MB"))
    found = differences(case, real, emulated)
    assert not found, "\n".join(["+ only on the stack, - only in the emulator", *found])
    assert real.told or real.objects, "nothing happened"


def test_the_emulator_takes_as_long_as_argo_events(own_stack: LocalStack) -> None:
    """The client's budget of five requests a second after ten at once, and a trigger's rate limit."""
    real = RealStage(own_stack)
    try:
        play(delivery.PACE, real)
        emulated = EmulatedStage(real.names)
        play(delivery.PACE, emulated)
        for name in ("free", "limited"):
            took, takes = (_seconds(stage.action_times(), name) for stage in (real, emulated))
            assert takes - 0.5 < took < takes * 1.3 + 2, (name, took, takes)
            assert takes > 2, name
    finally:
        real.close()


def _seconds(times: Mapping[str, float], ending: str) -> float:
    """From the first to the last of the objects whose names end so."""
    found = [time for name, time in times.items() if name.endswith(ending)]
    assert len(found) == delivery.PACED
    return max(found) - min(found)


def test_what_the_controller_refuses_the_emulator_refuses(namespace: Namespace) -> None:
    names = Names(namespace.name, namespace.graph, datetime.now(UTC))
    for what, manifest in invalid.manifests(names).items():
        namespace.apply([manifest])

        def is_refused(manifest: Manifest = manifest) -> bool:
            path = namespace.path(manifest["kind"], manifest["metadata"]["name"])
            conditions = namespace.api.get(path).get("status", {}).get("conditions") or []
            return any(condition["status"] == "False" for condition in conditions)

        namespace.wait_for(is_refused, 20, f"{what} to be refused")
        with pytest.raises(Unsupported):
            EmulatedStage(names).apply(manifest)
    assert namespace.services() == []


@pytest.mark.parametrize("words", filters.REFUSED)
def test_what_cannot_be_emulated_is_refused_by_name(words: str) -> None:
    names = Names("data", "x", datetime(2026, 11, 21, tzinfo=UTC))
    stage = EmulatedStage(names)
    with pytest.raises(Unsupported) as caught:
        stage.apply(filters.refused(names, words))
    assert "Sensor data/x-sensor: spec.dependencies[0]." in str(caught.value)
