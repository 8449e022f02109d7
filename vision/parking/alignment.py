"""Whether a fixed camera still looks where its spots were drawn, and where they lie if not.

Every picture is held against patches of the reference, which is quick. Only where they disagree,
or when the last thorough look is old, the picture is registered against the reference. Two
registrations in a row must agree before anything is believed: a pole that sways is no move. A
small shift is followed by itself; a large one is for a person to confirm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import NS_PER_S
from vision.parking.landmarks import (
    Landmarks,
    agreement,
    find_landmarks,
    map_points,
    register,
)
from vision.parking.working_picture import WIDTH_PX, WorkingPicture

MOST_REFERENCES = 6
PLENTY_OF_INLIERS = 60  # a registration by so many needs no second reference
FEW_INLIERS = 120  # the light has changed so much that this picture becomes a reference too
UNLIKE_AGREEMENT = 0.15  # other places reach 0.08; the same one by day and by lamps 0.35
LONGEST_WAIT = 32  # in usual intervals, after looks in which nothing was recognised
SUDDEN = 0.15  # drop of agreement from one picture to the next that is looked into at once
ALIKE_PX = 1.0  # of `WIDTH_PX`: registrations of one and the same place differ by less
RICH_LANDMARKS = 150  # a picture with so many shows a place, and be it another one


class AlignmentStatus(StrEnum):
    """How the camera stands."""

    UNKNOWN = "unknown"
    """No reference yet, or no picture in which it could be looked for."""
    ALIGNED = "aligned"
    DRIFTED = "drifted"
    """A little aside; the spots follow by themselves."""
    MOVED = "moved"
    """Too far aside to follow without a person."""


@dataclass(frozen=True, slots=True)
class AlignmentSettings:
    """When a camera is looked at thoroughly, and what counts as what."""

    agreement: float = 0.6
    """Below this share of patches that look as before, the picture is registered."""
    look_every_s: float = 1.0
    """While they disagree, or after they did, no more often than this."""
    look_anyway_s: float = 60.0
    """Thorough looks at pictures that agree: shifts of 2 px do not show in the patches."""
    still_share: float = 0.002
    """Shift in picture widths that is none: 1.3 px of 640."""
    drift_share: float = 0.02
    """Up to this shift, in picture widths, spots follow by themselves: 13 px of 640, a third of
    a far spot."""
    lost_after_s: float = 30.0
    """Rich pictures that fit no reference for this long are of another place."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a picture lies over the reference, as it is believed."""

    status: AlignmentStatus
    homography: FloatArray | None
    """(3, 3) from px of the reference to px of the picture, both `WIDTH_PX` wide; None where the
    place is not recognised."""
    shift_px: float
    """Mean shift of the spots' corners in px of the picture; 0 where the place is not known."""
    since_ns: int | None
    """When this status began."""
    is_doubtful: bool = False
    """The last pictures disagree with what is believed: no evidence until that is cleared up."""

    @property
    def is_still(self) -> bool:
        """Whether the spots lie where they were drawn."""
        return self.status in (AlignmentStatus.UNKNOWN, AlignmentStatus.ALIGNED)

    def points(self, points: FloatArray, width_px: int) -> FloatArray:
        """(N, 2) px of the reference as px of the present picture, both `width_px` wide."""
        if self.homography is None:
            return points
        scale = WIDTH_PX / width_px
        return map_points(self.homography, np.asarray(points, np.float64) * scale) / scale


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """How a place looks, as it may be kept: points and descriptors, no picture."""

    size_px: tuple[int, int]
    """Width and height of the pictures that it is of."""
    lights: tuple[Landmarks, ...]
    """The first one, then the same place in other lights; all in px of the first. Their patches
    are empty."""


NOT_ALIGNED_YET = Alignment(AlignmentStatus.UNKNOWN, None, 0.0, None)


@dataclass(frozen=True, slots=True, eq=False)
class AlignmentLook:
    """What one registration says."""

    status: AlignmentStatus
    homography: FloatArray | None
    shift_share: float
    """In picture widths."""


