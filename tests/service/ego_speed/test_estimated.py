"""The own speed from the picture, on the rendered clips whose speed is known."""

import numpy as np
import pytest

from service.cli.demo import CLIPS_DIR
from service.replay.truth import read_truth
from service.site.site import TramPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.tram.picture_speed import PictureSpeedometer

MOVING_MPS = 2.0


@pytest.mark.parametrize("clip", ["tram_clear", "tram_platform", "tram_beside_track"])
def test_estimate_is_within_a_tenth_on_straight_runs(clip):
    (camera,) = load_site(CLIPS_DIR / f"{clip}.site.yaml").cameras
    truth = read_truth(CLIPS_DIR / f"{clip}.truth.json")
    assert isinstance(camera.plan, TramPlan)
    meter, errors, moving = PictureSpeedometer(camera.plan.settings.camera), [], 0
    for frame, true in zip(open_source(camera.source), truth.frames, strict=True):
        speed_mps = meter.update(frame)
        if true.ego_speed_mps is None or true.ego_speed_mps < MOVING_MPS:
            continue
        moving += 1
        if speed_mps is not None:
            errors.append(abs(speed_mps - true.ego_speed_mps) / true.ego_speed_mps)
    assert len(errors) > moving / 2, "known most of the time"
    assert np.median(errors) <= 0.1
    assert np.max(errors) <= 0.2
