"""Where a training stands, kept in one file."""

import pickle
from pathlib import Path
from typing import Any

import torch


def save(state: dict[str, Any], path: Path) -> None:
    """Keep everything needed to go on; the old file is replaced in one move."""
    fresh = path.with_suffix(".new")
    torch.save(state, fresh)
    fresh.replace(path)


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """What was kept, its tensors on the device; raises OSError where the file is damaged."""
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
    except (RuntimeError, EOFError, pickle.UnpicklingError):
        raise OSError(f"the checkpoint {path} is damaged: delete it to begin anew") from None
    return state
