"""Objects in one picture: fit, run, decode, suppress, and back into the picture."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from models.errors import UnsuitableModel
from models.session import Network, TensorInfo
from models.spec import ModelSpec
from vision.arrays import FloatArray, ImageArray, IntArray
from vision.boxes import box_area, clip_boxes, nms
from vision.classes import COCO_CLASSES
from vision.decode import Candidates
from vision.detections import Detections
from vision.families import (
    SIZES_INPUT,
    Family,
    class_names_from_metadata,
    family_of,
    picture_size,
)
from vision.frame import check_image
from vision.letterbox import Placement, fit_image, input_size_like

MAX_CANDIDATES = 3000  # before suppression; far above any street scene, bounds the worst case
DEFAULT_SIZE = (416, 416)  # for a network whose input is free and whose manifest names none


class ObjectDetector(Protocol):
    """Anything that finds objects in a picture."""

    class_names: tuple[str, ...]

    def __call__(self, image: ImageArray) -> Detections:
        """The objects in one (H, W, 3) picture."""
        ...


class Detector:
    """A network of a known family as a function from picture to objects.

    `confidence` overrides the spec's threshold; `max_detections` keeps the most confident. Raises
    UnknownFamily, or UnsuitableModel for a network that is not fed with pictures of 32-bit floats,
    does not detect, or has other classes than those it names.
    """

    def __init__(
        self,
        network: Network,
        spec: ModelSpec,
        *,
        confidence: float | None = None,
        max_detections: int = 300,
    ) -> None:
        _refuse_other_task(network, spec)
        self.network = network
        self.spec = spec
        self.family: Family = family_of(network, spec.family, spec.name)
        self.input_size = spec.input_size or picture_size(network) or DEFAULT_SIZE
        self.class_names = _class_names(network, spec, self.family)
        self._rivals = _rivals(self.class_names, spec.one_object)
        self.confidence = spec.confidence if confidence is None else confidence
        self.max_detections = max_detections
        self._image_input = _picture_input(network, spec).name
        self._scale = 1 / np.array(self.family.std, np.float32)
        self._shift = np.array(self.family.mean, np.float32) * self._scale
        self._follows_shape = spec.follows_shape and picture_size(network) is None
        self._blob: FloatArray = np.empty((0, 3, 0, 0), np.float32)

    def __call__(self, image: ImageArray) -> Detections:
        """The objects in one (H, W, 3) BGR picture, boxes in its px, most confident first."""
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[ImageArray]) -> list[Detections]:
        """The objects of each picture; in one run where the network takes several of one size."""
        for image in images:
            check_image(image)
        sizes = {self._input_size_for(image) for image in images}
        if len(sizes) != 1 or (len(images) > 1 and not self._is_batchable):
            return [self(image) for image in images]
        (size,) = sizes
        fitted = [fit_image(image, *size, self.family.fit) for image in images]
        raw = self.network.run(self._feeds([picture for picture, _ in fitted]))
        return [
            self._finish([output[index] for output in raw], size, placement, images[index])
            for index, (_, placement) in enumerate(fitted)
        ]

    def _input_size_for(self, image: ImageArray) -> tuple[int, int]:
        if not self._follows_shape:
            return self.input_size
        return input_size_like((image.shape[1], image.shape[0]), self.input_size)

    @property
    def _is_batchable(self) -> bool:
        """Whether one run takes several pictures."""
        return all(tensor.shape[0] is None for tensor in self.network.inputs)

    def _feeds(self, pictures: Sequence[ImageArray]) -> dict[str, FloatArray]:
        """What the network is fed with pictures of one size; written over by the next call."""
        height_px, width_px = pictures[0].shape[:2]
        if self._blob.shape != (len(pictures), 3, height_px, width_px):
            self._blob = np.empty((len(pictures), 3, height_px, width_px), np.float32)
            self._planes = [np.empty((height_px, width_px), np.uint8) for _ in range(3)]
        for picture, blob in zip(pictures, self._blob, strict=True):
            cv2.split(picture, self._planes)
            planes = self._planes[::-1] if self.family.is_rgb else self._planes
            for plane, out, scale, shift in zip(
                planes, blob, self._scale, self._shift, strict=True
            ):
                np.copyto(out, plane)
                out *= scale
                out -= shift
        feeds = {self._image_input: self._blob}
        if any(tensor.name == SIZES_INPUT for tensor in self.network.inputs):
            feeds[SIZES_INPUT] = np.array([(width_px, height_px)] * len(pictures), np.int64)
        return feeds

    def _finish(
        self,
        outputs: Sequence[FloatArray],
        input_size: tuple[int, int],
        placement: Placement,
        image: ImageArray,
    ) -> Detections:
        found = self.family.decode(outputs, input_size, self.confidence)
        if found.class_id.max(initial=0) >= len(self.class_names):
            raise UnsuitableModel(
                f"{self.spec.name} tells class {found.class_id.max()}, "
                f"but names only {len(self.class_names)}, counted from 0"
            )
        xyxy = clip_boxes(placement.to_source(found.xyxy), image.shape[1], image.shape[0])
        rows = np.argsort(-found.confidence, kind="stable")[:MAX_CANDIDATES]
        rows = rows[(box_area(xyxy)[rows] > 0) & np.isfinite(xyxy[rows]).all(axis=1)]
        if self.family.needs_nms:
            rival = self._rivals[found.class_id[rows]]
            kept = nms(xyxy[rows], found.confidence[rows], rival, self.spec.nms_iou)
            rows = rows[kept]
        return _detections(found, xyxy, rows[: self.max_detections])


def _detections(found: Candidates, xyxy: FloatArray, rows: IntArray) -> Detections:
    return Detections(
        xyxy=xyxy[rows].astype(np.float32),
        confidence=found.confidence[rows].astype(np.float32),
        class_id=found.class_id[rows].astype(np.int64),
    )


def _rivals(class_names: tuple[str, ...], one_object: Sequence[Sequence[str]]) -> IntArray:
    """(C,) by class: the number under which it is suppressed, the same for classes of a group."""
    rivals = np.arange(len(class_names))
    for group in one_object:
        members = [class_names.index(name) for name in group]
        rivals[members] = members[0]
    return rivals


def _refuse_other_task(network: Network, spec: ModelSpec) -> None:
    """Ultralytics writes into its exports what they are for."""
    task = network.metadata.get("task", "detect")
    if task != "detect":
        raise UnsuitableModel(f"{spec.name} is a network for task {task}, wanted detect")


def _picture_input(network: Network, spec: ModelSpec) -> TensorInfo:
    for tensor in network.inputs:
        if len(tensor.shape) == 4 and tensor.dtype == "float32":
            return tensor
    seen = ", ".join(str(tensor) for tensor in network.inputs)
    raise UnsuitableModel(f"{spec.name} has no picture input (N, 3, H, W) float32, got {seen}")


def _class_names(network: Network, spec: ModelSpec, family: Family) -> tuple[str, ...]:
    names = spec.class_names or class_names_from_metadata(network.metadata) or COCO_CLASSES
    count = family.class_count(network)
    if count is not None and count != len(names):
        whose = ", those of COCO, as its metadata has none" if names is COCO_CLASSES else ""
        raise UnsuitableModel(
            f"{spec.name} has {count} classes ({network.outputs[0]}), "
            f"but names for {len(names)}{whose}"
        )
    return names
