"""Where on the line a tram is when its camera begins anew."""

import pytest

from service.cameras.mission import TramMission
from service.site.site import TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import TRAM_YAML, BrightPersons, track_picture
from vision.frame import Frame
from vision.stages import UNTIMED

LIMITS = "      limits: {start_m: 100, stretches: [{from_m: 0, to_m: 900, kmh: 50}]}\n"


@pytest.mark.parametrize(
    ("is_new_clip", "after_m"),
    [
        pytest.param(True, [100.0, 108.0], id="a clip's next pass"),
        pytest.param(False, [None, None], id="the clock was set"),
    ],
)
def test_line_starts_again_with_a_clip_alone(tmp_path, is_new_clip, after_m):
    (tmp_path / "line.yaml").write_text(TRAM_YAML + LIMITS)
    plan = load_site(tmp_path / "line.yaml").cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission = TramMission("cab", plan, BrightPersons())

    def along_m(at_s: int) -> float | None:
        frame = Frame("cab", at_s, at_s * NS_PER_S, track_picture(None, at_s))
        drive = mission.update(frame, at_s * NS_PER_S, UNTIMED).drive
        assert drive is not None
        return drive.place and drive.place.along_m

    assert [along_m(at_s) for at_s in range(3)] == [100.0, 108.0, 116.0]
    mission.forget(is_new_clip=is_new_clip)
    assert [along_m(at_s) for at_s in (30, 31)] == after_m
