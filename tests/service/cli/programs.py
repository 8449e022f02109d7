"""The program run inside the test, or as a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from service.cli import build_app, run
from tests.networks import write_constant_network
from tests.service.scenes import SPOTS, WIDTH_PX

PROGRAM = [sys.executable, "-c", "from service.cli import main; main()"]
SIZE_PX = 64
CHECKOUT = Path(__file__).parents[3]


def wayside(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run a command in this process; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["wayside", *map(str, arguments)])
    return run(build_app())


def start_wayside(*arguments: object) -> "subprocess.Popen[str]":
    """Run a command in a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def write_car_detector(path: Path, spot_id: str = "A1") -> Path:
    """A real detector file that always sees one car, on that spot."""
    scale, top_px = SIZE_PX / WIDTH_PX, (SIZE_PX - SIZE_PX * 180 / 320) / 2
    (left, top), _, (right, bottom), _ = SPOTS[spot_id]
    box = [left * scale, top * scale + top_px, right * scale, bottom * scale + top_px]
    rows = np.array([[[*box, 0.95, 0]]], np.float32)
    return write_constant_network(
        path, {"output0": rows}, size_px=SIZE_PX, metadata={"names": "{0: 'car'}"}
    )
