"""Which form of a network suits this machine: 32-bit floats, brain floats or 8 bits."""

import importlib.util
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.catalogue import Catalogue, ModelFile
from models.session import Provider, choose_provider

FAST_BYTES = {
    Provider.CPU: frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"}),
    Provider.OPENVINO: frozenset({"avx512_vnni", "avx_vnni"}),
}
"""Processor flags that promise dot products of bytes, on x86 and for onnxruntime on ARM."""
FAST_BRAIN_FLOATS = frozenset({"amx_bf16"})
"""Processor flags with which brain floats were measured to be faster."""
CPU_INFO = Path("/proc/cpuinfo")


class Precision(StrEnum):
    """How a network's numbers are held."""

    AUTO = "auto"
    FLOAT = "float"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides which form suits."""

    processor_flags: frozenset[str]
    has_openvino: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A network's file and how it is run."""

    file: ModelFile
    provider: Provider
    in_bfloat16: bool = False


def this_machine() -> Machine:
    """The machine that this program runs on."""
    cpu_info = CPU_INFO.read_text() if CPU_INFO.is_file() else ""
    return Machine(processor_flags(cpu_info), importlib.util.find_spec("openvino") is not None)


def processor_flags(cpu_info: str) -> frozenset[str]:
    """What a processor can do, as Linux describes it; empty where it says nothing."""
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def suited(
    found: ModelFile,
    catalogue: Catalogue,
    precision: Precision,
    provider: Provider | None,
    machine: Machine,
) -> Form:
    """The network found in the form asked for, or on `auto` in the fastest that it is good in.

    `provider` is the one that somebody named, if any; only where none was, `auto` may take
    another. A network without an 8-bit form in the manifest stays what it is.
    """
    at = provider or choose_provider()
    if precision is Precision.FLOAT:
        return Form(found, at)
    if precision is Precision.BFLOAT16:
        return Form(found, provider or Provider.OPENVINO, in_bfloat16=True)
    is_auto, flags = precision is Precision.AUTO, machine.processor_flags
    is_free = provider is None and at is Provider.CPU and machine.has_openvino
    at_best = Provider.OPENVINO if is_free else at
    has_brain_floats = found.spec.bfloat16 and FAST_BRAIN_FLOATS & flags
    if is_auto and has_brain_floats and at_best is Provider.OPENVINO:
        return Form(found, at_best, in_bfloat16=True)
    if found.spec.int8 is None:
        return Form(found, at)
    eight_bits = catalogue.find(found.spec.int8, found.spec.task)
    made_for = Provider.OPENVINO if eight_bits.spec.for_openvino else Provider.CPU
    runs_on = at_best if made_for is Provider.OPENVINO else at
    is_fast = runs_on is made_for and FAST_BYTES[made_for] & flags
    return Form(eight_bits, runs_on) if is_fast or not is_auto else Form(found, at)
