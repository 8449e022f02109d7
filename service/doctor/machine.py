"""Whether the machine is fit: processor, memory, disk, clock."""

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import onnxruntime

from models.precision import this_machine
from service.doctor.finding import Finding, bad, care, good

GIB = 2**30
LEAST_MEMORY_B = 1.5 * GIB  # two cameras, their networks and the service
LEAST_FREE_B, FEW_FREE_B = 0.2 * GIB, 2 * GIB
BUSY_LOAD = 1.5  # waiting programs per core
EARLIEST_S = 1_764_000_000  # 2025-11-24; a clock before this has never been set


def check_machine(data: Path) -> Iterable[Finding]:
    """The machine, and the folder in which the service keeps its files."""
    yield _processor()
    yield _memory()
    yield _clock()
    yield from _disk(data)


def _processor() -> Finding:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    providers = [
        each.removesuffix("ExecutionProvider")
        for each in onnxruntime.get_available_providers()
        if not each.startswith("Azure")  # another machine
    ]
    if this_machine().has_openvino:
        providers.append("OpenVINO")
    said = f"{cores} cores ({platform.machine()}), networks run on {', '.join(providers)}"
    if load > BUSY_LOAD * cores:
        return care(
            "processor",
            f"{said}; {load:.1f} programs want them at this moment",
            "cameras will drop pictures: see with top what else runs here",
        )
    return good("processor", said)


def _memory() -> Finding:
    info = Path("/proc/meminfo")
    if not info.exists():
        return care("memory", "this system does not tell its memory", "see that 1.5 GiB are free")
    lines = (line.split(":", 1) for line in info.read_text(encoding="ascii").splitlines())
    kib = {name: int(rest.split()[0]) for name, rest in lines}
    available_b = kib.get("MemAvailable", 0) * 1024
    said = f"{available_b / GIB:.1f} GiB of {kib.get('MemTotal', 0) * 1024 / GIB:.1f} GiB free"
    if available_b < LEAST_MEMORY_B:
        return care("memory", said, "give it 1.5 GiB, or watch fewer cameras on this machine")
    return good("memory", said)


def _clock() -> Finding:
    now_s = time.time()
    said = f"the clock says {time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(now_s))}"
    if now_s < EARLIEST_S:
        return bad("clock", said, "set it, best by a time server: every state carries its time")
    return good("clock", said)


def _disk(data: Path) -> Iterable[Finding]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        advice = "give the service's user the right to write there, or set WAYSIDE_DATA"
        yield bad("disk", f"{data} cannot be written to: {error.strerror}", advice)
        return
    free_b = shutil.disk_usage(data).free
    said = f"{free_b / GIB:.1f} GiB free in {data}"
    if free_b < LEAST_FREE_B:
        yield bad("disk", said, "make room: history and webhooks cannot be kept")
    elif free_b < FEW_FREE_B:
        yield care("disk", said, "make room, or keep history for less long (retention)")
    else:
        yield good("disk", said)
