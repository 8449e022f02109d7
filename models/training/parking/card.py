"""The figures of the parking networks as tables: what `wayside evaluate` and a clock say."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

BEGIN = "<!-- figures: written by `python -m models.training.parking card` -->"
EVALUATION_SETS = ("acpds_valid", "pklot_ufpr05", "lot_sequence")
COST_BATCH, COST_ROUNDS = 32, 200


def evaluate(data: Path, name: str, model: Path) -> dict:
    """What `wayside evaluate parking` prints of one set."""
    program = Path(sys.executable).with_name("wayside")
    command = [program, "evaluate", "parking", data / name, "--model", model, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def milliseconds_per_spot(path: Path, threads: int) -> float:
    """Fastest batch, divided by the spots in it: what the machine does when it is left alone."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    view_px = session.get_inputs()[0].shape[1]
    rng = np.random.default_rng(0)
    views = rng.integers(0, 256, (COST_BATCH, view_px, view_px, 4), dtype=np.uint8)
    seconds = []
    for _ in range(COST_ROUNDS):
        started = time.perf_counter()
        session.run(None, {"views": views})
        seconds.append(time.perf_counter() - started)
    return min(seconds) * 1000 / COST_BATCH


def figures_table(data: Path, models: list[Path]) -> str:
    """A Markdown table, one row for each file and set, and the cost below."""
    lines = [
        "| model | set | balanced | accuracy | missed cars | false cars | flips/1,000 | spots |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for path in models:
        name = path.stem.replace("_", "-")
        for evaluated in EVALUATION_SETS:
            report = evaluate(data, evaluated, path)
            shares = ("balanced_accuracy", "accuracy", "missed_cars", "false_cars")
            cells = [f"{100 * report[share]:.2f} %" for share in shares]
            is_sequence = evaluated == "lot_sequence"
            flips = f"{report['flips_per_1000']:.2f}" if is_sequence else "–"
            lines.append(
                f"| {name} | {evaluated} | {' | '.join(cells)} | {flips} | {report['n']} |"
            )
    lines += ["", f"One spot in a batch of {COST_BATCH}, the fastest of {COST_ROUNDS} batches:", ""]
    lines += ["| model | 1 thread | 2 threads |", "|---|---|---|"]
    for path in models:
        one, two = (milliseconds_per_spot(path, threads) for threads in (1, 2))
        lines.append(f"| {path.stem.replace('_', '-')} | {one:.2f} ms | {two:.2f} ms |")
    return "\n".join(lines)
