"""Where an actor is at any second: along points with times, or into and out of a spot."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RATE_HZ = 50.0
STEP_LENGTH_M = 1.45  # two steps of a walking grown-up
TURN_RADIUS_M = 4.4  # of a car that swings into a spot


@dataclass(frozen=True, slots=True)
class Pose:
    """Place and state of an actor: metres, radians, m/s along its own heading, step phase."""

    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float
    travelled_m: float
    velocity_mps: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Motion:
    """A path sampled 50 times a second; before and after it the actor keeps its place."""

    points_m: Array  # (N, 2) world
    heading_rad: Array  # (N,) unwrapped

    def at(self, time_s: float) -> Pose:
        """The pose at a time since the clip's beginning."""
        last = len(self.points_m) - 1
        place = float(np.clip(time_s * RATE_HZ, 0, last))
        i = min(int(place), last - 1)
        share = place - i
        x, y = self.points_m[i] + share * (self.points_m[i + 1] - self.points_m[i])
        heading = self.heading_rad[i] + share * (self.heading_rad[i + 1] - self.heading_rad[i])
        a, b = max(0, i - 3), min(last, i + 4)
        moved = self.points_m[b] - self.points_m[a]
        velocity = moved * RATE_HZ / (b - a)
        if time_s * RATE_HZ > last + 1:
            velocity = velocity * 0
        travelled = float(np.linalg.norm(np.diff(self.points_m[: i + 2], axis=0), axis=1).sum())
        speed = float(np.linalg.norm(velocity))
        return Pose(float(x), float(y), float(heading), speed, travelled, tuple(velocity.tolist()))

    def is_moving(self, time_s: float) -> bool:
        """Whether the place changes around this time."""
        return self.at(time_s).speed_mps > 0.02


def still(x_m: float, y_m: float, heading_rad: float) -> Motion:
    """An actor that never moves."""
    return Motion(np.array([[x_m, y_m]] * 2), np.full(2, heading_rad))


def through_points(
    times_s: Array, points_m: Array, duration_s: float, facing: float | None
) -> Motion:
    """Smoothly through world points (N, 2) at given times; `facing` (rad) holds while it stands."""
    time = np.arange(int(duration_s * RATE_HZ) + 2) / RATE_HZ
    xy = np.column_stack([_eased(time, times_s, points_m[:, k]) for k in (0, 1)])
    step = np.gradient(xy, 1 / RATE_HZ, axis=0)
    return Motion(xy, _headings(step, facing))


def into_spot(
    centre_m: Array,
    nose_rad: float,
    aisle_m: float,
    come_from_x_m: float,
    from_s: float,
    until_s: float,
    duration_s: float,
) -> Motion:
    """Along the aisle at y = aisle_m, round, and nose first into a spot, stopping at until_s."""
    line, heading = _manoeuvre(centre_m, nose_rad, aisle_m, come_from_x_m)
    time = np.arange(int(duration_s * RATE_HZ) + 2) / RATE_HZ
    share = np.clip((time - from_s) / (until_s - from_s), 0, 1)
    # Rolls in at constant speed, then brakes evenly over the last part.
    brake = 0.55
    gone = np.where(share < brake, share, share - (share - brake) ** 2 / (2 * (1 - brake)))
    return _follow(line, heading, gone / gone.max() if gone.max() else gone)


