import sys
from pathlib import Path

import pytest

from models.errors import ModelError
from models.export import export_ultralytics


def test_without_the_extra_it_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    checkpoint = tmp_path / "best.pt"
    checkpoint.write_bytes(b"weights")
    with pytest.raises(ModelError, match=r"pip install 'wayside-vision\[train\]'"):
        export_ultralytics(checkpoint)


@pytest.mark.parametrize(
    ("name", "said"),
    [("best.onnx", "wants an Ultralytics .pt checkpoint"), ("best.pt", "no checkpoint at")],
)
def test_what_is_no_checkpoint_is_named(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        export_ultralytics(tmp_path / name)
