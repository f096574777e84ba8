"""All faults, and which of them a run goes through."""

from __future__ import annotations

from tests.stack.faults import of_api, of_bus, of_objects, of_processes, of_sweep
from tests.stack.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *of_processes.FAULTS,
    *of_bus.FAULTS,
    *of_api.FAULTS,
    *of_objects.FAULTS,
    *of_sweep.FAULTS,
)


def selected(names: str) -> list[Fault]:
    """`names`: comma-separated, or `all`; without any, the quick selection."""
    if not names:
        return [fault for fault in FAULTS if fault.is_quick]
    if names == "all":
        return list(FAULTS)
    by_name = {fault.name: fault for fault in FAULTS}
    return [by_name[name] for name in names.split(",")]
