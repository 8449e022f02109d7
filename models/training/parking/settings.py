"""The configuration file of one occupancy network, read into plain values."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from models.catalogue import EMBEDDED_DIR
from models.training.faults import WrongSettings
from models.training.parking.spot_view import ViewShape
from models.training.setting_names import check_names, refuse_evaluation_set

CONFIGURATION = Path(__file__).with_name("wayside_parking.toml")
QUICK_VIEWS = 256


@dataclass(frozen=True, slots=True)
class SetNames:
    """The sets that train, by name."""

    outlined: tuple[str, ...]
    """Folders of pictures with outlined spots, each outline around what stands there."""
    cut_out: tuple[str, ...]
    """Archives of spots cut out whole."""
    streets: tuple[str, ...]
    """Folders of pictures with boxed vehicles, on and between which spots are made up."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Shape of the network."""

    view_px: int
    view_sides: float
    view_rise: float
    hidden: int
    dropout: float

    @property
    def view(self) -> ViewShape:
        """What it sees of a spot."""
        return ViewShape(self.view_px, self.view_sides, self.view_rise)


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How it learns."""

    seeds: tuple[int, ...]
    cycle_ends: tuple[int, ...]
    averaged_cycles: int
    """The last cycles whose mean ships."""
    views_per_epoch: int
    batch: int
    backbone_rate: float
    head_rate: float
    weight_decay: float
    warm_up_steps: int
    label_smoothing: float
    average_decay: float
    strengths: tuple[float, ...]
    """Of weather and careless outlines, for each cycle."""
    hard_share: float
    """Of the views: of spots that the first look is unsure of."""
    occluded_share: float
    """Of the views: behind a vehicle of the same place."""
    threads: int
    workers: int


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """How it is cross-validated."""

    epochs: int
    views_per_epoch: int
    doubt: float
    doubted_sources: tuple[str, ...]
    held_out: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in the file."""

    name: str
    data: Path
    detector: Path | None
    """An ONNX file whose backbone is taken; None: an EfficientNet-Lite's."""
    efficientnet_lite: int
    """Which one that is; of no meaning beside a detector."""
    start: Path | None
    """An exported network of the same backbone to go on from instead."""
    first_look: Path | None
    """An exported occupancy network that judges the labels, and whose doubts are learnt most."""
    sets: SetNames
    network: NetworkSettings
    fit: FitSettings
    folds: FoldSettings


SECTIONS = {
    "sets": SetNames, "network": NetworkSettings, "fit": FitSettings, "folds": FoldSettings
}  # fmt: skip


def read_settings(shared: Path, path: Path = CONFIGURATION) -> Settings:
    """The settings in one TOML file; its data and detector lie under the material folder `shared`.

    Raises:
        WrongSettings: a setting is missing or unknown, street pictures train that judge, a cycle
            has no strength, or the mean of the last cycles would take in the first one, which only
            the first of several seeds has.
    """
    optional = {"detector": None, "start": None, "first_look": None}
    content = optional | tomllib.loads(path.read_text())
    if content["detector"] is not None:
        content.setdefault("efficientnet_lite", 0)
    check_names(content, Settings)
    for name, kind in SECTIONS.items():
        check_names(content[name], kind)
        content[name] = kind(**{key: _frozen(value) for key, value in content[name].items()})
    refuse_evaluation_set(content["sets"].streets)
    _check_cycles(content["fit"])
    places = {"data": shared, "detector": shared, "start": EMBEDDED_DIR, "first_look": EMBEDDED_DIR}
    for name, folder in places.items():
        if content[name] is not None:
            content[name] = folder / content[name]
    return Settings(**content)


def _frozen(value: object) -> object:
    """Lists as tuples, those in lists too."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check_cycles(fit: FitSettings) -> None:
    cycles = len(fit.cycle_ends)
    if len(fit.strengths) != cycles:
        raise WrongSettings(
            f"strengths must be one for each of the {cycles} cycles, got {len(fit.strengths)}"
        )
    if len(fit.seeds) > 1 and fit.averaged_cycles >= cycles:
        raise WrongSettings(
            f"averaged_cycles must be fewer than the {cycles} cycles where there are several "
            f"seeds, got {fit.averaged_cycles}"
        )


def quick(settings: Settings) -> Settings:
    """The same in minutes: one epoch of few views for each cycle, and one fold."""
    cycles = len(settings.fit.cycle_ends)
    return replace(
        settings,
        fit=replace(
            settings.fit,
            cycle_ends=tuple(range(1, cycles + 1)),
            views_per_epoch=QUICK_VIEWS,
            warm_up_steps=1,
        ),
        folds=replace(
            settings.folds,
            epochs=1,
            views_per_epoch=QUICK_VIEWS,
            held_out=settings.folds.held_out[:1],
        ),
    )
