"""Published detectors that look at a picture closely, in tiles and brightened, as teachers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from models.session import Provider, open_network
from models.training.obstacles.agreement import Findings, group_ids
from models.training.obstacles.classes import CLASS_OF_COCO_ROW, CLASSES
from models.training.obstacles.overlap import FloatArray, IntArray, suppress

LEAST_CONFIDENCE = 0.2
SAME_IOU = 0.6  # of two boxes of one group that overlap more, one goes
TILE_SHARE = 0.56  # of the width and height of the picture; three by two of them overlap
EDGE_PX = 3.0  # a box this near to an inner edge of a tile is cut off there
DARK_LUMA = 70.0  # pictures darker than this are also shown brightened
BRIGHTEN_GAMMA = 0.55
MEAN_RGB = np.array((123.675, 116.28, 103.53), np.float32)
STD_RGB = np.array((58.395, 57.12, 57.375), np.float32)
BINS = np.arange(8, dtype=np.float32)

TEACHERS = ("nanodet", "picodet", "yolox", "deim")  # in the order of their findings
START_TEACHER = "nanodet"  # what our network starts from

Raw = tuple[FloatArray, FloatArray]  # boxes (A, 4) px and confidences (A, 80)
Network = Callable[[np.ndarray], Raw]


def session(path: Path) -> ort.InferenceSession:
    """A network on the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(path, options)


def softmax_distances(sides: FloatArray) -> FloatArray:
    """Distributions (A, 32) to distances (A, 4) in strides."""
    logits = sides.reshape(-1, 4, 8)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)) @ BINS


