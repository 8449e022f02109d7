"""A display's changes as episodes: one per alert, from its first level until it is clear again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.pages.history import AlertAt
from service.timestamps import NS_PER_S

LEVELS = ("clear", "information", "caution", "alarm")
WARNINGS = ("caution", "alarm")
SHORT_NS = NS_PER_S  # a warning of less is most often a false one


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a display showed one level."""

    begin_ns: int
    end_ns: int
    level: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its begin to its end."""

    alert_id: int
    begin_ns: int
    end_ns: int
    level: str
    """The highest."""
    kind: str | None
    """Of the nearest obstacle."""
    distance_m: float | None
    """The least."""
    along_m: float | None
    """The tram's place on the line at the begin."""
    is_acknowledged: bool
    is_over: bool

    @property
    def is_short(self) -> bool:
        """Whether it lasted too briefly to be of use to anybody."""
        return self.is_over and self.end_ns - self.begin_ns < SHORT_NS


def stretches(changes: Sequence[AlertAt], begin_ns: int, end_ns: int) -> list[Stretch]:
    """What was shown in a stretch of time, each level held until the next change."""
    found: list[Stretch] = []
    ends = [*(change.at_ns for change in changes[1:]), end_ns]
    for change, until_ns in zip(changes, ends, strict=False):  # an end alone where nothing came
        from_ns = max(change.at_ns, begin_ns)
        level, reason = change.state["level"], change.state["reason"]
        if until_ns <= from_ns:
            continue
        if found and (found[-1].level, found[-1].reason) == (level, reason):
            found[-1] = replace(found[-1], end_ns=until_ns)
        else:
            found.append(Stretch(from_ns, until_ns, level, reason))
    return found


def episodes(changes: Sequence[AlertAt], end_ns: int) -> list[Episode]:
    """The alerts above clear, oldest first.

    Being unavailable ends one as clear does, unless the same alert goes on afterwards.
    """
    found: dict[int, Episode] = {}
    open_id: int | None = None
    for change in changes:
        alert_id = change.state["alert_id"] if change.state["level"] in LEVELS[1:] else None
        if open_id is not None and open_id != alert_id:
            found[open_id] = replace(found[open_id], end_ns=change.at_ns, is_over=True)
        if alert_id is not None:
            found[alert_id] = _grown(found.get(alert_id), change, end_ns)
        open_id = alert_id
    return list(found.values())


def _grown(before: Episode | None, change: AlertAt, end_ns: int) -> Episode:
    state = change.state
    level, nearest, run = state["level"], state["nearest"] or {}, state.get("run") or {}
    kind, distance_m = nearest.get("kind"), nearest.get("distance_m")
    if before is None:
        return Episode(
            alert_id=state["alert_id"],
            begin_ns=change.at_ns,
            end_ns=end_ns,
            level=level,
            kind=kind,
            distance_m=distance_m,
            along_m=run.get("along_m"),
            is_acknowledged=state["is_acknowledged"],
            is_over=False,
        )
    rises = LEVELS.index(level) > LEVELS.index(before.level)
    known = [each for each in (before.distance_m, distance_m) if each is not None]
    return replace(
        before,
        end_ns=end_ns,
        is_over=False,
        level=level if rises else before.level,
        kind=kind if rises and kind else before.kind or kind,
        distance_m=min(known, default=None),
        is_acknowledged=before.is_acknowledged or state["is_acknowledged"],
    )
