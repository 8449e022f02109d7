"""What a good watcher would have said: spot changes, and the alerts a good driver would want."""

from typing import Any

import numpy as np

# Braking of a tram by least hazard (BOStrab, annex 2): m/s and m/s².
BRAKING = (np.array([20, 30, 40, 50, 60, 70]) / 3.6, np.array([1.71, 2.04, 2.29, 2.47, 2.57, 2.73]))
ALARM_RESPONSE_S = 1.0
CAUTION_RESPONSE_S = 3.0
SAFETY_M = 5.0
LOOK_AHEAD_S = 2.0  # somebody who will step into the envelope within this time counts
WATCHED_M = 80.0
SHORTEST_S = 0.4  # a state shorter than this is no use to anybody
RANK = ("clear", "information", "caution", "alarm")


def alert_for(
    distance_m: float, closing_mps: float, speed_mps: float, is_in_path: bool, is_near: bool
) -> str:
    """The alert one obstacle deserves, by what the tram needs to brake down to its speed.

    `is_in_path`: inside the clearance envelope now or within two seconds; `is_near`: within
    1.5 m of it. At a standstill nothing is more than information.
    """
    if distance_m < 0 or distance_m > WATCHED_M or not (is_in_path or is_near):
        return "clear"
    if not is_in_path or speed_mps < 0.3 or closing_mps < 0.1:
        return "information" if is_in_path or distance_m < WATCHED_M / 2 else "clear"
    ahead_mps = float(np.clip(speed_mps - closing_mps, 0, speed_mps))
    braking_m = (speed_mps**2 - ahead_mps**2) / (2 * float(np.interp(speed_mps, *BRAKING)))
    if distance_m < closing_mps * ALARM_RESPONSE_S + braking_m + SAFETY_M:
        return "alarm"
    if distance_m < closing_mps * CAUTION_RESPONSE_S + braking_m + SAFETY_M:
        return "caution"
    return "information"


def alert_timeline(states: list[str], fps: float) -> list[dict[str, Any]]:
    """Per-frame states joined into stretches, too short ones taken up by what was before."""
    runs: list[list[Any]] = []
    for number, state in enumerate(states):
        if runs and runs[-1][2] == state:
            runs[-1][1] = number + 1
        else:
            runs.append([number, number + 1, state])
    kept: list[list[Any]] = []
    for start, end, state in runs:
        is_short = (end - start) / fps < SHORTEST_S
        if kept and (is_short or kept[-1][2] == state):
            kept[-1][1] = end
        else:
            kept.append([start, end, state])
    return [
        {"from_s": round(a / fps, 3), "to_s": round(b / fps, 3), "state": s} for a, b, s in kept
    ]


def spot_changes(occupied: list[dict[str, int]], fps: float) -> list[dict[str, Any]]:
    """Every change of a spot from the first frame's state on."""
    out = []
    for number in range(1, len(occupied)):
        for spot_id, state in occupied[number].items():
            if state != occupied[number - 1][spot_id]:
                out.append(
                    {
                        "t_s": round(number / fps, 3),
                        "spot_id": spot_id,
                        "state": "occupied" if state else "free",
                    }
                )
    return out
