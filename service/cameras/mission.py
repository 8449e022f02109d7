"""What a camera is for: its watch, fed with pictures and told of losses."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from service.cameras.kept_reference import KeptReference
from service.ego_speed.reading import SpeedReading
from service.errors import SiteFileError
from service.live.camera_state import Result
from service.site.site import Camera, ParkingPlan, TramPlan
from service.timestamps import NS_PER_S
from streams.picture_file import read_picture
from vision.annotate import annotate_parking, annotate_tram
from vision.arrays import ImageArray
from vision.detector import ObjectDetector
from vision.errors import LayoutError
from vision.frame import Frame
from vision.parking.layout import Layout
from vision.parking.looks import GateSettings
from vision.parking.spot_state import UnknownReason
from vision.parking.watch import ParkingResult, ParkingSettings, ParkingWatch, SpotClassifier
from vision.stages import Stages
from vision.tracker import TrackerSettings
from vision.tram.alert_state import AlertState, UnavailableReason
from vision.tram.bed_reader import ReadsBed
from vision.tram.drive import Drive, next_drive
from vision.tram.ego_motion import Coast
from vision.tram.picture_speed import PictureSpeedometer
from vision.tram.track_evidence import SeesTrack
from vision.tram.watch import TramResult, TramWatch


class Mission(Protocol):
    """Turns pictures into results; remembers, but knows no clock."""

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> Result:
        """Take a picture, `clip_ns` after the first one of its clip or since the start."""

    def lose(self, now_ns: int) -> Result:
        """There is no picture to be had: nothing is known any more."""

    def forget(self, *, is_new_clip: bool = True) -> None:
        """A clip begins anew, or else the clock was set: what was followed until now is void."""

    def acknowledge(self, alert_id: int | None) -> None:
        """The driver has seen this alert; None: the present one."""

    def start(self) -> None:
        """Listen to whatever is needed besides pictures; a replay does not."""

    def stop(self) -> None:
        """Stop listening."""


class ParkingMission:
    """Spots of a fixed camera."""

    def __init__(
        self,
        plan: ParkingPlan,
        classifier: SpotClassifier,
        model: str | None = None,
        gate: GateSettings | None = None,
    ) -> None:
        """Raises SiteFileError where the plan's reference picture cannot be read or used."""
        settings = ParkingSettings(settling=plan.settling, gate=gate or GateSettings())
        reference = _reference(plan.reference)
        try:
            self._watch = ParkingWatch(plan.layout, classifier, settings, reference, model)
        except LayoutError as error:
            raise SiteFileError(f"{plan.reference} does not fit: {error}") from error
        self._kept: KeptReference | None = None
        self._has_recalled = False

    def keep_reference_in(self, kept: KeptReference) -> None:
        """Before the first picture: begin with the kept reference, and keep the newest one."""
        self._kept = kept

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> ParkingResult:  # noqa: ARG002
        """Take a picture; raises LayoutError when the spots do not fit it."""
        if self._kept is not None and not self._has_recalled:
            self._has_recalled = True
            recalled = self._kept.recall()
            if recalled is not None:
                self._watch.recall(recalled)
        result = self._watch.update(frame, stages)
        if self._kept is not None:
            self._kept.keep(self._watch.reference, frame.timestamp_ns)
        return result

    def lose(self, now_ns: int) -> ParkingResult:
        """Every spot is unknown."""
        return self._watch.lose(now_ns, UnknownReason.CAMERA_LOST)

    def forget(self, *, is_new_clip: bool = True) -> None:
        """A lot settles by itself."""

    def acknowledge(self, alert_id: int | None) -> None:
        """A lot raises no alerts."""

    def start(self) -> None:
        """A lot needs nothing but pictures."""

    def stop(self) -> None:
        """Keep what is still to be kept."""
        if self._kept is not None:
            self._kept.close()


def _reference(path: Path | None) -> ImageArray | None:
    """The picture on which spots were drawn; raises SiteFileError where it is none."""
    if path is None:
        return None
    image = read_picture(path)
    if image is None:
        raise SiteFileError(f"{path} is no picture that can be read, wanted the spots' reference")
    return image


