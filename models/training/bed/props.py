"""What things on the bed are made of: photographs, and people and animals cut out of them."""

from pathlib import Path

from models.training.bed.things import Props
from models.training.obstacles.cutouts import gather_cutouts
from models.training.obstacles.pictures import read_folder
from models.training.track.pictures import read_photos
from models.training.track.props import gather_backdrops

CUTOUT_SETS = ("coco_train", "street_clean")


def gather_props(shared: Path, at_most: int | None = None) -> Props:
    """From all photographs, or so many of either."""
    labelled = [p for name in CUTOUT_SETS for p in read_folder(shared / "data" / name)]
    clear, _ = gather_cutouts([p for p in labelled if len(p.boxes)][:at_most])
    return Props(gather_backdrops(read_photos(shared)[:at_most]), clear)
