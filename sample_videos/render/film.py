"""Develops raw pictures as a camera would: exposure, glare, noise, rain, and a troubled lens."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.raw_picture import RawPicture, layers_of, load_take
from sample_videos.render.scene import Scene

Image = NDArray[np.uint8]
Light = NDArray[np.float32]

MIDDLE_GREY = 0.2
FOG_COLOUR = (0.72, 0.75, 0.79)


class Film:
    """Develops one clip; frames may be asked for in any order and always come out the same.

    With a `still`, that one raw picture is the whole clip.
    """

    def __init__(self, scene: Scene, still: RawPicture | None = None) -> None:
        self.scene = scene
        self._still = still
        self._film: dict[str, Any] = scene.raw.get("film", {})
        self._weather: dict[str, Any] = scene.raw.get("weather", {})
        self._gains = self._exposures()
        rng = np.random.default_rng(scene.seed + 5)
        self._drops = [
            (rng.random(), rng.random(), rng.uniform(4, 13), rng.uniform(0, 0.7))
            for _ in range(int(self._weather.get("drops", 0)))
        ]
        self._dirt = _blotches(rng, scene.size)

    def frame(self, number: int) -> Image:
        """The developed picture (H, W, 3) BGR."""
        number = self.source_of(number)
        time_s = self.scene.time_of(number)
        rng = np.random.default_rng([self.scene.seed, number])
        light, depth_m = self._light(number)
        light = self._air(light, depth_m, rng)
        light = self._glare(light)
        light = self._lens(light, time_s)
        picture = self._sensor(light * self._gains[number], self._gains[number], rng)
        return np.ascontiguousarray(picture[..., ::-1])

    def source_of(self, number: int) -> int:
        """The frame really shown: a frozen camera repeats its last one."""
        frozen = self._film.get("frozen_from_s")
        if frozen is None:
            return number
        return min(number, int(float(frozen) * self.scene.fps))

    def _light(self, number: int) -> tuple[Light, Light]:
        if self._still is not None:
            return self._still.light.astype(np.float32), self._still.depth_m.astype(np.float32)
        time_s = self.scene.time_of(number)
        total, depth = None, None
        for layer in layers_of(self.scene):
            raw, _ = load_take(self.scene, layer, number)
            share = self._share(layer, time_s)
            part = raw.light.astype(np.float32) * np.array(share, np.float32)
            total = part if total is None else total + part
            depth = raw.depth_m.astype(np.float32)
        assert total is not None
        assert depth is not None
        return total, depth

    def _share(self, layer: str, time_s: float) -> tuple[float, float, float]:
        if layer == "all":
            return 1.0, 1.0, 1.0
        knots = np.array(self.scene.raw["light"]["over_time"][layer], float)
        share = float(np.interp(time_s, knots[:, 0], knots[:, 1]))
        if layer == "lamps":
            return share, share, share
        # Fading daylight turns blue.
        cool = 1 - min(1.0, share * 2.5)
        return share * (1 - 0.35 * cool), share * (1 - 0.12 * cool), share * (1 + 0.2 * cool)

    def _exposures(self) -> NDArray[np.float64]:
        """The gain of every frame: follows the light slowly and never all the way."""
        gains = []
        highest = float(self._film.get("max_gain", 6.0))
        grey = float(self._film.get("grey", MIDDLE_GREY))
        for number in range(self.scene.n_frames):
            light, _ = self._light(number)
            small = light[::6, ::6].mean(axis=2)
            mean = float(np.exp(np.log(small + 2e-3).mean()))
            gains.append(min(highest, (grey / mean) ** 0.85))
        kernel = np.ones(9) / 9
        return np.convolve(np.pad(gains, 4, mode="edge"), kernel, "valid")

    def _air(self, light: Light, depth_m: Light, rng: np.random.Generator) -> Light:
        reach = float(self._weather.get("fog_m", 0)) or (
            900.0 if self.scene.mission == "tram" else 0.0
        )
        if reach:
            far = np.exp(-np.minimum(depth_m, 3000) / reach)[..., None]
            base = np.percentile(light, 97) * np.array(FOG_COLOUR, np.float32)
            light = light * far + base * (1 - far) * float(self._weather.get("fog_light", 0.8))
        rain = float(self._weather.get("rain", 0))
        if rain:
            light = (
                light * (1 - 0.04 * rain) + _streaks(light.shape, rain, rng) * light.mean() * 0.55
            )
        return light.astype(np.float32)

    def _glare(self, light: Light) -> Light:
        amount = float(self._film.get("glare", 0.03))
        bright = np.clip(light, 0, 40)
        soft = (
            cv2.GaussianBlur(bright, (0, 0), 3) * 0.6 + cv2.GaussianBlur(bright, (0, 0), 14) * 0.4
        )
        return light * (1 - amount) + soft * amount

    def _lens(self, light: Light, time_s: float) -> Light:
        height, width = light.shape[:2]
        for x, y, radius, slide in self._drops:
            light = _drop(light, x * width, (y + slide * 0.02 * time_s) % 1 * height, radius)
        dirt = self._film.get("dirt")
        if dirt:
            knots = np.array(dirt, float)
            share = float(np.interp(time_s, knots[:, 0], knots[:, 1]))
            veil = np.clip((self._dirt - (1 - share)) * 5, 0, 1)[..., None] * 0.93
            haze = cv2.GaussianBlur(light, (0, 0), 18) * 0.45 + 0.03 * light.mean()
            light = light * (1 - veil) + haze * veil
        cover = self._film.get("covered")
        if cover:
            knots = np.array(cover, float)
            share = float(np.interp(time_s, knots[:, 0], knots[:, 1]))
            light = light * _uncovered((height, width), share)[..., None]
        yy, xx = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        return (light * (1 - 0.16 * (xx**2 + yy**2) / 2)[..., None]).astype(np.float32)

    def _sensor(self, light: Light, gain: float, rng: np.random.Generator) -> Image:
        noise = float(self.scene.raw["camera"].get("noise", 1.0))
        grain = rng.normal(size=light.shape).astype(np.float32)
        grain = grain * 0.7 + cv2.GaussianBlur(grain, (0, 0), 0.8) * 0.9
        spread = noise * np.sqrt(
            2.5e-5 * max(1.0, gain) * np.maximum(light, 0) + (6e-4 * gain) ** 2
        )
        light = np.maximum(light + grain * spread, 0)
        toned = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
        picture = np.clip(toned, 0, 1) ** (1 / 2.2)
        soft = cv2.GaussianBlur(picture, (0, 0), 0.55)
        return np.clip(soft * 255 + 0.5, 0, 255).astype(np.uint8)


def encode(film: Film, path: Path, crf: int = 23) -> None:
    """Write a clip as H.264 with a key frame every second."""
    fps = Fraction(film.scene.fps).limit_denominator(100)
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height = film.scene.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = max(1, round(float(fps)))
        stream.options = {"crf": str(crf), "preset": "slow", "sc_threshold": "0"}
        for number in range(film.scene.n_frames):
            frame = av.VideoFrame.from_ndarray(film.frame(number), format="bgr24")
            frame.pts, frame.time_base = number, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    part.replace(path)


def _streaks(shape: tuple[int, ...], rain: float, rng: np.random.Generator) -> Light:
    layer = np.zeros(shape[:2], np.float32)
    for _ in range(int(220 * rain)):
        x, y = rng.uniform(0, shape[1]), rng.uniform(-20, shape[0])
        length = rng.uniform(8, 26)
        tip = (int(x + length * 0.12), int(y + length))
        cv2.line(layer, (int(x), int(y)), tip, float(rng.uniform(0.3, 1)), 1, cv2.LINE_AA)
    return cv2.GaussianBlur(layer, (0, 0), 0.6)[..., None]


def _drop(light: Light, x: float, y: float, radius: float) -> Light:
    """A drop shows the scene small, upside down and blurred."""
    height, width = light.shape[:2]
    r = int(radius * 1.3)
    x0, x1, y0, y1 = (
        int(max(0, x - r)),
        int(min(width, x + r)),
        int(max(0, y - r)),
        int(min(height, y + r)),
    )
    if x1 - x0 < 3 or y1 - y0 < 3:
        return light
    yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    far = np.hypot(xx - x, (yy - y) * 0.85) / radius
    map_x = np.clip(x - (xx - x) * 6, 0, width - 1)
    map_y = np.clip(y - (yy - y) * 6, 0, height - 1)
    inside = cv2.GaussianBlur(cv2.remap(light, map_x, map_y, cv2.INTER_LINEAR), (0, 0), 1.6)
    share = np.clip((1.0 - far) * 4, 0, 0.85)[..., None].astype(np.float32)
    out = light.copy()
    out[y0:y1, x0:x1] = light[y0:y1, x0:x1] * (1 - share) + inside * share
    return out


def _uncovered(shape: tuple[int, int], share: float) -> Light:
    """How much light still passes while something slides over the lens from the left."""
    height, width = shape
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = share * width * 1.5 - 0.25 * width + 30 * np.sin(yy / 50)
    return 1 - 0.985 / (1 + np.exp((xx - edge) / 26))


def _blotches(rng: np.random.Generator, size: tuple[int, int]) -> Light:
    """Mud on glass, 0–1: many soft spots of several sizes."""
    field = np.zeros((size[1], size[0]), np.float32)
    for cells, weight in ((6, 0.5), (14, 0.35), (40, 0.25)):
        coarse = rng.random((cells * 9 // 16 + 2, cells)).astype(np.float32)
        field += weight * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(field, [1, 99])
    return np.clip((field - low) / (high - low), 0, 1)
