"""Sets up a scene in Blender and takes raw pictures of it: light, distance and who is where."""

import math
import os
import tempfile
from pathlib import Path

import bpy
import numpy as np
import OpenEXR
from mathutils import Matrix
from numpy.typing import NDArray

from sample_videos.render.cars import FORMS
from sample_videos.render.cast import Body, build_cast
from sample_videos.render.light import (
    add_cab_light,
    add_daylight,
    add_headlights,
    add_lamps,
    sun_direction,
)
from sample_videos.render.paints import PaintShop
from sample_videos.render.pinhole import Pinhole, undistorted
from sample_videos.render.places import build_place
from sample_videos.render.raw_picture import RawPicture
from sample_videos.render.scene import Scene

Array = NDArray[np.float64]

SENSOR_MM = 36.0
REGION_MARGIN_PX = 14


class Stage:
    """One scene built in Blender; `layer` picks the light: all, day (sun, sky) or lamps."""

    def __init__(self, scene: Scene, layer: str = "all", threads: int = 1) -> None:
        self.scene = scene
        rng = np.random.default_rng(scene.seed)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        light = dict(scene.raw["light"])
        glow = float(light.get("lamps", 0.0)) if layer != "day" else 0.0
        if layer == "lamps":
            light |= {"sun": 0.0, "sky": 0.0}
        shop = PaintShop(rng, bool(scene.raw.get("weather", {}).get("wet")), glow)
        lamp_places = build_place(scene, shop, rng)
        self.bodies = build_cast(scene, shop, rng)
        add_daylight(light)
        self._cab_light = None
        if glow:
            add_lamps(lamp_places, glow)
            for body in self.bodies:
                if body.plan.kind == "car" and not body.body_id.startswith("parked"):
                    add_headlights(
                        body, FORMS[body.plan.look.get("form", "saloon")].length_m / 2, glow
                    )
            if scene.track is not None:
                self._cab_light = add_cab_light(glow)
        self._camera = _add_camera(scene)
        _set_up(scene, threads)

    def put(self, time_s: float) -> Pinhole:
        """Move everybody to where they are at a time; returns the camera."""
        for body in self.bodies:
            body.put(time_s)
        view = self.scene.camera_at(time_s)
        right, down, forward = view.axes()
        turn = np.column_stack([right, -down, -forward])
        matrix = Matrix(turn.tolist()).to_4x4()
        matrix.translation = view.position_m
        self._camera.matrix_world = matrix
        if self._cab_light is not None:
            self._cab_light.matrix_world = matrix
            self._cab_light.location.z = 0.9
        return view

    def take(self, region: tuple[int, int, int, int] | None = None) -> RawPicture:
        """Render the posed scene, or only the region (x0, y0, x1, y1) px of it."""
        render = bpy.context.scene.render
        width, height = self.scene.size
        render.use_border = region is not None
        if region is not None:
            x0, y0, x1, y1 = region
            render.border_min_x, render.border_max_x = x0 / width, x1 / width
            render.border_min_y, render.border_max_y = 1 - y1 / height, 1 - y0 / height
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "raw.exr"
            render.filepath = str(path)
            with _Quiet():
                bpy.ops.render.render(write_still=True)
            return _read(path)

    def sharpen(self, samples: int) -> None:
        """Set the samples per pixel of the pictures taken from now on."""
        bpy.context.scene.cycles.samples = samples

    def region_of(self, body: Body, time_s: float) -> tuple[int, int, int, int] | None:
        """Pixels that a body and its shadows may touch at a time; None outside the picture."""
        view = self.scene.camera_at(time_s)
        points = body.world_points(time_s)
        low, high = points.min(axis=0), points.max(axis=0)
        corners = np.array(
            [
                [x, y, z]
                for x in (low[0], high[0])
                for y in (low[1], high[1])
                for z in (low[2], high[2])
            ]
        )
        light = self.scene.raw["light"]
        fall = sun_direction(light)
        reach = min(1 / max(0.15, -fall[2]), 4.0)
        cast = corners + fall * (corners[:, 2:] * reach)
        cast[:, 2] = 0
        seen = [corners, cast] if float(light.get("sun", 0)) > 0 else [corners]
        spread = 2.2 if float(light.get("lamps", 0)) else 0.8
        middle = (low + high) / 2
        ground = corners.copy()
        ground[:, :2] += np.sign(corners[:, :2] - middle[:2]) * spread
        ground[:, 2] = 0
        pixels, depth = view.project(np.vstack([*seen, ground]))
        if (depth < 0.3).any():
            return (0, 0, *self.scene.size)
        x0, y0 = np.floor(pixels.min(axis=0)).astype(int) - REGION_MARGIN_PX
        x1, y1 = np.ceil(pixels.max(axis=0)).astype(int) + REGION_MARGIN_PX
        width, height = self.scene.size
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
        return (int(x0), int(y0), int(x1), int(y1)) if x0 < x1 and y0 < y1 else None