def out_of_spot(
    centre_m: Array,
    nose_rad: float,
    aisle_m: float,
    go_to_x_m: float,
    from_s: float,
    until_s: float,
    duration_s: float,
) -> Motion:
    """Backwards out of a spot, a short halt, then forwards along the aisle."""
    line, heading = _manoeuvre(centre_m, nose_rad, aisle_m, 2 * centre_m[0] - go_to_x_m)
    turn = int(np.argmax(np.abs(heading - heading[0]) > 0.01))
    first = max(0, turn - 8)
    back, back_heading = line[first:][::-1], heading[first:][::-1]
    away = np.array([[x, aisle_m] for x in np.linspace(line[first, 0], go_to_x_m, 200)])
    forth_heading = np.full(len(away), heading[0])
    time = np.arange(int(duration_s * RATE_HZ) + 2) / RATE_HZ
    share = np.clip((time - from_s) / (until_s - from_s), 0, 1)
    backing, pause = 0.5, 0.56
    one = _follow(back, back_heading, _smooth(np.clip(share / backing, 0, 1)))
    two = _follow(away, forth_heading, np.clip((share - pause) / (1 - pause), 0, 1) ** 1.7)
    is_back = (share < pause)[:, None]
    return Motion(
        np.where(is_back, one.points_m, two.points_m),
        np.where(is_back[:, 0], one.heading_rad, two.heading_rad),
    )


def _manoeuvre(centre: Array, nose: float, aisle: float, start_x: float) -> tuple[Array, Array]:
    """Points and headings every 5 cm from start_x along the aisle into the spot."""
    way = 1.0 if centre[0] > start_x else -1.0
    up = 1.0 if np.sin(nose) > 0 else -1.0
    radius = TURN_RADIUS_M
    corner = centre[0] - way * radius
    parts = [
        np.column_stack([_steps(start_x, corner), np.full(len(_steps(start_x, corner)), aisle)])
    ]
    begin = 0.0 if way > 0 else np.pi
    turn = way * up * np.pi / 2
    headings = [np.full(len(parts[0]), begin)]
    bend = np.linspace(0, 1, int(radius * 1.57 / 0.05))
    parts.append(
        np.column_stack(
            [
                corner + way * radius * np.sin(bend * np.pi / 2),
                aisle + up * radius * (1 - np.cos(bend * np.pi / 2)),
            ]
        )
    )
    headings.append(begin + bend * turn)
    rest = _steps(aisle + up * radius, centre[1])
    parts.append(np.column_stack([np.full(len(rest), centre[0]), rest]))
    headings.append(np.full(len(rest), begin + turn))
    return np.vstack(parts), np.concatenate(headings)


def _steps(a: float, b: float) -> Array:
    return np.linspace(a, b, max(2, int(abs(b - a) / 0.05)))


def _follow(line: Array, heading: Array, share: Array) -> Motion:
    """Shares of a line's length turned into places on it."""
    gaps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(gaps)])
    want = share * along[-1]
    points = np.column_stack([np.interp(want, along, line[:, k]) for k in (0, 1)])
    return Motion(points, np.interp(want, along, heading))


def _smooth(share: Array) -> Array:
    return share * share * (3 - 2 * share)


def _eased(time: Array, knots_s: Array, values: Array) -> Array:
    """Through the knots with rounded changes of speed, and no overshoot beyond them."""
    rough = np.interp(time, knots_s, values)
    window = np.ones(15) / 15
    return np.convolve(np.pad(rough, 7, mode="edge"), window, "valid")


def _headings(velocity: Array, facing: float | None) -> Array:
    """Directions of travel; a standing actor keeps its last one, or faces as told."""
    speed = np.linalg.norm(velocity, axis=1)
    heading = np.arctan2(velocity[:, 1], velocity[:, 0])
    moving = speed > 0.15
    if not moving.any():
        return np.full(len(heading), 0.0 if facing is None else facing)
    known = np.flatnonzero(moving)
    filled = np.unwrap(heading[known])
    out = np.interp(np.arange(len(heading)), known, filled)
    if facing is None:
        return out
    turned = out.copy()
    for a, b in pairwise([0, *(np.flatnonzero(np.diff(moving.astype(int))) + 1), len(out)]):
        if not moving[a] and b - a > 10:
            turned[a:b] = facing + 2 * np.pi * np.round((out[a] - facing) / (2 * np.pi))
    window = np.ones(21) / 21
    return np.convolve(np.pad(turned, 10, mode="edge"), window, "valid")
