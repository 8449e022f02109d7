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


def test_the_first_cycle_of_several_seeds_cannot_be_in_the_mean(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    text = CONFIGURATION.read_text()
    own.write_text(text.replace("averaged_cycles = 3", "averaged_cycles = 4"))
    with pytest.raises(ValueError, match=r"fewer than the 4 cycles .* got 4"):
        read_settings(SHARED, own)
