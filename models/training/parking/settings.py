"""The configuration file of one occupancy network, read into plain values."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from models.training.parking.spot_view import ViewShape

CONFIGURATION = Path(__file__).with_name("wayside_parking.toml")


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
    """Of the views: of spots that the start is unsure of."""
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
    pretrained: Path
    """A detector's ONNX file, whose backbone is taken."""
    start: Path | None
    """An exported occupancy network to go on from instead."""
    network: NetworkSettings
    fit: FitSettings
    folds: FoldSettings


def read_settings(shared: Path, path: Path = CONFIGURATION) -> Settings:
    """The settings in one TOML file, its paths under the material folder `shared`.

    Unknown or missing keys raise TypeError or KeyError.
    """
    content = tomllib.loads(path.read_text())
    fit, folds = content["fit"], content["folds"]
    return Settings(
        name=content["name"],
        data=shared / content["data"],
        pretrained=shared / content["pretrained"],
        start=None if "start" not in content else path.parents[2] / "weights" / content["start"],
        network=NetworkSettings(**content["network"]),
        fit=FitSettings(
            **{
                **fit,
                "seeds": tuple(fit["seeds"]),
                "cycle_ends": tuple(fit["cycle_ends"]),
                "strengths": tuple(fit["strengths"]),
            }
        ),
        folds=FoldSettings(
            folds["epochs"],
            folds["views_per_epoch"],
            folds["doubt"],
            tuple(folds["doubted_sources"]),
            tuple(tuple(sites) for sites in folds["held_out"]),
        ),
    )
