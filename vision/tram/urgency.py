"""How urgent one obstacle is by itself, from where it stands and how the tram can brake."""

from enum import IntEnum

from vision.tram.alert_settings import AlertSettings
from vision.tram.braking import BrakingCurve
from vision.tram.obstacle import TRAITS, Obstacle

INSIDE_SIGMAS = 0.7  # three of four that seem to stand so deep in the envelope do stand in it
# Who has been followed for so long, so deep inside, may look so much less sure. On 14 random rides
# (seed 3): a dog warned of 1.4 s sooner; no clip, bundled or real, tells anything else by it.
DEEP_SIGMAS, DEEP_AFTER_S, FAINT_SHARE = 2.0, 0.8, 0.5
STARTING_MPS = 4.0  # of a tram some seconds after it has started: far enough on to look ahead for
GONE_WITHIN_S = 4.0  # who leaves the envelope by then has gone when a tram that starts is there
ENTRY_LEEWAY_S = 1.0  # what enters this much later than the tram's front meets its side


class Urgency(IntEnum):
    """How urgent an obstacle is, in the order of an available display's levels."""

    CLEAR = 0
    INFORMATION = 1
    CAUTION = 2
    ALARM = 3


def urgency_of(
    obstacle: Obstacle,
    speed_mps: float,
    braking: BrakingCurve,
    settings: AlertSettings,
    slack: float = 1.0,
) -> Urgency:
    """How urgent one obstacle is by itself; `slack` widens every threshold."""
    is_coming = _is_coming(obstacle, settings.entry_horizon_s * slack)
    if not (obstacle.in_envelope or is_coming):
        return Urgency.CLEAR
    stop_m = slack * braking.stopping_distance_m(
        speed_mps, settings.reaction_s, settings.stop_margin_m
    )
    # what surely runs on ahead of the tram goes on doing so while the driver reacts and brakes
    sure_closing_mps = obstacle.closing_speed_mps + obstacle.closing_sigma_mps
    flees_mps = max(speed_mps - sure_closing_mps, 0.0)
    flees_m = flees_mps * settings.reaction_s + braking.braking_distance_m(flees_mps)
    needed_m = stop_m - flees_m
    ttc_s = obstacle.time_to_collision_s
    is_sure = obstacle.confidence * slack >= _needed_confidence(obstacle)
    # a mast beside the track stands on the envelope's edge as seen from afar
    is_inside = obstacle.in_envelope and obstacle.inside_sigmas * slack >= INSIDE_SIGMAS
    if ttc_s is not None and is_sure and (is_inside or is_coming):
        may_alarm = obstacle.in_envelope or _is_coming(obstacle, settings.alarm_entry_s * slack)
        if may_alarm and obstacle.distance_m < needed_m and ttc_s < settings.alarm_ttc_s * slack:
            return Urgency.ALARM
        is_near = obstacle.distance_m < needed_m * settings.caution_factor
        if is_near and ttc_s < settings.caution_ttc_s * slack:
            return Urgency.CAUTION
    is_soon = ttc_s is not None and ttc_s < settings.information_ttc_s * slack
    reach_m = stop_m
    if is_sure and speed_mps > -settings.standstill_mps and _stays_in_the_way(obstacle, slack):
        reach_m = slack * braking.stopping_distance_m(
            max(speed_mps, STARTING_MPS), settings.reaction_s, settings.stop_margin_m
        )
    if is_soon or obstacle.distance_m + flees_m < reach_m * settings.information_factor:
        return Urgency.INFORMATION
    return Urgency.CLEAR


def one_less(level: Urgency) -> Urgency:
    """Of what is in the way only where a switch may lead: nobody knows how it is set.

    People and trams wait beside every switch; a tram that turns off runs slowly.
    """
    return Urgency(level - 1) if level > Urgency.INFORMATION else level


def _needed_confidence(obstacle: Obstacle) -> float:
    """From which on it is worth more than information.

    Masts taken for persons stand at the envelope's edge. Who has been followed deep inside of it
    may look half as sure: a small dark dog does for seconds.
    """
    traits = TRAITS[obstacle.kind]
    share = FAINT_SHARE if _is_deep_inside(obstacle) and not traits.is_large else 1.0
    return share * traits.sure_confidence


def _is_deep_inside(obstacle: Obstacle, slack: float = 1.0) -> bool:
    """Whether it has been followed for a while and surely stands in the envelope."""
    is_deep = obstacle.in_envelope and obstacle.inside_sigmas * slack >= DEEP_SIGMAS
    return is_deep and obstacle.seen_for_s >= DEEP_AFTER_S


def _stays_in_the_way(obstacle: Obstacle, slack: float) -> bool:
    """Whether a tram that starts now will meet it: on its own track, and not just crossing it.

    People on the platform, cars at the crossing ahead and trams on the branch of a switch are there
    at every stop.
    """
    stays = obstacle.leaves_envelope_in_s * slack >= GONE_WITHIN_S
    return stays and not obstacle.is_on_branch and _is_deep_inside(obstacle, slack)


def _is_coming(obstacle: Obstacle, within_s: float) -> bool:
    """Whether it will be in the envelope in time for the tram to meet it there."""
    entry_s, ttc_s = obstacle.enters_envelope_in_s, obstacle.time_to_collision_s
    if entry_s is None or entry_s > within_s:
        return False
    return ttc_s is None or entry_s <= ttc_s + ENTRY_LEEWAY_S
