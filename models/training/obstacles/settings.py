"""The one file of numbers that shapes the weights, read and checked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from models.training.faults import WrongSettings
from models.training.setting_names import check_names, refuse_evaluation_set

SETTINGS_FILE = Path(__file__).with_name("settings.yaml")
OWN_SOURCES = ("tram_day", "tram_night", "rendered")  # which train whatever sets are named


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """How training pictures are put together."""

    zoom_least: float
    zoom_most: float
    aspect: float
    plain_share: float
    mosaic_share: float
    cutout_share: float
    night_share: float
    spoil_share: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that training needs to know besides the data."""

    seed: int
    start: str
    exhaustive: list[str]
    incomplete: list[str]
    sources: dict[str, float]
    sizes: list[list[int]]
    scene: SceneSettings
    steps: int
    batch: int
    learning_rate: float
    last_rate: float
    warmup_steps: int
    weight_decay: float
    ema_decay: float
    clip_norm: float
    memory_weight: float
    rare_memory_weight: float
    unsure_background: float
    empty_weight: float
    suspicion: float
    threads: int
    log_every: int
    check_every: int
    save_every: int
    trained_share: float
    default_size: list[int]
    confidence: float


def read_settings(path: Path = SETTINGS_FILE) -> Settings:
    """The settings of a file.

    Raises:
        WrongSettings: a setting is missing or unknown, an input size is no multiple of 32, a set
            has no share of the pictures drawn or a share no set, or the set for evaluation trains.
    """
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    check_names(content, Settings)
    check_names(content["scene"], SceneSettings)
    for height, width in content["sizes"]:
        if height % 32 or width % 32:
            raise WrongSettings(f"an input size is a multiple of 32, got {height}x{width}")
    sets = {*OWN_SOURCES, *content["exhaustive"], *content["incomplete"]}
    refuse_evaluation_set(sets)
    if content["sources"].keys() != sets:
        odd = sorted(content["sources"].keys() ^ sets)
        raise WrongSettings(f"a set without its share in sources, or a share of no set: {odd}")
    content["scene"] = SceneSettings(**content["scene"])
    return Settings(**content)


def quick(settings: Settings) -> Settings:
    """So few and small steps that they only show that everything works."""
    return replace(
        settings, steps=12, batch=2, warmup_steps=2, sizes=[[160, 256]],
        log_every=1, check_every=6, save_every=2,
    )  # fmt: skip
