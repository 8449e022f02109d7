"""The part of a site file by which an operator lets pictures around alerts be kept."""

from dataclasses import dataclass

from pydantic import Field

from service.site.block import Block, Positive


class RingBlock(Block):
    """The last seconds around each alert, heads made unrecognisable but not plates of vehicles.

    Off unless it stands here.
    """

    before_s: Positive = Field(default=10.0, le=60, description="Kept from before the alert.")
    after_s: Positive = Field(default=3.0, le=60, description="Kept from after its beginning.")
    most_mb: Positive = Field(
        default=500.0, description="On disk, for this camera; the oldest goes first."
    )


@dataclass(frozen=True, slots=True)
class RingSettings:
    """How much is kept."""

    before_s: float = 10.0
    after_s: float = 3.0
    most_bytes: int = 500_000_000


def ring_settings(block: RingBlock | None) -> RingSettings | None:
    """The settings; None: nothing is kept."""
    if block is None:
        return None
    return RingSettings(block.before_s, block.after_s, round(block.most_mb * 1_000_000))
