"""Things set onto the bed in a picture: upright ones to be found, flat ones to be passed over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.training.bed.cab_picture import CabView, Standing
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.cutouts import Cutout
from models.training.track.arrays import FloatArray, ImageArray

TEXTURE_PX = 64
SMALLEST_PX = 2.0  # tall or wide; of less nobody can tell anything
NEAR_M, FAR_M = 6.5, 52.0
ASIDE_M = 1.1
HEIGHTS_M = {"person": (1.0, 1.9), "two_wheeler": (1.1, 1.8), "animal": (0.25, 0.85)}


@dataclass(frozen=True, slots=True, eq=False)
class Props:
    """What things are made of."""

    photographs: Sequence[ImageArray]
    cutouts: Sequence[Cutout]


def with_upright(
    view: CabView, props: Props, rng: np.random.Generator
) -> tuple[ImageArray, Standing] | None:
    """The picture with one thing more on the bed, and where it stands.

    None where it would be too small, out of the picture, or where something stands already.
    """
    along_m = float(np.exp(rng.uniform(np.log(NEAR_M), np.log(min(FAR_M, view.reach_m)))))
    aside_m = float(rng.uniform(-ASIDE_M, ASIDE_M))
    maker = _Maker(view.image.copy(), view, props, rng, along_m, aside_m)
    make = rng.choice([maker.box, maker.cutout, maker.blob, maker.twigs], p=[0.3, 0.3, 0.25, 0.15])
    where = make()
    if where is None or any(_is_near(where, each) for each in view.standing):
        return None
    return maker.image, where


def _is_near(one: Standing, other: Standing) -> bool:
    """Whether one stands on or right before or behind the other."""
    is_aside = one.left_m > other.right_m + 0.3 or one.right_m < other.left_m - 0.3
    gap = 0.35 * one.near_m
    return not is_aside and one.near_m < other.far_m + gap and other.near_m < one.far_m + gap


def with_flat(view: CabView, props: Props, rng: np.random.Generator) -> ImageArray:
    """The picture with one thing more that lies flat on the bed: a stain, a cover, a shadow."""
    image = view.image.copy()
    along_m = float(np.exp(rng.uniform(np.log(NEAR_M), np.log(FAR_M))))
    long_m, wide_m = np.exp(rng.uniform(np.log(0.3), np.log(4.0), 2))
    aside_m = float(rng.uniform(-1.5, 1.5))
    ground = Standing(along_m, along_m + 2 * long_m, aside_m - wide_m / 2, aside_m + wide_m / 2)
    kind = rng.random()
    if kind < 0.3:  # a plate or a cover, with its own edge
        texture, alpha = _texture(props, rng), np.ones((TEXTURE_PX, TEXTURE_PX), np.float32)
    elif kind < 0.65:  # a patch of something else
        texture, alpha = _texture(props, rng), _outline(rng)
    else:  # a shadow, or light
        shade = 255.0 if rng.random() < 0.25 else 0.0
        texture = np.full((TEXTURE_PX, TEXTURE_PX, 3), shade, np.float32)
        alpha = _outline(rng) * float(rng.uniform(0.15, 0.75))
    if kind < 0.65:
        texture, alpha = _lit(image, view, ground, texture, rng), alpha * rng.uniform(0.3, 1.0)
    _lay(image, _ground_corners(view, ground), texture, alpha)
    return image


@dataclass(frozen=True, slots=True, eq=False)
class _Maker:
    """Sets one thing onto a place of the bed; None where it would not show."""

    image: ImageArray
    """Which is painted on."""
    view: CabView
    props: Props
    rng: np.random.Generator
    along_m: float
    aside_m: float

    def box(self) -> Standing | None:
        """A box whose front, side and top are lit differently."""
        tall_m = float(np.exp(self.rng.uniform(np.log(0.15), np.log(1.3))))
        wide_m, long_m = (float(v) for v in np.exp(self.rng.uniform(np.log(0.25), np.log(1.8), 2)))
        where = self._ground(wide_m, long_m, tall_m)
        front = _upright_corners(self.view, where)
        if not _is_shown(self.image, front):
            return None
        self._shade(where)
        texture = _lit(self.image, self.view, where, _texture(self.props, self.rng), self.rng)
        near, far, left, right = where.near_m, where.far_m, where.left_m, where.right_m
        seen = left if self.aside_m > self.view.camera.offset_m else right
        top = [[far, left, tall_m], [far, right, tall_m], [near, right, tall_m],
               [near, left, tall_m]]  # fmt: skip
        side = [[near, seen, tall_m], [far, seen, tall_m], [far, seen, 0.0], [near, seen, 0.0]]
        shades = self.rng.uniform(0.5, 1.3, 3)
        whole = np.ones((TEXTURE_PX, TEXTURE_PX), np.float32)
        for corners, shade in (
            (self.view.project(np.array(side)), shades[0]),
            (self.view.project(np.array(top)), shades[1]),
            (front, shades[2]),
        ):
            _lay(self.image, corners, texture * shade, whole)
        return where

    def cutout(self) -> Standing | None:
        """Somebody out of a photograph."""
        cutout = self.props.cutouts[int(self.rng.integers(len(self.props.cutouts)))]
        tall_m = float(self.rng.uniform(*HEIGHTS_M[CLASSES[cutout.class_id]]))
        wide_m = tall_m * cutout.alpha.shape[1] / cutout.alpha.shape[0]
        picture, alpha = cutout.image, cutout.alpha
        if self.rng.random() < 0.5:
            picture, alpha = picture[:, ::-1], alpha[:, ::-1]
        return self._stand(wide_m, tall_m, picture, alpha)

    def blob(self) -> Standing | None:
        """Something of any outline and any texture, broad where it stands."""
        tall_m = float(np.exp(self.rng.uniform(np.log(0.2), np.log(1.4))))
        wide_m = tall_m * float(np.exp(self.rng.uniform(np.log(0.5), np.log(4.0))))
        alpha, foot = _outline(self.rng), slice(TEXTURE_PX // 2, None)
        alpha[foot] = np.maximum(alpha[foot], _outline(self.rng)[foot])
        return self._stand(min(wide_m, 2.4), tall_m, _texture(self.props, self.rng), alpha)

    def twigs(self) -> Standing | None:
        """A heap of sticks and leaves."""
        rng = self.rng
        tall_m, wide_m = float(rng.uniform(0.25, 0.9)), float(rng.uniform(0.6, 2.4))
        alpha = np.zeros((TEXTURE_PX, TEXTURE_PX), np.float32)
        colour = np.zeros((TEXTURE_PX, TEXTURE_PX, 3), np.float32)
        wood, leaf = rng.uniform(20, 110, 3), rng.uniform((10, 50, 20), (80, 150, 110))
        for _ in range(int(rng.integers(4, 14))):
            ends = rng.uniform((0, 8), (TEXTURE_PX, TEXTURE_PX), (2, 2)).astype(int)
            thick = int(rng.integers(1, 4))
            for canvas, ink in ((alpha, 1.0), (colour, wood.tolist())):
                cv2.line(canvas, ends[0].tolist(), ends[1].tolist(), ink, thick)
        for _ in range(int(rng.integers(0, 160))):
            x, y = rng.normal((TEXTURE_PX / 2, TEXTURE_PX * 0.65), (TEXTURE_PX / 4, TEXTURE_PX / 6))
            size, ink = int(rng.integers(1, 4)), (leaf * rng.uniform(0.6, 1.4)).tolist()
            for canvas, shade in ((alpha, 1.0), (colour, ink)):
                cv2.circle(canvas, (int(x), int(y)), size, shade, -1)
        return self._stand(wide_m, tall_m, colour, alpha)

    def _ground(self, wide_m: float, long_m: float, tall_m: float) -> Standing:
        return Standing(
            self.along_m,
            self.along_m + long_m,
            self.aside_m - wide_m / 2,
            self.aside_m + wide_m / 2,
            tall_m,
        )

    def _stand(
        self, wide_m: float, tall_m: float, picture: np.ndarray, alpha: FloatArray
    ) -> Standing | None:
        """Set an upright picture with its outline onto the ground."""
        where = self._ground(wide_m, 0.3 * wide_m, tall_m)
        corners = _upright_corners(self.view, where)
        touched = np.flatnonzero(alpha.max(axis=0) > 0.5)
        if not _is_shown(self.image, corners) or not len(touched):
            return None
        self._shade(where)
        _lay(self.image, corners, _lit(self.image, self.view, where, picture, self.rng), alpha)
        left, right = touched[0] / alpha.shape[1], (touched[-1] + 1) / alpha.shape[1]
        return replace(
            where, left_m=where.left_m + left * wide_m, right_m=where.left_m + right * wide_m
        )

    def _shade(self, where: Standing) -> None:
        """The shadow where it touches the ground."""
        if self.rng.random() < 0.25:
            return
        reach = float(self.rng.uniform(0.03, 0.3))
        ground = Standing(
            where.near_m - reach, where.far_m + reach, where.left_m - reach, where.right_m + reach
        )
        rows = np.abs(np.linspace(-1, 1, TEXTURE_PX))
        soft = np.clip(1.4 - np.hypot(rows[:, None], rows[None]) * 1.3, 0, 1).astype(np.float32)
        black = np.zeros((TEXTURE_PX, TEXTURE_PX, 3), np.float32)
        corners = _ground_corners(self.view, ground)
        _lay(self.image, corners, black, soft * float(self.rng.uniform(0.1, 0.7)))


def _upright_corners(view: CabView, where: Standing) -> FloatArray:
    """(4, 2) px of its front: upper left, upper right, lower right, lower left."""
    near, left, right, tall = where.near_m, where.left_m, where.right_m, where.height_m
    return view.project(
        np.array([[near, left, tall], [near, right, tall], [near, right, 0], [near, left, 0]])
    )


def _ground_corners(view: CabView, where: Standing) -> FloatArray:
    near, far, left, right = where.near_m, where.far_m, where.left_m, where.right_m
    return view.project(
        np.array([[far, left, 0], [far, right, 0], [near, right, 0], [near, left, 0]])
    )


def _is_shown(image: ImageArray, corners: FloatArray) -> bool:
    """Whether its foot is in the picture and enough of it shows."""
    if not np.isfinite(corners).all():
        return False
    low, high = corners.min(axis=0), corners.max(axis=0)
    height, width = image.shape[:2]
    is_inside = low[0] < width - 3 and high[0] > 3 and high[1] < height - 1
    return bool(is_inside and (high - low).min() >= SMALLEST_PX)


def _lit(
    image: ImageArray,
    view: CabView,
    where: Standing,
    picture: np.ndarray,
    rng: np.random.Generator,
) -> FloatArray:
    """The colours of a thing in about the light that is around its foot."""
    flat = replace(where, height_m=0.0)
    x, y = _upright_corners(view, flat)[2:].mean(axis=0)
    colour = picture.astype(np.float32)
    if not np.isfinite([x, y]).all():
        return colour
    x, y = int(np.clip(x, 0, image.shape[1] - 1)), int(np.clip(y, 0, image.shape[0] - 1))
    around = image[max(y - 12, 0) : y + 6, max(x - 20, 0) : x + 20].reshape(-1, 3).mean(axis=0)
    factor = (around + 6) / (colour.reshape(-1, 3).mean(axis=0) + 6) * rng.uniform(0.4, 1.9)
    return np.clip(colour * np.clip(0.5 * factor + 0.5 * factor.mean(), 0.05, 1.7), 0, 255)


def _texture(props: Props, rng: np.random.Generator) -> FloatArray:
    """(64, 64, 3) a piece of a photograph, or one colour with some grain."""
    if rng.random() < 0.35:
        colour = rng.uniform(10, 245, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(10, 245))
        grain = rng.normal(0, rng.uniform(0, 14), (TEXTURE_PX, TEXTURE_PX, 1))
        return np.clip(colour + grain, 0, 255).astype(np.float32)
    photograph = props.photographs[int(rng.integers(len(props.photographs)))]
    height, width = photograph.shape[:2]
    side = int(rng.integers(24, min(height, width, 160)))
    x, y = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
    piece = photograph[y : y + side, x : x + side]
    return cv2.resize(piece, (TEXTURE_PX, TEXTURE_PX), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )


def _outline(rng: np.random.Generator) -> FloatArray:
    """(64, 64) a smooth outline that fills most of its square."""
    alpha = np.zeros((TEXTURE_PX, TEXTURE_PX), np.float32)
    corners = int(rng.integers(3, 11))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(0.55, 1.0, corners) * TEXTURE_PX / 2
    points = TEXTURE_PX / 2 + np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None]
    cv2.fillPoly(alpha, [points.round().astype(np.int32)], 1.0)
    if rng.random() < 0.6:
        soft = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(1, 5)))
        alpha = np.clip((soft - 0.3) * 4, 0, 1)
    return alpha


def _lay(image: ImageArray, corners: FloatArray, texture: FloatArray, alpha: FloatArray) -> None:
    """Paint a texture with its outline into four corners (4, 2) px, clockwise from upper left."""
    if not np.isfinite(corners).all():
        return
    low = np.maximum(np.floor(corners.min(axis=0)) - 1, 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)) + 2, image.shape[1::-1]).astype(int)
    if (high - low).min() < 1:
        return
    # no more texels than pixels: what is far away is seen averaged
    wide = int(np.clip(np.ptp(corners[:, 0]) + 1, 2, texture.shape[1]))
    tall = int(np.clip(np.ptp(corners[:, 1]) + 1, 2, texture.shape[0]))
    layers = np.dstack([texture * alpha[..., None], alpha]).astype(np.float32)
    layers = cv2.resize(layers, (wide, tall), interpolation=cv2.INTER_AREA)
    square = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32) - 0.5
    fine = 2  # samples a pixel: edges are seen averaged, too
    goal = ((corners - low) * fine - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(square, goal)
    size = tuple(int(v) for v in (high - low))
    shown = cv2.warpPerspective(layers, matrix, (size[0] * fine, size[1] * fine))
    shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    part = image[low[1] : high[1], low[0] : high[0]]
    part[:] = np.clip(shown[..., :3] + part * (1 - shown[..., 3:]), 0, 255).astype(np.uint8)
