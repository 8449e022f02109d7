"""One number that says how good a replay was, and the moment that made it so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

NAMES = {
    "change_s": "slowest change",
    "median_change_s": "median change",
    "wrong_share": "time wrong",
    "unknown_share": "time unknown",
    "settling_share": "time settling",
    "first_state_s": "slowest first state",
    "lead_s": "least lead before the wanted warning",
    "collision_lead_s": "least time to collision at the warning",
    "false_alarm_share": "time in false alarm",
    "missed_share": "time without a wanted warning",
    "understated_share": "time with caution for alarm",
    "unavailable_share": "time unavailable",
    "blind_share": "time blind but not unavailable",
    "unnoticed_faults": "bad pictures unnoticed",
    "notice_s": "slowest notice of a bad picture",
    "violation_s": "slowest violation",
    "stop_margin_m": "least way left after stopping, from the alarm on",
    "distance_error": "median error of distance",
    "near_distance_error": "median error of distance to 40 m",
    "far_distance_error": "median error of distance from 40 m on",
    "own_speed_error": "median error of the own speed from the picture",
    "ttc_error": "median error of time to collision",
}
"""For people, where a figure's own name says too little."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number; None where the clip had nothing to measure it by."""

    name: str
    """With its unit, as in the site file's `expect:` behind `most_` or `least_`."""
    value: float | None
    worst: str = ""
    """What made it as bad as it is, with its second; empty when nothing did."""

    @property
    def words(self) -> str:
        """Its name for people."""
        return NAMES.get(self.name, self.name.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of time in which the result was not the truth."""

    kind: str
    """settling, wrong, unknown; missed, understated, false alarm, unavailable, blind."""
    subject: str
    from_s: float
    to_s: float
    truth: str
    shown: str

    @property
    def is_wrong(self) -> bool:
        """Whether somebody could be misled; not while a change settles or nothing is claimed."""
        return self.kind in ("wrong", "missed", "understated", "false alarm", "blind")

    @property
    def sentence(self) -> str:
        """For people, in clip time."""
        is_or_wanted = "is" if self.subject.startswith("spot ") else "wanted"
        return (
            f"{self.subject} from {self.from_s:.2f} s to {self.to_s:.2f} s: "
            f"{is_or_wanted} {self.truth}, shown {self.shown}"
        )


@dataclass(frozen=True, slots=True)
class Score:
    """How good one replay was."""

    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    details: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Tables by name: spots and changes, or hazards and ranges."""

    def figure(self, name: str) -> Figure:
        """The figure of that name."""
        return next(each for each in self.figures if each.name == name)

    def summary(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "figures": {each.name: each.value for each in self.figures},
            "differences": [
                {
                    "kind": each.kind,
                    "subject": each.subject,
                    "from_s": each.from_s,
                    "to_s": each.to_s,
                    "truth": each.truth,
                    "shown": each.shown,
                }
                for each in self.differences
            ],
            **self.details,
        }


def figure_text(name: str, value: float | None) -> str:
    """A number with its unit, such as 4.2 s or 0.5 %."""
    if value is None:
        return "–"
    if name.endswith(("_share", "_error")):
        return f"{value * 100:.3g} %"
    if name.endswith("_s"):
        return f"{value:.2f} s"
    if name.endswith("_m"):
        return f"{value:.1f} m"
    return f"{value:g}"


def missed_limits(figures: Sequence[Figure], limits: Mapping[str, float]) -> list[str]:
    """One sentence per limit of `expect:` that was not kept, naming the second."""
    found = []
    for figure in figures:
        if figure.value is None:
            continue
        most, least = limits.get(f"most_{figure.name}"), limits.get(f"least_{figure.name}")
        cause = f": {figure.worst}" if figure.worst else ""
        value = figure_text(figure.name, figure.value)
        if most is not None and figure.value > most:
            wanted = figure_text(figure.name, most)
            found.append(f"{figure.words} is {value}, wanted at most {wanted}{cause}")
        if least is not None and figure.value < least:
            wanted = figure_text(figure.name, least)
            found.append(f"{figure.words} is {value}, wanted at least {wanted}{cause}")
    return found


def joined_differences(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Neighbours of the same kind and subject as one; `differences` are in order of time."""
    found: list[Difference] = []
    for each in differences:
        last = found[-1] if found else None
        if last is None or (last.kind, last.subject, last.to_s) != (
            each.kind,
            each.subject,
            each.from_s,
        ):
            found.append(each)
            continue
        found[-1] = replace(
            last,
            to_s=each.to_s,
            truth=_also(last.truth, each.truth),
            shown=_also(last.shown, each.shown),
        )
    return tuple(found)


def _also(said: str, more: str) -> str:
    return said if more in said.split(", ") else f"{said}, {more}"
