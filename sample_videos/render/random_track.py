"""Random tracks: their makes, beds and neighbours, and the camera of a cab above them."""

from typing import Any

import numpy as np

SUNK_BEDS = ("asphalt", "old_asphalt", "grass", "worn_grass", "dry_grass", "paving", "cobbles",
             "bricks", "concrete", "earth", "slush")  # fmt: skip
OPEN_BEDS = ("ballast", "dark_ballast", "brown_ballast", "ballast", "earth", "worn_grass", "snow")
GREEN = ("grass", "worn_grass", "dry_grass", "earth", "dark_ballast", "snow")
HEADS = ("steel", "bright_steel", "dull_steel", "rust")
SIZE_PX = [512, 288]


def random_make(rng: np.random.Generator, is_sunk: bool) -> dict[str, Any]:
    """How the rails are laid: sunk in a surface, or raised on sleepers."""
    make: dict[str, Any] = {
        "head": str(rng.choice(HEADS, p=[0.4, 0.25, 0.2, 0.15])),
        "web": str(rng.choice(["rail_foot", "rust", "dull_steel"])),
        "is_sunk": is_sunk,
    }
    if is_sunk:
        if rng.random() < 0.35:
            make |= {"strip": str(rng.choice(SUNK_BEDS)), "strip_m": float(rng.uniform(1.44, 2.6))}
        if rng.random() < 0.3:
            make |= {"edge": str(rng.choice(["concrete", "asphalt", "kerbstone", "cobbles"])),
                     "edge_m": float(rng.uniform(0.06, 0.4))}  # fmt: skip
    elif rng.random() < 0.9:
        make |= {
            "sleeper": str(rng.choice(["sleeper", "wooden_sleeper", "rust"], p=[0.5, 0.4, 0.1])),
            "sleeper_every_m": float(rng.uniform(0.55, 0.8)),
            "sleeper_wide_m": float(rng.uniform(0.18, 0.32)),
            "sleeper_long_m": float(rng.uniform(2.2, 2.7)),
            "sleeper_top_m": float(rng.uniform(-0.17, -0.1)),
        }
    return make


def random_courses(rng: np.random.Generator) -> list[dict[str, Any]]:
    """The own track and none to three more beside it, and sometimes a switch."""
    apart = float(rng.uniform(3.0, 4.6))
    lefts = [s * apart for s in (1, -1, 2, -2)]
    rng.shuffle(lefts)
    count = int(rng.choice([0, 1, 2, 3], p=[0.2, 0.5, 0.2, 0.1]))
    courses: list[dict[str, Any]] = [{"left_m": 0.0, "is_own": True}]
    courses += [{"left_m": float(left)} for left in lefts[:count]]
    if rng.random() < 0.35:
        start = float(rng.choice([c["left_m"] for c in courses]))
        courses.append({
            "left_m": start,
            "parts_at_m": float(rng.uniform(20, 60)),
            "radius_m": float(rng.choice([-1, 1]) * rng.uniform(45, 220)),
        })  # fmt: skip
    return courses


