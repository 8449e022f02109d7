"""Results of the core as records for clients, honest about age."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from service.live.camera_state import CameraState
from service.live.parking_rules import OpenStay
from service.live.records import (
    AlertRecord,
    CalibrationRecord,
    CameraRecord,
    LotRecord,
    NearestObstacle,
    RunRecord,
    SiteRecord,
    SpotRecord,
    ViolationRecord,
    VoteRecord,
)
from service.live.spot_fusion import Vote
from service.live.violations import Violation
from service.site.site import Camera, Lot, ParkingPlan, Site, TramPlan
from service.timestamps import NS_PER_S, ns_to_iso
from vision.parking.layout import Spot
from vision.parking.lot_count import count_lot
from vision.parking.spot_state import SpotState, SpotStatus, UnknownReason, first_spot_state
from vision.polygons import polygon_centroid
from vision.tram.alert_state import AlertLevel, AlertState, UnavailableReason
from vision.tram.calibration_watch import CalibrationCheck
from vision.tram.drive import Drive
from vision.tram.obstacle import Obstacle
from vision.tram.overspeed import Overspeed

ALERT_VALID_FOR_NS = NS_PER_S // 2  # a display may show an alert state this long after its picture
WARNINGS = (AlertLevel.CAUTION, AlertLevel.ALARM)
DECIMALS = 3
VIOLATION_CONFIDENCE = 0.9  # of the evidence that a known state needs; people look before they act
OVERSPEED_WORDS: Mapping[Overspeed, Literal["none", "hint", "caution"]] = {
    Overspeed.NONE: "none",
    Overspeed.HINT: "hint",
    Overspeed.CAUTION: "caution",
}


def fresh_spot_state(state: SpotState | None, now_ns: int, is_closed: bool = False) -> SpotState:
    """The state as it may be told at `now_ns`: unknown when missing or outdated."""
    if state is None:
        return first_spot_state(now_ns, is_closed)
    is_outdated = now_ns > state.valid_until_ns
    if is_outdated and state.status in (SpotStatus.FREE, SpotStatus.OCCUPIED):
        return replace(
            state,
            status=SpotStatus.UNKNOWN,
            reason=UnknownReason.STALE,
            confidence=0.0,
            changed_at_ns=state.valid_until_ns,
        )
    return state


def spot_record(
    site: Site,
    camera: Camera,
    spot: Spot,
    state: SpotState,
    votes: Sequence[Vote] = (),
    model: str | None = None,
    stay: OpenStay | None = None,
) -> SpotRecord:
    """One spot for clients; `state` comes from `fresh_spot_state` or the fusion of `votes`."""
    is_seen = state.observed_at_ns is not None
    terms = site.terms_of(spot.spot_id)
    plan = camera.plan if isinstance(camera.plan, ParkingPlan) else None
    return SpotRecord(
        site_id=site.site_id,
        lot_id=spot.lot_id,
        spot_id=spot.spot_id,
        camera_id=camera.camera_id,
        group=spot.group,
        status=state.status.value,
        reason=state.reason,
        confidence=round(state.confidence, DECIMALS),
        observed_at=_moment(state.observed_at_ns),
        changed_at=_moment(state.changed_at_ns) if is_seen else None,
        valid_until=_moment(state.valid_until_ns) if is_seen else None,
        polygon=spot.polygon.tolist(),
        occupied_since=_moment(stay.since_ns) if stay and is_seen else None,
        layout_version=None if plan is None else plan.layout.version,
        model_version=model,
        votes=[_vote(each) for each in votes] if len(votes) > 1 else None,
        level=terms.level,
        permits=list(terms.permits),
        max_stay_min=None if terms.max_stay_s is None else terms.max_stay_s / 60,
        lonlat=_lonlat(plan, spot),
    )


def violation_record(site: Site, violation: Violation) -> ViolationRecord:
    """One violation for clients."""
    last_ns = violation.told_ns if violation.ended_ns is None else violation.ended_ns
    return ViolationRecord(
        violation_id=violation.violation_id,
        site_id=site.site_id,
        camera_id=violation.camera_id,
        lot_id=violation.lot_id,
        kind=violation.kind.value,
        subject=violation.subject,
        began_at=ns_to_iso(violation.began_ns),
        ended_at=_moment(violation.ended_ns),
        text=violation.text,
        observed_at=_moment(last_ns),
        changed_at=_moment(last_ns),
        valid_until=None,
        confidence=VIOLATION_CONFIDENCE,
        reason=None,
    )


def _vote(vote: Vote) -> VoteRecord:
    return VoteRecord(
        camera_id=vote.camera_id,
        status=vote.state.status.value,
        reason=vote.state.reason,
        confidence=round(vote.state.confidence, DECIMALS),
        weight=round(vote.weight, DECIMALS),
        observed_at=_moment(vote.state.observed_at_ns),
    )


def _lonlat(plan: ParkingPlan | None, spot: Spot) -> tuple[float, float] | None:
    """The middle of a spot on the map, to about a decimetre."""
    if plan is None or plan.ground_map is None:
        return None
    longitude, latitude = plan.ground_map.lonlats(polygon_centroid(spot.polygon)[None])[0]
    return round(float(longitude), 6), round(float(latitude), 6)


def lot_record(
    site: Site, lot: Lot, states: Sequence[SpotState], changed_at_ns: int | None
) -> LotRecord:
    """The count over a lot's spots, only as fresh and sure as its known spots are.

    Without any it was observed when one of its spots was last seen.
    """
    count = count_lot(lot.lot_id, states)
    known = [state for state in states if state.status in (SpotStatus.FREE, SpotStatus.OCCUPIED)]
    reasons = Counter(state.reason for state in states if state.reason is not None)
    mean = sum(each.confidence for each in known) / len(known) if known else 0.0
    return LotRecord(
        site_id=site.site_id,
        lot_id=lot.lot_id,
        name=lot.name,
        total=count.total,
        free_min=count.free_min,
        free_max=count.free_max,
        occupied=count.occupied,
        unknown=count.unknown,
        closed=count.closed,
        text=str(count),
        reason=reasons.most_common(1)[0][0] if reasons else None,
        confidence=round(mean, DECIMALS),
        observed_at=_moment(min(_seen_ns(known), default=max(_seen_ns(states), default=None))),
        changed_at=_moment(changed_at_ns),
        valid_until=_moment(min((each.valid_until_ns for each in known), default=None)),
    )


def _seen_ns(states: Sequence[SpotState]) -> list[int]:
    return [each.observed_at_ns for each in states if each.observed_at_ns is not None]


def is_late(age_ns: float) -> bool:
    """Whether a result of this age is outdated before the next one can be there."""
    return 2 * age_ns > ALERT_VALID_FOR_NS


def is_outdated(state: AlertState, now_ns: int) -> bool:
    """Whether what was told is too old to be told still."""
    return now_ns > (state.observed_at_ns or 0) + ALERT_VALID_FOR_NS


def fresh_alert_state(
    state: AlertState | None,
    now_ns: int,
    *,
    is_overloaded: bool = False,
    behind_since_ns: int | None = None,
) -> AlertState | None:
    """The state as it may be told at `now_ns`: unavailable when outdated, None when missing.

    `is_overloaded` says that pictures come, but results come too late; `behind_since_ns` that they
    have been so until a moment ago: then a warning is told, but nothing that reassures.
    """
    if state is None or state.level is AlertLevel.UNAVAILABLE:
        return state
    if is_outdated(state, now_ns):
        since_ns = (state.observed_at_ns or 0) + ALERT_VALID_FOR_NS
    elif behind_since_ns is not None and state.level not in WARNINGS:
        since_ns, is_overloaded = behind_since_ns, True
    else:
        return state
    return replace(
        state,
        level=AlertLevel.UNAVAILABLE,
        reason=UnavailableReason.OVERLOADED if is_overloaded else UnavailableReason.NO_PICTURE,
        nearest=None,
        alert_id=None,
        is_acknowledged=False,
        is_escalated=False,
        since_ns=since_ns,
    )


def fresh_drive(drive: Drive | None, now_ns: int) -> Drive | None:
    """The own run as it may be told at `now_ns`; None when it is too old."""
    is_fresh = drive is not None and now_ns <= drive.at_ns + ALERT_VALID_FOR_NS
    return drive if is_fresh else None


def alert_record(
    site: Site, camera: Camera, state: AlertState | None, drive: Drive | None = None
) -> AlertRecord:
    """One display for clients; `state` comes from `fresh_alert_state`, `drive` likewise."""
    is_silent = isinstance(camera.plan, TramPlan) and camera.plan.is_silent
    if state is None:
        return AlertRecord(
            site_id=site.site_id,
            camera_id=camera.camera_id,
            alert_id=None,
            level="unavailable",
            reason=UnavailableReason.NO_PICTURE,
            nearest=None,
            is_acknowledged=False,
            confidence=0.0,
            observed_at=None,
            changed_at=None,
            valid_until=None,
            is_silent=is_silent,
        )
    observed_ns = state.observed_at_ns
    is_available = state.level is not AlertLevel.UNAVAILABLE
    until_ns = observed_ns + ALERT_VALID_FOR_NS if observed_ns is not None else None
    sure = state.nearest.confidence if state.nearest else 1.0
    return AlertRecord(
        site_id=site.site_id,
        camera_id=camera.camera_id,
        alert_id=state.alert_id,
        level=state.level.value,
        reason=state.reason,
        nearest=_nearest(state.nearest) if state.nearest else None,
        is_acknowledged=state.is_acknowledged,
        is_escalated=state.is_escalated,
        confidence=round(sure, DECIMALS) if is_available else 0.0,
        observed_at=_moment(observed_ns),
        changed_at=_moment(state.since_ns),
        valid_until=_moment(until_ns) if is_available else None,
        overspeed=OVERSPEED_WORDS[drive.overspeed.level] if drive else "none",
        run=_run(drive),
        is_silent=is_silent,
    )


def _run(drive: Drive | None) -> RunRecord | None:
    if drive is None or drive.speed_mps is None:
        return None
    overspeed = drive.overspeed
    return RunRecord(
        speed_mps=round(drive.speed_mps, 2),
        speed_age_s=round(drive.speed_age_s, 2),
        is_estimated=drive.is_estimated,
        along_m=None if drive.place is None else round(drive.place.along_m, 1),
        limit_mps=_rounded(overspeed.limit_mps),
        next_limit_mps=_rounded(overspeed.next_limit_mps),
        next_limit_in_m=_rounded(overspeed.next_limit_in_m),
    )


def camera_record(site: Site, camera: Camera, state: CameraState) -> CameraRecord:
    """One camera for clients, its address without credentials."""
    return CameraRecord(
        site_id=site.site_id,
        camera_id=camera.camera_id,
        name=camera.name,
        mission=camera.mission,
        status=state.status.value,
        reason=state.reason,
        confidence=1.0,
        observed_at=_moment(state.observed_at_ns),
        changed_at=_moment(state.changed_at_ns),
        valid_until=_moment(state.valid_until_ns),
        source=camera.public_source,
        frame_id=state.frame_id,
        width_px=state.width_px,
        height_px=state.height_px,
        frames=state.counts.frames,
        dropped=state.counts.dropped,
        damaged=state.counts.damaged,
        reconnects=state.counts.reconnects,
        decoded="key_frames" if state.counts.is_key_frames_only else "every_picture",
        key_frame_interval_s=_rounded(state.counts.key_frame_interval_s),
        stage_ms={name: round(spent, DECIMALS) for name, spent in state.stage_ms.items()},
        latency_ms=None if state.latency_ms is None else round(state.latency_ms, 1),
        calibration=_calibration(state.calibration),
    )


def _calibration(check: CalibrationCheck | None) -> CalibrationRecord | None:
    if check is None or check.found is None or check.stated is None:
        return None
    found = check.found
    return CalibrationRecord.model_validate(
        {
            "verdict": check.verdict.name.lower(),
            "stated_pitch_deg": check.stated.pitch_deg,
            "pitch_deg": round(found.camera.pitch_deg, 2),
            "pitch_sigma_deg": round(found.pitch_sigma_deg, 2),
            "stated_height_m": check.stated.height_m,
            "height_m": round(found.camera.height_m, 2),
            "height_sigma_m": round(found.height_sigma_m, 2),
            "looks": found.parts,
        }
    )


def site_record(site: Site) -> SiteRecord:
    """One site for clients."""
    return SiteRecord(
        site_id=site.site_id,
        name=site.name,
        lot_ids=[lot.lot_id for lot in site.lots],
        camera_ids=[camera.camera_id for camera in site.cameras],
        spot_count=sum(1 for _ in site.spots()),
    )


def _moment(timestamp_ns: int | None) -> str | None:
    return None if timestamp_ns is None else ns_to_iso(timestamp_ns)


def _nearest(obstacle: Obstacle) -> NearestObstacle:
    return NearestObstacle(
        track_id=obstacle.track_id,
        kind=obstacle.kind,
        distance_m=round(obstacle.distance_m, 2),
        lateral_m=round(obstacle.lateral_m, 2),
        closing_speed_mps=round(obstacle.closing_speed_mps, 2),
        time_to_collision_s=_rounded(obstacle.time_to_collision_s),
        in_envelope=obstacle.in_envelope,
        enters_envelope_in_s=_rounded(obstacle.enters_envelope_in_s),
        confidence=round(obstacle.confidence, DECIMALS),
        distance_sigma_m=round(obstacle.distance_sigma_m, 2),
        lateral_sigma_m=round(obstacle.lateral_sigma_m, 2),
        closing_sigma_mps=round(obstacle.closing_sigma_mps, 2),
        time_to_collision_sigma_s=_rounded(obstacle.time_to_collision_sigma_s),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
