"""What is known of one network: where it comes from and how it wants to be run."""

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """What a network is for."""

    OBSTACLES = "obstacles"
    PARKING = "parking"
    TRACK = "track"
    BED = "bed"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the manifest, or what little is known of a user's own file."""

    name: str
    file: str
    """File name, searched in the model folders."""
    task: Task
    family: str | None = None
    """Which decoding fits (vision.families); None: recognised from the file."""
    sha256: str | None = None
    input_size: tuple[int, int] | None = None
    """Width, height in px to run at where it is not the file's own."""
    follows_shape: bool = False
    """Whether each picture is fed in its own shape, at no more px than `input_size` has."""
    class_names: tuple[str, ...] | None = None
    """None: from the file's own metadata, else COCO's for 80 classes."""
    confidence: float = 0.3
    """Default threshold, between 0 and 1."""
    nms_iou: float = 0.6
    one_object: tuple[tuple[str, ...], ...] = ()
    """Classes that one object may be taken for: of their boxes on one place only one stays."""
    second_looks: tuple[str, ...] = ()
    """Names of the networks that look again where this one is unsure; their mean counts."""
    vehicles: str | None = None
    """Name of the detector that is asked where all looks are unsure (parking)."""
    int8: str | None = None
    """Name of the same network in 8 bits, where that is worth having."""
    for_openvino: bool = False
    """Whether this 8-bit form is OpenVINO's: in onnxruntime it would be slow."""
    bfloat16: bool = False
    """Whether it was measured to find the same in 16-bit brain floats."""
    licence: str = "unknown"
    origin: str = ""
    """Public page that tells where the network comes from."""
    url: str | None = None
    """Public address of this very file, if it has one."""
    note: str = ""
