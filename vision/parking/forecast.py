"""How many spots will be free in the next hours, from the weekly pattern and the present state.

A lot repeats its weeks; what differs today from the pattern fades with a rate that its own past
shows. The interval is taken from the errors that the same rule would have made in the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vision.arrays import FloatArray, IntArray

HOURS_OF_WEEK = 168
HALF_LIFE_WEEKS = 6.0  # how fast old weeks lose weight, so that growth and season are followed
FEWEST_ERRORS = 30  # for an interval by the hour of day; else all hours share one
SIMILAR_HOURS = 2  # an hour's errors are taken from those so near to it on any day
INTERVAL = 0.8  # share of the hours that end up within it


class Basis(StrEnum):
    """What a forecast rests on."""

    WEEKLY_PATTERN = "weekly_pattern"
    RECENT_HOURS = "recent_hours"
    """Less than two weeks are known: the present, and how much hours differed lately."""
    NOTHING = "nothing"
    """Too little is known to say anything: every count is possible."""


@dataclass(frozen=True, slots=True)
class HourForecast:
    """The mean number of free spots in one coming hour, and what it is likely to lie between."""

    free: float
    free_low: float
    free_high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The coming hours, in order."""

    basis: Basis
    hours: tuple[HourForecast, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PastHours:
    """Consecutive hours of one lot, oldest first, up to the one before the present hour."""

    free: FloatArray
    """(N,) mean number of free spots in each; NaN where it is not known."""
    slot: IntArray
    """(N,) hour of the week, 0 to 167, by the lot's own clock."""


def forecast_free(
    past: PastHours,
    next_slots: Sequence[int],
    *,
    free_now: tuple[float, float] | None,
    hour_passed: float,
    total: int,
) -> Forecast:
    """The hours of `next_slots`; the first one is the hour after the present one.

    `free_now` is the present count as a range, None where nothing is known; `hour_passed` is the
    share of the present hour that is over; `total` is how many spots may be free at most.
    """
    horizons = range(1, len(next_slots) + 1)
    pattern = _pattern(past)
    errors = _walk_forward_residuals(past)
    if np.isfinite(errors).sum() < FEWEST_ERRORS:
        return _from_recent_hours(past, horizons, free_now, total)
    now = _now_slot(next_slots)
    expected_now = _at_time(pattern, now, hour_passed)
    hours = []
    for ahead, slot in zip(horizons, next_slots, strict=True):
        fading = _fading(errors, ahead) if free_now is not None else 0.0
        low_error, high_error = _error_range(errors, past.slot, ahead, fading, slot)
        apart = [fading * (count - expected_now) for count in free_now or (0.0, 0.0)]
        middle = pattern[slot] + sum(apart) / 2
        bounds = (pattern[slot] + apart[0] + low_error, pattern[slot] + apart[1] + high_error)
        hours.append(_within(middle, bounds, total))
    return Forecast(Basis.WEEKLY_PATTERN, tuple(hours))


def _pattern(past: PastHours) -> FloatArray:
    """(168,) mean of each hour of the week, newer weeks counting more."""
    age_weeks = np.arange(len(past.free), 0, -1) / HOURS_OF_WEEK
    weight = np.where(np.isfinite(past.free), 0.5 ** (age_weeks / HALF_LIFE_WEEKS), 0.0)
    value = np.nan_to_num(past.free)
    weights = np.bincount(past.slot, weight, HOURS_OF_WEEK)
    sums = np.bincount(past.slot, weight * value, HOURS_OF_WEEK)
    return _filled(sums.astype(np.float64), weights.astype(np.float64))


def _filled(sums: FloatArray, weights: FloatArray) -> FloatArray:
    """Hours never seen are taken from the same hour of all days, or from all hours."""
    by_day_sums, by_day_weights = sums.reshape(7, 24).sum(0), weights.reshape(7, 24).sum(0)
    everything = sums.sum() / max(weights.sum(), 1e-9)
    by_hour = np.where(
        by_day_weights > 0, by_day_sums / np.maximum(by_day_weights, 1e-9), everything
    )
    filled: FloatArray = np.where(
        weights > 0, sums / np.maximum(weights, 1e-9), np.tile(by_hour, 7)
    )
    return filled


def _walk_forward_residuals(past: PastHours) -> FloatArray:
    """(N,) each hour less what earlier weeks gave for it; NaN in the first week."""
    fade = 0.5 ** (1 / HALF_LIFE_WEEKS)
    sums, weights = np.zeros(HOURS_OF_WEEK), np.zeros(HOURS_OF_WEEK)
    residuals = np.full(len(past.free), np.nan)
    for index, (slot, free) in enumerate(zip(past.slot, past.free, strict=True)):
        if weights[slot] > 0:
            residuals[index] = free - sums[slot] / weights[slot]
        if np.isfinite(free):
            sums[slot] = sums[slot] * fade + free
            weights[slot] = weights[slot] * fade + 1
    return residuals


def _fading(errors: FloatArray, ahead: int) -> float:
    """Which share of today's difference from the pattern is left so many hours later."""
    now, later = errors[:-ahead], errors[ahead:]
    both = np.isfinite(now) & np.isfinite(later)
    square = float(np.sum(now[both] ** 2))
    if both.sum() < FEWEST_ERRORS or square == 0:
        return 0.0
    return float(np.clip(np.sum(now[both] * later[both]) / square, 0.0, 1.0))


def _error_range(
    errors: FloatArray, slots: IntArray, ahead: int, fading: float, slot: int
) -> tuple[float, float]:
    """Between which errors the rule's past forecasts for such hours lay."""
    made = errors.copy()
    if fading:
        made[ahead:] = errors[ahead:] - fading * errors[:-ahead]
        made[:ahead] = np.nan
    apart = np.abs(slots % 24 - slot % 24)
    is_similar = np.minimum(apart, 24 - apart) <= SIMILAR_HOURS
    is_weekend = slots >= 5 * 24
    for chosen in (is_similar & (is_weekend == (slot >= 5 * 24)), is_similar, slots >= 0):
        found = made[chosen & np.isfinite(made)]
        if len(found) >= FEWEST_ERRORS:
            break
    return _quantiles(found) if len(found) else (-np.inf, np.inf)


def _quantiles(values: FloatArray) -> tuple[float, float]:
    """The middle share of the values, a little wider where they are few."""
    tail = (1 - INTERVAL) / 2
    tail *= len(values) / (len(values) + 1)
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)


