"""The file of numbers that shape the weights; checked."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from models.training.setting_names import check_names

SETTINGS = Path(__file__).with_name("settings.yaml")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that training needs to know besides the data."""

    seed: int
    sources: dict[str, float]
    upright_shares: list[float]
    flat_share: float
    recolour_share: float
    spoil_share: float
    night_share: float
    offset_m: float
    heading_rad: float
    curvature_per_m: float
    pitch_deg: float
    steps: int
    batch: int
    learning_rate: float
    last_rate: float
    warmup_steps: int
    weight_decay: float
    ema_decay: float
    clip_norm: float
    taken_weight: float
    threads: int
    log_every: int
    check_every: int
    save_every: int


def read_settings(path: Path = SETTINGS) -> Settings:
    """The settings in a YAML file.

    Raises:
        WrongSettings: a name is missing or unknown.
    """
    content = yaml.safe_load(path.read_text())
    check_names(content, Settings)
    return Settings(**content)


def quick(settings: Settings) -> Settings:
    """The same with so few steps that it only shows that all works."""
    return replace(settings, steps=6, batch=4, check_every=6, save_every=3, log_every=1)
