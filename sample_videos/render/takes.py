"""Renders a scene's raw pictures one after another, keeps them, and goes on after a stop."""

import logging

from sample_videos.render.outline import seen_bodies
from sample_videos.render.raw_picture import (
    RawPicture,
    keep_take,
    layers_of,
    load_take,
    missing_takes,
    take_path,
)
from sample_videos.render.scene import Scene
from sample_videos.render.stage import Stage, area, union

log = logging.getLogger(__name__)

FIRST_SAMPLES = 12  # a fixed camera's background is taken once, so it may cost more
WHOLE_SHARE = 0.7  # beyond this share of the picture, patching it is no cheaper


def render_takes(scene: Scene, threads: int = 1) -> None:
    """Render every picture of a scene that is not kept yet."""
    for layer in layers_of(scene):
        missing = missing_takes(scene, layer)
        if missing:
            _render_layer(scene, layer, missing, threads)


def _render_layer(scene: Scene, layer: str, missing: list[int], threads: int) -> None:
    stage = Stage(scene, layer, threads)
    samples = int(scene.raw.get("quality", {}).get("samples", 3))
    for frame in missing:
        before = None
        if frame > 0 and scene.camera_at(scene.time_of(frame)) == scene.camera_at(
            scene.time_of(frame - 1)
        ):
            before, _ = load_take(scene, layer, frame - 1)
        regions = _changed(stage, frame) if before is not None else [None]
        view = stage.put(scene.time_of(frame))
        is_first = before is None and scene.track is None
        stage.sharpen(FIRST_SAMPLES if is_first else samples)
        picture = before
        for region in regions:
            fresh = stage.take(region)
            picture = (
                fresh if picture is None or region is None else _patched(picture, fresh, region)
            )
        assert picture is not None
        bodies = seen_bodies(stage.bodies, picture.index, view, scene.time_of(frame))
        keep_take(take_path(scene, layer, frame), picture, bodies)
        log.info("%s %s %d/%d", scene.name, layer, frame + 1, scene.n_frames)


def _changed(stage: Stage, frame: int) -> list[tuple[int, int, int, int] | None]:
    """Regions in which a fixed camera's picture differs from the one before."""
    now_s, before_s = stage.scene.time_of(frame), stage.scene.time_of(frame - 1)
    moved = [
        b
        for b in stage.bodies
        if b.plan.motion.at(now_s) != b.plan.motion.at(before_s)
        and (
            abs(b.pose(now_s).travelled_m - b.pose(before_s).travelled_m) > 1e-3
            or abs(b.pose(now_s).heading_rad - b.pose(before_s).heading_rad) > 1e-3
        )
    ]
    regions: list[tuple[int, int, int, int] | None] = []
    for body in moved:
        body.put(before_s)
        old = stage.region_of(body, before_s)
        body.put(now_s)
        region = union(old, stage.region_of(body, now_s))
        if region is not None:
            regions.append(region)
    regions = _joined(regions)
    width, height = stage.scene.size
    if sum(area(r) for r in regions) > WHOLE_SHARE * width * height:
        return [None]
    return regions


def _joined(
    regions: list[tuple[int, int, int, int] | None],
) -> list[tuple[int, int, int, int] | None]:
    """Regions that overlap are rendered as one."""
    out = list(regions)
    for i in range(len(out)):
        for j in range(i + 1, len(out)):
            both = union(out[i], out[j])
            if area(both) < 1.15 * (area(out[i]) + area(out[j])):
                rest = [r for k, r in enumerate(out) if k not in (i, j)]
                return _joined([*rest, both])
    return out


def _patched(old: RawPicture, new: RawPicture, region: tuple[int, int, int, int]) -> RawPicture:
    x0, y0, x1, y1 = region
    out = RawPicture(old.light.copy(), old.depth_m.copy(), old.index.copy())
    height, width = old.index.shape
    # The outermost pixels of a part are left alone, unless they are the picture's own edge: the
    # denoiser saw nothing beyond them.
    cut = (slice(y0 + (y0 > 0), y1 - (y1 < height)), slice(x0 + (x0 > 0), x1 - (x1 < width)))
    for name in ("light", "depth_m", "index"):
        getattr(out, name)[cut] = getattr(new, name)[cut]
    return out
