"""What is known of one site now, and which changes are worth an event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from service.live.camera_state import CameraState, CameraStatus, Result
from service.live.disagreement import Disagreements
from service.live.pace import Pace, next_pace
from service.live.recording import (
    alert_record,
    camera_record,
    fresh_alert_state,
    fresh_drive,
    fresh_spot_state,
    is_late,
    is_outdated,
    lot_record,
    spot_record,
    violation_record,
)
from service.live.records import (
    AlertRecord,
    CameraRecord,
    EventRecord,
    EventType,
    LotRecord,
    Record,
    SpotRecord,
    ViolationRecord,
)
from service.live.spot_fusion import (
    KNOWN,
    SUSPECT_FACTOR,
    Vote,
    contradicts,
    fuse_votes,
    view_weight,
)
from service.live.spot_memory import is_same_place, lasting, remembering
from service.live.violations import Violations
from service.site.site import Camera, Lot, ParkingPlan, Site, TramPlan
from service.site.spot_terms import SpotTerms
from service.timestamps import NS_PER_MS, NS_PER_S
from vision.parking.layout import Spot
from vision.parking.spot_state import SpotState, SpotStatus, UnknownReason
from vision.parking.stopping import Stopped
from vision.parking.watch import ParkingResult
from vision.tram.alert_state import AlertState
from vision.tram.drive import Drive
from vision.tram.watch import TramResult

Kind = Literal["spot", "lot", "camera", "alert", "violation"]
LEFT_OUT_OF_EVENTS = {
    "polygon",
    "stage_ms",
    "latency_ms",
    "source",
    "calibration",
    "decoded",
    "key_frame_interval_s",
}
LEFT_OUT_OF_SPOTS = LEFT_OUT_OF_EVENTS | {
    *("layout_version", "model_version", "votes", "level", "permits", "max_stay_min", "lonlat"),
    "occupied_since",
}
EVENT_TYPE: dict[Kind, EventType] = {
    "spot": "spot.changed",
    "lot": "lot.changed",
    "camera": "camera.changed",
    "alert": "alert.changed",
    "violation": "violation.changed",
}
DISAGREES = "disagrees"
"""Why a camera that contradicts the others for long is impaired."""
COUNT_HOLDS_NS = NS_PER_S // 5  # opening hours and the like may begin so much later
NOT_SEEN_ENOUGH = (UnknownReason.NO_PICTURE_YET, UnknownReason.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a change: camera, picture and time."""

    camera_id: str
    frame_id: int | None
    timestamp_ns: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A lot's count, and the time in which it may be told without counting anew."""

    record: LotRecord
    from_ns: int
    until_ns: int


