"""The part of a site file that says how fast a tram may go where."""

from itertools import pairwise
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from service.site.block import Block, NotNegative, Number, Positive
from vision.tram.line_course import LineCourse
from vision.tram.overspeed import MPS_PER_KMH, OverspeedSettings, SpeedStretch

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class StretchBlock(Block):
    """A part of the line with a limit, in metres along the line."""

    from_m: Number
    to_m: Number
    kmh: Positive

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if not self.from_m < self.to_m:
            raise ValueError(f"to_m must be more than from_m {self.from_m:g}, got {self.to_m:g}")
        return self


class LimitsBlock(Block):
    """Speed limits by stretch; the place is summed up from the speed, or told by satellites."""

    stretches: list[StretchBlock] = Field(min_length=1, description="In order along the line.")
    start_m: Number | None = Field(
        default=0.0,
        description="Where on the line the service starts; null: only satellites tell the place.",
    )
    line: list[tuple[Latitude, Longitude]] | None = Field(
        default=None,
        min_length=2,
        description="The line's course as [latitude, longitude]; wanted where satellites tell.",
    )
    tolerance_kmh: NotNegative = Field(
        default=3.0, description="Above the limit by less is a hint, not a caution."
    )
    braking_mps2: Positive = Field(default=0.9, description="Of a comfortable service braking.")
    hint_s: NotNegative = Field(
        default=4.0, description="So long before braking must begin, a lower limit is announced."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for before, after in pairwise(self.stretches):
            if after.from_m < before.to_m:
                raise ValueError(
                    f"stretches must follow each other, but one begins at {after.from_m:g} m"
                    f" before the one before it ends at {before.to_m:g} m"
                )
        if self.start_m is None and self.line is None:
            raise ValueError("start_m is null, so the place comes by satellites: line is missing")
        return self


def overspeed_settings(block: LimitsBlock | None) -> OverspeedSettings:
    """The settings of the core; without a block nothing is limited."""
    if block is None:
        return OverspeedSettings()
    return OverspeedSettings(
        stretches=tuple(
            SpeedStretch(each.from_m, each.to_m, each.kmh * MPS_PER_KMH) for each in block.stretches
        ),
        start_m=block.start_m,
        course=None if block.line is None else LineCourse(np.asarray(block.line, np.float64)),
        tolerance_mps=block.tolerance_kmh * MPS_PER_KMH,
        braking_mps2=block.braking_mps2,
        hint_s=block.hint_s,
    )
