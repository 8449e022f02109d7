"""Outlines in XML: PKLot's and CVAT's."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline, size_px

UNUSED_SHAPES = ("mask", "polyline", "ellipse", "cuboid", "skeleton", "points")
DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def xml_outlines(path: Path, text: str) -> list[Outline]:
    """All outlines of the file; raises LayoutImportError."""
    if DOCTYPE.search(text):
        raise LayoutImportError(f"{path}: wanted plain XML, got one that defines entities")
    try:
        root = fromstring(text)  # noqa: S314  entities are refused above
    except ParseError as error:
        raise LayoutImportError(f"{path}: is not XML: {error}") from None
    if root.tag == "parking":
        return list(_pklot(path, root))
    if root.tag == "annotations":
        return list(_cvat(path, root))
    raise LayoutImportError(
        f"{path}: wanted PKLot's <parking> or CVAT's <annotations>, got <{root.tag}>"
    )


def _pklot(path: Path, root: Element) -> Iterator[Outline]:
    for number, space in enumerate(root.iter("space")):
        name = space.get("id")
        where = f"{path}: space {name or number}"
        # PKLot spells the element both ways
        points = [each for each in space.iter() if each.tag.lower() == "point"]
        yield outline(where, name, [_pair(where, each.get("x"), each.get("y")) for each in points])


def _cvat(path: Path, root: Element) -> Iterator[Outline]:
    images = [each for each in root.iter("image") if len(each)]
    if len(images) > 1:
        raise LayoutImportError(
            f"{path}: wanted the outlines of one picture, got those of {len(images)}"
        )
    drawn_px = _size_px(root, images)
    for number, (shape, label) in enumerate(_shapes(root)):
        where = f"{path}: {shape.tag} {number}"
        if shape.tag in UNUSED_SHAPES:
            raise LayoutImportError(f"{where}: wanted polygons and boxes, got a {shape.tag}")
        named = {each.get("name"): each.text for each in shape.iter("attribute")}
        points = _box(where, shape) if shape.tag == "box" else _polygon(where, shape)
        yield outline(where, named.get("id") or named.get("name"), points, label, drawn_px)


def _size_px(root: Element, images: list[Element]) -> tuple[int, int] | None:
    """Of the picture, or of the video whose tracks they are."""
    if images:
        return size_px(images[0].get("width"), images[0].get("height"))
    return size_px(
        root.findtext(".//original_size/width"), root.findtext(".//original_size/height")
    )


def _shapes(root: Element) -> Iterator[tuple[Element, str | None]]:
    """Every shape and its label; of a track, which says it picture by picture, the first."""
    wanted = ("polygon", "box", *UNUSED_SHAPES)
    for image in root.iter("image"):
        yield from ((each, each.get("label")) for each in image if each.tag in wanted)
    for track in root.iter("track"):
        yield from ((each, track.get("label")) for each in list(track)[:1] if each.tag in wanted)


def _polygon(where: str, shape: Element) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in (shape.get("points") or "").split(";") if pair]
    return [_pair(where, *each) if len(each) == 2 else _bad(where, each) for each in pairs]


def _box(where: str, shape: Element) -> list[tuple[float, float]]:
    """Corners of a box, turned clockwise about its middle by its rotation in degrees."""
    left, top = _pair(where, shape.get("xtl"), shape.get("ytl"))
    right, bottom = _pair(where, shape.get("xbr"), shape.get("ybr"))
    degrees, _ = _pair(where, shape.get("rotation") or "0", "0")
    middle = complex((left + right) / 2, (top + bottom) / 2)
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    turned = [middle + turn * (complex(*corner) - middle) for corner in corners]
    return [(each.real, each.imag) for each in turned]


def _pair(where: str, x: str | None, y: str | None) -> tuple[float, float]:
    try:
        return float(x or ""), float(y or "")
    except ValueError:
        raise LayoutImportError(
            f"{where}: wanted a point as two numbers, got {x!r}, {y!r}"
        ) from None


def _bad(where: str, pair: list[str]) -> tuple[float, float]:
    raise LayoutImportError(f"{where}: wanted a point as two numbers, got {','.join(pair)!r}")