def _add_camera(scene: Scene) -> bpy.types.Object:
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_width = "HORIZONTAL", SENSOR_MM
    data.lens = float(scene.raw["camera"]["focal_px"]) * SENSOR_MM / scene.size[0]
    data.clip_start, data.clip_end = 0.05, 2000
    view = scene.camera_at(0.0)
    if view.distortion:
        _distort(data, view)
    camera = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return camera


def _distort(data: bpy.types.Camera, view: Pinhole) -> None:
    """Give the camera a lens whose angle of view over the sensor's radius is a fitted polynomial.

    Raises ValueError where the lens would not reach the corners of the picture.
    """
    mm_per_px = SENSOR_MM / view.width_px
    corner_px = math.hypot(view.width_px, view.height_px) / 2
    radius_px = np.linspace(0, corner_px, 200)
    offsets = np.column_stack([radius_px / view.focal_px, np.zeros(200)])
    angle_rad = np.arctan(undistorted(offsets, view.distortion)[:, 0])
    if np.isnan(angle_rad).any():
        raise ValueError(
            f"distortion {view.distortion} leaves the corners black at focal_px {view.focal_px}: "
            "choose a weaker one or a longer focal length"
        )
    terms = np.linalg.lstsq(
        np.column_stack([(radius_px * mm_per_px) ** n for n in range(1, 5)]), angle_rad, rcond=None
    )[0]
    data.type = "PANO"
    data.panorama_type = "FISHEYE_LENS_POLYNOMIAL"
    data.fisheye_fov = math.pi
    data.fisheye_polynomial_k0 = 0.0
    for name, term in zip(("k1", "k2", "k3", "k4"), terms, strict=True):
        setattr(data, f"fisheye_polynomial_{name}", -float(term))  # Cycles counts angles downwards


def _set_up(scene: Scene, threads: int) -> None:
    it = bpy.context.scene
    it.render.engine = "CYCLES"
    it.render.resolution_x, it.render.resolution_y = scene.size
    it.render.resolution_percentage = 100
    it.render.use_persistent_data = True
    it.render.threads_mode, it.render.threads = "FIXED", threads
    quality = scene.raw.get("quality", {})
    cycles = it.cycles
    cycles.device, cycles.seed = "CPU", scene.seed
    cycles.samples = int(quality.get("samples", 3))
    cycles.use_adaptive_sampling = False
    cycles.use_light_tree = bool(scene.raw["light"].get("lamps"))
    it.world.cycles.sampling_method, it.world.cycles.sample_map_resolution = "MANUAL", 128
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 1, 0, 1
    cycles.transmission_bounces = cycles.transparent_max_bounces = 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 3.0
    cycles.sample_clamp_direct = 20.0
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"
    layer = it.view_layers[0]
    layer.use_pass_object_index = layer.use_pass_z = True
    image = it.render.image_settings
    image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "16", "NONE"


def _read(path: Path) -> RawPicture:
    channels: dict[str, Array] = {}
    for part in OpenEXR.File(str(path)).parts:
        for name, channel in part.channels.items():
            channels[name.split(".", 1)[-1]] = channel.pixels
    combined = channels["Combined"]
    index = channels["Object Index.X"] if "Object Index.X" in channels else channels["IndexOB.X"]
    depth = next(v for k, v in channels.items() if k.startswith("Depth"))
    return RawPicture(
        np.clip(combined[..., :3], 0, 6e4).astype(np.float16),
        np.clip(depth, 0, 6e4).astype(np.float16).reshape(index.shape),
        np.round(index).astype(np.uint8),
    )


class _Quiet:
    """Keeps Blender's progress lines off the terminal while it renders."""

    def __enter__(self) -> None:
        self._kept = os.dup(1)
        self._null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(self._null, 1)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 1)
        os.close(self._null)
        os.close(self._kept)


def union(
    a: tuple[int, int, int, int] | None, b: tuple[int, int, int, int] | None
) -> tuple[int, int, int, int] | None:
    """The smallest region that holds both."""
    if a is None or b is None:
        return a or b
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def area(region: tuple[int, int, int, int] | None) -> float:
    """Pixels in a region."""
    return 0.0 if region is None else math.prod((region[2] - region[0], region[3] - region[1]))