@dataclass(slots=True)
class SiteState:
    """Newest result per camera; knows no clock and no thread, so a replay is repeatable."""

    site: Site
    ids: Iterator[int]
    """Numbers for events, shared by all sites of a service."""
    _spot_states: dict[tuple[str, str], SpotState] = field(default_factory=dict)
    """By camera_id and spot_id: each camera's own view."""
    _views: dict[str, list[tuple[Camera, Spot]]] = field(default_factory=dict)
    """By spot_id: the cameras that see it, and how."""
    _terms: dict[str, SpotTerms] = field(default_factory=dict)
    """By spot_id: when it is closed, and how long a vehicle may stand there."""
    _weights: dict[tuple[str, str], float] = field(default_factory=dict)
    """By camera_id and spot_id: how well the camera sees the spot."""
    _lots_seen: dict[str, set[str]] = field(default_factory=dict)
    """By camera_id: lots of which it sees spots."""
    _spots_of_lot: dict[str, list[Spot]] = field(default_factory=dict)
    _counted: dict[str, Counted] = field(default_factory=dict)
    """By lot_id; every change of a lot's spots takes its count away."""
    _alert_states: dict[str, AlertState] = field(default_factory=dict)
    _paces: dict[str, Pace] = field(default_factory=dict)
    _drives: dict[str, Drive | None] = field(default_factory=dict)
    _camera_states: dict[str, CameraState] = field(default_factory=dict)
    _lot_changed_ns: dict[str, int] = field(default_factory=dict)
    _published: dict[tuple[Kind, str], Record] = field(default_factory=dict)
    _suspect: set[str] = field(default_factory=set)
    """Cameras whose last picture was doubtful."""
    _models: dict[str, str | None] = field(default_factory=dict)
    """By camera_id: what told its spots last."""
    _stopped: dict[str, tuple[Stopped, ...]] = field(default_factory=dict)
    """By camera_id: vehicles that stand in its zones."""
    _violations: Violations = field(default_factory=Violations)
    _disagreements: Disagreements = field(default_factory=Disagreements)
    _held: set[tuple[str, str]] = field(default_factory=set)
    """Views whose state a changed camera has not seen anew yet; it holds as long as it is valid."""

    def __post_init__(self) -> None:
        self._find_views()
        for camera in self.site.cameras:
            self._camera_states[camera.camera_id] = CameraState()
        for kind, subject, record in self._all_records(0):
            self._published[kind, subject] = record

    def update(self, result: Result, now_ns: int | None = None) -> list[EventRecord]:
        """Take a camera's newest result; returns what changed by it.

        `now_ns` is when it is published, the time of its picture by default: a result that comes
        too late is told as outdated.
        """
        at_ns = result.timestamp_ns if now_ns is None else now_ns
        if isinstance(result, ParkingResult):
            self._take_spots(result)
        else:
            self._take_alert(result, at_ns)
        cause = Cause(result.camera_id, result.frame_id, result.timestamp_ns)
        return list(self._changes(cause, at_ns))

    def _take_spots(self, result: ParkingResult) -> None:
        name = result.camera_id
        self._models[name] = result.model
        self._stopped[name] = result.stopped
        if result.health.suspected:
            self._suspect.add(name)
        else:
            self._suspect.discard(name)
        for spot_id, state in result.spots.items():
            key = (name, spot_id)
            if key in self._held and state.reason in NOT_SEEN_ENOUGH:
                continue
            self._held.discard(key)
            before = self._spot_states.get(key)
            state = lasting(state, before, result.timestamp_ns)
            self._spot_states[key] = remembering(state, before)
        for lot_id in self._lots_seen.get(name, ()):
            self._counted.pop(lot_id, None)

    def _take_alert(self, result: TramResult, now_ns: int) -> None:
        name = result.camera_id
        before = self._alert_states.get(name)
        self._paces[name] = next_pace(
            self._paces.get(name, Pace()),
            has_run_out=before is not None and is_outdated(before, now_ns),
            is_late=is_late(now_ns - result.timestamp_ns),
            now_ns=now_ns,
        )
        self._alert_states[name] = result.alert
        self._drives[name] = result.drive

    def as_told(self, result: TramResult, now_ns: int | None = None) -> TramResult:
        """The result that was taken last, with what a display may show of it at `now_ns`."""
        at_ns = result.timestamp_ns if now_ns is None else now_ns
        return replace(result, alert=self._fresh_alert(result.camera_id, at_ns) or result.alert)

    def restore(self, spots: Mapping[str, SpotState]) -> None:
        """Take what was known before a restart, by spot id; makes no events.

        What a camera has seen since stays.
        """
        for spot_id, state in spots.items():
            for camera, view in self._views.get(spot_id, ()):
                key = (camera.camera_id, spot_id)
                if not view.is_closed:
                    before = self._spot_states.get(key)
                    self._spot_states[key] = remembering(before, state) if before else state
        self._counted.clear()
        for spot in self.spots(0):
            published = self._published["spot", spot.spot_id]
            if isinstance(published, SpotRecord) and published.status == spot.status:
                self._published["spot", spot.spot_id] = spot

    def change(self, site: Site, now_ns: int) -> list[EventRecord]:
        """Go on as `site`, which the same site has become; returns what changed by it.

        What is known of spots whose outline stayed is kept, also over a new start of their camera.
        """
        outlines = {
            (camera.camera_id, spot.spot_id): spot for camera, spot in self.site.spot_views()
        }
        self.site = site
        self._find_views()
        self._held = {
            key
            for camera, spot in site.spot_views()
            if is_same_place(outlines.get(key := (camera.camera_id, spot.spot_id)), spot)
            and key in self._spot_states
        }
        self._spot_states = {key: self._spot_states[key] for key in self._held}
        cameras = {camera.camera_id: camera for camera in site.cameras}
        self._camera_states = {
            name: self._camera_states.get(name, CameraState()) for name in cameras
        }
        self._alert_states = {
            name: state
            for name, state in self._alert_states.items()
            if name in cameras and isinstance(cameras[name].plan, TramPlan)
        }
        self._disagreements.keep(
            {(name, spot_id) for name, spot_id in self._held if len(self._views[spot_id]) > 1}
        )
        return [*self._violations_over(now_ns), *self._changes_of_site(now_ns)]

    def set_camera(self, camera_id: str, state: CameraState, now_ns: int) -> list[EventRecord]:
        """Take a camera's own state; returns an event when its status or reason changed."""
        if state.status is CameraStatus.LIVE and self._disagreements.spots_of(camera_id, now_ns):
            state = replace(state, status=CameraStatus.IMPAIRED, reason=DISAGREES)
        before = self._camera_states[camera_id]
        if (before.status, before.reason) != (state.status, state.reason):
            state = replace(state, changed_at_ns=now_ns)
        else:
            state = replace(state, changed_at_ns=before.changed_at_ns)
        self._camera_states[camera_id] = state
        record = camera_record(self.site, self._camera(camera_id), state)
        return list(
            self._event("camera", camera_id, record, Cause(camera_id, state.frame_id, now_ns))
        )

    def spots(self, now_ns: int) -> list[SpotRecord]:
        """All spots as they may be told at `now_ns`."""
        return [
            self._spot(camera, spot, self._fresh(spot, now_ns), now_ns)
            for camera, spot in self.site.spots()
        ]

    def violations(self) -> list[ViolationRecord]:
        """Those under way and the last that ended, newest first."""
        return [violation_record(self.site, each) for each in self._violations.all()]

    def lots(self, now_ns: int) -> list[LotRecord]:
        """All lots as they may be told at `now_ns`."""
        return [self._counted_lot(lot, now_ns) for lot in self.site.lots]

    def alerts(self, now_ns: int) -> list[AlertRecord]:
        """The displays of all trams as they may be told at `now_ns`."""
        return [
            self._alert(camera, now_ns)
            for camera in self.site.cameras
            if isinstance(camera.plan, TramPlan)
        ]

    def cameras(self) -> list[CameraRecord]:
        """All cameras."""
        return [
            camera_record(self.site, camera, self._camera_states[camera.camera_id])
            for camera in self.site.cameras
        ]

    def _find_views(self) -> None:
        self._views, self._weights, self._lots_seen = {}, {}, {}
        self._spots_of_lot, self._counted, self._terms = {}, {}, {}
        for _, spot in self.site.spots():
            self._terms[spot.spot_id] = self.site.terms_of(spot.spot_id)
            self._spots_of_lot.setdefault(spot.lot_id, []).append(spot)
        for camera, spot in self.site.spot_views():
            self._views.setdefault(spot.spot_id, []).append((camera, spot))
            self._weights[camera.camera_id, spot.spot_id] = view_weight(spot.polygon)
            self._lots_seen.setdefault(camera.camera_id, set()).add(spot.lot_id)

    def _violations_over(self, now_ns: int) -> Iterable[EventRecord]:
        """Those of cameras, spots and zones that are gone."""
        for each in self._violations.change(self.site.cameras, self._terms, now_ns):
            cause = Cause(each.camera_id, None, now_ns)
            yield self._told("violation", each.subject, violation_record(self.site, each), cause)

    def _changes_of_site(self, now_ns: int) -> Iterable[EventRecord]:
        """New and changed spots and lots; new cameras and displays tell of themselves."""
        before, self._published = self._published, {}
        for kind, subject, record in self._all_records(now_ns):
            known = before.get((kind, subject))
            self._published[kind, subject] = known or record
            if isinstance(record, SpotRecord | LotRecord):
                cause = Cause(self._camera_of(record), None, now_ns)
                if known is None:
                    yield self._told(kind, subject, record, cause)
                else:
                    yield from self._event(kind, subject, record, cause)

    def _camera_of(self, record: SpotRecord | LotRecord) -> str:
        """The first camera that sees a spot, or any spot of a lot; any camera for an empty lot."""
        if isinstance(record, SpotRecord):
            return record.camera_id
        seen = (each.camera_id for each, spot in self.site.spots() if spot.lot_id == record.lot_id)
        return next(seen, self.site.cameras[0].camera_id)

    def _changes(self, cause: Cause, now_ns: int) -> Iterable[EventRecord]:
        camera = self._camera(cause.camera_id)
        if isinstance(camera.plan, TramPlan):
            yield from self._event("alert", camera.camera_id, self._alert(camera, now_ns), cause)
            return
        states: dict[str, SpotState] = {}
        for spot in camera.plan.layout.spots:
            state = states[spot.spot_id] = self._fresh(spot, now_ns)
            self._note_disagreement(spot, state, now_ns)
            if not self._is_published(spot, state):
                owner, outline = self._views[spot.spot_id][0]
                record = self._spot(owner, outline, state, now_ns)
                yield from self._event("spot", spot.spot_id, record, cause)
        stopped = self._stopped.get(camera.camera_id, ())
        news = self._violations.take(camera, self._terms, states, stopped, cause.timestamp_ns)
        for each in news:
            yield self._told("violation", each.subject, violation_record(self.site, each), cause)
        for lot in self._lots_of(camera.plan):
            counted = self._lot(lot, now_ns)
            if not counted.is_same_state(self._published["lot", lot.lot_id]):
                self._lot_changed_ns[lot.lot_id] = cause.timestamp_ns
                yield from self._event("lot", lot.lot_id, self._lot(lot, now_ns), cause)

    def _event(
        self, kind: Kind, subject: str, record: Record, cause: Cause
    ) -> Iterable[EventRecord]:
        if record.is_same_state(self._published[kind, subject]):
            return
        self._published[kind, subject] = record
        yield self._told(kind, subject, record, cause)

    def _told(self, kind: Kind, subject: str, record: Record, cause: Cause) -> EventRecord:
        return EventRecord(
            id=next(self.ids),
            type=EVENT_TYPE[kind],
            site_id=self.site.site_id,
            camera_id=cause.camera_id,
            subject=subject,
            frame_id=cause.frame_id,
            timestamp_ns=cause.timestamp_ns,
            data=_event_data(record),
        )

    def _all_records(self, now_ns: int) -> Iterable[tuple[Kind, str, Record]]:
        for spot in self.spots(now_ns):
            yield "spot", spot.spot_id, spot
        for lot in self.lots(now_ns):
            yield "lot", lot.lot_id, lot
        for alert in self.alerts(now_ns):
            yield "alert", alert.camera_id, alert
        for camera in self.cameras():
            yield "camera", camera.camera_id, camera

    def _is_published(self, spot: Spot, state: SpotState) -> bool:
        """Whether clients know this state already; spares building most records."""
        published = self._published["spot", spot.spot_id]
        return (
            isinstance(published, SpotRecord)
            and published.status == state.status
            and published.reason == state.reason
        )

    def _camera(self, camera_id: str) -> Camera:
        return next(each for each in self.site.cameras if each.camera_id == camera_id)

    def _fresh(self, spot: Spot, now_ns: int) -> SpotState:
        """What all cameras that see a spot say of it together."""
        state = fuse_votes(self._votes(spot, now_ns))
        terms = self._terms[spot.spot_id]
        turned_ns = terms.turned_ns(now_ns, self.site.time_zone) or 0
        if terms.is_closed_at(now_ns, self.site.time_zone):
            return replace(
                state,
                status=SpotStatus.CLOSED,
                reason=None,
                confidence=1.0,
                changed_at_ns=turned_ns or state.changed_at_ns,
            )
        return replace(state, changed_at_ns=max(state.changed_at_ns, turned_ns))

    def _votes(self, spot: Spot, now_ns: int) -> list[Vote]:
        """What each camera that sees a spot says of it."""
        return [
            Vote(
                camera.camera_id,
                fresh_spot_state(
                    self._spot_states.get((camera.camera_id, spot.spot_id)), now_ns, view.is_closed
                ),
                self._weight(camera.camera_id, spot.spot_id),
            )
            for camera, view in self._views[spot.spot_id]
        ]

    def _weight(self, camera_id: str, spot_id: str) -> float:
        """How far a camera can be relied on for a spot now."""
        weight = self._weights[camera_id, spot_id]
        return weight * SUSPECT_FACTOR if camera_id in self._suspect else weight

    def _spot(self, camera: Camera, spot: Spot, state: SpotState, now_ns: int) -> SpotRecord:
        votes = self._votes(spot, now_ns)
        model = self._models.get(camera.camera_id)
        stay = self._violations.stay(spot.spot_id)
        return spot_record(self.site, camera, spot, state, votes, model, stay)

    def _note_disagreement(self, spot: Spot, fused: SpotState, now_ns: int) -> None:
        if len(self._views[spot.spot_id]) < 2:
            return
        votes = self._votes(spot, now_ns)
        dissenting = [vote.camera_id for vote in votes if contradicts(vote, fused)]
        agreeing = [vote.camera_id for vote in votes if vote.camera_id not in dissenting]
        self._disagreements.take(spot.spot_id, dissenting, agreeing, now_ns)

    def _fresh_alert(self, camera_id: str, now_ns: int) -> AlertState | None:
        latency_ms = self._camera_states[camera_id].latency_ms or 0.0
        return fresh_alert_state(
            self._alert_states.get(camera_id),
            now_ns,
            is_overloaded=is_late(latency_ms * NS_PER_MS),
            behind_since_ns=self._paces.get(camera_id, Pace()).behind_since_ns(now_ns),
        )

    def _alert(self, camera: Camera, now_ns: int) -> AlertRecord:
        state = self._fresh_alert(camera.camera_id, now_ns)
        drive = fresh_drive(self._drives.get(camera.camera_id), now_ns)
        return alert_record(self.site, camera, state, drive)

    def _lot(self, lot: Lot, now_ns: int) -> LotRecord:
        spots = self._spots_of_lot.get(lot.lot_id, ())
        states = [self._fresh(spot, now_ns) for spot in spots]
        record = lot_record(self.site, lot, states, self._lot_changed_ns.get(lot.lot_id))
        known = (state.valid_until_ns for state in states if state.status in KNOWN)
        until_ns = min((now_ns + COUNT_HOLDS_NS, *known))
        self._counted[lot.lot_id] = Counted(record, now_ns, until_ns)
        return record

    def _counted_lot(self, lot: Lot, now_ns: int) -> LotRecord:
        """The lot as it was counted a moment ago, or counted anew."""
        counted = self._counted.get(lot.lot_id)
        if counted is not None and counted.from_ns <= now_ns <= counted.until_ns:
            return counted.record
        return self._lot(lot, now_ns)

    def _lots_of(self, plan: ParkingPlan) -> Sequence[Lot]:
        seen = {spot.lot_id for spot in plan.layout.spots}
        return [lot for lot in self.site.lots if lot.lot_id in seen]


def _event_data(record: Record) -> dict[str, object]:
    """The record without what never changes or is measured in this machine's time."""
    left_out = LEFT_OUT_OF_SPOTS if isinstance(record, SpotRecord) else LEFT_OUT_OF_EVENTS
    return record.model_dump(mode="json", exclude=left_out)
