"""How long does one picture take, stage by stage, beside the bare network?"""

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recording_network import RecordingNetwork
from benchmarks.stamped_result import ROOT, percentiles, stamp, write_result
from models.session import Array
from models.spec import ModelSpec
from service.cameras.mission_loading import mission_on, task_of
from service.cameras.model_loading import open_model
from service.cameras.stage_timer import StageTimer, stage_ms
from service.site.site import Camera
from service.site.site_file import load_site
from streams.source import open_source
from vision.frame import Frame

CLIPS = {"parking": "lot_day", "tram": "tram_crossing"}
WARM_UP_FRAMES = 5


def main() -> int:
    """Measure both missions; 1 when a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=2, help="times each clip is played")
    parser.add_argument("--threads", type=int, default=None, help="threads for the network")
    options = parser.parse_args()
    budget = tomllib.loads((ROOT / "benchmarks/budget.toml").read_text())["frame_latency"]
    content: dict[str, Any] = {"missions": {}}
    for mission, clip in CLIPS.items():
        site_file = ROOT / "sample_videos" / f"{clip}.site.yaml"
        measured = measure(site_file, options.passes, options.threads)
        measured["budget_ratio"] = budget[mission]
        measured["is_within_budget"] = measured["ratio"] <= budget[mission]
        content["missions"][mission] = measured
    print(json.dumps({"result": str(write_result("frame_latency", stamp() | content)), **content}))
    return 0 if all(each["is_within_budget"] for each in content["missions"].values()) else 1


def measure(site_file: Path, passes: int, threads: int | None) -> dict[str, Any]:
    """Per-stage percentiles in ms of one camera, and its ratio to the bare network.

    The bare network sees all that is in a picture, every spot or the whole view, every time.
    """
    camera = load_site(site_file).cameras[0]
    opened, spec = open_model(camera.model, task_of(camera), threads=threads)
    network = RecordingNetwork(opened)
    frames = list(open_source(camera.source, camera.camera_id))
    whole = check_repeatable(frames, camera, network, spec)
    by_stage: dict[str, list[float]] = {}
    frame_ms, bare_ms = [], []
    for number in range(passes):
        mission, timer = mission_on(camera, network, spec), StageTimer()
        for index, frame in enumerate(frames):
            start_ns = time.perf_counter_ns()
            mission.update(frame, frame.timestamp_ns, timer)
            spent_ms = (time.perf_counter_ns() - start_ns) / 1e6
            stages, bare = stage_ms(timer.take()), network.bare_ms(whole)
            network.fed.clear()
            if number == 0 and index < WARM_UP_FRAMES:
                continue
            frame_ms.append(spent_ms)
            bare_ms.append(bare)
            for stage, value in stages.items():
                by_stage.setdefault(stage, []).append(value)
    return {
        "clip": Path(camera.source).name,
        "model": spec.name,
        "model_sha256": (spec.sha256 or "")[:16],
        "provider": str(network.provider),
        "frames": len(frame_ms),
        "ratio": round(float(np.median(np.array(frame_ms) / np.array(bare_ms))), 3),
        "frame_ms": percentiles(frame_ms),
        "bare_run_ms": percentiles(bare_ms),
        "stage_ms": {stage: percentiles(values) for stage, values in by_stage.items()},
    }


def check_repeatable(
    frames: list[Frame], camera: Camera, network: RecordingNetwork, spec: ModelSpec
) -> list[Mapping[str, Array]]:
    """Outputs first, times second: two runs must agree; gives what a first picture feeds."""
    results = []
    whole: list[Mapping[str, Array]] = []
    for _ in range(2):
        mission = mission_on(camera, network, spec)
        for frame in frames[:10]:
            result = mission.update(frame, frame.timestamp_ns, StageTimer())
            whole = whole or list(network.fed)
        results.append(repr(result))
    assert results[0] == results[1], "two runs over the same frames differ"
    assert whole, "the network did not run on the first picture"
    network.fed.clear()
    return whole


if __name__ == "__main__":
    sys.exit(main())