def _from_recent_hours(
    past: PastHours, horizons: Sequence[int], free_now: tuple[float, float] | None, total: int
) -> Forecast:
    hours = []
    for ahead in horizons:
        steps = past.free[ahead:] - past.free[:-ahead] if len(past.free) > ahead else past.free[:0]
        steps = steps[np.isfinite(steps)]
        if free_now is None or len(steps) < FEWEST_ERRORS:
            everything = HourForecast(total / 2, 0.0, float(total))
            return Forecast(Basis.NOTHING, (everything,) * len(horizons))
        low, high = _quantiles(steps)
        bounds = (free_now[0] + min(low, 0.0), free_now[1] + max(high, 0.0))
        hours.append(_within(sum(free_now) / 2, bounds, total))
    return Forecast(Basis.RECENT_HOURS, tuple(hours))


def _now_slot(next_slots: Sequence[int]) -> int:
    return (next_slots[0] - 1) % HOURS_OF_WEEK if next_slots else 0


def _at_time(pattern: FloatArray, slot: int, hour_passed: float) -> float:
    """The pattern between the middles of two hours."""
    shift = hour_passed - 0.5
    other = pattern[(slot + (1 if shift > 0 else -1)) % HOURS_OF_WEEK]
    return float(pattern[slot] + abs(shift) * (other - pattern[slot]))


def _within(middle: float, bounds: tuple[float, float], total: int) -> HourForecast:
    low, high = sorted(float(np.clip(bound, 0, total)) for bound in bounds)
    return HourForecast(float(np.clip(middle, low, high)), low, high)
