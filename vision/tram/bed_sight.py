"""What is known of the bed of the own track ahead, and what stands on it without a class.

The bed is looked at again and again as the tram comes nearer. Every two looks say of each place
whether it moved as ground or as something upright (see bed_parallax). What they say is added up
where it lies, in metres of way driven: a place must have looked upright over some metres before
something is told to stand there, and it is forgotten when it looks like ground again. At rest
nothing new is learnt, and what is known stands.
"""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.ground import GroundCamera
from vision.tram.bed_parallax import (
    FOOT_ASIDE_M,
    Standing,
    parallax,
    standing,
)
from vision.tram.bed_reader import ReadsBed, foot_read, rise_read
from vision.tram.bed_strip import ALONG_M, NEAR_M, STEP, BedStrip, bed_strip
from vision.tram.ego_track import EgoTrack
from vision.tram.resting_view import RestingView, next_resting_views
from vision.tram.unknown_object import HEIGHT_RANGE_M, UnknownObject

LOOK_EVERY_M = 1.2  # of way
PAIRS_M = ((8.5, 17.0, 3.0), (12.0, 28.0, 6.0), (19.0, 45.0, 11.0))
"""Distances from and to, and the way between the two looks that tell best there."""
LEAST_OF_PAIR = 0.6  # of that way, while the tram has not driven all of it
READ_FROM_M, READ_FULLY_M, READ_TO_M = 12.0, 20.0, 45.0
"""Between which a network's word counts, and fully: nearer, how things move tells more."""
READ_LINE_SIGMA_M = 0.25  # of the course, up to which: beyond, hedges and kerbs lie on the strip
READ_MOST_M = 5.5  # so far it lifts a place alone: what it takes back must soon be gone
OVERLAP_M = 1.0  # of two such stretches, at whose ends parts are cut off
KEPT_M = 15.0  # of way: older looks tell nothing more
LINE_SIGMA_M = 0.35  # of the track's course: beyond it nobody knows what lies on the bed
PLACES, PLACE_M = 96, 0.5
FOOT_ROWS = 5  # of the strip that one foot may be in
SMOOTH = (3, 3)  # places aside and along that are taken together
LEAST_RISE_M, MOST_RISE_M = -2.0, 12.0
FADES_M = 20.0  # of way, over which what was seen is forgotten
# Of way, over so much more of which it must have looked upright than like ground. Clear clips reach
# 2.0; rods and pits of a railway's switch more than 3.
ON_RISE_M = 4.0
OFF_RISE_M = 1.0
SURE_RISE_M = 9.0  # of way over which it looked upright: as sure as it gets
DENIED_M = -1.0  # a network's word, from which on less does not make anything stand there
FREE_RISE_M = -0.2  # every place there has looked like ground: branch and pallet stay above 1.0
FREE_TO_M = 20.0  # what is a little high looks like ground from further off
BELIEVED_FROM_M = 12.0  # nearer, the bed has shown long since whatever stands there
CORE_M = 0.7  # from the track's middle: the ground between the rails
SAME_SHARE, SAME_M = 0.25, 4.0  # two places this near, in distance, are one
HIDES_TO = 1.6  # times its distance: so far the bed is hidden by a thing of usual height
PLACE_SIGMA_SHARE = 0.06  # of the distance, of one measurement
LEAST_SIGMA_M, SIDE_SIGMA_M = 0.5, 0.15
MEASURED_FROM_M = 14.0
USUAL_HEIGHT_M, USUAL_HALF_M = 0.4, 0.4
REST_MPS = 0.3
NOTHING: FloatArray = np.zeros((0, 4))


@dataclass(frozen=True, slots=True, eq=False)
class BedLook:
    """One picture's bed and the way driven until then."""

    way_m: float
    strip: BedStrip


@dataclass(frozen=True, slots=True, eq=False)
class BedSight:
    """What is known of the bed ahead."""

    way_m: float = 0.0
    looks: tuple[BedLook, ...] = ()
    """Oldest first."""
    first_m: float = 0.0
    """Along the tram's way, of the first place."""
    rise_m: FloatArray = field(
        default_factory=lambda: np.zeros((PLACES, len(FOOT_ASIDE_M)), np.float32)
    )
    """(P, N) over how much way each place looked upright; below 0 like ground."""
    read_m: FloatArray = field(
        default_factory=lambda: np.zeros((PLACES, len(FOOT_ASIDE_M)), np.float32)
    )
    """(P, N) what of it a network alone said."""
    objects: tuple[UnknownObject, ...] = ()
    found: int = 0
    """Objects so far."""
    reach_m: float = 0.0
    """How far ahead the bed is looked at; 0: not at all."""
    resting: tuple[RestingView, ...] = ()
    """While the tram stands."""
    gone: frozenset[int] = frozenset()
    """Ids of objects that were taken away while it stands."""

    @property
    def present(self) -> tuple[UnknownObject, ...]:
        """The objects that are still there."""
        return tuple(each for each in self.objects if each.object_id not in self.gone)


