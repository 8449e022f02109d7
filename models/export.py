"""Turning a trained Ultralytics checkpoint into ONNX (extra `train`)."""

import shutil
from pathlib import Path

from models.errors import ModelError, UnknownModel


def export_ultralytics(checkpoint: Path, target: Path | None = None) -> Path:
    """The `.pt` checkpoint as an ONNX file beside it, or at `target`.

    Raises ModelError without the extra `train`; ultralytics is AGPL-3.0 and is used here only.
    """
    if checkpoint.suffix != ".pt":
        raise ModelError(f"export wants an Ultralytics .pt checkpoint, got {checkpoint.name}")
    if not checkpoint.is_file():
        raise UnknownModel(f"no checkpoint at {checkpoint}")
    try:
        from ultralytics import YOLO
    except ImportError:
        raise ModelError(
            "export needs ultralytics (AGPL-3.0), which is not installed: "
            "pip install 'wayside-vision[train]'"
        ) from None
    exported = Path(YOLO(checkpoint).export(format="onnx"))
    if target is None:
        return exported
    shutil.move(exported, target)
    return target