def judge_look(
    homography: FloatArray | None, corners: FloatArray, settings: AlignmentSettings
) -> AlignmentLook:
    """A registration in words; `corners` are (N, 2) of the spots, `WIDTH_PX` wide."""
    if homography is None:
        return AlignmentLook(AlignmentStatus.MOVED, None, 0.0)
    moved = np.linalg.norm(map_points(homography, corners) - corners, axis=1)
    share = float(moved.mean()) / WIDTH_PX
    if share <= settings.still_share:
        return AlignmentLook(AlignmentStatus.ALIGNED, homography, share)
    small = share <= settings.drift_share
    return AlignmentLook(
        AlignmentStatus.DRIFTED if small else AlignmentStatus.MOVED, homography, share
    )


def next_alignment(
    before: Alignment,
    previous: AlignmentLook | None,
    look: AlignmentLook,
    width_px: int,
    now_ns: int,
) -> Alignment:
    """What is believed after one more look; `previous` is the look before it.

    A look that confirms what is believed is taken at once, anything else when two agree.
    """
    is_news = look.status is not before.status
    if is_news and (previous is None or previous.status is not look.status):
        return replace(before, is_doubtful=True)
    homography = look.homography
    if look.status is AlignmentStatus.ALIGNED:
        homography = np.eye(3)
    return Alignment(
        status=look.status,
        homography=homography,
        shift_px=0.0 if homography is None else look.shift_share * width_px,
        since_ns=before.since_ns if look.status is before.status else now_ns,
    )


