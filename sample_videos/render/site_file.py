"""Writes the site file that tells the service what a clip's camera looks at."""

from pathlib import Path
from typing import Any

import yaml

from sample_videos.render.scene import Scene
from sample_videos.render.truth import GAUGE_M, MARGIN_M, VEHICLE_WIDTH_M, spot_polygon
from sample_videos.render.violations import zone_outline_m


class _Dumper(yaml.SafeDumper):
    """Keeps coordinates and calibrations on one line."""


def _as_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    is_flat = all(isinstance(i, int | float) for i in items) or all(
        isinstance(i, list) and len(i) == 2 for i in items
    )
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=is_flat)


_Dumper.add_representer(list, _as_list)


def write_site(scenes: list[Scene], site_id: str, title: str, path: Path) -> None:
    """Write one site with a camera per scene; scenes of one lot share their spots' ids."""
    site: dict[str, Any] = {
        "site": site_id.replace("_", "-"),
        "name": title,
        "cameras": [_camera(scene) for scene in scenes],
    }
    if scenes[0].mission == "parking":
        site["lots"] = [{"id": "main", "name": "Main lot"}]
    before = path.read_text() if path.exists() else ""
    # limits, and why they are so, are set by hand where replays are judged
    _, mark, limits = before.partition("\nexpect:")
    path.write_text(
        f"# Written by the renderer from the scene {scenes[0].name}\n"
        + yaml.dump(site, Dumper=_Dumper, sort_keys=False, width=100)
        + (mark + limits).lstrip("\n")
    )


def write_speeds(scene: Scene, path: Path) -> None:
    """Write the tram's own speed, ten times a second."""
    rows = [
        f"{i / 10:.1f},{scene.speed_at(i / 10):.3f}"
        for i in range(round(scene.duration_s * 10) + 1)
    ]
    path.write_text("t_s,speed_mps\n" + "\n".join(rows) + "\n")


def has_changing_speed(scene: Scene) -> bool:
    """Whether the tram's speed needs a file of its own."""
    return scene.track is not None and len({v for _, v in scene.raw["ego"]["speed"]}) > 1


def _camera(scene: Scene) -> dict[str, Any]:
    camera: dict[str, Any] = {
        "id": scene.raw.get("camera_id", "cab" if scene.track is not None else "north"),
        "mission": scene.mission,
        "source": f"{scene.name}.mp4",
    }
    if scene.track is None:
        camera["width_px"], camera["height_px"] = scene.size
        rules = scene.raw.get("rules", {})
        camera["spots"] = [
            {
                "id": s.spot_id,
                "lot": "main",
                "group": s.group,
                **rules.get("spots", {}).get(s.spot_id, {}),
                "polygon": spot_polygon(scene, s.outline_m, 0.0),
            }
            for s in scene.shown_spots
        ]
        zones = [
            {
                "id": zone["id"],
                "kind": zone["kind"],
                "max_stop_s": zone["max_stop_s"],
                "polygon": spot_polygon(scene, zone_outline_m(zone), 0.0),
            }
            for zone in rules.get("zones", [])
        ]
        return camera | ({"zones": zones} if zones else {})
    view = scene.raw["camera"]
    camera["tram"] = {
        "camera": {
            "height_m": view["height_m"],
            "pitch_deg": view["pitch_deg"],
            "focal_px": view["focal_px"],
            "principal_px": [v / 2 for v in scene.size],
            "lateral_offset_m": 0.0,
        },
        "gauge_m": GAUGE_M,
        "vehicle_width_m": VEHICLE_WIDTH_M,
        "margin_m": MARGIN_M,
        "front_offset_m": 0.0,
    }
    if has_changing_speed(scene):
        camera["tram"]["speed_csv"] = f"{scene.name}.speed.csv"
    else:
        camera["tram"]["speed_mps"] = scene.speed_at(0.0)
    return camera
