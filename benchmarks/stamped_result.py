"""One benchmark run as a JSON file that says what was measured, on what, with what."""

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESULTS_DIR = ROOT / "benchmarks" / "results"
LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "av", "fastapi")
PERCENTILES = (50, 95, 99)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, rounded to a microsecond where the values are ms."""
    return {f"p{p}": round(float(np.percentile(values, p)), 3) for p in PERCENTILES}


def stamp(files: Sequence[Path] = ()) -> dict[str, Any]:
    """When, which commit, which machine, which library versions, and the files' hashes."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "has_local_changes": has_local_changes(),
        "machine": {
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)),
            "load_before": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
        },
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "files": {path.name: _sha256(path)[:16] for path in files},
    }


def write_result(name: str, content: dict[str, Any]) -> Path:
    """Keep the run as `results/NAME.json`; the newest run replaces the one before."""
    RESULTS_DIR.mkdir(exist_ok=True)
    path = RESULTS_DIR / f"{name}.json"
    path.write_text(json.dumps({"benchmark": name} | content, indent=2) + "\n", encoding="utf-8")
    return path.relative_to(ROOT)


def has_local_changes(root: Path = ROOT) -> bool:
    """Whether other files than results differ from the commit: each run writes one of those."""
    own = f":(exclude){RESULTS_DIR.relative_to(ROOT)}"
    return bool(_git("status", "--porcelain", "--untracked-files=no", "--", ".", own, root=root))


def _git(*arguments: str, root: Path = ROOT) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
