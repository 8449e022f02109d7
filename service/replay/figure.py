"""One number that says how good a replay was, and the moment that made it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
        return self.name.replace("_", " ")


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
        return (
            f"{self.subject} from {self.from_s:.2f} s to {self.to_s:.2f} s: "
            f"is {self.truth}, shown {self.shown}"
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


def missed_limits(figures: Sequence[Figure], limits: Mapping[str, float]) -> list[str]:
    """One sentence per limit of `expect:` that was not kept, naming the second."""
    found = []
    for figure in figures:
        if figure.value is None:
            continue
        most, least = limits.get(f"most_{figure.name}"), limits.get(f"least_{figure.name}")
        cause = f": {figure.worst}" if figure.worst else ""
        if most is not None and figure.value > most:
            found.append(f"{figure.words} is {figure.value:g}, wanted at most {most:g}{cause}")
        if least is not None and figure.value < least:
            found.append(f"{figure.words} is {figure.value:g}, wanted at least {least:g}{cause}")
    return found


def joined_differences(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Neighbours of the same kind and subject as one, in order of time."""
    found: list[Difference] = []
    for each in differences:
        last = found[-1] if found else None
        is_same = last is not None and last.to_s == each.from_s
        if (
            last is not None
            and is_same
            and (last.kind, last.subject, last.truth, last.shown)
            == (
                each.kind,
                each.subject,
                each.truth,
                each.shown,
            )
        ):
            found[-1] = Difference(
                last.kind, last.subject, last.from_s, each.to_s, last.truth, last.shown
            )
        else:
            found.append(each)
    return tuple(found)
