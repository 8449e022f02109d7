import shutil
from pathlib import Path

import pytest

from sample_videos.render.clips import CLIPS
from sample_videos.render.scene import load_scene, scene_names
from sample_videos.render.site_file import write_site


@pytest.mark.parametrize("name", scene_names())
def test_site_file_written_anew_is_the_one_that_is_there(name: str, tmp_path: Path):
    bundled = CLIPS / f"{name}.site.yaml"
    again = Path(shutil.copy(bundled, tmp_path))
    scene = load_scene(name)
    write_site([scene], name, scene.raw["title"], again)
    assert again.read_text() == bundled.read_text()
