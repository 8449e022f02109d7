"""A file of outlines, whatever tool wrote it, as spots of a layout."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from service.layout_import.errors import LayoutImportError
from service.layout_import.json_files import json_outlines
from service.layout_import.mask import mask_outlines
from service.layout_import.outline import Outline
from service.layout_import.xml_files import xml_outlines
from service.site.ground_map import GroundMap
from service.site.site_document import GROUPS

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._-]+")
GENERAL = "general"
WORDS_FOR_ANY_SPOT = re.compile(
    r"([^a-z]*(park(ing)?|spot|space|slot|bay|place|lot|car|vehicle|not|partially|free|empty|vacant"
    r"|occupied|busy|taken)s?)+[^a-z]*"
)
"""A label of these alone says that something is a spot, or was taken, and not for whom it is."""
OTHER_WORDS = {
    "ev": "electric",
    "charging": "electric",
    "handicap": "disabled",
    "handicapped": "disabled",
}
"""Words of labels for groups that have another name here."""
LARGEST_LOT_DEG = 0.1  # 11 km; outlines in px span more


def read_outlines(path: Path) -> list[Outline]:
    """All outlines of the file; raises LayoutImportError where there is none to be had."""
    if path.suffix.lower() in PICTURES:
        if not path.is_file():
            raise LayoutImportError(f"{path}: there is no such file")
        found = mask_outlines(path)
    else:
        found = _read_text(path)
    if not found:
        raise LayoutImportError(f"{path}: holds no outline")
    return found


def _read_text(path: Path) -> list[Outline]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows begins with a mark
    except UnicodeDecodeError:
        raise LayoutImportError(f"{path}: is neither text nor a picture") from None
    except OSError as error:
        raise LayoutImportError(f"{path}: cannot be read: {error.strerror}") from error
    if text.lstrip().startswith("<"):
        return xml_outlines(path, text)
    return json_outlines(path, text)


def as_spots(outlines: list[Outline], lot_id: str) -> list[dict[str, object]]:
    """Spots as a site file holds them, with ids of their own where the names are no ids."""
    taken: set[str] = set()
    spots: list[dict[str, object]] = []
    for number, each in enumerate(outlines, 1):
        spot_id = _free_id(NOT_IN_IDS.sub("-", each.name).strip("-._")[:60], number, taken)
        taken.add(spot_id)
        corners = np.round(each.polygon, 1).tolist()
        group = _group(each.group)
        spots.append({"id": spot_id, "lot": lot_id, "group": group, "polygon": corners})
    return spots


def is_geographic(outlines: list[Outline], path: Path) -> bool:
    """Whether the outlines are longitudes and latitudes: GeoJSON whose numbers can be those."""
    if path.suffix.lower() not in (".geojson", ".json"):
        return False
    corners = np.concatenate([each.polygon for each in outlines])
    is_small = bool((np.abs(corners) <= [180.0, 90.0]).all())
    return is_small and float(np.ptp(corners, axis=0).max()) < LARGEST_LOT_DEG


def on_picture(
    outlines: list[Outline], ground_map: GroundMap, drawn_px: tuple[int, int] | None
) -> list[Outline]:
    """Outlines of a map where they lie in the camera's picture, of this size if that is known."""
    return [
        replace(each, polygon=ground_map.pixels_of(each.polygon), drawn_px=drawn_px)
        for each in outlines
    ]


def _group(label: str) -> str:
    """The label as a group: a known one where all else says no more than that it is a spot."""
    group = NOT_IN_IDS.sub("-", label).strip("-._").lower()
    if not group or WORDS_FOR_ANY_SPOT.fullmatch(group):
        return GENERAL
    words = "-".join(
        dict.fromkeys(OTHER_WORDS.get(word, word) for word in re.split("[-_.]", group))
    )
    named = (
        each
        for each in GROUPS
        if words == each or WORDS_FOR_ANY_SPOT.fullmatch(words.removeprefix(each))
    )
    return next(named, group)


def _free_id(name: str, number: int, taken: set[str]) -> str:
    wanted = name or f"S{number}"
    spot_id, again = wanted, 2
    while spot_id in taken:
        spot_id, again = f"{wanted}-{again}", again + 1
    return spot_id
