"""Whether a camera's results keep up with its pictures: a display that flickers helps nobody."""

from dataclasses import dataclass

from service.timestamps import seconds_to_ns

KEPT_UP_NS = seconds_to_ns(2.0)  # in time for so long: then the display may reassure again


@dataclass(frozen=True, slots=True)
class Pace:
    """When results came so late that the display had run out meanwhile."""

    began_ns: int = 0
    """Of the present stretch, or the last one."""
    late_ns: int | None = None
    """The last late one; None: none since the start."""

    def behind_since_ns(self, now_ns: int) -> int | None:
        """Since when results are late, or were until a moment ago; None once they have kept up."""
        if self.late_ns is None or not 0 <= now_ns - self.late_ns < KEPT_UP_NS:
            return None
        return self.began_ns


def next_pace(pace: Pace, *, has_run_out: bool, is_late: bool, now_ns: int) -> Pace:
    """The pace after one more result.

    `has_run_out`: what was told before was outdated when it came; `is_late`: the result is old
    itself, so it was not the camera that gave no pictures. Every late one prolongs the stretch.
    """
    behind_since_ns = pace.behind_since_ns(now_ns)
    if not is_late or (behind_since_ns is None and not has_run_out):
        return pace
    return Pace(now_ns if behind_since_ns is None else behind_since_ns, now_ns)