def next_bed_sight(
    sight: BedSight,
    image: ImageArray,
    camera: GroundCamera,
    track: EgoTrack,
    speed_mps: float | None,
    elapsed_s: float,
    now_ns: int,
    reader: ReadsBed | None = None,
    named_xyxy: FloatArray = NOTHING,
) -> BedSight:
    """The bed after one more (H, W, 3) picture, taken `elapsed_s` after the last one.

    A `reader` tells from single pictures what stands there, besides how it moves between two; not
    behind (M, 4) boxes of surely named things.
    Without a speed nobody can tell what moves as ground does: all is forgotten, and nothing is
    looked at. A tram that reverses moves away from what it knows, and learns nothing new.
    """
    if speed_mps is None or (speed_mps < 0 and not sight.looks):
        return BedSight(found=sight.found)
    way_m = sight.way_m + speed_mps * elapsed_s
    reach_m = _reach_m(track, LINE_SIGMA_M)
    rests = abs(speed_mps) < REST_MPS
    known = [each.believed_longer(elapsed_s) if rests else each for each in sight.objects]
    objects = tuple(each for each in known if each.at_m > way_m and each.is_believed(now_ns))
    sight = replace(sight, way_m=way_m, reach_m=reach_m, objects=objects)
    if rests:
        resting = next_resting_views(
            sight.resting, sight.objects, image, camera, track, way_m, now_ns
        )
        gone = frozenset(each.object_id for each in resting if each.is_gone(now_ns))
        return replace(sight, resting=resting, gone=gone)
    sight = replace(sight, objects=sight.present, resting=(), gone=frozenset())
    if sight.looks and way_m - sight.looks[-1].way_m < LOOK_EVERY_M:
        return sight
    strip = bed_strip(camera, track.line, image)
    read = None if reader is None else rise_read(reader(strip.shown), strip, named_xyxy)
    read_to_m = min(READ_TO_M, _reach_m(track, READ_LINE_SIGMA_M))
    looked = _looked(_moved(sight), strip, camera, read, read_to_m)
    kept = tuple(each for each in sight.looks if way_m - each.way_m < KEPT_M)
    told = _told(looked, strip, camera, read, now_ns)
    return replace(told, looks=(*kept, BedLook(way_m, strip)))


def _reach_m(track: EgoTrack, sigma_m: float) -> float:
    """How far the course of the track is known so well."""
    if not track.is_started or track.is_lost:
        return 0.0
    is_known = track.lateral_sigma_m(ALONG_M) <= sigma_m
    return float(ALONG_M[is_known].max(initial=0.0))


def _moved(sight: BedSight) -> BedSight:
    """The same places with those behind the tram left out, and all a little less sure."""
    driven_m = sight.way_m - sight.looks[-1].way_m if sight.looks else 0.0
    gone = min(int((sight.way_m - sight.first_m) / PLACE_M), PLACES)
    kept = float(np.exp(-driven_m / FADES_M))
    rise_m, read_m = (
        np.pad(known[gone:] * kept, ((0, gone), (0, 0))) for known in (sight.rise_m, sight.read_m)
    )
    return replace(sight, rise_m=rise_m, read_m=read_m, first_m=sight.first_m + gone * PLACE_M)


