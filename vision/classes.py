"""What a class name means to the missions, whichever list it comes from."""

from enum import StrEnum


class Kind(StrEnum):
    """What may be in the way, as the missions tell it apart."""

    PERSON = "person"
    TWO_WHEELER = "two_wheeler"
    VEHICLE = "vehicle"
    RAIL_VEHICLE = "rail_vehicle"
    ANIMAL = "animal"
    OBJECT = "object"
    """No class of a network: something that stands on the bed of the track."""


KIND_OF: dict[str, Kind] = {
    "person": Kind.PERSON,
    "bicycle": Kind.TWO_WHEELER,
    "motorcycle": Kind.TWO_WHEELER,
    "two_wheeler": Kind.TWO_WHEELER,
    "car": Kind.VEHICLE,
    "bus": Kind.VEHICLE,
    "truck": Kind.VEHICLE,
    "heavy_vehicle": Kind.VEHICLE,
    "train": Kind.RAIL_VEHICLE,
    "tram": Kind.RAIL_VEHICLE,
    "rail_vehicle": Kind.RAIL_VEHICLE,
    "bird": Kind.ANIMAL,
    "cat": Kind.ANIMAL,
    "dog": Kind.ANIMAL,
    "horse": Kind.ANIMAL,
    "sheep": Kind.ANIMAL,
    "cow": Kind.ANIMAL,
    "animal": Kind.ANIMAL,
}
"""Kind of each known class name; names that are not here matter to no mission."""

COCO_CLASSES: tuple[str, ...] = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat",
    "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack",
    "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball",
    "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket",
    "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair",
    "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse",
    "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier",
    "toothbrush",
)  # fmt: skip
"""The 80 classes of COCO in the order that networks trained on it use."""
