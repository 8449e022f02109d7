"""Every line of bad input: one clear sentence, and the exit code that goes with it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from service.server import open_port
from tests.networks import write_mean_network
from tests.service.cli.programs import wayside, write_car_detector
from tests.service.scenes import LOT_YAML, SPOTS, lot_picture, write_clip


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with a sound site file, clip and detector."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    write_clip(tmp_path / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(10)])
    write_car_detector(tmp_path / "car.onnx")
    return tmp_path


def truncate(place: Path) -> None:
    clip = place / "yard.mp4"
    clip.write_bytes(clip.read_bytes()[:2000])


REPLAY = ("replay", "yard.mp4", "--site", "yard.yaml", "--model", "car.onnx")
CHECK = ("site", "check", "yard.yaml")
Spoil = Callable[[Path], object]


def edit(old: str, new: str) -> Spoil:
    return lambda place: (place / "yard.yaml").write_text(LOT_YAML.replace(old, new))


CASES: dict[str, tuple[Spoil, tuple[str, ...], int, str]] = {
    "missing clip": (
        lambda place: (place / "yard.mp4").unlink(),
        REPLAY,
        1,
        "yard.mp4 does not exist",
    ),
    "missing site file": (
        lambda place: (place / "yard.yaml").unlink(),
        REPLAY,
        1,
        "yard.yaml: there is no such site file",
    ),
    "text file named mp4": (
        lambda place: (place / "yard.mp4").write_text("these are words\n" * 50),
        REPLAY,
        1,
        "yard.mp4",
    ),
    "zero bytes": (lambda place: (place / "yard.mp4").write_bytes(b""), REPLAY, 1, "yard.mp4"),
    "truncated before its index": (truncate, REPLAY, 1, "yard.mp4"),
    "model of the wrong shape": (
        lambda place: write_mean_network(place / "car.onnx"),
        REPLAY,
        1,
        "its inputs and outputs fit no known family",
    ),
    "model is no network": (
        lambda place: (place / "car.onnx").write_text("words"),
        REPLAY,
        1,
        "car.onnx",
    ),
    "model missing": (lambda place: (place / "car.onnx").unlink(), REPLAY, 1, "car.onnx"),
    "spot outside the picture": (
        edit(str(SPOTS["A1"]), "[[20, 100], [900, 100], [80, 160]]"),
        REPLAY,
        1,
        "spot A1 of camera north leaves the picture of 320x180 px",
    ),
    "spot outside the picture, checked": (
        edit(str(SPOTS["A1"]), "[[20, 100], [900, 100], [80, 160]]"),
        CHECK,
        1,
        "spot A1 of camera north leaves the picture of 320x180 px",
    ),
    "polygon crosses itself": (
        edit(str(SPOTS["A1"]), "[[20, 100], [80, 160], [80, 100], [20, 150]]"),
        CHECK,
        1,
        "cameras.0.spots.0.polygon (line 12): crosses itself",
    ),
    "ids twice": (edit("id: A2", "id: A1"), CHECK, 1, "spot id 'A1' is already taken"),
    "unknown key": (edit("settling:", "setling:"), CHECK, 1, "did you mean 'settling'?"),
    "clip of the site missing": (
        lambda place: (place / "yard.mp4").unlink(),
        CHECK,
        1,
        "yard.mp4 does not exist",
    ),
    "no such camera": (
        lambda _place: None,
        (*REPLAY, "--camera", "south"),
        2,
        "site yard has no camera 'south'; it has north",
    ),
    "golden without a file": (
        lambda _place: None,
        (*REPLAY, "--update-golden"),
        2,
        "--update-golden wants --expect FILE",
    ),
    "expected events missing": (
        lambda _place: None,
        (*REPLAY, "--expect", "none.jsonl"),
        1,
        "cannot read the expected events none.jsonl",
    ),
    "expected events are words": (
        lambda place: (place / "golden.jsonl").write_text("words\n"),
        (*REPLAY, "--expect", "golden.jsonl"),
        1,
        "golden.jsonl: line 1 is no event",
    ),
    "nowhere to write": (
        lambda _place: None,
        (*REPLAY, "--annotate", "no/such/folder/out.mp4"),
        1,
        "cannot write no/such/folder/out.mp4",
    ),
    "nowhere to write at the end": (
        lambda _place: None,
        (*REPLAY, "--run", "no/such/folder/out.json"),
        1,
        "cannot write no/such/folder/out.json: there is no folder no/such/folder",
    ),
    "file in place of a folder": (
        lambda place: (place / "plain").touch(),
        ("replay", "--all", ".", "--report", "plain"),
        1,
        "cannot write plain: plain is a file, wanted a folder",
    ),
    "file above a folder": (
        lambda place: (place / "plain").touch(),
        ("replay", "--all", ".", "--evidence", "plain/evidence"),
        1,
        "cannot write plain/evidence: plain is a file, wanted a folder",
    ),
    "nowhere to write a proposal": (
        lambda _place: None,
        ("site", "suggest", "no.mp4", "--out", "no/such.yaml"),
        1,
        "cannot write no/such.yaml: there is no folder no",
    ),
    "nowhere to write what is imported": (
        lambda _place: None,
        ("site", "import", "no.json", "--out", "no/such.yaml"),
        1,
        "cannot write no/such.yaml: there is no folder no",
    ),
    **{
        f"layout with {why}": (
            lambda _place: None,
            ("site", "import", "no.json", *option),
            2,
            said,
        )
        for why, option, said in (
            ("a lot of two words", ("--lot", "bad lot"), "a letter or digit first, got 'bad lot'"),
            ("a lot with an accent", ("--lot", "é"), "a letter or digit first, got 'é'"),
            ("a scale without end", ("--scale", "inf"), "--scale: wanted 0.001 to 1000, got inf"),
            ("a scale that is none", ("--scale", "nan"), "--scale: wanted 0.001 to 1000, got nan"),
            ("no source", ("--source", ""), "wanted a file or address of the camera's pictures"),
        )
    },
    "unknown option": (lambda _place: None, (*REPLAY, "--quick"), 2, "--quick"),
    "site named twice": (
        lambda _place: None,
        ("serve", "yard.yaml", "yard.yaml"),
        1,
        "site 'yard' is already named by yard.yaml",
    ),
    "no address of this machine": (
        lambda _place: None,
        ("serve", "yard.yaml", "--host", "203.0.113.7"),
        1,
        "203.0.113.7 is no address of this machine",
    ),
}


@pytest.mark.parametrize(("spoil", "command", "code", "sentence"), CASES.values(), ids=CASES)
def test_bad_input(place, monkeypatch, capfd, spoil, command, code, sentence):
    spoil(place)
    assert wayside(monkeypatch, *command) == code
    said = capfd.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    if code == 1:
        assert said.startswith("wayside: ")
        assert len(said.splitlines()) == 1


def test_port_in_use(place, monkeypatch, capfd):
    assert place
    with open_port("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert wayside(monkeypatch, "serve", "yard.yaml", "--port", port) == 1
    said = capfd.readouterr().err
    assert said == (
        f"wayside: port {port} on 127.0.0.1 is already in use: choose another with --port\n"
    )


def test_picture_size_that_changes_is_counted_and_told(place, monkeypatch, capfd):
    """A folder whose pictures change their shape halfway: another view, so all is unknown."""
    import cv2

    folder = place / "pictures"
    folder.mkdir()
    for number in range(10):
        picture = lot_picture({"A1"}, number)
        if number >= 6:
            picture = np.ascontiguousarray(picture[:, :200])
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
    command = ("replay", folder, "--site", "yard.yaml", "--model", "car.onnx", "--camera", "north")
    assert wayside(monkeypatch, *command, "--json") == 0
    said = capfd.readouterr().out
    assert '"resolution_changes": 1' in said
    assert '"reason": "moved"' in said
