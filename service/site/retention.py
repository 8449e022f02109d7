"""How long what is kept is kept, by site."""

from dataclasses import dataclass

from pydantic import Field

from service.site.block import Block, Positive


@dataclass(frozen=True, slots=True)
class Retention:
    """Ages in days after which rows go; the last state of everything stays."""

    changes_days: float = 400.0
    """Of spots, lots and cameras, and incidents that are over."""
    alerts_days: float = 400.0
    usage_days: float = 1830.0
    """Hours and days of lots and days of trams, which name no single change."""
    pictures_days: float = 30.0
    """Pictures of audits; their verdicts stay as long as changes."""


DEFAULT = Retention()


class RetentionBlock(Block):
    """How long history is kept; what is left out keeps its default."""

    changes_days: Positive = Field(
        default=DEFAULT.changes_days, description="Changes of spots, lots and cameras."
    )
    alerts_days: Positive = Field(default=DEFAULT.alerts_days)
    usage_days: Positive = Field(
        default=DEFAULT.usage_days,
        description="Occupancy by hour and by day, and trams' figures by day.",
    )
    pictures_days: Positive = Field(
        default=DEFAULT.pictures_days, description="Sampled pictures of spots."
    )

    def retention(self) -> Retention:
        """As the service works with it."""
        return Retention(**self.model_dump())
