"""Raw pictures before the film is developed, and the folder that keeps them between runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.scene import Scene

CACHE = Path(__file__).parent / ".cache"


@dataclass(slots=True)
class RawPicture:
    """What the renderer saw."""

    light: NDArray[np.float16]  # (H, W, 3) linear RGB
    depth_m: NDArray[np.float16]  # (H, W)
    index: NDArray[np.uint8]  # (H, W), the body's number or 0


def layers_of(scene: Scene) -> list[str]:
    """The lights that are rendered apart and mixed in the film."""
    return ["day", "lamps"] if "over_time" in scene.raw["light"] else ["all"]


def take_path(scene: Scene, layer: str, frame: int) -> Path:
    """Where a raw picture is kept."""
    return CACHE / f"{scene.cache_key()}-{layer}" / f"{frame:05d}.npz"


def missing_takes(scene: Scene, layer: str) -> list[int]:
    """The frames of which no raw picture is kept yet."""
    return [i for i in range(scene.n_frames) if not take_path(scene, layer, i).exists()]


def load_take(scene: Scene, layer: str, frame: int) -> tuple[RawPicture, list[dict[str, Any]]]:
    """A kept raw picture and the bodies seen in it."""
    with np.load(take_path(scene, layer, frame)) as kept:
        picture = RawPicture(kept["light"], kept["depth_m"], kept["index"])
        return picture, json.loads(str(kept["bodies"]))


def keep_take(path: Path, picture: RawPicture, bodies: list[dict[str, Any]]) -> None:
    """Write a raw picture and the bodies seen in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        light=picture.light,
        depth_m=picture.depth_m,
        index=picture.index,
        bodies=json.dumps(bodies),
    )
    part.replace(path)
