"""Riders: who sits on a machine is as far away as its wheels; his feet touch no ground."""

from collections.abc import Sequence

import numpy as np

from vision.arrays import FloatArray
from vision.classes import Kind

LEAST_SHARED_WIDTH = 0.5  # of the narrower of a rider's box and his machine's
MOST_LIFT = 0.3  # of a rider's box, from the wheels to his feet


def standing_boxes(xyxy: FloatArray, kinds: Sequence[Kind]) -> FloatArray:
    """(N, 4) boxes of these kinds, those of riders reaching down to their machines' wheels.

    A rider's feet, a hand's breadth above the ground, seem to stand several metres further off.
    Who walks behind a machine that hides his feet is taken to be as near as it is.
    """
    people = [row for row, kind in enumerate(kinds) if kind is Kind.PERSON]
    machines = [row for row, kind in enumerate(kinds) if kind is Kind.TWO_WHEELER]
    if not people or not machines:
        return xyxy
    rider, machine = xyxy[people][:, None], xyxy[machines][None, :]
    left, right = (
        np.maximum(rider[..., 0], machine[..., 0]),
        np.minimum(rider[..., 2], machine[..., 2]),
    )
    narrower = np.minimum(rider[..., 2] - rider[..., 0], machine[..., 2] - machine[..., 0])
    lift = machine[..., 3] - rider[..., 3]
    is_his = (right - left >= LEAST_SHARED_WIDTH * narrower) & (lift > 0)
    is_his &= lift <= MOST_LIFT * (rider[..., 3] - rider[..., 1])
    is_his &= (rider[..., 1] < machine[..., 1]) & (rider[..., 3] > machine[..., 1])
    standing = xyxy.copy()
    # of several machines the one whose wheels are nearest below his feet
    lowest = np.where(is_his, machine[..., 3], np.inf).min(axis=1)
    standing[people, 3] = np.where(np.isfinite(lowest), lowest, xyxy[people, 3])
    return standing
