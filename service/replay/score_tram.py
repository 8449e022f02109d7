"""How good a tram's replay was: hazards missed, warnings early or false, distances off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from service.replay.fault_notice import fault_notices, notice_figures
from service.replay.figure import Difference, Figure, Score, joined_differences
from service.replay.own_speed_error import own_speed_error
from service.replay.range_error import range_bands, range_figures, range_pairs
from service.replay.recorded_run import RecordedRun
from service.replay.timeline import Stretch, Timeline, clipped, joined, overlaps
from service.replay.truth import HEALTHY, TrueBox, TrueFrame, Truth
from vision.tram.alert_settings import AlertSettings
from vision.tram.braking import BrakingCurve

WARNING = ("caution", "alarm")
EARLY_S = 3.0  # a warning this long before a good driver wants one belongs to that hazard
LINGER_S = 2.0  # and so does one that stands this long after it
LATE_S = 1.0  # what follows within this time is late, not missed
ALARM_LATE_S = 0.5  # likewise for the step from caution to alarm
START_S = 1.0  # until the first pictures have been seen
BLIND_GRACE_S = 2.0
SUBJECT = "display"
DECIMALS = 4
SECONDS_PER_HOUR = 3600.0
IN_SIGHT = 0.3  # of an obstacle's outline: a bicycle shows no more behind its rider
BRAKING, REACTION_S = BrakingCurve(), AlertSettings().reaction_s
"""Of a usual tram and driver: the truth is the same whatever a site file says."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A time in which a good driver would want caution or alarm."""

    from_s: float
    to_s: float
    level: str
    """The highest that is wanted."""
    warned_at_s: float | None
    """None when no warning stood in this time."""
    alarmed_at_s: float | None
    lead_s: float | None
    """From the warning to the moment when it is wanted; negative when it came late."""
    collision_lead_s: float | None
    """True time to collision when the warning came."""
    stop_margin_m: float | None
    """Way left before the obstacle if the driver reacts to the alarm and brakes; None where no
    alarm came, or where nothing was seen while there was way enough."""
    is_missed: bool


def score_tram(run: RecordedRun, truth: Truth) -> Score:
    """What the driver was shown against what a good driver would want."""
    shown = run.alert_timeline()
    end_s = min(run.duration_s, truth.end_s)
    wanted = clipped(truth.alert_timeline(), 0.0, end_s)
    health = clipped(truth.health_timeline(), 0.0, end_s)
    spans = warnings(wanted)
    hazards = [_hazard(span, shown, health, truth) for span in spans]
    notices = fault_notices(health, [shown], lambda each: each.state == "unavailable")
    pairs = range_pairs(run, truth)
    differences = _all_differences(shown, wanted, health, spans)
    false = [each for each in warnings(shown) if not _belongs(each, spans)]
    return Score(
        figures=(
            *_hazard_figures(hazards),
            *_false_figures(false, differences, end_s, truth.driven_m(end_s)),
            *_share_figures(differences, end_s),
            *notice_figures(notices),
            own_speed_error(run, truth),
            *range_figures(pairs),
        ),
        differences=differences,
        details={
            "hazards": [asdict(each) for each in hazards],
            "ranges": range_bands(pairs),
            "faults": [asdict(each) for each in notices],
        },
    )


def warnings(levels: Timeline) -> Timeline:
    """Times of caution or alarm, whichever, as one stretch each, with the highest level."""
    merged = joined(
        Stretch(each.from_s, each.to_s, "warning" if each.state in WARNING else "quiet")
        for each in levels
    )
    return tuple(
        replace(each, state=_highest(levels, each)) for each in merged if each.state == "warning"
    )


def _highest(levels: Timeline, span: Stretch) -> str:
    states = {e.state for e in levels if e.from_s < span.to_s and e.to_s > span.from_s}
    return max(states & set(WARNING), key=WARNING.index)


