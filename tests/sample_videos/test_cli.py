"""What the renderer's command line says where something is not there."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sample_videos.render import raw_picture
from sample_videos.render.cli import app


@pytest.mark.parametrize(
    ("command", "told"),
    [
        pytest.param(["clip", "lot_dya"], "no scene is called 'lot_dya'", id="misspelt"),
        pytest.param(["records", "lot_dya"], "no scene is called 'lot_dya'", id="misspelt records"),
        pytest.param(["records", "lot_day"], "render them first", id="records of no pictures"),
        pytest.param(["clip", "lot_day", "--film-only"], "render them first", id="film of none"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(
    command: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(raw_picture, "CACHE", tmp_path)
    said = CliRunner().invoke(app, command, env={"COLUMNS": "300"})
    assert said.exit_code == 2
    assert told in said.output
