"""What things on the bed are made of: photographs, and people and animals cut out of them."""

from pathlib import Path

import cv2

from models.training.bed.things import Props
from models.training.obstacles.cutouts import gather_cutouts
from models.training.obstacles.pictures import read_folder
from models.training.track.pictures import read_image, read_photos

CUTOUT_SETS = ("coco_train", "street_clean")
WIDTH_PX = 480


def gather_props(shared: Path, at_most: int | None = None) -> Props:
    """From all photographs, or so many of either."""
    photographs = []
    for photo in read_photos(shared)[:at_most]:
        image = read_image(photo.path)
        share = WIDTH_PX / image.shape[1]
        photographs.append(
            cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        )
    labelled = [p for name in CUTOUT_SETS for p in read_folder(shared / "data" / name)]
    clear, _ = gather_cutouts([p for p in labelled if len(p.boxes)][:at_most])
    return Props(photographs, clear)
