"""Outlines in JSON: COCO, Ultralytics' bounding boxes, GeoJSON, and plain lists."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline

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
    annotations = parsed["annotations"]
    if not isinstance(annotations, list):
        raise LayoutImportError(f"{path}: annotations: wanted a list, got {annotations!r:.60}")
    categories = {
        each["id"]: str(each.get("name", ""))
        for each in parsed.get("categories", [])
        if isinstance(each, dict) and "id" in each
    }
    images = {each.get("image_id") for each in annotations if isinstance(each, dict)}
    if len(images) > 1:
        raise LayoutImportError(
            f"{path}: wanted the outlines of one picture, got those of {len(images)}"
        )
    for number, each in enumerate(annotations):
        where = f"{path}: annotations.{number}"
        if not isinstance(each, dict):
            raise LayoutImportError(f"{where}: wanted an annotation, got {each!r:.60}")
        rings, box = each.get("segmentation"), each.get("bbox")
        if isinstance(rings, list) and rings and isinstance(rings[0], list):
            flat = rings[0]
            points: Any = list(zip(flat[::2], flat[1::2], strict=len(flat) % 2 == 0))
        elif isinstance(box, list) and len(box) == 4:
            left, top, width, height = box
            right, bottom = left + width, top + height
            points = [(left, top), (right, top), (right, bottom), (left, bottom)]
        else:
            raise LayoutImportError(f"{where}: wanted a segmentation of polygons or a bbox")
        attributes = each.get("attributes") or {}
        name = attributes.get("name") or attributes.get("id")
        yield outline(where, name, points, categories.get(each.get("category_id"), ""))


def _geojson(path: Path, parsed: dict[str, Any]) -> Iterator[Outline]:
    for number, feature in enumerate(parsed.get("features") or []):
        where = f"{path}: features.{number}"
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
            raise LayoutImportError(f"{where}: wanted a Polygon or a MultiPolygon, got {kind}")
        coordinates = geometry.get("coordinates")
        properties = feature.get("properties") or {}
        name = properties.get("id") or properties.get("name") or feature.get("id")
        for rings in [coordinates] if kind == "Polygon" else coordinates or [None]:
            if not isinstance(rings, list) or not rings:
                raise LayoutImportError(f"{where}: the {kind} has no coordinates")
            yield outline(where, name, [point[:2] for point in rings[0]], properties.get("group"))
