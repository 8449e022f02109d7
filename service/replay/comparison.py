"""Two runs of one clip side by side: where they differ, and which is right."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from service.errors import ClipError
from service.replay.figure import Figure
from service.replay.recorded_run import RecordedRun
from service.replay.score import USUAL_GRACE_S, score_run
from service.replay.timeline import Stretch, Timeline, overlaps
from service.replay.truth import HEALTHY, Truth

Verdict = Literal["better", "worse", "no better"]
LEVELS = ("clear", "information", "caution", "alarm")
NOTHING_KNOWN = ("unknown", "unavailable")
SHORTER_BY_S = 1.0
"""Runs at different picture rates end a little apart; one that ends this much sooner is cut."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """A stretch of time in which two runs say different things."""

    subject: str
    from_s: float
    to_s: float
    first: str
    second: str
    truth: str | None = None
    verdict: Verdict | None = None
    """Of the second against the first; None where there is no truth."""

    @property
    def sentence(self) -> str:
        """For people, in clip time."""
        end = f"; {self.verdict}, it is {self.truth}" if self.verdict else ""
        return (
            f"{self.subject} from {self.from_s:.2f} s to {self.to_s:.2f} s: "
            f"{self.first}, then {self.second}{end}"
        )


@dataclass(frozen=True, slots=True)
class FigurePair:
    """One measured number of both runs."""

    name: str
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two runs of one clip."""

    divergences: tuple[Divergence, ...]
    figures: tuple[FigurePair, ...] = ()

    def seconds(self, verdict: Verdict) -> float:
        """How long the second run is better or worse, over all subjects."""
        return sum(each.to_s - each.from_s for each in self.divergences if each.verdict == verdict)

    def summary(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "differences": [asdict(each) for each in self.divergences],
            "better_s": round(self.seconds("better"), 3),
            "worse_s": round(self.seconds("worse"), 3),
            "figures": {each.name: [each.first, each.second] for each in self.figures},
        }


def compare(first: RecordedRun, second: RecordedRun, truth: Truth | None = None) -> Comparison:
    """What the second run says otherwise; raises ClipError when they have nothing in common."""
    before, after = _timelines(first), _timelines(second)
    shared = [subject for subject in before if subject in after]
    if not shared:
        raise ClipError("the two runs have no spot or display in common")
    right = {} if truth is None else _right_timelines(truth)
    health = () if truth is None else truth.health_timeline()
    found = [
        each
        for subject in shared
        for each in _divergences(
            subject, before[subject], after[subject], right.get(subject, ()), health
        )
    ]
    found += _unseen(first, second, truth)
    return Comparison(
        divergences=tuple(sorted(found, key=lambda each: (each.from_s, each.subject))),
        figures=() if truth is None else tuple(_figure_pairs(first, second, truth)),
    )


def _timelines(run: RecordedRun) -> dict[str, Timeline]:
    found = {f"spot {spot_id}": each for spot_id, each in run.spot_timelines().items()}
    return {**found, "display": run.alert_timeline()} if run.is_of_tram else found


def _right_timelines(truth: Truth) -> dict[str, Timeline]:
    if truth.mission == "tram":
        return {"display": truth.alert_timeline()}
    return {f"spot {spot_id}": truth.spot_timeline(spot_id) for spot_id in truth.spot_ids}


def _divergences(
    subject: str, before: Timeline, after: Timeline, right: Timeline, health: Timeline
) -> Iterator[Divergence]:
    for from_s, to_s, one, other in overlaps(before, after):
        if one.text == other.text:
            continue
        if not right:
            yield Divergence(subject, from_s, to_s, one.text, other.text)
            continue
        for begin_s, end_s, true, view in overlaps(right, health):
            cut = max(begin_s, from_s), min(end_s, to_s)
            if cut[1] > cut[0]:
                yield _judged(subject, *cut, one, other, true, view)


def _unseen(first: RecordedRun, second: RecordedRun, truth: Truth | None) -> Iterator[Divergence]:
    """The end of the clip, where one run alone has seen it; bare events do not say how far."""
    if first.configuration is None or second.configuration is None:
        return
    last_s = float("inf") if truth is None else truth.frames[-1].t_s
    ends = [min(run.duration_s, last_s) for run in (first, second)]
    if max(ends) - min(ends) <= SHORTER_BY_S:
        return
    is_first_short = ends[0] < ends[1]
    told = ("not seen", "seen") if is_first_short else ("seen", "not seen")
    judged: tuple[str, Verdict] = ("going on", "better" if is_first_short else "worse")
    yield Divergence("clip", min(ends), max(ends), *told, *(judged if truth else ()))


def _judged(
    subject: str,
    from_s: float,
    to_s: float,
    one: Stretch,
    other: Stretch,
    true: Stretch,
    view: Stretch,
) -> Divergence:
    gain = distance_from_truth(one, true, view) - distance_from_truth(other, true, view)
    verdict: Verdict = "better" if gain > 0 else "worse" if gain < 0 else "no better"
    what = true.state if view.state == HEALTHY else f"{true.state} behind a {view.state} picture"
    return Divergence(subject, from_s, to_s, one.text, other.text, what, verdict)


def distance_from_truth(told: Stretch, true: Stretch, view: Stretch) -> float:
    """0 for what is right, more the more it misleads; saying nothing lies between.

    Behind a bad picture saying nothing is right.
    """
    if told.state in NOTHING_KNOWN:
        return 0.0 if view.state != HEALTHY else 1.5
    if true.state in LEVELS and told.state in LEVELS:
        return float(abs(LEVELS.index(told.state) - LEVELS.index(true.state)))
    return 0.0 if told.state == true.state else 3.0


def _figure_pairs(first: RecordedRun, second: RecordedRun, truth: Truth) -> Iterator[FigurePair]:
    one = score_run(first, truth, USUAL_GRACE_S).figures
    other = {each.name: each for each in score_run(second, truth, USUAL_GRACE_S).figures}
    for figure in one:
        match: Figure = other[figure.name]
        yield FigurePair(figure.name, figure.value, match.value)
