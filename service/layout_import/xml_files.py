"""Outlines in XML: PKLot's and CVAT's."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline

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
    for number, shape in enumerate(root.iter("polygon")):
        where = f"{path}: polygon {number}"
        pairs = [pair.split(",") for pair in (shape.get("points") or "").split(";") if pair]
        named = {each.get("name"): each.text for each in shape.iter("attribute")}
        points = [_pair(where, *each) if len(each) == 2 else _bad(where, each) for each in pairs]
        yield outline(where, named.get("id") or named.get("name"), points, shape.get("label"))


def _pair(where: str, x: str | None, y: str | None) -> tuple[float, float]:
    try:
        return float(x or ""), float(y or "")
    except ValueError:
        raise LayoutImportError(
            f"{where}: wanted a point as two numbers, got {x!r}, {y!r}"
        ) from None


def _bad(where: str, pair: list[str]) -> tuple[float, float]:
    raise LayoutImportError(f"{where}: wanted a point as two numbers, got {','.join(pair)!r}")
