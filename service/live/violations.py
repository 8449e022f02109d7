"""Violations under way at one site: begun, told and ended; knows no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from service.live.parking_rules import (
    KIND_OF_ZONE,
    OpenStay,
    ViolationKind,
    across_spots,
    next_stay,
    overstay_since_ns,
    stopped_too_long,
)
from service.site.site import Camera, ParkingPlan
from service.site.spot_terms import SpotTerms
from vision.parking.layout import Layout, Zone
from vision.parking.neighbours import neighbours
from vision.parking.spot_state import SpotState, SpotStatus
from vision.parking.stopping import Stopped

MOST_ENDED = 200  # ended ones that are still listed
Key = tuple[str, ViolationKind, str]
"""Which violation it is: the camera in whose zone it is, empty for spots; its kind; its subject."""

WORDS = {
    ViolationKind.OVERSTAY: "stands in spot {} for longer than allowed",
    ViolationKind.ACROSS_SPOTS: "stands across spots {}",
    ViolationKind.STOPPED_IN_LANE: "stands in lane {}",
    ViolationKind.STOPPED_IN_FORBIDDEN_AREA: "stands in forbidden area {}",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One vehicle that stands where, or for longer than, it may."""

    violation_id: int
    kind: ViolationKind
    subject: str
    """Spot, pair of spots or zone."""
    camera_id: str
    """Who told it first; others may see the same spots."""
    lot_id: str | None
    began_ns: int
    told_ns: int
    ended_ns: int | None = None

    @property
    def text(self) -> str:
        """For people."""
        return f"a vehicle {WORDS[self.kind].format(self.subject)}"


@dataclass(slots=True)
class Violations:
    """Those of one site."""

    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _stays: dict[str, OpenStay] = field(default_factory=dict)
    _before: dict[str, SpotStatus] = field(default_factory=dict)
    _pairs: dict[str, tuple[Layout, list[tuple[str, str]]]] = field(default_factory=dict)
    """Neighbours by camera_id, with the layout in which they are."""
    _open: dict[Key, Violation] = field(default_factory=dict)
    _ended: list[Violation] = field(default_factory=list)

    def stay(self, spot_id: str) -> OpenStay | None:
        """The vehicle that stands in a spot."""
        return self._stays.get(spot_id)

    def all(self) -> list[Violation]:
        """Those under way, and the last that ended; newest first."""
        return sorted([*self._open.values(), *self._ended], key=lambda each: -each.told_ns)

    def take(
        self,
        camera: Camera,
        terms: Mapping[str, SpotTerms],
        states: Mapping[str, SpotState],
        stopped: Sequence[Stopped],
        now_ns: int,
    ) -> list[Violation]:
        """What one camera's newest result changes.

        `states` of its spots are as all cameras together tell them, `terms` those of the site.
        """
        plan = camera.plan
        if not isinstance(plan, ParkingPlan):
            return []
        for spot_id, state in states.items():
            stay = next_stay(self._stays.get(spot_id), self._before.get(spot_id), state, now_ns)
            self._before[spot_id] = state.status
            if stay is None:
                self._stays.pop(spot_id, None)
            else:
                self._stays[spot_id] = stay
        found = {
            _key(camera.camera_id, each.kind, each.subject): each
            for each in self._found(camera, plan, terms, stopped, now_ns)
        }
        judged = self._judged(camera, plan, terms) if self._open else set()
        over = [key for key in self._open if key in judged and key not in found]
        return [*(self._ended_at(key, now_ns) for key in over), *self._begin(found)]

    def change(
        self, cameras: Sequence[Camera], terms: Mapping[str, SpotTerms], now_ns: int
    ) -> list[Violation]:
        """Go on with these; returns what ended because nobody looks there for it any more."""
        plans = [(each, each.plan) for each in cameras if isinstance(each.plan, ParkingPlan)]
        known = {spot.spot_id for _, plan in plans for spot in plan.layout.spots}
        self._stays = {name: stay for name, stay in self._stays.items() if name in known}
        self._before = {name: status for name, status in self._before.items() if name in known}
        judged = {key for camera, plan in plans for key in self._judged(camera, plan, terms)}
        return [self._ended_at(key, now_ns) for key in list(self._open) if key not in judged]

    def _judged(
        self, camera: Camera, plan: ParkingPlan, terms: Mapping[str, SpotTerms]
    ) -> set[Key]:
        """All that a camera can tell of its spots, pairs of neighbours, and zones."""
        name = camera.camera_id
        return {
            *(
                _key(name, ViolationKind.OVERSTAY, spot.spot_id)
                for spot in plan.layout.spots
                if terms[spot.spot_id].max_stay_s is not None
            ),
            *(
                _key(name, ViolationKind.ACROSS_SPOTS, f"{one}+{other}")
                for one, other in self._neighbours(name, plan)
            ),
            *(_key(name, KIND_OF_ZONE[each.kind], each.zone_id) for each in plan.layout.zones),
        }

    def _found(
        self,
        camera: Camera,
        plan: ParkingPlan,
        terms: Mapping[str, SpotTerms],
        stopped: Sequence[Stopped],
        now_ns: int,
    ) -> Iterable[Violation]:
        lots = {spot.spot_id: spot.lot_id for spot in plan.layout.spots}

        def violation(kind: ViolationKind, subject: str, lot: str | None, ns: int) -> Violation:
            return Violation(0, kind, subject, camera.camera_id, lot, ns, now_ns)

        for spot_id, lot_id in lots.items():
            since_ns = overstay_since_ns(self._stays.get(spot_id), terms[spot_id], now_ns)
            if since_ns is not None:
                yield violation(ViolationKind.OVERSTAY, spot_id, lot_id, since_ns)
        for one, other in across_spots(self._neighbours(camera.camera_id, plan), self._stays):
            since_ns = self._stays[one].since_ns
            yield violation(ViolationKind.ACROSS_SPOTS, f"{one}+{other}", lots[one], since_ns)
        zones: dict[str, Zone] = {zone.zone_id: zone for zone in plan.layout.zones}
        for each in stopped:
            zone = zones.get(each.zone_id)
            if zone is not None and stopped_too_long(each, zone, now_ns):
                yield violation(KIND_OF_ZONE[zone.kind], zone.zone_id, None, each.since_ns)

    def _neighbours(self, camera_id: str, plan: ParkingPlan) -> list[tuple[str, str]]:
        layout, pairs = self._pairs.get(camera_id, (None, []))
        if layout is not plan.layout:
            pairs = neighbours(plan.layout.spots)
            self._pairs[camera_id] = (plan.layout, pairs)
        return pairs

    def _begin(self, found: Mapping[Key, Violation]) -> Iterable[Violation]:
        for key, each in found.items():
            if key not in self._open:
                self._open[key] = replace(each, violation_id=next(self._ids))
                yield self._open[key]

    def _ended_at(self, key: Key, now_ns: int) -> Violation:
        ended = replace(self._open.pop(key), ended_ns=now_ns)
        self._ended = [*self._ended[-MOST_ENDED + 1 :], ended]
        return ended


def _key(camera_id: str, kind: ViolationKind, subject: str) -> Key:
    """The same for all cameras that see a spot; each may name a pair from its own left."""
    if kind in KIND_OF_ZONE.values():
        return camera_id, kind, subject
    return "", kind, "+".join(sorted(subject.split("+")))