def _hazard(span: Stretch, shown: Timeline, health: Timeline, truth: Truth) -> Hazard:
    raised = [each.from_s for each in warnings(shown) if _meets(each, span)]
    warned_at_s = raised[0] if raised else None
    alarms = [each.from_s for each in shown if each.state == "alarm" and _meets(each, span)]
    blind_s = sum(
        to_s - from_s
        for from_s, to_s, told, view in overlaps(shown, health)
        if view.state != HEALTHY and told.state == "unavailable"
        for from_s, to_s in [(max(from_s, span.from_s), min(to_s, span.to_s))]
        if to_s > from_s
    )
    can_be_judged = span.length_s - blind_s > LATE_S
    return Hazard(
        from_s=span.from_s,
        to_s=span.to_s,
        level=span.state,
        warned_at_s=warned_at_s,
        alarmed_at_s=alarms[0] if alarms else None,
        lead_s=None if warned_at_s is None else round(span.from_s - warned_at_s, 2),
        collision_lead_s=(None if warned_at_s is None else _true_ttc_s(truth, span, warned_at_s)),
        stop_margin_m=_stop_margin_m(truth, span, alarms[0]) if alarms else None,
        is_missed=warned_at_s is None and can_be_judged,
    )


def _meets(raised: Stretch, hazard: Stretch) -> bool:
    return raised.from_s < hazard.to_s and raised.to_s > hazard.from_s


def _belongs(raised: Stretch, hazards: Iterable[Stretch]) -> bool:
    """Whether a warning began for one of the hazards, not long before and not after."""
    return any(
        raised.from_s >= each.from_s - EARLY_S
        and raised.from_s < each.to_s + LINGER_S
        and raised.to_s > each.from_s
        for each in hazards
    )


def _true_ttc_s(truth: Truth, span: Stretch, at_s: float) -> float | None:
    """Of what stands nearest in the way during the hazard or steps there right after."""
    culprits = _culprits(truth, span)
    times = [
        box.time_to_collision_s
        for box in truth.frame_at(at_s).boxes
        if box.id in culprits and box.time_to_collision_s is not None
    ]
    return min(times, default=None)


def _culprits(truth: Truth, span: Stretch) -> set[str]:
    """Ids of what stands nearest in the way during the hazard or right after."""
    return {
        _nearest(frame.boxes).id
        for frame in truth.frames
        if span.from_s <= frame.t_s < span.to_s + LINGER_S and _in_the_way(frame.boxes)
    }


def _stop_margin_m(truth: Truth, span: Stretch, alarmed_at_s: float) -> float | None:
    """Way left before the nearest culprit, from the alarm on; None if it came in sight too near."""
    culprits = _culprits(truth, span)
    before = [frame for frame in truth.frames if frame.t_s < alarmed_at_s]
    could_stop = any(
        box.id in culprits and box.visibility >= IN_SIGHT and (_way_left_m(box, frame) or -1) >= 0
        for frame in before
        for box in frame.boxes
    )
    frame = truth.frame_at(alarmed_at_s)
    left = [_way_left_m(box, frame) for box in frame.boxes if box.id in culprits]
    known = [each for each in left if each is not None]
    return round(min(known), 1) if known and could_stop else None


def _way_left_m(box: TrueBox, frame: TrueFrame) -> float | None:
    """Distance less the way of reaction and braking, both towards what may itself move on."""
    speed_mps, closing_mps = frame.ego_speed_mps, box.closing_speed_mps
    if box.distance_along_track_m is None or speed_mps is None or closing_mps is None:
        return None
    closing_mps = max(closing_mps, 0.0)
    braking_m = closing_mps**2 / (2 * BRAKING.deceleration_mps2(speed_mps))
    return box.distance_along_track_m - closing_mps * REACTION_S - braking_m


def _in_the_way(boxes: Iterable[TrueBox]) -> list[TrueBox]:
    return [b for b in boxes if b.in_envelope and (b.distance_along_track_m or 0.0) > 0]


def _nearest(boxes: Iterable[TrueBox]) -> TrueBox:
    return min(_in_the_way(boxes), key=lambda box: box.distance_along_track_m or 0.0)


def _all_differences(
    shown: Timeline, wanted: Timeline, health: Timeline, hazards: Sequence[Stretch]
) -> tuple[Difference, ...]:
    found = []
    for from_s, to_s, told, true in overlaps(shown, wanted):
        for view in health:
            begin_s, end_s = max(from_s, view.from_s), min(to_s, view.to_s)
            if end_s > begin_s:
                found += list(_differences(begin_s, end_s, told, true, view, hazards))
    return joined_differences(found)


