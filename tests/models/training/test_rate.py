"""The learning rate rises, then falls to the share that the settings name."""

from dataclasses import dataclass

import pytest

from models.training.rate import rate_share


@dataclass
class Plan:
    steps: int = 110
    warmup_steps: int = 10
    last_rate: float = 0.2


@pytest.mark.parametrize(
    ("step", "share"),
    [(0, 0.1), (9, 1.0), (10, 1.0), (60, 0.6), (109, 0.2)],
)
def test_the_rate_over_a_run(step: int, share: float) -> None:
    assert rate_share(step, Plan()) == pytest.approx(share, abs=0.001)
