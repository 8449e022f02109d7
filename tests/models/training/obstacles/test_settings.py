"""The numbers that shape the weights are read whole, or not at all."""

from pathlib import Path

import pytest

from models.training.obstacles.settings import SETTINGS_FILE, read_settings


def test_shipped_settings_are_complete() -> None:
    settings = read_settings()
    assert sum(settings.sources.values()) == pytest.approx(1.0)
    assert settings.batch >= 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("batch:", "batches:", "batch"),
        ("  aspect:", "  ratio:", "aspect"),
        ("[384, 640]", "[380, 640]", "multiple of 32"),
        ("street_clean]", "street_clean, our_trams]", "set without its share .*our_trams"),
        (
            "  coco_train: 0.27",
            "  coco_train: 0.20\n  our_trams: 0.07",
            "share of no set.*our_trams",
        ),
        ("coco_train", "coco_val310", "coco_val310 is for evaluation"),
    ],
)
def test_odd_settings_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(SETTINGS_FILE.read_text().replace(old, new))
    with pytest.raises(ValueError, match=told):
        read_settings(file)
