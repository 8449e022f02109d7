"""The files of numbers that shape the weights, one for each of the two networks; checked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from models.training.faults import WrongSettings
from models.training.setting_names import check_names

SETTINGS_FILES = tuple(Path(__file__).with_name(f"{name}.yaml") for name in ("hgnet", "lite"))
SIZE_STEP_PX = 32


@dataclass(frozen=True, slots=True)
class LookSettings:
    """By how much training pictures differ from what they were."""

    least_part: float
    aspect: float
    aside: float
    bottom_cut: float
    askew: float
    turn_rad: float
    style_share: float
    recolour_share: float
    spoil_share: float
    night_share: float
    grey_share: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that training needs to know besides the data."""

    name: str
    """Of the file, and of the folder of its scenes and checkpoints."""
    seed: int
    detector: str | None
    """File in `weights` of the material whose backbone is taken; None: EfficientNet-Lite0."""
    size: tuple[int, int]
    shipped_size: tuple[int, int]
    sources: dict[str, float]
    painted_scenes: int
    painted_seed: int
    painted_size: tuple[int, int]
    look: LookSettings
    steps: int
    batch: int
    learning_rate: float
    backbone_rate: float
    last_rate: float
    warmup_steps: int
    weight_decay: float
    ema_decay: float
    clip_norm: float
    overlap_weight: float
    other_weight: float
    threads: int
    log_every: int
    check_every: int
    save_every: int
    trained_share: float

    def detector_in(self, shared: Path) -> Path | None:
        """Where the detector is whose backbone is taken."""
        return None if self.detector is None else shared / "weights" / self.detector


def read_settings(path: Path) -> Settings:
    """The settings of a file.

    Raises:
        WrongSettings: a setting is missing or unknown, or the input size is no multiple of 32.
    """
    content: dict[str, Any] = {"name": path.stem, **yaml.safe_load(path.read_text())}
    check_names(content, Settings)
    check_names(content["look"], LookSettings)
    for name in ("size", "shipped_size", "painted_size"):
        content[name] = tuple(content[name])
    for width, height in (content["size"], content["shipped_size"]):
        if width % SIZE_STEP_PX or height % SIZE_STEP_PX:
            step = SIZE_STEP_PX
            raise WrongSettings(f"an input size is a multiple of {step}, got {width}x{height}")
    content["look"] = LookSettings(**content["look"])
    return Settings(**content)


def quick(settings: Settings) -> Settings:
    """So few scenes and steps that they only show that everything works."""
    return replace(
        settings, painted_scenes=16, steps=12, batch=2, warmup_steps=2,
        log_every=1, check_every=6, save_every=2,
    )  # fmt: skip
