from pathlib import Path

import pytest

from models.catalogue import Catalogue, file_sha256
from models.errors import DamagedModel, UnknownModel
from models.spec import ModelSpec, Task
from tests.networks import write_mean_network


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_mean_network(tmp_path / "mean.onnx")
    return tmp_path


def catalogue(folder: Path, **fields: object) -> Catalogue:
    spec = ModelSpec(
        name="mean", file="mean.onnx", task=Task.OBSTACLES, origin="https://example.org", **fields
    )
    return Catalogue([spec], {Task.OBSTACLES: "mean"}, [folder])


def test_a_name_leads_to_its_file(folder: Path) -> None:
    sha256 = file_sha256(folder / "mean.onnx")
    assert catalogue(folder, sha256=sha256).find("mean").path == folder / "mean.onnx"


def test_no_name_means_the_default_of_the_task(folder: Path) -> None:
    assert catalogue(folder).find(None).spec.name == "mean"


def test_a_file_in_a_folder_of_the_folder_is_found(folder: Path) -> None:
    (folder / "peers").mkdir()
    (folder / "mean.onnx").rename(folder / "peers" / "mean.onnx")
    assert catalogue(folder).find("mean").path == folder / "peers" / "mean.onnx"


def test_a_damaged_file_is_refused_by_name(folder: Path) -> None:
    known = catalogue(folder, sha256=file_sha256(folder / "mean.onnx"))
    with (folder / "mean.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DamagedModel, match=r"mean: mean.onnx is damaged or another file: sha256"):
        known.find("mean")


def test_a_path_to_a_known_file_brings_its_entry(folder: Path) -> None:
    known = catalogue(folder, sha256=file_sha256(folder / "mean.onnx"), confidence=0.77)
    renamed = (folder / "mean.onnx").rename(folder / "renamed.onnx")
    assert known.find(str(renamed)).spec.confidence == 0.77


def test_a_path_to_an_unknown_file_is_taken_as_it_is(folder: Path) -> None:
    found = catalogue(folder).find(str(folder / "mean.onnx"))
    assert (found.spec.name, found.spec.family) == ("mean", None)


def test_an_unknown_track_network_is_judged_where_track_and_no_track_are_as_likely(
    folder: Path,
) -> None:
    found = catalogue(folder).find(str(folder / "mean.onnx"), Task.TRACK)
    assert found.spec.confidence == 0.5


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("mena", "no model is called 'mena'; known: mean", id="a slip of the pen"),
        pytest.param("nowhere.onnx", "no model file at nowhere.onnx", id="a missing path"),
    ],
)
def test_what_is_not_there_is_said(folder: Path, asked: str, said: str) -> None:
    with pytest.raises(UnknownModel, match=said):
        catalogue(folder).find(asked)


def test_a_known_model_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r"put mean.onnx in a folder named by WAYSIDE_MODELS"):
        catalogue(tmp_path).find("mean")
    with pytest.raises(UnknownModel, match="wayside models pull mean"):
        catalogue(tmp_path, url="https://example.org/mean.onnx").find("mean")


def test_folders_come_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSIDE_MODELS", f"{folder}:/elsewhere")
    assert Catalogue.load().folders[1:3] == (folder, Path("/elsewhere"))


def test_every_entry_of_the_shipped_manifest_is_complete() -> None:
    for spec in Catalogue.load().specs:
        assert spec.sha256 is not None, spec.name
        assert len(spec.sha256) == 64, spec.name
        assert spec.licence != "unknown", spec.name


def test_every_embedded_default_is_in_the_wheel_and_sound() -> None:
    embedded = Catalogue.load(folders=[Path(__file__).parents[2] / "models" / "weights"])
    for task in Task:
        assert embedded.find(None, task).path.parent.name == "weights"


def test_embedded_weights_stay_small() -> None:
    weights = Path(__file__).parents[2] / "models" / "weights"
    total = sum(path.stat().st_size for path in weights.iterdir())
    assert total <= 25 * 1024 * 1024
