"""How likely each speed and acceleration of the tram is.

Paving and sleepers look alike every half metre, so two pictures alone often fit several speeds.
All of them are carried on as a tram can go on from them, until one alone fits all pictures.
"""

from dataclasses import dataclass

import numpy as np

from vision.arrays import FloatArray

TOP_SPEED_MPS, STEP_MPS = 22.0, 0.2
MOST_BRAKING_MPS2 = 3.0
SPEEDS_MPS: FloatArray = np.arange(0.0, TOP_SPEED_MPS + 0.01, STEP_MPS)
ACCELERATIONS_MPS2: FloatArray = np.arange(-MOST_BRAKING_MPS2, 1.51, 0.5)
"""From braking as hard as a tram can to starting."""
USUAL_ACCELERATION_MPS2 = 0.8
JERK = 1.0  # m/s² per square root of a second: by which a tram's acceleration wanders
LEAST_WANDER_MPS2 = 0.075  # from picture to picture: far below a step of ACCELERATIONS_MPS2
SURE_SHARE, SURE_MPS = 0.18, 0.9  # so near the likeliest speed must lie
SURE = 0.9  # of the belief
REST_MPS = 1.0  # slower, a tram that seems to stand does

# a step beyond either end, where there is no belief: what goes on from an end must not be lost
_WITH_ENDS_MPS: FloatArray = np.array([-STEP_MPS, *SPEEDS_MPS, TOP_SPEED_MPS + STEP_MPS])


@dataclass(frozen=True, slots=True, eq=False)
class SpeedBelief:
    """One tram's, at one moment."""

    share: FloatArray
    """(A, V) of each of ACCELERATIONS_MPS2 and SPEEDS_MPS; sums to 1."""

    @classmethod
    def between(cls, low_mps: float, high_mps: float) -> "SpeedBelief":
        """Any speed between two is as likely; the usual accelerations are likelier."""
        usual = np.exp(-0.5 * (ACCELERATIONS_MPS2 / USUAL_ACCELERATION_MPS2) ** 2)
        return SpeedBelief(np.repeat(usual[:, None], len(SPEEDS_MPS), axis=1)).within(
            low_mps, high_mps
        )

    @property
    def by_speed(self) -> FloatArray:
        """(V,) of SPEEDS_MPS."""
        return np.asarray(self.share.sum(axis=0))

    @property
    def mean_mps(self) -> float:
        """The speed to expect."""
        return float(self.by_speed @ SPEEDS_MPS)

    @property
    def sure_mps(self) -> float | None:
        """The speed, when nearly all belief is near the likeliest."""
        by_speed = self.by_speed
        likeliest_mps = SPEEDS_MPS[np.argmax(by_speed)]
        is_near = np.abs(SPEEDS_MPS - likeliest_mps) <= max(SURE_MPS, SURE_SHARE * likeliest_mps)
        near = by_speed[is_near]
        if near.sum() < SURE:
            return None
        return float(near @ SPEEDS_MPS[is_near] / near.sum())

    @property
    def may_rest(self) -> bool:
        """Whether the tram is likely to be about to stand."""
        return float(self.by_speed[SPEEDS_MPS < REST_MPS].sum()) > 0.5

    def moved(self, gap_s: float) -> "SpeedBelief":
        """The belief `gap_s` later: every speed goes on by its acceleration, which wanders."""
        with_ends = np.pad(self.share, ((0, 0), (1, 1)))
        share = np.stack(
            [
                np.interp(SPEEDS_MPS - rate_mps2 * gap_s, _WITH_ENDS_MPS, row)
                for rate_mps2, row in zip(ACCELERATIONS_MPS2, with_ends, strict=True)
            ]
        )
        beyond = np.maximum(self.share.sum(axis=1) - share.sum(axis=1), 0)
        share[ACCELERATIONS_MPS2 < 0, 0] += beyond[ACCELERATIONS_MPS2 < 0]  # it stands
        steps = np.subtract.outer(ACCELERATIONS_MPS2, ACCELERATIONS_MPS2)
        wander = np.exp(-0.5 * (steps / max(JERK * np.sqrt(gap_s), LEAST_WANDER_MPS2)) ** 2)
        return _normal(wander / wander.sum(axis=0) @ share)

    def weighed(self, evidence: FloatArray) -> "SpeedBelief":
        """The belief after evidence, a logarithm of how well each (A, V) or (V,) fits."""
        return _normal(self.share * np.exp(evidence - evidence.max()))

    def within(self, low_mps: float, high_mps: float) -> "SpeedBelief":
        """The belief if no other speeds are possible."""
        return _normal(self.share * ((low_mps <= SPEEDS_MPS) & (high_mps >= SPEEDS_MPS)))

    def mixed(self, other: "SpeedBelief", part: float) -> "SpeedBelief":
        """With a part of another belief."""
        return SpeedBelief((1 - part) * self.share + part * other.share)


def _normal(share: FloatArray) -> SpeedBelief:
    return SpeedBelief(share / share.sum())