def grid(height: int, width: int, stride: int) -> FloatArray:
    """Grid positions (A, 2), x before y, row by row."""
    columns, rows = -(-width // stride), -(-height // stride)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    return np.stack((x, y), -1).reshape(-1, 2).astype(np.float32)


def distance_boxes(
    sides: FloatArray, height: int, width: int, strides: Sequence[int], shift: float
) -> FloatArray:
    """Boxes (A, 4) in input px from side distributions and the grid they stand on."""
    centres = [(grid(height, width, s) + shift) * s for s in strides]
    scale = np.concatenate([np.full(len(c), s) for c, s in zip(centres, strides, strict=True)])
    centre = np.concatenate(centres)
    reach = softmax_distances(sides) * scale[:, None]
    return np.concatenate((centre - reach[:, :2], centre + reach[:, 2:]), 1)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Plain stretch."""
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def channels_first(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) to (1, 3, H, W) float32."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], dtype=np.float32)


def back(boxes: FloatArray, image: np.ndarray, height: int, width: int) -> FloatArray:
    """Input px to picture px after a plain stretch."""
    scale = np.array((image.shape[1] / width, image.shape[0] / height), np.float32)
    return boxes * np.tile(scale, 2)


def nanodet(
    path: Path, size: tuple[int, int] = (416, 416), *, in_bfloat16: bool = False
) -> Network:
    """NanoDet-Plus, or one of ours, at a size (height, width)."""
    height, width = size
    run = open_network(
        path,
        provider=Provider.OPENVINO if in_bfloat16 else Provider.CPU,
        threads=1,
        input_size=(width, height),
        in_bfloat16=in_bfloat16,
    )
    name = run.inputs[0].name

    def network(image: np.ndarray) -> Raw:
        shown = (resize(image, height, width) - MEAN_RGB[::-1]) / STD_RGB[::-1]
        output = run.run({name: channels_first(shown)})[0]
        rows = output.reshape(-1, output.shape[-1])
        boxes = distance_boxes(rows[:, -32:], height, width, (8, 16, 32, 64), 0.0)
        return back(boxes, image, height, width), rows[:, :-32]

    return network


def picodet(path: Path) -> Network:
    """PicoDet at 416."""
    run = session(path)
    name = run.get_inputs()[0].name

    def network(image: np.ndarray) -> Raw:
        shown = (resize(image, 416, 416)[..., ::-1] - MEAN_RGB) / STD_RGB
        outputs = run.run(None, {name: channels_first(shown)})
        scores = np.concatenate([o[0] for o in outputs[:4]])
        sides = np.concatenate([o[0] for o in outputs[4:]])
        boxes = distance_boxes(sides, 416, 416, (8, 16, 32, 64), 0.5)
        return back(boxes, image, 416, 416), scores

    return network


def yolox(path: Path) -> Network:
    """YOLOX at 416, letterboxed at the top left."""
    run = session(path)
    name = run.get_inputs()[0].name
    base = np.concatenate([grid(416, 416, s) for s in (8, 16, 32)])
    scale = np.concatenate([np.full(((416 // s) ** 2, 1), s, np.float32) for s in (8, 16, 32)])

    def network(image: np.ndarray) -> Raw:
        ratio = min(416 / image.shape[0], 416 / image.shape[1])
        height, width = round(image.shape[0] * ratio), round(image.shape[1] * ratio)
        canvas = np.full((416, 416, 3), 114, np.uint8)
        canvas[:height, :width] = resize(image, height, width)
        rows = run.run(None, {name: channels_first(canvas)})[0][0]
        centre = (rows[:, :2] + base) * scale
        half = np.exp(rows[:, 2:4]) * scale / 2
        boxes = np.concatenate((centre - half, centre + half), 1) / ratio
        return boxes, rows[:, 4:5] * rows[:, 5:]

    return network


def deim(path: Path) -> Network:
    """DEIMv2 at 416; its labels are COCO rows."""
    run = session(path)

    def network(image: np.ndarray) -> Raw:
        shown = resize(image, 416, 416)[..., ::-1] / np.float32(255)
        size = np.array([[image.shape[1], image.shape[0]]], np.int64)
        feeds = {"images": channels_first(shown), "orig_target_sizes": size}
        labels, boxes, scores = run.run(["labels", "boxes", "scores"], feeds)
        table = np.zeros((len(labels[0]), 80), np.float32)
        table[np.arange(len(table)), labels[0]] = scores[0]
        return boxes[0], table

    return network


def views(image: np.ndarray) -> Iterator[tuple[np.ndarray, int, int]]:
    """The whole picture and three by two overlapping tiles, each with its offset in px."""
    height, width = image.shape[:2]
    yield image, 0, 0
    tall, wide = round(height * TILE_SHARE), round(width * TILE_SHARE)
    for y in np.linspace(0, height - tall, 2).round().astype(int):
        for x in np.linspace(0, width - wide, 3).round().astype(int):
            yield image[y : y + tall, x : x + wide], int(x), int(y)


def brighten(image: np.ndarray) -> np.ndarray:
    """Lift the shadows."""
    curve = (np.linspace(0, 1, 256) ** BRIGHTEN_GAMMA * 255).round().astype(np.uint8)
    return cv2.LUT(image, curve)


def whole(boxes: FloatArray, tile: np.ndarray, x: int, y: int, image: np.ndarray) -> np.ndarray:
    """Whether each box (tile px) ends inside the tile, or at an edge of the picture itself."""
    height, width = tile.shape[:2]
    cut = (boxes[:, 0] < EDGE_PX) & (x > 0)
    cut |= (boxes[:, 1] < EDGE_PX) & (y > 0)
    cut |= (boxes[:, 2] > width - EDGE_PX) & (x + width < image.shape[1])
    cut |= (boxes[:, 3] > height - EDGE_PX) & (y + height < image.shape[0])
    return ~cut


def our_classes(scores: FloatArray) -> tuple[FloatArray, IntArray]:
    """Best confidence (A,) and our class (A,) from COCO rows (A, 80) or from our own (A, 6)."""
    if scores.shape[1] == len(CLASSES):
        members = ours = np.arange(len(CLASSES))
    else:
        members = np.array(list(CLASS_OF_COCO_ROW))
        ours = np.array(list(CLASS_OF_COCO_ROW.values()))
    best = scores[:, members].argmax(1)
    return scores[np.arange(len(scores)), members[best]], ours[best]


def look(
    network: Network, image: np.ndarray, *, close: bool = True, least: float = LEAST_CONFIDENCE
) -> Findings:
    """Everything a network finds of our classes, in picture px, doubles removed.

    Looking closely means in tiles too, and brightened where the picture is dark.
    """
    boxes, confidence, class_id = [], [], []
    shown = [image]
    if image.mean() < DARK_LUMA:
        shown.append(brighten(image))
    for version in shown:
        for tile, x, y in views(version) if close else [(version, 0, 0)]:
            tile_boxes, scores = network(tile)
            top, kind = our_classes(scores)
            keep = (top >= least) & whole(tile_boxes, tile, x, y, image)
            boxes.append(tile_boxes[keep] + np.array((x, y, x, y)))
            confidence.append(top[keep])
            class_id.append(kind[keep])
    parts = np.concatenate(boxes), np.concatenate(confidence), np.concatenate(class_id)
    return tidy(*parts, image)


def glance(network: Network, image: np.ndarray, least: float = 0.02) -> Findings:
    """What a network finds in one look at the whole picture: how it is used."""
    boxes, scores = network(image)
    top, kind = our_classes(scores)
    keep = top >= least
    return tidy(boxes[keep], top[keep], kind[keep], image)


def tidy(
    boxes: FloatArray, confidence: FloatArray, class_id: IntArray, image: np.ndarray
) -> Findings:
    """Boxes clipped to the picture; of doubles within a group the most confident stays."""
    limits = np.array((image.shape[1], image.shape[0]) * 2, np.float32)
    clipped = np.clip(boxes, 0, limits).astype(np.float32)
    kept = suppress(clipped, confidence, group_ids(class_id), SAME_IOU)
    return Findings(clipped[kept], confidence[kept], class_id[kept])


def load_teachers(folder: Path) -> dict[str, Network]:
    """The four permissively licensed teachers, by name."""
    networks = (
        nanodet(folder / "nanodet_plus_m_416.onnx", (512, 512)),
        picodet(folder / "picodet_s_416.onnx"),
        yolox(folder / "yolox_nano_416.onnx"),
        deim(folder / "deimv2_femto_416.onnx"),
    )
    return dict(zip(TEACHERS, networks, strict=True))