def _looked(
    sight: BedSight,
    strip: BedStrip,
    camera: GroundCamera,
    read: FloatArray | None,
    read_to_m: float,
) -> BedSight:
    """What the new look says, added to what was known.

    `read` (R, N) is what a network sees in it, as `rise_read` tells; it counts up to `read_to_m`.
    """
    if not sight.looks:
        return sight
    driven_m = sight.way_m - sight.looks[-1].way_m
    rise_m, read_m = sight.rise_m.copy(), sight.read_m.copy()
    along_m = sight.first_m - sight.way_m + (np.arange(PLACES) + 0.5) * PLACE_M
    row = np.log(np.maximum(along_m, PLACE_M) / NEAR_M) / STEP
    for near_m, far_m, wanted_m in PAIRS_M:
        before = _look_before(sight, wanted_m)
        if before is None:
            continue
        seen = parallax(
            strip,
            before.strip,
            camera,
            sight.way_m - before.way_m,
            near_m,
            min(far_m, sight.reach_m),
        )
        if len(seen.rows) < 2:
            continue
        from_m = near_m + OVERLAP_M * (near_m > PAIRS_M[0][0])
        inside = (along_m >= from_m) & (along_m < min(far_m, sight.reach_m) - OVERLAP_M)
        rise = cv2.blur(seen.rise, (1, FOOT_ROWS))
        rise_m[inside] += driven_m * _at(rise, row[inside] - seen.rows[0])
    if read is not None:
        inside = (along_m >= READ_FROM_M) & (along_m < read_to_m)
        weight = np.interp(along_m[inside], (READ_FROM_M, READ_FULLY_M), (0, 1))
        known_m, gain_m = rise_m[inside], driven_m * weight[:, None] * _at(read, row[inside])
        rise_m[inside] = np.minimum(known_m + gain_m, np.maximum(known_m, READ_MOST_M))
        read_m[inside] += gain_m
    return replace(
        sight,
        rise_m=np.clip(rise_m, LEAST_RISE_M, MOST_RISE_M),
        read_m=np.clip(read_m, LEAST_RISE_M, MOST_RISE_M),
    )


def _look_before(sight: BedSight, wanted_m: float) -> BedLook | None:
    """The look about that much way ago."""
    old = [e for e in sight.looks if sight.way_m - e.way_m >= LEAST_OF_PAIR * wanted_m]
    return min(old, key=lambda e: abs(sight.way_m - e.way_m - wanted_m), default=None)


