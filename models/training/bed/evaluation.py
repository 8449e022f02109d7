"""How well things on the bed are told from the bed, on views held out of training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.training.bed.cab_picture import CabView
from models.training.bed.settings import Settings
from models.training.bed.strips import TAKEN, UNKNOWN, askew, strip_of
from models.training.bed.things import Props, with_flat, with_upright
from models.training.obstacles.light import spoil
from vision.tram.bed_strip import ALONG_M

BANDS_M = ((8.0, 17.0), (17.0, 28.0), (28.0, 45.0))
PITCH_OFF_DEG = 0.15  # usual error of a camera's pitch
VARIANTS = 6  # of each view, with and without a thing
FALSE_SHARES = (0.01, 0.05)  # of beds on which nothing stands, at which a threshold is set
Judge = Callable[[np.ndarray], np.ndarray]
"""Strips (N, 2R, 2L, 3) to confidences (N, R, feet)."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A strip held out, with one thing on it or with none."""

    source: str
    shown: np.ndarray
    wanted: np.ndarray
    thing_m: float | None
    """Its distance; None: there is none."""


def held_strips(
    sources: dict[str, list], props: Props, settings: Settings, seed: int = 5
) -> list[Held]:
    """Strips of all held views, each with and without things; always the same ones."""
    held = []
    for name, pictures in sources.items():
        for number, picture in enumerate(pictures):
            rng = np.random.default_rng([seed, number])
            view = picture.read()
            for _ in range(VARIANTS):
                held += _variant(name, view, props, settings, rng)
    return held


def _variant(
    name: str, view: CabView, props: Props, settings: Settings, rng: np.random.Generator
) -> list[Held]:
    """The bed with flat things alone, and the same bed with an upright one."""
    while rng.random() < settings.flat_share:
        view = replace(view, image=with_flat(view, props, rng))
    line, pitch_off_deg = askew(view.line, settings, rng), float(rng.normal(0, PITCH_OFF_DEG))
    light = int(rng.integers(1 << 30))
    found = []
    for thing in (None, with_upright(view, props, rng)):
        shown, where = view, None
        if thing is not None:
            shown = replace(view, image=thing[0], standing=(*view.standing, thing[1]))
            where = thing[1].near_m
        elif found:
            continue
        lit = np.random.default_rng(light)
        if lit.random() < settings.spoil_share:
            shown = replace(shown, image=spoil(shown.image, lit, settings.night_share))
        strip = strip_of(shown, line, pitch_off_deg)
        found.append(Held(name, strip.shown, strip.wanted, where))
    return found


def figures(judge: Judge, held: Sequence[Held]) -> dict[str, float]:
    """Recall by source and distance where so few free beds look taken, and those thresholds."""
    seen = judge(np.stack([each.shown for each in held]))
    free, taken = [], []
    for each, confidence in zip(held, seen, strict=True):
        is_judged = (BANDS_M[0][0] <= ALONG_M) & (BANDS_M[-1][1] > ALONG_M)
        if each.thing_m is None and not (each.wanted == TAKEN).any():
            is_free = each.wanted != UNKNOWN
            free.append(float((confidence * is_free)[is_judged].max()))
        elif each.thing_m is not None:
            about = np.abs(np.log(ALONG_M / each.thing_m)) < 0.2
            hit = (confidence * (each.wanted == TAKEN))[about]
            taken.append((each.source, each.thing_m, float(hit.max(initial=0.0))))
    found = {}
    for share in FALSE_SHARES:
        threshold = float(np.quantile(free, 1 - share))
        found[f"threshold_{share}"] = threshold
        for low, high in BANDS_M:
            hits = [c >= threshold for _, m, c in taken if low <= m < high]
            found[f"recall_{low:.0f}_{high:.0f}_{share}"] = float(np.mean(hits)) if hits else np.nan
        for source in sorted({s for s, _, _ in taken}):
            hits = [c >= threshold for s, m, c in taken if s == source and m < BANDS_M[-1][1]]
            found[f"recall_{source}_{share}"] = float(np.mean(hits)) if hits else np.nan
    return found
