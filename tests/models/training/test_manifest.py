import shutil
from pathlib import Path

import pytest

from models.catalogue import EMBEDDED_DIR, file_sha256
from models.training.manifest import MANIFEST as SHIPPED
from models.training.manifest import record

MANIFEST = """[[model]]
name = "near"
file = "near.onnx"
task = "parking"
sha256 = "1111"

[[model]]
name = "near-int8"
file = "near_int8.onnx"

[[model]]
name = "far"
file = "far.onnx"
sha256 = "3333"
"""


def test_a_file_made_anew_is_known_again(tmp_path: Path) -> None:
    manifest, near = tmp_path / "manifest.toml", tmp_path / "near.onnx"
    manifest.write_text(MANIFEST)
    near.write_bytes(b"trained anew")
    record(near, manifest)
    assert manifest.read_text() == MANIFEST.replace("1111", file_sha256(near))


def test_a_file_without_a_hash_in_the_manifest_is_told(tmp_path: Path) -> None:
    manifest, eight_bit = tmp_path / "manifest.toml", tmp_path / "near_int8.onnx"
    manifest.write_text(MANIFEST)
    eight_bit.write_bytes(b"trained anew")
    with pytest.raises(ValueError, match=r"names no near_int8\.onnx"):
        record(eight_bit, manifest)
    assert manifest.read_text() == MANIFEST


def test_the_shipped_manifest_has_a_place_for_every_embedded_file(tmp_path: Path) -> None:
    manifest = Path(shutil.copy(SHIPPED, tmp_path))
    for path in EMBEDDED_DIR.glob("*.onnx"):
        record(path, manifest)
    assert manifest.read_text() == SHIPPED.read_text()
