"""The signs by which pages tell states, never by colour alone: the same as in pictures."""

from typing import Literal

from service.live.records import LotRecord

SIGNS = {"free": "○", "occupied": "✕", "unknown": "?", "closed": "–"}
Mood = Literal["free", "full", "unknown", "closed"]


def mood_of(lot: LotRecord) -> Mood:
    """What a lot is to somebody who wants to park."""
    if lot.total and lot.closed == lot.total:
        return "closed"
    if lot.unknown and not lot.free_min and not lot.occupied:
        return "unknown"
    return "free" if lot.free_max else "full"
