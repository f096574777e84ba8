"""Argo Events v1.9.11 with a JetStream bus and a Kubernetes API, all in memory and on a virtual clock."""

from depgen.emulate.emulator import Emulator
from depgen.emulate.faults import Fault
from depgen.emulate.happening import Happening
from depgen.emulate.unsupported import Finding, Unsupported

__all__ = ["Emulator", "Fault", "Finding", "Happening", "Unsupported"]