class AlignmentMonitor:
    """Remembers how a camera's place looks in several lights."""

    def __init__(
        self,
        outlines: Sequence[FloatArray],
        settings: AlignmentSettings | None = None,
        reference: ImageArray | None = None,
        drawn_width_px: int | None = None,
    ) -> None:
        """`outlines` are (K, 2) each, in px of the first picture or of `reference`.

        Or of pictures of the same shape that are `drawn_width_px` wide.
        """
        self._outlines = outlines
        self._drawn_width_px = drawn_width_px
        self._settings = settings or AlignmentSettings()
        self._references: list[Landmarks] = []
        self._size_px = (0, 0)
        self._reference: Reference | None = None
        self._corners: FloatArray = np.zeros((0, 2))
        self._believed = NOT_ALIGNED_YET
        self._previous: AlignmentLook | None = None
        self._agreement = 1.0
        self._looked_ns: int | None = None
        self._elsewhere_ns: int | None = None  # first picture of another place since the last match
        self._follow_up = False
        self._patience = 1
        if reference is not None:
            self._begin(WorkingPicture(reference))

    @property
    def believed(self) -> Alignment:
        """How the camera stands, as of the last picture."""
        return self._believed

    @property
    def reference(self) -> Reference | None:
        """What is compared with; another object after every change. None: nothing worth keeping."""
        return self._reference

    def recall(self, reference: Reference) -> None:
        """Begin with what an earlier monitor of the same outlines compared with."""
        self._references = list(reference.lights)
        self._size_px = reference.size_px
        self._corners = self._drawn_corners()
        self._reference = reference

    def update(self, picture: WorkingPicture, now_ns: int) -> Alignment:
        """Take one healthy picture."""
        if not self._references:
            self._begin(picture)
            self._looked_ns = now_ns
            self._believed = Alignment(AlignmentStatus.ALIGNED, np.eye(3), 0.0, now_ns)
            return self._believed
        if self._is_look_due(picture.grey, now_ns):
            self._look(picture, now_ns)
        return self._believed

    def look_next(self) -> None:
        """Pictures were missing: the next one is looked at thoroughly."""
        self._looked_ns = None

    def _begin(self, picture: WorkingPicture) -> None:
        self._references = [find_landmarks(picture.grey)]
        self._size_px = (picture.source_width_px, picture.source_height_px)
        self._corners = self._drawn_corners()
        self._sum_up()

    def _drawn_corners(self) -> FloatArray:
        """(N, 2) of all outlines, in pictures `WIDTH_PX` wide."""
        width_px = self._drawn_width_px or self._size_px[0]
        return np.concatenate(list(self._outlines)) * (WIDTH_PX / width_px)

    def _is_look_due(self, grey: ImageArray, now_ns: int) -> bool:
        where = self._believed.homography
        agrees = agreement(self._references[-1], np.eye(3) if where is None else where, grey)
        dropped = self._agreement - agrees
        self._agreement = agrees
        if self._looked_ns is None or self._follow_up:
            return True
        since_s = (now_ns - self._looked_ns) / NS_PER_S
        if agrees < self._settings.agreement and dropped > SUDDEN:
            return True
        is_settled = where is not None and not self._believed.is_doubtful
        if agrees >= self._settings.agreement and is_settled:
            return since_s >= self._settings.look_anyway_s
        return since_s >= self._settings.look_every_s * self._patience

    def _look(self, picture: WorkingPicture, now_ns: int) -> None:
        self._looked_ns = now_ns
        patience = self._patience
        found = find_landmarks(picture.grey)
        registration = None
        for reference in [self._references[0], *self._references[:0:-1]]:
            other = register(reference, found)
            if other is not None and (registration is None or other.inliers > registration.inliers):
                registration = other
            if registration is not None and registration.inliers >= PLENTY_OF_INLIERS:
                break
        self._patience = 1
        if registration is None:
            if not self._is_unlike:  # fog, or a new light: there is no hurry
                self._patience = min(2 * patience, LONGEST_WAIT)
            is_elsewhere = len(found.points) >= RICH_LANDMARKS and self._is_unlike
            self._believed = replace(self._believed, is_doubtful=is_elsewhere)
            if is_elsewhere and self._elsewhere_ns is None:
                self._elsewhere_ns = now_ns
            if not is_elsewhere or not self._is_lost(now_ns):
                return
        look = judge_look(
            None if registration is None else registration.homography,
            self._corners,
            self._settings,
        )
        if registration is not None:
            self._elsewhere_ns = None
        before = self._believed
        self._believed = next_alignment(
            before, self._previous, look, picture.source_width_px, now_ns
        )
        self._keep_if_alike(before)
        self._previous = look
        self._follow_up = self._believed.is_doubtful
        homography = self._believed.homography
        if registration is not None and not self._believed.is_doubtful and homography is not None:
            if registration.inliers < FEW_INLIERS:
                self._remember(found, homography)
            elif not len(self._references[-1].patches):
                self._take_patches(found, homography)

    def _keep_if_alike(self, before: Alignment) -> None:
        """A shift that is the same within the noise stays the same to the last digit."""
        now = self._believed
        if now.status is not before.status or now.homography is None or before.homography is None:
            return
        here = map_points(before.homography, self._corners)
        there = map_points(now.homography, self._corners)
        if float(np.linalg.norm(here - there, axis=1).mean()) <= ALIKE_PX:
            self._believed = replace(now, homography=before.homography, shift_px=before.shift_px)

    @property
    def _is_unlike(self) -> bool:
        """Whether the picture shows next to nothing of the reference.

        That is not known of a recalled one: without patches, a new light looks like a new place.
        """
        return self._agreement < UNLIKE_AGREEMENT and len(self._references[-1].patches) > 0

    def _is_lost(self, now_ns: int) -> bool:
        """Whether pictures have been of another place for long."""
        since_ns = now_ns if self._elsewhere_ns is None else self._elsewhere_ns
        return now_ns - since_ns >= self._settings.lost_after_s * NS_PER_S

    def _remember(self, found: Landmarks, homography: FloatArray) -> None:
        """Keep the place as it looks in this light, in px of the first reference."""
        back = np.linalg.inv(homography)
        seen = replace(
            found,
            points=map_points(back, found.points).astype(np.float32),
            patch_points=map_points(back, found.patch_points),
        )
        if len(self._references) == MOST_REFERENCES:
            del self._references[1]
        self._references.append(seen)
        self._sum_up()

    def _take_patches(self, found: Landmarks, homography: FloatArray) -> None:
        """A reference that was recalled has none: take them from a picture that fits it."""
        patch_points = map_points(np.linalg.inv(homography), found.patch_points)
        self._references[-1] = replace(
            self._references[-1], patch_points=patch_points, patches=found.patches
        )

    def _sum_up(self) -> None:
        """What may be kept has changed; a first picture that shows little is not worth it."""
        if len(self._references[0].points) >= RICH_LANDMARKS:
            lights = [
                Landmarks.of_points(each.points, each.descriptors) for each in self._references
            ]
            self._reference = Reference(self._size_px, tuple(lights))