def _at(rise: FloatArray, row: FloatArray) -> FloatArray:
    """(K, N) of (B, N) at (K,) rows between them."""
    shape = (len(row), rise.shape[1])
    if not len(row):
        return np.zeros(shape)
    columns = np.broadcast_to(np.arange(shape[1]), shape)
    rows = np.broadcast_to(row[:, None], shape)
    read: FloatArray = cv2.remap(
        rise.astype(np.float32),
        np.ascontiguousarray(columns, np.float32),
        np.ascontiguousarray(rows, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return read


def _told(
    sight: BedSight, strip: BedStrip, camera: GroundCamera, read: FloatArray | None, now_ns: int
) -> BedSight:
    """The objects by what is known of the places now."""
    level = cv2.blur(sight.rise_m, SMOOTH)
    core = np.where(np.abs(FOOT_ASIDE_M) <= CORE_M, level, LEAST_RISE_M)
    kept = [each for each in sight.objects if _is_there(core, sight, each)]
    found = sight.found
    told: list[UnknownObject] = []
    for peak in _peaks(core, sight):
        if any(_is_of(peak, each, sight.way_m) for each in told):
            continue
        known = next((each for each in kept if _is_of(peak, each, sight.way_m)), None)
        if known is None:
            if peak.ahead_m < PAIRS_M[0][0]:
                continue  # nothing new is seen so near: it is what was passed
            if peak.is_denied:
                continue
            found += 1
            known = _new_object(-found, peak, now_ns, sight.way_m)
        else:
            kept.remove(known)
        measured = _measured(sight, strip, camera, peak)
        known = replace(known, rise_m=peak.rise_m, believed_until_ns=None)
        foot_m = None if read is None else foot_read(read, peak.ahead_m, peak.aside_m)
        if foot_m is not None:  # a network tells a foot better than how the upper parts move
            measured = _at_foot(known, measured, foot_m)
        told.append(_with_measurement(known, measured, sight.way_m))
    return replace(sight, objects=(*told, *kept), found=found)


@dataclass(frozen=True, slots=True)
class _Peak:
    """A place that surely stands up."""

    ahead_m: float
    aside_m: float
    rise_m: float
    read_m: float

    @property
    def is_denied(self) -> bool:
        """Whether a network sees a free bed there, and it is not sure yet to stand up."""
        return self.rise_m < SURE_RISE_M and self.read_m <= DENIED_M


def _peaks(core: FloatArray, sight: BedSight) -> list[_Peak]:
    """The places of (P, N) that stand up more than their surroundings, nearest first."""
    left, peaks = core.copy(), []
    while left.max(initial=0.0) >= ON_RISE_M:
        place, column = np.unravel_index(int(np.argmax(left)), left.shape)
        ahead_m = sight.first_m - sight.way_m + (int(place) + 0.5) * PLACE_M
        reach = int(max(SAME_M, SAME_SHARE * ahead_m) / PLACE_M)
        if ahead_m > 0:
            at = place, column
            aside_m, rise_m = float(FOOT_ASIDE_M[column]), float(left[at])
            peaks.append(_Peak(ahead_m, aside_m, rise_m, float(sight.read_m[at])))
        left[max(int(place) - reach, 0) : int(place) + reach + 1] = LEAST_RISE_M
    return sorted(peaks, key=lambda each: each.ahead_m)


def _is_of(peak: _Peak, known: UnknownObject, way_m: float) -> bool:
    """Whether a place is an object's, or lies behind it where its upper parts are seen."""
    known_m = known.at_m - way_m
    same_m = max(SAME_M, SAME_SHARE * peak.ahead_m)
    return known_m - same_m <= peak.ahead_m <= max(known_m + same_m, HIDES_TO * known_m)


def _is_there(core: FloatArray, sight: BedSight, known: UnknownObject) -> bool:
    """Whether a known object still looks upright, or is believed and not seen to be gone."""
    level = _level_at(core, sight, known)
    if known.believed_until_ns is None or level >= OFF_RISE_M:
        return level >= OFF_RISE_M
    ahead_m = known.at_m - sight.way_m
    return ahead_m > FREE_TO_M or (level > FREE_RISE_M and ahead_m > BELIEVED_FROM_M)


def _level_at(core: FloatArray, sight: BedSight, known: UnknownObject) -> float:
    """How upright the places about a known object look; as before where they are under the cab."""
    if known.at_m - sight.way_m < PAIRS_M[0][0]:
        return known.rise_m
    first = int((known.at_m - SAME_M - sight.first_m) / PLACE_M)
    last = int((known.at_m + SAME_M - sight.first_m) / PLACE_M)
    return float(core[max(first, 0) : last + 1].max(initial=LEAST_RISE_M))


def _new_object(object_id: int, peak: _Peak, now_ns: int, way_m: float) -> UnknownObject:
    return UnknownObject(
        object_id,
        way_m + peak.ahead_m,
        2 * PLACE_SIGMA_SHARE * peak.ahead_m,
        peak.aside_m - USUAL_HALF_M,
        peak.aside_m + USUAL_HALF_M,
        USUAL_HEIGHT_M,
        0.0,
        now_ns,
    )


def _measured(
    sight: BedSight, strip: BedStrip, camera: GroundCamera, peak: _Peak
) -> Standing | None:
    """What stands there, measured with the pair of looks that tells best at its distance.

    From near by, the own way tells more.
    """
    if peak.ahead_m < MEASURED_FROM_M:
        return None
    wanted_m = next((way_m for _, far_m, way_m in PAIRS_M if peak.ahead_m < far_m), None)
    before = None if wanted_m is None else _look_before(sight, wanted_m)
    if before is None:
        return None
    way_m = sight.way_m - before.way_m
    return standing(strip, before.strip, camera, way_m, peak.ahead_m, peak.aside_m)


def _with_measurement(
    known: UnknownObject, measured: Standing | None, way_m: float
) -> UnknownObject:
    """The object after one more measurement; nearer ones count more."""
    if measured is None:
        return known
    sigma_m = max(PLACE_SIGMA_SHARE * measured.along_m, LEAST_SIGMA_M)
    gain = known.at_sigma_m**2 / (known.at_sigma_m**2 + sigma_m**2)
    low_m, high_m = HEIGHT_RANGE_M
    return replace(
        known,
        at_m=known.at_m + gain * (way_m + measured.along_m - known.at_m),
        at_sigma_m=max(known.at_sigma_m * float(np.sqrt(1 - gain)), LEAST_SIGMA_M),
        left_m=known.left_m + gain * (measured.left_m - known.left_m),
        right_m=known.right_m + gain * (measured.right_m - known.right_m),
        height_m=float(
            np.clip(known.height_m + gain * (measured.height_m - known.height_m), low_m, high_m)
        ),
    )


def _at_foot(known: UnknownObject, measured: Standing | None, foot_m: float) -> Standing:
    """The measurement, or the object as it is known, with its foot there."""
    if measured is None:
        measured = Standing(foot_m, known.left_m, known.right_m, known.height_m)
    return replace(measured, along_m=foot_m)
