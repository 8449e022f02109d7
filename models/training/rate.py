"""The learning rate over a run."""

import math
from typing import Protocol


class RateSettings(Protocol):
    """What shapes it."""

    steps: int
    warmup_steps: int
    last_rate: float


def rate_share(step: int, settings: RateSettings) -> float:
    """Linear warm-up, then half a cosine down; of the full rate."""
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    share = (step - settings.warmup_steps) / max(settings.steps - settings.warmup_steps, 1)
    return settings.last_rate + (1 - settings.last_rate) * (1 + math.cos(math.pi * share)) / 2
