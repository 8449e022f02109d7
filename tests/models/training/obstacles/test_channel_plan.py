"""Taking the shuffles out of a network loses no channel, and puts none where it was not."""

import numpy as np
import pytest

from models.training.obstacles.channel_plan import BLOCK, EMPTY, Plan, plan_stage

STAGES = [(58, 3), (116, 7), (232, 3)]  # half of the channels and units, as in the network


def shuffled(start: np.ndarray, made: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """What each unit reads and what is left at the end, by really shuffling."""
    reads, half = [], len(start) // 2
    channels = np.stack((start[:half], start[half:]), 1).ravel()
    for fresh in made:
        reads.append(channels[half:])
        channels = np.stack((channels[:half], fresh), 1).ravel()
    return reads, channels


def gathered(plan: Plan, reader: int, makers: list[np.ndarray]) -> np.ndarray:
    """What a reader gets from the pieces, put into the order of its channels."""
    pieces = plan.read(reader)
    stored = [
        makers[piece.maker][slot] if slot != EMPTY else -1.0 for p in pieces for piece, slot in
        [(p, s) for s in p.slots]
    ]  # fmt: skip
    slots = plan.stored(reader, pieces)
    got = np.full(len(plan.wanted[reader]), np.nan)
    for value, slot in zip(stored, slots, strict=True):
        if slot != EMPTY:
            got[slot] = value
    return got


@pytest.mark.parametrize(("half", "units"), STAGES)
def test_every_reader_gets_what_shuffling_gives(half: int, units: int) -> None:
    makers = [np.arange(half) + 1000.0 * maker for maker in range(units + 2)]
    reads, end = shuffled(np.concatenate(makers[:2]), makers[2:])
    plan = plan_stage(half, units)
    for reader, wanted in enumerate([*reads, end]):
        np.testing.assert_array_equal(gathered(plan, reader, makers), wanted)


@pytest.mark.parametrize(("half", "units"), STAGES)
def test_pieces_are_whole_blocks_and_hold_each_channel_once(half: int, units: int) -> None:
    plan = plan_stage(half, units)
    for maker, pieces in plan.pieces.items():
        rows = [row for piece in pieces for row in piece.rows]
        assert sorted(rows) == list(range(half)), maker
        assert all(len(piece.slots) % BLOCK == 0 for piece in pieces)


def test_filling_up_costs_few_channels() -> None:
    plan = plan_stage(116, 7)
    for pieces in plan.pieces.values():
        assert sum(len(piece.slots) for piece in pieces) == 128
