"""Riders: who sits on a machine is as far away as its wheels; his feet touch no ground."""

from collections.abc import Sequence

import numpy as np

from vision.arrays import FloatArray, IntArray
from vision.classes import Kind

LEAST_SHARED_WIDTH = 0.5  # of the narrower of a rider's box and his machine's
MOST_LIFT = 0.45  # of a rider's box, from the wheels to his feet; his box may end at his knees
NONE = -1


def machines_of(xyxy: FloatArray, kinds: Sequence[Kind]) -> IntArray:
    """(N,) row of the machine on which each of (N, 4) boxes of these kinds rides, -1 for none.

    Who walks behind a machine that hides his feet is taken for its rider.
    """
    machine_of = np.full(len(kinds), NONE)
    people = [row for row, kind in enumerate(kinds) if kind is Kind.PERSON]
    machines = [row for row, kind in enumerate(kinds) if kind is Kind.TWO_WHEELER]
    if not people or not machines:
        return machine_of
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
    # of several machines the one whose wheels are nearest below his feet
    lowest = np.where(is_his, machine[..., 3], np.inf)
    machine_of[people] = np.where(
        is_his.any(axis=1), np.array(machines)[lowest.argmin(axis=1)], NONE
    )
    return machine_of


def standing_boxes(xyxy: FloatArray, machine_of: IntArray) -> FloatArray:
    """(N, 4) boxes, those of riders reaching down to the wheels of their machines, (N,) rows.

    A rider's feet, a hand's breadth above the ground, seem to stand several metres further off.
    """
    is_rider = machine_of != NONE
    standing = xyxy.copy()
    standing[is_rider, 3] = xyxy[machine_of[is_rider], 3]
    return standing


def next_riders(riders: frozenset[int], track_id: IntArray, machine_of: IntArray) -> frozenset[int]:
    """Ids of those who ride; who did once goes on, though his machine is not always found."""
    ridden = track_id[machine_of != NONE].tolist()
    return riders.union(ridden).intersection(track_id.tolist())