def _differences(
    from_s: float,
    to_s: float,
    told: Stretch,
    true: Stretch,
    view: Stretch,
    hazards: Sequence[Stretch],
) -> Iterator[Difference]:
    """The differences in a span in which nothing changes."""
    kind, calm_from_s, calm_to_s = _judge(told, true, view, hazards, from_s)
    if kind is None:
        return
    edges = (min(max(edge_s, from_s), to_s) for edge_s in (calm_from_s, calm_to_s))
    cuts = sorted({from_s, to_s, *edges})
    what = true.state if view.state == HEALTHY else f"{true.state} behind a {view.state} picture"
    for begin_s, end_s in pairwise(cuts):
        is_calm = calm_from_s <= begin_s and end_s <= calm_to_s
        yield Difference("settling" if is_calm else kind, SUBJECT, begin_s, end_s, what, told.text)


def _judge(
    told: Stretch, true: Stretch, view: Stretch, hazards: Sequence[Stretch], at_s: float
) -> tuple[str | None, float, float]:
    """What is wrong in this span, and from when to when that may be."""
    if view.state != HEALTHY:
        kind = None if told.state == "unavailable" else "blind"
        return kind, view.from_s, view.from_s + BLIND_GRACE_S
    if told.state == "unavailable":
        return "unavailable", view.from_s, view.from_s + START_S
    if true.state in WARNING and told.state not in WARNING:
        began_s = max((each.from_s for each in hazards if each.from_s <= at_s), default=at_s)
        return "missed", began_s, began_s + LATE_S
    if true.state == "alarm" and told.state == "caution":
        return "understated", true.from_s, true.from_s + ALARM_LATE_S
    if true.state not in WARNING and told.state in WARNING:
        for each in hazards:
            if at_s < each.to_s + LINGER_S and told.to_s > each.from_s - EARLY_S:
                return "false alarm", each.from_s - EARLY_S, each.to_s + LINGER_S
        return "false alarm", at_s, at_s
    return None, at_s, at_s


def _hazard_figures(hazards: Sequence[Hazard]) -> Iterator[Figure]:
    missed = [each for each in hazards if each.is_missed]
    yield Figure("missed_hazards", len(missed), _words(missed[0]) if missed else "")
    alarms = [e for e in hazards if e.level == "alarm" and e.alarmed_at_s is None]
    yield Figure("missed_alarms", len(alarms), _words(alarms[0]) if alarms else "")
    for name in ("lead_s", "collision_lead_s", "stop_margin_m"):
        timed = [(lead, e) for e in hazards if (lead := getattr(e, name)) is not None]
        least = min(timed, key=lambda pair: pair[0], default=None)
        yield Figure(name, least[0] if least else None, _words(least[1]) if least else "")


def _words(hazard: Hazard) -> str:
    end = "no warning" if hazard.warned_at_s is None else f"warned at {hazard.warned_at_s:.2f} s"
    return f"{hazard.level} wanted from {hazard.from_s:.2f} s to {hazard.to_s:.2f} s, {end}"


def _false_figures(
    false: Sequence[Stretch], differences: Sequence[Difference], length_s: float, driven_m: float
) -> Iterator[Figure]:
    worst = ""
    if false:
        first = false[0]
        worst = f"{first.state} shown from {first.from_s:.2f} s to {first.to_s:.2f} s"
    yield Figure("false_alarms", len(false), worst)
    per_hour = len(false) / length_s * SECONDS_PER_HOUR if length_s else None
    yield Figure("false_alarms_per_hour", _rounded(per_hour), worst)
    per_km = len(false) / driven_m * 1000 if driven_m > 1 else None
    yield Figure("false_alarms_per_km", _rounded(per_km), worst)
    yield _share("false_alarm_share", ("false alarm",), differences, length_s)


def _share_figures(differences: Sequence[Difference], length_s: float) -> Iterator[Figure]:
    yield _share("missed_share", ("missed",), differences, length_s)
    yield _share("understated_share", ("understated",), differences, length_s)
    yield _share("unavailable_share", ("unavailable",), differences, length_s)
    yield _share("blind_share", ("blind",), differences, length_s)


def _share(
    name: str, kinds: Sequence[str], differences: Sequence[Difference], length_s: float
) -> Figure:
    found = [each for each in differences if each.kind in kinds]
    longest = max(found, key=lambda each: each.to_s - each.from_s, default=None)
    total_s = sum(each.to_s - each.from_s for each in found)
    return Figure(
        name,
        round(total_s / length_s, DECIMALS) if length_s else None,
        longest.sentence if longest else "",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
