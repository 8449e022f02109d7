"""What may be wrong with all distances of a picture alike: the pose, the course, the own speed."""

import math

import numpy as np

from vision.arrays import FloatArray
from vision.ground import forward_sigma_m
from vision.tram.calibration_watch import CalibrationCheck, height_doubt_share, pitch_doubt_deg
from vision.tram.obstacle import RangeDoubt
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings

EGO_SPEED_SIGMA_SHARE = 0.02  # of the own speed, whatever measures it
EGO_SPEED_SIGMA_MPS = 0.1


def range_doubt(
    settings: TramSettings, check: CalibrationCheck, scene: Scene, forward_m: FloatArray
) -> RangeDoubt:
    """What calibration, course and own speed leave open at (N,) distances."""
    pitch_sigma_deg = pitch_doubt_deg(check, settings.pitch_sigma_deg)
    by_pitch_m = forward_sigma_m(scene.camera, forward_m, 0.0, pitch_sigma_deg)
    by_height_m = height_doubt_share(check, settings.height_sigma_share) * forward_m
    by_yaw_m = np.radians(settings.yaw_sigma_deg) * forward_m
    measured_mps = EGO_SPEED_SIGMA_MPS + EGO_SPEED_SIGMA_SHARE * abs(scene.speed_mps)
    return RangeDoubt(
        distance_m=np.hypot(by_pitch_m, by_height_m),
        lateral_m=np.hypot(by_yaw_m, scene.track.lateral_sigma_m(forward_m)),
        bend_m=scene.track.bend_sigma_m(forward_m),
        ego_speed_mps=math.hypot(measured_mps, scene.ego.sigma_mps),
    )
