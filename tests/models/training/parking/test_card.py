import subprocess
from pathlib import Path

import pytest

from models.catalogue import EMBEDDED_DIR
from models.training.card import END
from models.training.parking.__main__ import CARD
from models.training.parking.card import BEGIN, evaluate


def test_card_has_a_place_for_its_figures() -> None:
    text = CARD.read_text()
    assert 0 < text.index(BEGIN) < text.index(END)


def test_a_set_that_is_not_there_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        evaluate(tmp_path, "lot_nowhere", EMBEDDED_DIR / "wayside_parking.onnx")
    assert "lot_nowhere" in capfd.readouterr().err.replace("\n", "")
