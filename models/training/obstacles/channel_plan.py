"""Which channels of a shuffled stage are read by which unit, and stored together for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BLOCK = 16  # channels that the runtime keeps together
EMPTY = -1  # a slot that holds zeros
LEAST_OWN = 12  # fewer channels for one reader share a piece with those for later readers

Slots = list[int]  # for every channel as stored: which channel of the network it is, or EMPTY
Value = tuple[int, int]  # a channel of a stage: its maker, and its number among that maker's


@dataclass(frozen=True, slots=True)
class Piece:
    """Channels of one maker that are stored together."""

    maker: int
    rows: tuple[int, ...]

    @property
    def slots(self) -> Slots:
        """Its rows, filled up to whole blocks."""
        return fill(self.rows)

    @property
    def values(self) -> list[Value | None]:
        """What its slots hold."""
        return [None if row == EMPTY else (self.maker, row) for row in self.slots]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who reads what in a stage. Makers: 0 and 1 the branches of its start, 2… its units."""

    pieces: dict[int, list[Piece]]
    """By maker."""
    wanted: list[list[Value]]
    """By reader, in the order of its channels: the units, then the stage's end."""

    def read(self, reader: int) -> list[Piece]:
        """The pieces that hold something a reader wants, newest first."""
        wanted = set(self.wanted[reader])
        return [
            piece
            for maker in sorted(self.pieces, reverse=True)
            for piece in self.pieces[maker]
            if wanted & set(piece.values)
        ]

    def stored(self, reader: int, pieces: Sequence[Piece]) -> Slots:
        """Where these pieces, one after another, hold the channels that a reader wants."""
        number = {value: index for index, value in enumerate(self.wanted[reader])}
        values = [value for piece in pieces for value in piece.values]
        return [EMPTY if value is None else number.get(value, EMPTY) for value in values]


def fill(rows: Iterable[int]) -> Slots:
    """Rows and empty slots up to a multiple of BLOCK."""
    slots = list(rows)
    return slots + [EMPTY] * (-len(slots) % BLOCK)


def held(slots: Slots) -> list[int]:
    """Positions of the slots that are not empty."""
    return [index for index, channel in enumerate(slots) if channel != EMPTY]


def interleave(first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
    """What a channel shuffle makes of two halves."""
    return [value for pair in zip(first, second, strict=True) for value in pair]


def plan_stage(half: int, units: int) -> Plan:
    """Follow every channel of a stage of so many units after its start to its one reader."""
    order = interleave([(0, i) for i in range(half)], [(1, i) for i in range(half)])
    wanted = []
    for unit in range(units):
        wanted.append(order[half:])
        order = interleave(order[:half], [(unit + 2, i) for i in range(half)])
    wanted.append(order)
    return Plan({maker: group_rows(maker, wanted) for maker in range(units + 2)}, wanted)


def group_rows(maker: int, wanted: Sequence[Sequence[Value]]) -> list[Piece]:
    """The pieces of one maker: one for each reader of many rows, one for all the later ones."""
    groups = [[row for by, row in values if by == maker] for values in wanted]
    pieces = []
    for position, rows in enumerate(groups):
        if 0 < len(rows) < LEAST_OWN:
            late = tuple(row for group in groups[position:] for row in group)
            return [*pieces, Piece(maker, late)]
        if rows:
            pieces.append(Piece(maker, tuple(rows)))
    return pieces
