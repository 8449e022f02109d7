"""Outlines in JSON: COCO, Ultralytics' bounding boxes, GeoJSON, and plain lists."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline, size_px

Point = tuple[float, float]
WANTED = "wanted COCO, GeoJSON, or a list of {points: …} as Ultralytics writes it"


def json_outlines(path: Path, text: str) -> list[Outline]:
    """All outlines of the file; raises LayoutImportError."""
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise LayoutImportError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from None
    if isinstance(parsed, list):
        return list(_points(path, parsed))
    if isinstance(parsed, dict) and "annotations" in parsed:
        return list(_coco(path, parsed))
    if isinstance(parsed, dict) and parsed.get("type") == "FeatureCollection":
        return list(_geojson(path, parsed))
    if isinstance(parsed, dict) and isinstance(parsed.get("areas"), list):
        return [outline(f"{path}: areas.{n}", None, p) for n, p in enumerate(parsed["areas"])]
    came = (
        f"keys {', '.join(map(str, list(parsed)[:5]))}" if isinstance(parsed, dict) else "no list"
    )
    raise LayoutImportError(f"{path}: {WANTED}, got {came}")


def _points(path: Path, rows: list[Any]) -> Iterator[Outline]:
    for number, row in enumerate(rows):
        where = f"{path}: {number}"
        if not isinstance(row, dict) or "points" not in row:
            raise LayoutImportError(f"{where}: {WANTED}, got {row!r:.60}")
        yield outline(where, row.get("id"), row["points"])


def _coco(path: Path, parsed: dict[str, Any]) -> Iterator[Outline]:
    categories = {
        str(each["id"]): each.get("name")
        for each in _list(f"{path}: categories", parsed.get("categories"))
        if isinstance(each, dict) and "id" in each
    }
    annotations = {
        (where := f"{path}: annotations.{number}"): _mapping(where, each)
        for number, each in enumerate(_list(f"{path}: annotations", parsed["annotations"]))
    }
    images = {str(each.get("image_id")) for each in annotations.values()}
    if len(images) > 1:
        raise LayoutImportError(
            f"{path}: wanted the outlines of one picture, got those of {len(images)}"
        )
    pictures = _list(f"{path}: images", parsed.get("images"))
    sizes = {
        str(each.get("id")): size_px(each.get("width"), each.get("height"))
        for each in pictures
        if isinstance(each, dict)
    }
    for where, each in annotations.items():
        drawn_px = sizes.get(str(each.get("image_id")))
        attributes = _mapping(f"{where}.attributes", each.get("attributes"))
        name = attributes.get("name") or attributes.get("id")
        for points in _coco_outlines(where, each):
            label = categories.get(str(each.get("category_id")))
            yield outline(where, name, points, label, drawn_px)


def _coco_outlines(where: str, annotation: dict[str, Any]) -> Iterator[list[Point]]:
    """Every ring of the annotation: a spot behind a pole is drawn as two."""
    rings, box = annotation.get("segmentation"), annotation.get("bbox")
    if isinstance(rings, list) and rings and isinstance(rings[0], list):
        for number, ring in enumerate(rings):
            place = f"{where}.segmentation.{number}"
            flat = _numbers(place, ring)
            if len(flat) % 2:
                raise LayoutImportError(
                    f"{place}: wanted pairs of numbers, got {len(flat)} numbers"
                )
            yield list(zip(flat[::2], flat[1::2], strict=True))
    elif isinstance(box, list) and len(box) == 4:
        left, top, width, height = _numbers(f"{where}.bbox", box)
        right, bottom = left + width, top + height
        yield [(left, top), (right, top), (right, bottom), (left, bottom)]
    else:
        raise LayoutImportError(
            f"{where}: wanted a segmentation of polygons or a bbox of 4 numbers"
        )


def _geojson(path: Path, parsed: dict[str, Any]) -> Iterator[Outline]:
    for number, each in enumerate(_list(f"{path}: features", parsed.get("features"))):
        where = f"{path}: features.{number}"
        feature = _mapping(where, each)
        geometry = _mapping(f"{where}.geometry", feature.get("geometry"))
        properties = _mapping(f"{where}.properties", feature.get("properties"))
        name = properties.get("id") or properties.get("name") or feature.get("id")
        for points in _geojson_outlines(where, geometry):
            yield outline(where, name, points, properties.get("group"))


def _geojson_outlines(where: str, geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise LayoutImportError(f"{where}: wanted a Polygon or a MultiPolygon, got {kind}")
    place = f"{where}.coordinates"
    coordinates = _list(place, geometry.get("coordinates"))
    for polygon in [coordinates] if kind == "Polygon" else coordinates or [[]]:
        rings = _list(place, polygon)
        if not rings or not rings[0]:
            raise LayoutImportError(f"{where}: the {kind} has no coordinates")
        if len(rings) > 1:
            raise LayoutImportError(
                f"{where}: wanted a {kind} without holes, got {len(rings)} rings"
            )
        yield [_numbers(place, point)[:2] for point in _list(place, rings[0])]


def _mapping(where: str, value: object) -> dict[str, Any]:
    """The value itself, an empty mapping where there is none."""
    if value is not None and not isinstance(value, dict):
        raise LayoutImportError(f"{where}: wanted a mapping, got {value!r:.60}")
    return value or {}


def _list(where: str, value: object) -> list[Any]:
    """The value itself, an empty list where there is none."""
    if value is not None and not isinstance(value, list):
        raise LayoutImportError(f"{where}: wanted a list, got {value!r:.60}")
    return value or []


def _numbers(where: str, values: object) -> list[float]:
    numbers = _list(where, values)
    if not all(isinstance(each, int | float) for each in numbers):
        raise LayoutImportError(f"{where}: wanted numbers, got {values!r:.60}")
    return numbers