class TramMission:
    """The way ahead of a tram."""

    def __init__(
        self,
        camera_id: str,
        plan: TramPlan,
        detector: ObjectDetector,
        tracking: TrackerSettings | None = None,
        track_reader: SeesTrack | None = None,
        bed_reader: ReadsBed | None = None,
    ) -> None:
        self._speed = plan.speed.open()
        self._new_speedometer = partial(PictureSpeedometer, plan.settings.camera)
        self._speedometer = self._new_speedometer() if plan.speed.is_estimated else None
        self._overspeed = plan.overspeed
        self._drive: Drive | None = None
        self._alert: AlertState | None = None
        self._reading_age_s = 0.0  # of the last reading, at its picture
        self._new_watch = partial(
            TramWatch,
            plan.settings,
            detector,
            camera_id=camera_id,
            tracking=tracking,
            track_reader=track_reader,
            bed_reader=bed_reader,
        )
        self._watch = self._new_watch()

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> TramResult:
        """Take a picture, with the own speed of that moment."""
        reading = self._speed.at(clip_ns / NS_PER_S)
        speed_mps = reading.speed_mps if reading else None
        self._reading_age_s = reading.age_s if reading else self._reading_age_s
        if self._speedometer is not None:
            with stages("rails"):
                speed_mps = self._speedometer.update(frame, self._watch.ego_track.line)
        result = self._watch.update(frame, speed_mps, stages, _coast(reading))
        self._drive = next_drive(
            self._drive,
            result.ego.speed_mps,
            frame.timestamp_ns,
            self._overspeed,
            is_estimated=self._speedometer is not None,
            speed_age_s=self._reading_age_s + result.ego.held_for_s(frame.timestamp_ns),
            position_deg=reading.position_deg if reading else None,
            position_age_s=reading.age_s if reading else 0.0,
        )
        self._alert = result.alert
        return replace(result, drive=self._drive)

    def lose(self, now_ns: int) -> TramResult:
        """The assistance is unavailable."""
        result = self._watch.lose(now_ns, UnavailableReason.NO_PICTURE)
        self._alert = result.alert
        return result

    def acknowledge(self, alert_id: int | None) -> None:
        """The driver has seen this alert; another one than the present was not seen."""
        present_id = None if self._alert is None else self._alert.alert_id
        if alert_id is None or alert_id == present_id:
            self._watch.acknowledge()

    def start(self) -> None:
        """Listen to the own speed."""
        self._speed.start()

    def stop(self) -> None:
        """Stop listening to it."""
        self._speed.stop()

    def forget(self, *, is_new_clip: bool = True) -> None:
        """Objects do not jump across a clip's end.

        Numbers of alerts, the cautions of the hour and the camera's pose go on. Where it is no new
        clip, the tram is anywhere on the line and not at its start.
        """
        self._watch = self._new_watch(
            earlier_alert=self._watch.last_alert, calibration=self._watch.calibration
        )
        self._drive = None
        if not is_new_clip:
            self._overspeed = replace(self._overspeed, start_m=None)
        if self._speedometer is not None:
            self._speedometer = self._new_speedometer()


def _coast(reading: SpeedReading | None) -> Coast | None:
    """How a live reading was carried on; a recording tells the speed of every picture."""
    if reading is None or reading.acceleration_mps2 is None:
        return None
    return Coast(reading.sigma_mps, reading.acceleration_mps2)


def annotate(
    camera: Camera, image: ImageArray, result: Result, *, has_captions: bool = True
) -> ImageArray:
    """A copy of the picture with the result drawn in."""
    if isinstance(result, TramResult):
        return annotate_tram(image, result)
    drawn = camera.plan.layout if isinstance(camera.plan, ParkingPlan) else Layout("", 1, ())
    layout = result.layout or drawn
    return annotate_parking(image, layout, result, has_captions=has_captions)
