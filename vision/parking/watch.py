"""Watches one camera's spots, frame by frame."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import shapely

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame, scale_between
from vision.parking.alignment import (
    NOT_ALIGNED_YET,
    Alignment,
    AlignmentMonitor,
    AlignmentSettings,
    AlignmentStatus,
    Reference,
)
from vision.parking.backdrop import Backdrop, BackdropSettings
from vision.parking.layout import Layout
from vision.parking.looks import GateSettings, SpotLooks
from vision.parking.neighbours import (
    Pair,
    neighbours,
    outline_between,
    unclear_pairs,
)
from vision.parking.spot_state import (
    EVIDENCE_LIMIT,
    SettlingSettings,
    SpotEvidence,
    SpotState,
    SpotStatus,
    UnknownReason,
    first_spot_state,
    next_spot_state,
)
from vision.parking.stopping import STILL_S, Stopped, find_stopped, next_stopped
from vision.parking.working_picture import WorkingPicture
from vision.polygons import polygon_area
from vision.stages import UNTIMED, Stages
from vision.view_health import ViewFault, ViewHealth, ViewMonitor, ViewSettings

KEPT_LAYOUTS = 256  # of cameras whose pictures are larger, or whose spots lie a little aside
PARTLY_HIDDEN, WHOLLY_HIDDEN = 0.5, 0.8  # shares of a spot's width
KNOWN = (SpotStatus.FREE, SpotStatus.OCCUPIED)

REASON_OF_FAULT: Mapping[ViewFault, UnknownReason] = {
    ViewFault.LOST: UnknownReason.CAMERA_LOST,
    ViewFault.FROZEN: UnknownReason.FROZEN,
    ViewFault.DARK: UnknownReason.DARK,
    ViewFault.OVEREXPOSED: UnknownReason.OVEREXPOSED,
    ViewFault.BLURRED: UnknownReason.BLURRED,
    ViewFault.COVERED: UnknownReason.COVERED,
    ViewFault.DIRTY: UnknownReason.COVERED,
    ViewFault.MOVED: UnknownReason.MOVED,
}


class SpotClassifier(Protocol):
    """Tells how likely each spot of a picture is occupied."""

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),
    ) -> FloatArray:
        """(N,) probability of a car on each of the N (K, 2) outlines.

        `among` are outlines of spots that are not asked about, but there.
        """
        ...


@dataclass(frozen=True, slots=True)
class ParkingSettings:
    """How one camera's spots are followed."""

    settling: SettlingSettings = field(default_factory=SettlingSettings)
    view: ViewSettings = field(default_factory=ViewSettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    backdrop: BackdropSettings = field(default_factory=BackdropSettings)
    gate: GateSettings = field(default_factory=GateSettings)


@dataclass(frozen=True, slots=True)
class ParkingResult:
    """Everything known about a camera's spots after one frame."""

    camera_id: str
    frame_id: int | None
    """Of the last picture; None before the first."""
    timestamp_ns: int
    health: ViewHealth
    spots: Mapping[str, SpotState]
    """By spot_id, in the layout's order."""
    probabilities: Mapping[str, float]
    """Of a car in this one picture, by spot_id; empty when the view was not trusted."""
    alignment: Alignment = NOT_ALIGNED_YET
    layout: Layout | None = None
    """In px of the last picture, a corrected drift included; None before the first."""
    model: str | None = None
    """What told the probabilities."""
    stopped: tuple[Stopped, ...] = ()
    """Vehicles that stand in a zone; outlines in px of the last picture."""
    hidden: Mapping[str, float] = field(default_factory=dict)
    """Share of a spot that something nearer covers, where there is any, by spot_id."""


class ParkingWatch:
    """Follows the spots of one layout; time enters only with frames and losses."""

    def __init__(
        self,
        layout: Layout,
        classifier: SpotClassifier,
        settings: ParkingSettings | None = None,
        reference: ImageArray | None = None,
        model: str | None = None,
    ) -> None:
        """`reference` is the picture on which the spots were drawn; else it is the first one.

        Raises LayoutError where it has another shape than the layout says.
        """
        if reference is not None:
            height_px, width_px = reference.shape[:2]
            layout = replace(layout.scaled_to(width_px, height_px), drawn_px=(width_px, height_px))
        self._model = model
        self._classifier = classifier
        self._settings = settings or ParkingSettings()
        self._monitor = ViewMonitor(self._settings.view)
        self._states: dict[str, SpotState] = {}
        self._frame_id: int | None = None
        self._looks = SpotLooks(self._settings.gate)
        self._layout = layout
        self._drawn_px = layout.drawn_px  # size of the picture that it was drawn for
        self._present: Layout | None = None
        self._alignment = AlignmentMonitor(
            [*layout.polygons, *(zone.polygon for zone in layout.zones)],
            self._settings.alignment,
            reference,
            None if layout.drawn_px is None else layout.drawn_px[0],
        )
        self._homography: FloatArray | None = None
        self._backdrop: Backdrop | None = None
        self._stopped: list[Stopped] = []  # in coarse px, whatever size the pictures have
        self._coarse_scale = 1.0
        self._is_paused = False
        self._neighbours = neighbours(layout.spots)
        self._across: list[Pair] = []

    def update(self, frame: Frame, stages: Stages = UNTIMED) -> ParkingResult:
        """Take one picture; raises LayoutError when the spots leave the one they were drawn for.

        That is the reference, or of the size that the layout says, else the first picture. Pictures
        of another size but the same shape are the same view; of another shape, another view: all
        spots are unknown meanwhile, and where the layout says its size the first is refused.
        """
        self._frame_id = frame.frame_id
        with stages("health"):
            health = self._monitor.update(frame)
        layout = self._layout_for(frame)
        picture = WorkingPicture(frame.image)
        self._coarse_scale = picture.coarse_scale
        if layout is None and health.fault is None:
            health = replace(health, fault=ViewFault.MOVED)
        if layout is not None and health.fault is None and health.suspected is None:
            with stages("align"):
                health, layout = self._aligned(health, layout, picture, frame.timestamp_ns)
        if layout is None or health.fault is not None:
            self._is_paused |= health.fault is not ViewFault.MOVED
            reason = REASON_OF_FAULT[health.fault or ViewFault.MOVED]
            return self._result(frame.timestamp_ns, health, reason, {})
        self._present = layout
        if health.suspected is not None:
            return self._result(frame.timestamp_ns, health, None, {})
        small = _scaled(layout, picture.coarse_scale)
        gone = _out_of_view(layout, *frame.size_px)
        with stages("backdrop"):
            hidden = self._hidden(picture, small, frame.timestamp_ns)
        with stages("classify"):
            probabilities = self._classify(frame, layout, picture, small, gone)
            self._stopped = self._find_stopped(frame, small)
        with stages("settle"):
            return self._result(frame.timestamp_ns, health, None, probabilities, hidden, gone)

    def lose(self, now_ns: int, reason: UnknownReason) -> ParkingResult:
        """No picture is to be had: every spot is unknown for `reason`."""
        self._is_paused = True
        return self._result(now_ns, self._monitor.lose(now_ns), reason, {})

    @property
    def reference(self) -> Reference | None:
        """How the place looks, as a later watch may recall it; another object after a change."""
        return self._alignment.reference

    def recall(self, reference: Reference) -> None:
        """Before the first picture: compare with what an earlier watch of this layout knew."""
        self._alignment.recall(reference)
        self._drawn_px = self._drawn_px or reference.size_px

    @property
    def classified(self) -> tuple[int, int]:
        """Spots that were classified since the start, and those whose last answer stood."""
        return self._looks.classified, self._looks.spared

    def _aligned(
        self, health: ViewHealth, layout: Layout, picture: WorkingPicture, now_ns: int
    ) -> tuple[ViewHealth, Layout | None]:
        """The view's health and the spots where they lie now."""
        if self._is_paused:
            self._alignment.look_next()
            self._is_paused = False
        believed = self._alignment.update(picture, now_ns)
        if believed.status is AlignmentStatus.MOVED:
            return replace(health, fault=ViewFault.MOVED, since_ns=believed.since_ns or 0), None
        if believed.is_doubtful:
            health = replace(health, suspected=ViewFault.MOVED)
        if believed.homography is not self._homography:
            self._homography = believed.homography
            self._backdrop = None
            self._stopped = []
            self._looks.forget()
            self._across = []
        if believed.is_still:
            return health, layout
        return health, _moved(layout, believed, picture.source_width_px)

    def _hidden(self, picture: WorkingPicture, small: Layout, now_ns: int) -> dict[str, float]:
        """By spot_id, the share that something nearer covers; `small` is in coarse px."""
        if self._backdrop is None:
            self._backdrop = Backdrop(small.polygons, self._settings.backdrop)
        states = [self._states.get(spot.spot_id) for spot in small.spots]
        is_explained = np.array(
            [
                state is not None and state.status in KNOWN and state.hidden_since_ns is None
                for state in states
            ],
            np.bool_,
        )
        shares = self._backdrop.update(picture.coarse, now_ns, is_explained)
        return {
            spot.spot_id: float(share)
            for spot, share in zip(small.spots, shares, strict=True)
            if share >= PARTLY_HIDDEN
        }

    def _find_stopped(self, frame: Frame, small: Layout) -> list[Stopped]:
        """Vehicles in zones; they and `small` are in coarse px."""
        if not small.zones or self._backdrop is None:
            return []
        area_px = float(np.median([polygon_area(outline) for outline in small.polygons]))
        states = [self._states.get(spot.spot_id) for spot in small.spots]
        may_be_taken = np.array(
            [
                state is None
                or state.status is not SpotStatus.FREE
                or state.occupied_log_odds > -EVIDENCE_LIMIT
                for state in states
            ]
        )
        standing = self._backdrop.without_vehicles_in(
            self._backdrop.standing(STILL_S), may_be_taken
        )
        scale = self._coarse_scale
        return next_stopped(
            self._stopped,
            find_stopped(small.zones, standing, area_px, frame.timestamp_ns),
            lambda outlines: self._classifier(frame.image, [each / scale for each in outlines]),
            frame.timestamp_ns,
        )

    def _classify(
        self,
        frame: Frame,
        layout: Layout,
        picture: WorkingPicture,
        small: Layout,
        gone: Collection[str],
    ) -> dict[str, float]:
        shown = {spot.spot_id: spot.polygon for spot in small.spots if spot.spot_id not in gone}
        due = set(self._looks.due(picture.coarse, shown, frame.timestamp_ns))
        for pair in self._across:
            if due & set(pair):
                due |= set(pair)  # half a vehicle is only known together with its other half
        fresh: dict[str, float] = {}
        if due:
            outlines = {spot.spot_id: spot.polygon for spot in layout.spots}
            names = [name for name in outlines if name in due]
            occupied = self._classifier(
                frame.image, [outlines[name] for name in names], list(outlines.values())
            )
            fresh = {name: float(each) for name, each in zip(names, occupied, strict=True)}
        known = self._looks.take(fresh, frame.timestamp_ns)
        across = self._look_between(frame.image, layout, known, fresh)
        return self._looks.take(across, frame.timestamp_ns) if across else known

    def _look_between(
        self,
        image: ImageArray,
        layout: Layout,
        known: Mapping[str, float],
        fresh: Mapping[str, float],
    ) -> dict[str, float]:
        """Of spots that a vehicle stands across, how surely; `fresh` were just looked at."""
        least = self._settings.gate.clear_probability
        seen_anew = [pair for pair in self._neighbours if set(pair) & fresh.keys()]
        pairs = unclear_pairs(seen_anew, known, least)
        self._across = [pair for pair in self._across if not set(pair) & fresh.keys()]
        if not pairs:
            return {}
        outlines = {spot.spot_id: spot.polygon for spot in layout.spots}
        between = [outline_between(outlines[one], outlines[other]) for one, other in pairs]
        found: dict[str, float] = {}
        for pair, shown in zip(pairs, self._classifier(image, between), strict=True):
            if shown >= least:
                self._across.append(pair)
                found |= {name: max(float(shown), found.get(name, 0.0)) for name in pair}
        return found

    def _result(
        self,
        now_ns: int,
        health: ViewHealth,
        blind_reason: UnknownReason | None,
        probabilities: Mapping[str, float],
        hidden: Mapping[str, float] | None = None,
        gone: Collection[str] = (),
    ) -> ParkingResult:
        hidden = hidden or {}
        states: dict[str, SpotState] = {}
        for spot in self._layout.spots:
            state = self._states.get(spot.spot_id) or first_spot_state(now_ns, spot.is_closed)
            seen = None
            if blind_reason is not None:
                seen = SpotEvidence(None, blind_reason)
            elif spot.spot_id in gone:
                seen = SpotEvidence(None, UnknownReason.MOVED)
            elif spot.spot_id in probabilities:
                share = hidden.get(spot.spot_id, 0.0)
                seen = evidence_of(state, probabilities[spot.spot_id], share)
            states[spot.spot_id] = next_spot_state(state, seen, now_ns, self._settings.settling)
        self._states = states
        stopped = [
            replace(each, outline=each.outline / self._coarse_scale) for each in self._stopped
        ]
        return ParkingResult(
            camera_id=self._layout.camera_id,
            frame_id=self._frame_id,
            timestamp_ns=now_ns,
            health=health,
            spots=dict(states),
            probabilities=probabilities,
            alignment=self._alignment.believed,
            layout=self._present,
            model=self._model,
            stopped=tuple(stopped) if blind_reason is None else (),
            hidden=hidden,
        )

    def _layout_for(self, frame: Frame) -> Layout | None:
        """The layout in the px of this picture, or None when its shape is another one."""
        drawn_px = self._drawn_px or frame.size_px
        if self._present is None:
            self._layout.check_inside(*drawn_px)
            self._layout.scaled_to(*frame.size_px)
        self._drawn_px = drawn_px
        scale = scale_between(drawn_px, frame.size_px)
        return None if scale is None else _scaled(self._layout, scale)


@lru_cache(maxsize=KEPT_LAYOUTS)
def _scaled(layout: Layout, factor: float) -> Layout:
    """The layout on pictures `factor` times as large."""
    return layout if factor == 1 else layout.scaled(factor)


@lru_cache(maxsize=KEPT_LAYOUTS)
def _moved(layout: Layout, alignment: Alignment, width_px: int) -> Layout:
    """The layout where a camera that stands like this shows it, in pictures of this width."""
    return layout.moved(lambda outline: alignment.points(outline, width_px))


@lru_cache(maxsize=KEPT_LAYOUTS)
def _out_of_view(layout: Layout, width_px: int, height_px: int) -> frozenset[str]:
    """Ids of the spots that a camera which stands a little aside no longer shows."""
    picture = shapely.box(0, 0, width_px, height_px)
    grounds = [(spot.spot_id, shapely.Polygon(spot.polygon)) for spot in layout.spots]
    return frozenset(
        spot_id
        for spot_id, ground in grounds
        if ground.intersection(picture).area <= (1 - WHOLLY_HIDDEN) * ground.area
    )


def evidence_of(state: SpotState, probability: float, hidden_share: float) -> SpotEvidence:
    """What one look at a spot is worth when something nearer covers that share of it.

    A spot that is wholly hidden is not seen, whatever the picture looks like there. One that is
    partly hidden may be confirmed by what can be seen of it, but not changed.
    """
    says = SpotStatus.OCCUPIED if probability > 0.5 else SpotStatus.FREE
    is_hidden = hidden_share >= PARTLY_HIDDEN and says is not state.status
    if is_hidden or hidden_share >= WHOLLY_HIDDEN:
        return SpotEvidence(None, UnknownReason.SPOT_HIDDEN)
    return SpotEvidence(probability)
