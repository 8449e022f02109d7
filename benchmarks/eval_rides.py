"""How good are the warnings on tram rides that nobody has looked at?"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import stamp, write_result
from service.cameras.mission import Result
from service.replay.collection import CollectedClip, find_clips, run_collected
from vision.tram.alert_state import AlertLevel
from vision.tram.urgency import Urgency
from vision.tram.watch import TramResult

ERRORS = ("near_distance_error", "far_distance_error", "ttc_error")


def main() -> int:
    """Judge folders of `python -m sample_videos.render rides`, each by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="clips with truth and site files")
    options = parser.parse_args()
    clips = [clip for folder in options.folders for clip in find_clips(folder)]
    judged = {clip.name: ride(clip) for clip in track(clips, "rides", console=Console(stderr=True))}
    rows = list(judged.values())
    content = {"all": whole(rows), "rides": judged}
    print(json.dumps({"result": str(write_result("rides", stamp() | content)), **content}))
    return 0


def ride(clip: CollectedClip) -> dict[str, float | None]:
    """Seconds of a ride in which another level was told than wanted, and errors of its metres.

    Raises:
        SystemExit: the clip cannot be replayed, or shows no tram ride.
    """
    run = run_collected(clip, threads=1, keeps_results=True)
    if run.done is None or run.done.truth is None or run.done.score is None:
        raise SystemExit(f"{clip.name}: {run.error or 'it has no truth'}")
    truth = run.done.truth
    wanted = [Urgency[(frame.intended or "clear").upper()] for frame in truth.frames]
    told = list(urgencies(run.done.results))
    if len(told) != len(wanted):
        raise SystemExit(f"{clip.name}: {len(wanted)} pictures were wanted, got {len(told)}")
    pairs = [(one, want) for one, want in zip(told, wanted, strict=True) if one is not None]
    figures = {figure.name: figure.value for figure in run.done.score.figures}
    return {
        "s": len(wanted) / truth.fps,
        "caution_unwanted_s": sum(w < Urgency.CAUTION <= t for t, w in pairs) / truth.fps,
        "alarm_unwanted_s": sum(w < Urgency.ALARM <= t for t, w in pairs) / truth.fps,
        "caution_missed_s": sum(t < Urgency.CAUTION <= w for t, w in pairs) / truth.fps,
        "unavailable_s": (len(wanted) - len(pairs)) / truth.fps,
        **{name: figures.get(name) for name in ERRORS},
    }


def urgencies(results: tuple[Result, ...]) -> Iterator[Urgency | None]:
    """What every picture led to; None while unavailable."""
    for result in results:
        if not isinstance(result, TramResult):
            raise SystemExit("rides of a tram were wanted, got a parking lot")
        level = result.alert.level
        yield None if level is AlertLevel.UNAVAILABLE else Urgency[level.name]


def whole(rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    """Sums of seconds and means of errors over all rides."""
    known = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    sums = {name: round(float(np.sum(known[name])), 1) for name in known if name.endswith("s")}
    means = {
        name: round(float(np.mean(known[name])), 4) if known[name] else None for name in ERRORS
    }
    return {"rides": len(rows)} | sums | means


if __name__ == "__main__":
    sys.exit(main())
