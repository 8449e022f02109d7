"""The road users in the pictures of one camera: found by the detector, followed, each of a kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import ObjectDetector
from vision.frame import NS_PER_S
from vision.tracker import Tracker, TrackerSettings
from vision.tracks import Tracks
from vision.tram.closer_look import Part, detections_in, part_along
from vision.tram.duplicates import with_surer_animals, without_duplicates
from vision.tram.obstacle import TRAITS
from vision.tram.scene import Scene

KINDS = list(Kind)
ANIMAL_ID = KINDS.index(Kind.ANIMAL)
SAME_TIME = 0.99  # of a period: pictures do not come to the nanosecond
# after a whole look: a closer one alone may follow, so that the next whole one comes by twice that
WHOLE_FRESH_NS = round(0.12 * NS_PER_S)


@dataclass(frozen=True, slots=True, eq=False)
class RoadUserLook:
    """What was found in one picture, and where it was looked."""

    detections: Detections
    part: Part | None = None
    """People, riders and animals were looked for here alone, vehicles not at all; None: all was
    looked for in the whole picture."""


class RoadUsers:
    """Finds and follows what matters to a tram, picture by picture."""

    def __init__(
        self,
        detector: ObjectDetector,
        tracking: TrackerSettings | None = None,
        *,
        closer_look_every_s: float = 0.0,
    ) -> None:
        """The track ahead is looked at closer so often, at most every second picture; 0: never."""
        self._detector = detector
        self._closer_every_ns = round(closer_look_every_s * NS_PER_S)
        self._looked_closer_ns: int | None = None
        self._looks_since = 0
        self._looked_whole_ns: int | None = None
        self._kinds = [KIND_OF.get(name) for name in detector.class_names]
        self._kind_id = np.array([KINDS.index(kind) if kind else -1 for kind in self._kinds])
        # boxes of parked vehicles slide into each other; a faint one is no vehicle by itself
        is_small = [kind is not None and not TRAITS[kind].is_large for kind in self._kinds]
        self._is_small = np.array(is_small, np.bool_)
        self._tracker = Tracker(tracking, self._kind_id, self._is_small)

    def look_at(self, scene: Scene) -> RoadUserLook:
        """Find what matters to a tram, each object once.

        Now and then the track ahead is looked at closer. That is for people, riders and animals:
        of vehicles it gives another view, whose edges lie elsewhere, and boxes that jump between
        two views made false alarms. Where pictures come often it takes the place of a whole look,
        so that every picture costs the same.
        """
        whole, closer, part = Detections.empty(), Detections.empty(), None
        is_closer = self._is_closer_look_due(scene.now_ns)
        is_whole = not (is_closer and self._is_whole_look_fresh(scene.now_ns))
        self._looks_since += 1
        if is_whole:
            self._looked_whole_ns = scene.now_ns
            whole = self._detector(scene.frame.image)
        if is_closer:
            self._looks_since, self._looked_closer_ns = 0, scene.now_ns
            part = part_along(scene.camera, scene.line, scene.size_px)
            closer = detections_in(self._detector, scene.frame.image, part)
            closer = closer[self._is_small[closer.class_id]]
        found = self._each_once(Detections.concatenate([whole, closer]))
        return RoadUserLook(found, None if is_whole else part)

    def follow(self, look: RoadUserLook, scene: Scene) -> Tracks:
        """The tracks of what was found, those that are not confirmed yet included."""
        out_of_sight = partial(self._is_out_of_sight, look.part) if look.part else None
        tracks = self._tracker.follow(look.detections, scene.now_ns, scene.panned_px, out_of_sight)
        return _in_picture(tracks, scene.frame.width_px)

    def is_worth_ranging(self, tracks: Tracks) -> BoolArray:
        """(N,) those that are real, and people and the like already before they are."""
        is_worth: BoolArray = tracks.is_confirmed | self._is_small[tracks.class_id]
        return is_worth

    def kinds_of(self, tracks: Tracks) -> Sequence[Kind]:
        """The kind of each track."""
        return [kind for row in tracks.class_id if (kind := self._kinds[row]) is not None]

    def _each_once(self, detections: Detections) -> Detections:
        """Those whose class matters to a tram, without second ones of one object."""
        kind_id = self._kind_id[detections.class_id]
        found, kind_id = detections[kind_id >= 0], kind_id[kind_id >= 0]
        found = with_surer_animals(found, kind_id, ANIMAL_ID, self._is_small[found.class_id])
        return without_duplicates(found, kind_id)

    def _is_out_of_sight(self, part: Part, xyxy: FloatArray, class_id: IntArray) -> BoolArray:
        """(N,) which boxes of those classes a look at that part alone does not show."""
        return ~(part.shows(xyxy) & self._is_small[class_id])

    def _is_whole_look_fresh(self, now_ns: int) -> bool:
        before_ns = self._looked_whole_ns
        return before_ns is not None and 0 <= now_ns - before_ns <= WHOLE_FRESH_NS

    def _is_closer_look_due(self, now_ns: int) -> bool:
        """Whether it is time again, and there was a picture without one since."""
        if self._closer_every_ns == 0 or self._looks_since < 1:
            return False
        before_ns = self._looked_closer_ns
        return before_ns is None or not 0 <= now_ns - before_ns < SAME_TIME * self._closer_every_ns


def _in_picture(tracks: Tracks, width_px: int) -> Tracks:
    """The tracks that have not left the picture sideways since they were last seen."""
    middle = (tracks.xyxy[:, 0] + tracks.xyxy[:, 2]) / 2
    return tracks[tracks.is_seen | ((middle > 0) & (middle < width_px))]
