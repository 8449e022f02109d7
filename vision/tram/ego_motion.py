"""The tram's own speed and acceleration from speed readings that may be late or missing."""

from dataclasses import dataclass, replace

from vision.frame import NS_PER_S

BRAKING_MPS2 = 0.3  # more than a rolling tram loses
SMOOTHING_S = 0.5  # over which acceleration is averaged; speed readings come in steps


@dataclass(frozen=True, slots=True)
class Coast:
    """How a speed that was read a while ago has been carried on to a picture."""

    sigma_mps: float
    """By how much it may be wrong, one standard deviation."""
    acceleration_mps2: float
    """As the readings tell it: pictures between them say nothing new."""


@dataclass(frozen=True, slots=True)
class EgoMotion:
    """What is known of the tram's own motion."""

    speed_mps: float | None = None
    """None when no reading is fresh enough."""
    acceleration_mps2: float = 0.0
    """Negative while braking."""
    read_at_ns: int | None = None
    """Time of the last reading."""
    braking_since_ns: int | None = None
    """When the speed began to fall; None while it does not."""
    sigma_mps: float = 0.0
    """By how much the speed may be wrong since it was read, one standard deviation."""

    @property
    def most_speed_mps(self) -> float | None:
        """What braking must reckon with."""
        return None if self.speed_mps is None else self.speed_mps + self.sigma_mps

    def held_for_s(self, now_ns: int) -> float:
        """How long the speed stands without a new one."""
        return 0.0 if self.read_at_ns is None else max(now_ns - self.read_at_ns, 0) / NS_PER_S

    def braking_for_s(self, now_ns: int) -> float:
        """How long the speed has been falling."""
        since_ns = self.braking_since_ns
        return 0.0 if since_ns is None else max(now_ns - since_ns, 0) / NS_PER_S


def mean_speed_mps(before_mps: float | None, now_mps: float | None) -> float | None:
    """Between two moments; the speed of now where none is known before."""
    return now_mps if before_mps is None or now_mps is None else (before_mps + now_mps) / 2


def next_ego_motion(
    motion: EgoMotion,
    speed_mps: float | None,
    now_ns: int,
    valid_for_s: float,
    coast: Coast | None = None,
) -> EgoMotion:
    """The motion after one more reading, or a missing one; a reading counts for `valid_for_s`.

    `coast` says that the speed was read earlier and carried on.
    """
    if speed_mps is None:
        is_fresh = (
            motion.read_at_ns is not None and now_ns - motion.read_at_ns <= valid_for_s * NS_PER_S
        )
        return motion if is_fresh else EgoMotion()
    if motion.speed_mps is None or motion.read_at_ns is None:
        return EgoMotion(speed_mps, 0.0, now_ns, sigma_mps=coast.sigma_mps if coast else 0.0)
    elapsed_s = (now_ns - motion.read_at_ns) / NS_PER_S
    if elapsed_s <= 0:
        return replace(motion, speed_mps=speed_mps, read_at_ns=now_ns)
    if coast is not None:
        smoothed = coast.acceleration_mps2
    else:
        step_mps2 = (speed_mps - motion.speed_mps) / elapsed_s
        weight = elapsed_s / (SMOOTHING_S + elapsed_s)
        smoothed = motion.acceleration_mps2 + weight * (step_mps2 - motion.acceleration_mps2)
    since_ns = motion.braking_since_ns
    if smoothed > -BRAKING_MPS2:
        since_ns = None
    elif since_ns is None:
        since_ns = motion.read_at_ns
    return EgoMotion(speed_mps, smoothed, now_ns, since_ns, coast.sigma_mps if coast else 0.0)
