"""Builds the ground and the still surroundings of a lot or a street."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.alignment import Alignment
from sample_videos.render.paints import PLASTER_COLOURS, PaintShop
from sample_videos.render.scene import Scene, Spot
from sample_videos.render.scenery import (
    hedge_shape,
    lamp_post_shape,
    mast_shape,
    row_of_houses,
    shelter_shape,
    sign_post_shape,
    tree_shape,
    turned,
)
from sample_videos.render.shape import Shape, placed
from sample_videos.render.solids import add_instance, add_solid, move
from sample_videos.render.track_work import lay_tracks

Array = NDArray[np.float64]

LINE_M = 0.12
RAIL_HEAD_M = 0.067
GAUGE_M = 1.435
PATCH_M, COVER_M = -0.009, -0.006  # heights: above a sunk bed, below the heads of the rails


def build_place(scene: Scene, shop: PaintShop, rng: np.random.Generator) -> list[Array]:
    """Build everything that never moves; returns where lamps hang, as (x, y, z)."""
    if scene.track is None:
        return _build_lot(scene, shop, rng)
    return _build_street(scene, scene.track, shop, rng)


def _build_lot(scene: Scene, shop: PaintShop, rng: np.random.Generator) -> list[Array]:
    part = scene.part
    ground = Shape()
    _plate(ground, (-300, 300), (-300, 300), -0.06, "grass")
    x0, x1, y0, y1 = part["asphalt"]
    _plate(ground, (x0, x1), (y0, y1), 0.0, part.get("surface", "asphalt"))
    for a, b, c, d in ((x0, x1, y0, y0), (x0, x1, y1, y1)):
        ground.box([(a + b) / 2, (c + d) / 2, 0.04], [b - a, 0.2, 0.2], "kerbstone")
    for x in (x0, x1):
        ground.box([x, (y0 + y1) / 2, 0.04], [0.2, y1 - y0, 0.2], "kerbstone")
    for strip in part.get("strips", []):
        _plate(ground, strip["x"], strip["y"], strip.get("z", 0.02), strip["surface"])
    add_solid(ground, "ground", shop.outfit())
    lines = Shape()
    drawn: set[tuple[float, ...]] = set()
    for spot in scene.spots:
        _mark_spot(lines, spot, drawn)
    add_solid(lines, "markings", shop.outfit())
    for row in part.get("houses", []):
        _add_houses(
            shop,
            rng,
            float(row["at"][0]),
            float(row["at"][1]),
            np.deg2rad(row.get("facing_deg", 0)),
            float(row["length"]),
            _lit(scene),
        )
    _plant(part.get("trees", []), shop, rng)
    for x, y, length, heading in part.get("hedges", []):
        solid = add_solid(hedge_shape(length), "hedge", shop.outfit())
        move(solid, placed(x, y, 0, np.deg2rad(heading)))
    lamps = []
    for x, y, heading in part.get("lamps", []):
        turn = float(np.deg2rad(heading))
        solid = add_solid(lamp_post_shape(), "lamp-post", shop.outfit())
        move(solid, placed(x, y, 0, turn))
        lamps.append(np.array([x + 1.2 * np.cos(turn), y + 1.2 * np.sin(turn), 7.0]))
    return lamps


def _mark_spot(lines: Shape, spot: Spot, drawn: set[tuple[float, ...]]) -> None:
    """Lines on three sides; neighbours share one, which must not be drawn twice."""
    paint = {"disabled": "blue_marking", "electric": "green_marking"}.get(spot.group, "marking")
    mouth_a, mouth_b, deep_b, deep_a = spot.outline_m
    for a, b in ((mouth_a, deep_a), (mouth_b, deep_b), (deep_a, deep_b)):
        key = tuple(np.round(np.concatenate([a, b]), 3).tolist())
        if key not in drawn:
            drawn.add(key)
            _line(lines, a, b, 0.006, paint)
    if paint != "marking":
        centre = spot.centre_m
        lines.quad(
            [[*(centre + d), 0.005] for d in ([-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5])],
            paint,
        )


def _line(lines: Shape, a: Array, b: Array, z: float, paint: str) -> None:
    along = (b - a) / np.linalg.norm(b - a)
    side = np.array([-along[1], along[0]]) * LINE_M / 2
    lines.quad([[*(p), z] for p in (a - side, b - side, b + side, a + side)], paint)


def _build_street(
    scene: Scene, track: Alignment, shop: PaintShop, rng: np.random.Generator
) -> list[Array]:
    part = scene.part
    side = {
        "bed": [-1.7, 4.9],
        "right_kerb": -4.9,
        "right_houses": -8.5,
        "left_kerb": 7.6,
        "left_houses": 11.5,
    } | part.get("section", {})
    ground = Shape()
    _plate(ground, (-600, 900), (-800, 800), -0.25, "grass")
    bed = part.get("surface", "asphalt")
    lanes, is_deep = part.get("lanes", "asphalt"), bed == "ballast" or "bed_m" in part
    if is_deep:  # lies lower than the lanes beside it
        _ribbon(ground, track, side["right_kerb"], side["bed"][0], -0.02, lanes)
        _ribbon(ground, track, side["bed"][1], side["left_kerb"], -0.02, lanes)
    else:
        _ribbon(ground, track, side["right_kerb"], side["left_kerb"], -0.02, lanes)
    _ribbon(
        ground,
        track,
        *side["bed"],
        float(part.get("bed_m", -0.12 if is_deep else -0.012)),
        bed if bed != "asphalt" else "old_asphalt",
    )
    for edge, far in (
        (side["right_kerb"], side["right_houses"]),
        (side["left_kerb"], side["left_houses"]),
    ):
        inner, outer = sorted([edge, far])
        if not part.get("kerbs", True):
            _ribbon(ground, track, inner, outer, -0.03, lanes)
            continue
        _ribbon(ground, track, inner, outer, 0.12, part.get("pavement", "paving"))
        away = np.sign(far - edge)
        _ribbon(
            ground,
            track,
            *sorted([edge - 0.02 * away, edge + 0.22 * away]),
            0.135,
            "kerbstone",
            0.2,
        )
    if "tracks" in part:
        lay_tracks(ground, track, part)
    else:
        for centre in (0.0, float(part.get("second_track", 3.2))):
            _rails(ground, track, centre, bed)
    for crossing in part.get("crossings", []):
        _zebra(ground, track, float(crossing), side)
    for a, b in part.get("cross_roads", []):
        _strip(ground, track, a, b, -45, 45, -0.006, "asphalt")
    for stop in part.get("platforms", []):
        _platform(ground, track, stop, shop)
    for a, b, left in part.get("lane_lines", []):
        for at in np.arange(a, b, 6.0):
            _strip(ground, track, at, at + 3, left - 0.06, left + 0.06, 0.004, "marking")
    for a, b, right, left, surface in part.get("patches", []):
        _strip(ground, track, a, b, right, left, PATCH_M, surface)
    for at, left in part.get("covers", []):
        _cover(ground, track, float(at), float(left))
    for a, b, left in part.get("side_roads", []):
        _strip(ground, track, a, b, *sorted([left, left * 6]), 0.137, "asphalt")
    add_solid(ground, "ground", shop.outfit())
    lamps = _line_masts(part, track, shop)
    _wires(track, part, shop)
    for left, turn in ((side["left_houses"], 0.0), (side["right_houses"], np.pi)):
        _street_houses(part, track, shop, rng, left, turn, _lit(scene))
    spacing = float(part.get("tree_spacing", 0))
    if spacing:
        spots = []
        for left in part.get("tree_rows", [side["right_kerb"] - 1.2, side["left_kerb"] + 1.2]):
            for at in np.arange(8, track.length_m - 5, spacing):
                if not any(a - 4 < at < b + 4 for a, b, _ in part.get("side_roads", [])):
                    x, y = track.to_world(at + rng.normal(0, 0.6), left)[0]
                    spots.append([float(x), float(y)])
        _plant(spots, shop, rng)
    for at, left in part.get("signs", []):
        (x, y), heading = track.to_world(at, left)[0], float(track.heading_at(at))
        solid = add_solid(sign_post_shape(), "sign", shop.outfit({"red_sign": (0.5, 0.02, 0.02)}))
        move(solid, placed(float(x), float(y), 0, heading))
    return lamps


def _plate(shape: Shape, x: Array, y: Array, z: float, paint: str) -> None:
    shape.quad([[x[0], y[0], z], [x[1], y[0], z], [x[1], y[1], z], [x[0], y[1], z]], paint)


def _strip(
    shape: Shape,
    track: Alignment,
    start: float,
    end: float,
    right: float,
    left: float,
    z: float,
    paint: str,
    thick: float = 0.0,
) -> None:
    along = np.linspace(start, end, max(2, int((end - start) / 1.0) + 1))
    a, b = track.to_world(along, right), track.to_world(along, left)
    n = len(along)
    top = np.vstack([np.column_stack([a, np.full(n, z)]), np.column_stack([b, np.full(n, z)])])
    shape.add(top, [(i, i + 1, n + i + 1, n + i) for i in range(n - 1)], paint, smooth=False)
    if thick:
        for line in (a, b):
            wall = np.vstack(
                [
                    np.column_stack([line, np.full(n, z)]),
                    np.column_stack([line, np.full(n, z - thick)]),
                ]
            )
            shape.add(
                wall, [(i, i + 1, n + i + 1, n + i) for i in range(n - 1)], paint, smooth=False
            )


def _ribbon(
    shape: Shape,
    track: Alignment,
    right: float,
    left: float,
    z: float,
    paint: str,
    thick: float = 0.0,
) -> None:
    _strip(shape, track, -30, track.length_m, right, left, z, paint, thick)


def _rails(shape: Shape, track: Alignment, centre: float, bed: str) -> None:
    for hand in (-1, 1):
        inner = centre + hand * GAUGE_M / 2
        outer = inner + hand * RAIL_HEAD_M
        high = 0.0
        _ribbon(shape, track, *sorted([inner, outer]), high, "steel", 0.15)
        if bed != "ballast":
            _ribbon(shape, track, *sorted([inner, inner - hand * 0.045]), -0.006, "groove")
    if bed == "ballast":
        for at in np.arange(0, track.length_m, 0.65):
            (x, y), heading = track.to_world(at, centre)[0], float(track.heading_at(at))
            sleeper = Shape()
            sleeper.box([0, 0, -0.16], [0.24, 2.4, 0.14], "sleeper")
            shape.merge(sleeper, placed(float(x), float(y), 0, heading))


def _zebra(shape: Shape, track: Alignment, at: float, side: dict[str, float]) -> None:
    for left in np.arange(side["right_kerb"] + 0.4, side["left_kerb"] - 0.4, 1.0):
        _strip(shape, track, at - 1.6, at + 1.6, left, left + 0.5, 0.0, "marking")


def _cover(shape: Shape, track: Alignment, at: float, left: float) -> None:
    """A round cover of a manhole, let into the ground."""
    x, y = track.to_world(at, left)[0]
    shape.disc([x, y, COVER_M], [0, 0, 1], 0.34, 0.002, "kerbstone")
    shape.disc([x, y, COVER_M + 0.002], [0, 0, 1], 0.29, 0.002, "rust")


def _platform(
    shape: Shape,
    track: Alignment,
    stop: dict[str, float],
    shop: PaintShop,
) -> None:
    edge, width = float(stop["edge"]), float(stop["width"])
    far = edge + width * np.sign(edge)
    _strip(shape, track, stop["from"], stop["to"], *sorted([edge, far]), 0.28, "platform", 0.4)
    near = sorted([edge + 0.35 * np.sign(edge), edge + 0.55 * np.sign(edge)])
    _strip(shape, track, stop["from"], stop["to"], *near, 0.284, "marking")
    for share in (0.35, 0.75):
        at = stop["from"] + share * (stop["to"] - stop["from"])
        (x, y), heading = (
            track.to_world(at, far - 1.5 * np.sign(edge))[0],
            float(track.heading_at(at)),
        )
        solid = add_solid(shelter_shape(), "shelter", shop.outfit({"awning": (0.2, 0.3, 0.5)}))
        move(solid, placed(float(x), float(y), 0.28, heading + (np.pi if edge < 0 else 0)))


def _line_masts(part: dict[str, object], track: Alignment, shop: PaintShop) -> list[Array]:
    lamps = []
    left = float(part.get("masts_at", float(part.get("second_track", 3.2)) / 2))
    mast = add_solid(mast_shape(abs(left)), "mast", shop.outfit())
    for at in np.arange(14, track.length_m - 5, 28.0):
        (x, y), heading = track.to_world(at, left)[0], float(track.heading_at(at))
        turn = heading + (-np.pi / 2 if left > 0 else np.pi / 2)
        move(add_instance(mast.data, "mast"), placed(float(x), float(y), 0, turn))
    move(mast, placed(-200.0, -200.0))
    post = add_solid(lamp_post_shape(7.5, 1.6), "lamp-post", shop.outfit())
    for n, at in enumerate(np.arange(6, track.length_m - 5, 24.0)):
        edge = float(part.get("lamps_right", -5.6)) if n % 2 else float(part.get("lamps_left", 8.4))
        (x, y), heading = track.to_world(at, edge)[0], float(track.heading_at(at))
        turn = heading + (np.pi / 2 if edge < 0 else -np.pi / 2)
        move(add_instance(post.data, "lamp-post"), placed(float(x), float(y), 0.1, turn))
        lamps.append(np.array([x + 1.6 * np.cos(turn), y + 1.6 * np.sin(turn), 7.4]))
    move(post, placed(-200.0, -210.0))
    return lamps


def _wires(track: Alignment, part: dict[str, object], shop: PaintShop) -> None:
    wires = Shape()
    for centre in (0.0, float(part.get("second_track", 3.2))):
        along = np.arange(-20, track.length_m, 4.0)
        for z, thick in ((5.6, 0.012), (6.15, 0.01)):
            points = np.column_stack([track.to_world(along, centre), np.full(len(along), z)])
            for a, b in pairwise(points):
                wires.limb(a, b, (thick, thick), "black")
    add_solid(wires, "wires", shop.outfit())


def _street_houses(
    part: dict[str, object],
    track: Alignment,
    shop: PaintShop,
    rng: np.random.Generator,
    left: float,
    turn: float,
    lit: float,
) -> None:
    gaps = [(a, b) for a, b, side in part.get("side_roads", []) if (side > 0) == (left > 0)]
    if part.get("open_side") in ("left" if left > 0 else "right", "both"):
        return
    for at, shape in row_of_houses(rng, track.length_m + 25, lit):
        at -= 20
        if any(a - 6 < at < b + 6 for a, b in gaps):
            continue
        (x, y), heading = track.to_world(at, left)[0], float(track.heading_at(at))
        colours = {
            "plaster": PLASTER_COLOURS[rng.integers(len(PLASTER_COLOURS))],
            "awning": (float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.05, 0.3)), 0.1),
        }
        solid = add_solid(shape, "house", shop.outfit(colours))
        move(solid, placed(float(x), float(y), 0.1, heading + turn))
    end, heading = (
        track.to_world(track.length_m + 12, 0)[0],
        float(track.heading_at(track.length_m)),
    )
    for at, shape in row_of_houses(rng, 90, lit):
        across = at - 45
        x, y = end[0] - across * np.sin(heading), end[1] + across * np.cos(heading)
        colours = {"plaster": PLASTER_COLOURS[rng.integers(len(PLASTER_COLOURS))]}
        move(add_solid(shape, "house", shop.outfit(colours)), placed(x, y, 0, heading - np.pi / 2))


def _add_houses(
    shop: PaintShop,
    rng: np.random.Generator,
    x: float,
    y: float,
    turn: float,
    length: float,
    lit: float,
) -> None:
    for at, shape in row_of_houses(rng, length, lit):
        colours = {
            "plaster": PLASTER_COLOURS[rng.integers(len(PLASTER_COLOURS))],
            "awning": (float(rng.uniform(0.05, 0.5)), 0.1, 0.1),
        }
        whole = turned(shape, at, 0, 0)
        solid = add_solid(whole, "house", shop.outfit(colours))
        move(solid, placed(x, y, 0, turn))


def _plant(spots: list[list[float]], shop: PaintShop, rng: np.random.Generator) -> None:
    if not spots:
        return
    kinds = [add_solid(tree_shape(rng, h), "tree", shop.outfit()) for h in (5.5, 7.0, 8.0)]
    for kind in kinds:
        move(kind, placed(-250.0, -250.0))
    for x, y in spots:
        tree = add_instance(kinds[rng.integers(3)].data, "tree")
        move(tree, placed(x, y, 0, float(rng.uniform(0, 6.28))))


def _lit(scene: Scene) -> float:
    return float(scene.raw["light"].get("windows", 0.0))