def random_place(rng: np.random.Generator) -> dict[str, Any]:
    """A street with sunk track, a reserved bed, or open railway land."""
    kind = str(rng.choice(["street", "reserve", "railway"], p=[0.5, 0.25, 0.25]))
    is_sunk = kind == "street" or (kind == "reserve" and rng.random() < 0.5)
    courses = random_courses(rng)
    lefts = [c["left_m"] for c in courses]
    beside = float(rng.uniform(1.3, 2.4))
    low, high = min(lefts) - beside, max(lefts) + beside
    lane, walk = float(rng.uniform(2.8, 7.0)), float(rng.uniform(2.0, 5.0))
    place: dict[str, Any] = {
        "kind": "street",
        "segments": random_segments(rng),
        "surface": str(rng.choice(SUNK_BEDS if is_sunk else OPEN_BEDS)),
        "make": random_make(rng, is_sunk),
        "tracks": courses,
        "second_track": float(lefts[1]) if len(lefts) > 1 else 0.0,
        "masts_at": float(rng.choice([low - 0.6, high + 0.6])),
        "section": {
            "bed": [low, high],
            "right_kerb": low - lane, "left_kerb": high + lane,
            "right_houses": low - lane - walk, "left_houses": high + lane + walk,
        },
        "lamps_right": low - lane - 0.7, "lamps_left": high + lane + 0.8,
        "tree_spacing": float(rng.choice([0, 9, 14, 20])),
        "lanes": str(rng.choice(["asphalt", "asphalt", "old_asphalt", "cobbles", "paving"])),
        "pavement": str(rng.choice(["paving", "concrete", "bricks", "old_asphalt"])),
        "crossings": [float(rng.uniform(22, 70))] if rng.random() < 0.35 else [],
        "parked_beside": [
            {"from": 14, "to": 110, "left": low - lane + 1.1, "chance": float(rng.uniform(0, 0.8))},
            {"from": 14, "to": 110, "left": high + lane - 1.1, "chance": float(rng.uniform(0, 0.8)),
             "oncoming": True},
        ],
        "crowds": [
            {"count": int(rng.integers(0, 7)), "along": [16, 90], "left": side, "walking": 0.7}
            for side in ([low - lane - walk + 0.4, low - lane - 0.4],
                         [high + lane + 0.4, high + lane + walk - 0.4])
        ],
        "lane_lines": [[10, 150, low - float(rng.uniform(0.2, 2.5))]]
        if rng.random() < 0.5 else [],
        "cross_roads": [[a, a + float(rng.uniform(5, 12))] for a in rng.uniform(24, 80, 1)]
        if is_sunk and rng.random() < 0.25 else [],
    }  # fmt: skip
    if not is_sunk:
        place["bed_m"] = float(rng.uniform(-0.19, -0.11))
    if kind != "street":
        place["lanes"] = str(rng.choice(GREEN))
        place["crossings"], place["lane_lines"] = [], []
    if kind == "railway":
        place |= {"kerbs": False, "open_side": str(rng.choice(["both", "left", "right"]))}
        place["parked_beside"] = []
    elif rng.random() < 0.4:
        stop = float(rng.uniform(14, 45))
        edge = high if rng.random() < 0.5 else low
        place["platforms"] = [{"from": stop, "to": stop + 30, "edge": edge, "width": 2.6}]
    return place


def random_segments(rng: np.random.Generator) -> list[list[float]]:
    """Straight, one bend, or a bend after another, of many radii."""
    radii = [
        float(rng.choice([-1, 1]) * r) for r in np.exp(rng.uniform(np.log(28), np.log(500), 2))
    ]
    form = str(rng.choice(["straight", "bend", "wave"], p=[0.25, 0.5, 0.25]))
    if form == "straight":
        return [[200.0, 0.0]]
    first = float(rng.uniform(8, 60))
    long = min(60.0, 1.5 * abs(radii[0]))
    if form == "bend":
        return [[first, 0.0], [long, radii[0]], [90.0, 0.0]]
    return [[first, 0.0], [long, radii[0]], [40.0, -radii[0] * float(rng.uniform(0.6, 2))],
            [60.0, 0.0]]  # fmt: skip


def random_cab(rng: np.random.Generator) -> dict[str, Any]:
    """A camera behind some windscreen: low or high, a little aside and askew."""
    focal = float(np.exp(rng.uniform(np.log(270), np.log(760))))
    height = float(rng.uniform(1.2, 4.0))
    return {
        "height_m": height,
        "pitch_deg": float(rng.normal(3.0, 3.5)) + 1.2 * height * 280 / focal,
        "focal_px": focal,
        "noise": float(rng.uniform(0.6, 2.0)),
        "roll_deg": float(rng.normal(0, 1.2)),
        "push": {"at_s": -1.0, "yaw_deg": float(rng.normal(0, 2.5))},
    }
