"""How far off a tram's own speed was where it was taken from the picture."""

import numpy as np

from service.replay.figure import Figure
from service.replay.recorded_run import RecordedRun
from service.replay.truth import Truth

LEAST_MPS = 2.0  # slower, a share of the speed says nothing
NAME = "own_speed_error"
DECIMALS = 3


def own_speed_error(run: RecordedRun, truth: Truth) -> Figure:
    """Median relative error, with the worst moment; None where the speed came another way."""
    errors = [
        (abs(seen_mps - true_mps) / true_mps, each.t_s, true_mps, seen_mps)
        for each in run.sightings
        if (seen_mps := each.estimated_speed_mps) is not None
        and (true_mps := truth.frame_at(each.t_s).ego_speed_mps or 0.0) >= LEAST_MPS
    ]
    if not errors:
        return Figure(NAME, None)
    worst, at_s, true_mps, seen_mps = max(errors)
    middle = float(np.median([error for error, *_ in errors]))
    what = f"{true_mps:.1f} m/s at {at_s:.2f} s, seen {seen_mps:.1f} m/s"
    return Figure(NAME, round(middle, DECIMALS), f"worst {worst:.0%}: {what}")
