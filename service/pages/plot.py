"""Counts over time as shapes for a drawing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from service.timestamps import NS_PER_S

WIDTH, HEIGHT = 560, 228
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 10, 32
"""Margins around the curve, where the axes are written."""
MINUTE_NS = 60 * NS_PER_S
HOUR_NS = 60 * MINUTE_NS
STEP_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
MOST_TICKS = 8
SHORTEST_NS = 10 * MINUTE_NS
"""A drawing of less would tell of chance."""


@dataclass(frozen=True, slots=True)
class CountAt:
    """How many spots were free from this moment on, at least and at most."""

    at_ns: int
    free_min: float
    free_max: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The box of a plot and what its sides mean."""

    begin_ns: int
    end_ns: int
    most: float
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM

    def x(self, at_ns: int) -> float:
        """Where a moment lies."""
        share = (at_ns - self.begin_ns) / max(self.end_ns - self.begin_ns, 1)
        return self.left + share * (self.width - self.left - self.right)

    def y(self, count: float) -> float:
        """Where a count lies."""
        share = count / self.most if self.most else 0.0
        return self.height - self.bottom - share * (self.height - self.top - self.bottom)


@dataclass(frozen=True, slots=True)
class Curve:
    """A count with its range: the range as an area, its middle as a line, in the way of SVG."""

    band: str
    line: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis."""

    place: float
    at: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Trend:
    """A small drawing without axes."""

    width: float
    height: float
    band: str
    line: str


def steps(counts: Sequence[CountAt], begin_ns: int, end_ns: int) -> list[CountAt]:
    """The counts within a stretch of time, each held until the next; empty without any."""
    held: CountAt | None = None
    corners: list[CountAt] = []
    for count in sorted(counts, key=lambda each: each.at_ns):
        if count.at_ns > end_ns:
            break
        if count.at_ns <= begin_ns:
            held = CountAt(begin_ns, count.free_min, count.free_max)
            continue
        if held is not None:
            if not corners:
                corners.append(held)
            corners.append(CountAt(count.at_ns, held.free_min, held.free_max))
        corners.append(count)
        held = count
    if held is not None:
        if not corners:
            corners.append(held)
        corners.append(CountAt(end_ns, held.free_min, held.free_max))
    return corners


def known_from(times_ns: Sequence[int], begin_ns: int, end_ns: int) -> int:
    """Where a drawing begins: at `begin_ns`, or later where nothing is known before."""
    first_ns = min(times_ns, default=begin_ns)
    return max(begin_ns, min(first_ns, end_ns - SHORTEST_NS))


def draw_curve(corners: Sequence[CountAt], frame: Frame) -> Curve | None:
    """The curve through these corners; None without any."""
    if not corners:
        return None
    upper = [(frame.x(each.at_ns), frame.y(each.free_max)) for each in corners]
    lower = [(frame.x(each.at_ns), frame.y(each.free_min)) for each in corners]
    middle = [
        (frame.x(each.at_ns), frame.y((each.free_min + each.free_max) / 2)) for each in corners
    ]
    return Curve(_points([*upper, *reversed(lower)]), _points(middle))


def draw_trend(
    counts: Sequence[CountAt], begin_ns: int, end_ns: int, total: int, size: tuple[int, int]
) -> Trend | None:
    """The counts of a stretch of time, as they fit into a small box; None when there are none."""
    width, height = size
    frame = Frame(begin_ns, end_ns, total, width, height, 0, 0, 1, 1)
    curve = draw_curve(steps(counts, begin_ns, end_ns), frame)
    return Trend(width, height, curve.band, curve.line) if curve else None


def time_ticks(frame: Frame, zone: tzinfo) -> list[Tick]:
    """Marks at whole minutes, hours or days of `zone`, few enough to be read."""
    span = (frame.end_ns - frame.begin_ns) / MINUTE_NS
    step = next((each for each in STEP_MINUTES if span / each <= MOST_TICKS), STEP_MINUTES[-1])
    return [Tick(frame.x(_ns(at)), at=at) for at in _whole_steps(frame, zone, step)]


def count_ticks(frame: Frame) -> list[Tick]:
    """Marks at whole counts, from none to all."""
    most = int(frame.most)
    step = next((each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500) if most / each <= 5), 1000)
    counts = list(range(0, most + 1, step))
    if most - counts[-1] >= step / 2:  # all, where there is room for it
        counts.append(most)
    return [Tick(frame.y(count), count=count) for count in counts]


def _whole_steps(frame: Frame, zone: tzinfo, step_minutes: int) -> Iterator[datetime]:
    at = datetime.fromtimestamp(frame.begin_ns / NS_PER_S, zone)
    at = at.replace(hour=0, minute=0, second=0, microsecond=0)
    while _ns(at) <= frame.end_ns:
        if _ns(at) >= frame.begin_ns:
            yield at
        at += timedelta(minutes=step_minutes)


def _ns(at: datetime) -> int:
    return round(at.timestamp()) * NS_PER_S


def _points(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
