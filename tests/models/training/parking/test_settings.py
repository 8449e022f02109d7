from pathlib import Path

import pytest

from models.training.parking.settings import CONFIGURATION, quick, read_settings

SHARED = Path("shared")
SECOND_LOOK = CONFIGURATION.with_name("wayside_parking_wide.toml")
BESIDE_IT = CONFIGURATION.with_name("wayside_parking_lite.toml")


@pytest.mark.parametrize(
    "path", [CONFIGURATION, SECOND_LOOK, BESIDE_IT], ids=lambda path: path.stem
)
def test_every_cycle_has_its_strength_and_no_place_is_held_out_twice(path: Path) -> None:
    settings = read_settings(SHARED, path)
    assert len(settings.fit.strengths) == len(settings.fit.cycle_ends)
    held_out = [site for fold in settings.folds.held_out for site in fold]
    assert len(held_out) == len(set(held_out))


def test_only_the_second_look_goes_on_from_an_exported_file() -> None:
    assert read_settings(SHARED).start is None
    assert read_settings(SHARED, BESIDE_IT).start is None
    start = read_settings(SHARED, SECOND_LOOK).start
    assert start is not None
    assert start.is_file()


@pytest.mark.parametrize("path", [SECOND_LOOK, BESIDE_IT], ids=lambda path: path.stem)
def test_what_looks_again_learns_from_the_doubts_of_the_first_look(path: Path) -> None:
    first_look = read_settings(SHARED, path).first_look
    assert first_look is not None
    assert first_look.is_file()


def test_only_the_network_beside_the_second_look_begins_without_the_detector() -> None:
    assert read_settings(SHARED).detector == SHARED / "weights/deimv2_femto_416.onnx"
    assert read_settings(SHARED, BESIDE_IT).detector is None


def test_a_quick_making_keeps_seeds_and_cycles() -> None:
    settings = read_settings(SHARED)
    short = quick(settings)
    assert short.fit.seeds == settings.fit.seeds
    assert short.fit.cycle_ends == (1, 2, 3, 4)
    assert short.folds.held_out == settings.folds.held_out[:1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("averaged_cycles = 3", "averaged_cycles = 4", r"fewer than the 4 cycles .* 4",
                     id="the first cycle of several seeds in the mean"),
        pytest.param("strengths = [1.0, ", "strengths = [", "one for each of the 4 cycles, got 3",
                     id="a cycle without its strength"),
        pytest.param("batch = 64", "batches = 64", "FitSettings: batch, batches",
                     id="a slip of the pen in a section"),
        pytest.param('"street_clean"', '"coco_val310"', "coco_val310 is for evaluation",
                     id="street pictures that judge"),
        pytest.param("streets = [", "street = [", "SetNames: street, streets",
                     id="a slip of the pen in the sets"),
        pytest.param("doubted_sources", "doubted_source", "FoldSettings: doubted_source, doubted",
                     id="a slip of the pen in the folds"),
        pytest.param("[sets]", 'frist_look = "x.onnx"\n[sets]', " Settings: frist_look",
                     id="a slip of the pen above them"),
    ],
)  # fmt: skip
def test_odd_settings_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    own = Path("own.toml")
    own.write_text(CONFIGURATION.read_text().replace(old, new))
    with pytest.raises(ValueError, match=told):
        read_settings(SHARED, own)
