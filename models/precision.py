"""Which form of a network suits this processor: 32-bit floats, or 8 bits where they are faster."""

from enum import StrEnum
from pathlib import Path

from models.catalogue import Catalogue, ModelFile
from models.session import Provider

FAST_BYTES = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})
"""Processor flags that promise dot products of bytes, on x86 and on ARM."""
CPU_INFO = Path("/proc/cpuinfo")


class Precision(StrEnum):
    """How a network's numbers are held."""

    AUTO = "auto"
    FLOAT = "float"
    INT8 = "int8"


def multiplies_bytes_fast(cpu_info: str) -> bool:
    """Whether a processor, as Linux describes it, has dot products of bytes."""
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return bool(FAST_BYTES & set(value.split()))
    return False


def suited(found: ModelFile, catalogue: Catalogue, precision: Precision, at: Provider) -> ModelFile:
    """The network found, or its 8-bit form where that is asked for or, on `auto`, faster here.

    A network without an 8-bit form in the manifest stays what it is.
    """
    if found.spec.int8 is None or precision is Precision.FLOAT:
        return found
    if precision is Precision.AUTO and (at is not Provider.CPU or not _is_fast_here()):
        return found
    return catalogue.find(found.spec.int8, found.spec.task)


def _is_fast_here() -> bool:
    return CPU_INFO.is_file() and multiplies_bytes_fast(CPU_INFO.read_text())
