"""Everything about a wrong state in one folder, which replays by one command."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import yaml

from service.errors import ClipError
from service.live.camera_state import Result
from service.replay.clip_run import ClipRun
from service.replay.figure import Difference
from service.replay.lossless_clip import write_lossless
from service.replay.score import grace_of
from service.replay.shot import Shot, drawn, shots
from service.replay.truth import Truth, write_truth
from service.site.site import TramPlan
from vision.arrays import ImageArray
from vision.parking.watch import ParkingResult

CLIP, SITE, TRUTH, SPEEDS = "clip.mkv", "site.yaml", "truth.json", "speed.csv"
VOTES, DESCRIPTION, README = "votes.jsonl", "evidence.json", "README.txt"
LEAST_BEFORE_S = 10.0  # so much of what came before decides a state, at the usual settling
AFTER_S = 2.0
LONGEST_S = 30.0
SPEED_STEP_S = 0.1
SPEED_KEYS = ("speed", "speed_mps", "speed_csv")
LIMITS = {
    "wrong": {"most_wrong_share": 0.0},
    "missed": {"most_missed_share": 0.0},
    "understated": {"most_understated_share": 0.0},
    "false alarm": {"most_false_alarm_share": 0.0},
    "blind": {"most_blind_share": 0.0, "most_wrong_share": 0.0},
}
"""What the bundle's site file expects: the replay fails until the state is right."""


def write_evidence(folder: Path, done: ClipRun, truth: Truth) -> list[Path]:
    """A bundle for every wrong state, named by its second and subject; returns the folders.

    States that go wrong in the same way at the same moment share one. `done` must be scored and
    have kept its results. Raises ClipError.
    """
    bundles = []
    for together in _by_moment(done):
        first = together[0]
        who = first.subject if len(together) == 1 else f"{len(together)} spots"
        bundle = folder / f"{first.from_s:07.2f}s-{first.kind}-{who}".replace(" ", "-")
        try:
            bundle.mkdir(parents=True, exist_ok=True)
            _write_bundle(bundle, done, truth, together)
        except OSError as error:
            raise ClipError(f"cannot write {bundle}: {error.strerror}") from error
        bundles.append(bundle)
    return bundles


def _by_moment(done: ClipRun) -> list[list[Difference]]:
    groups: dict[tuple[str, float], list[Difference]] = {}
    for each in done.score.differences if done.score else ():
        if each.is_wrong:
            groups.setdefault((each.kind, each.from_s), []).append(each)
    return list(groups.values())


def _write_bundle(
    bundle: Path, done: ClipRun, truth: Truth, differences: Sequence[Difference]
) -> None:
    from_s, to_s = _span(done, differences)
    taken = list(shots(done, from_s, to_s))
    start_s = taken[0].at_s
    write_lossless(bundle / CLIP, (shot.frame for shot in taken))
    write_truth(bundle / TRUTH, truth.cut(start_s, to_s, CLIP))
    _write_site(bundle, done, differences[0].kind, start_s, to_s)
    votes = "".join(f"{json.dumps(row)}\n" for row in _votes(taken, start_s))
    (bundle / VOTES).write_text(votes, encoding="utf-8")
    began_s = differences[0].from_s
    shown = next((each for each in taken if each.at_s >= began_s), taken[-1])
    _write_png(bundle / "wrong.png", shown.frame.image)
    _write_png(bundle / "wrong_drawn.png", drawn(done, shown))
    description = {
        "clip": Path(done.clip).name,
        "bundle_starts_at_s": start_s,
        "differences": [asdict(each) for each in differences],
        "configuration": done.run.configuration.model_dump() if done.run.configuration else None,
    }
    (bundle / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    (bundle / README).write_text(_readme(done, differences, start_s), encoding="utf-8")


def _span(done: ClipRun, differences: Sequence[Difference]) -> tuple[float, float]:
    """The differences with enough before them that they come about again."""
    before_s = max(LEAST_BEFORE_S, 2 * grace_of(done.camera))
    from_s = differences[0].from_s
    to_s = min(max(each.to_s for each in differences), from_s + LONGEST_S) + AFTER_S
    return max(from_s - before_s, 0.0), to_s


def _write_site(bundle: Path, done: ClipRun, kind: str, start_s: float, to_s: float) -> None:
    """The site file with this camera alone, its clip, its speeds, and what must become true.

    What it names beside itself is copied into the bundle.
    """
    whole = yaml.safe_load(done.site.path.read_text(encoding="utf-8"))
    (block,) = (each for each in whole["cameras"] if str(each["id"]) == done.camera.camera_id)
    block["source"] = CLIP
    if done.model is not None:
        block["model"] = done.model
    plan = done.camera.plan
    if isinstance(plan, TramPlan):
        block["tram"] |= _own_speed(bundle, block["tram"], plan, start_s, to_s)
    elif plan.reference is not None:
        block["reference"] = f"reference{plan.reference.suffix}"
        shutil.copyfile(plan.reference, bundle / block["reference"])
    whole["cameras"] = [block]
    whole["expect"] = LIMITS[kind]
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, default_flow_style=None)
    (bundle / SITE).write_text(text, encoding="utf-8")


def _own_speed(
    bundle: Path, tram: dict[str, Any], plan: TramPlan, start_s: float, to_s: float
) -> dict[str, Any]:
    """Where the bundle's replay has the speed from, in the words of a site file's tram."""
    for name in SPEED_KEYS:
        tram.pop(name, None)
    if plan.speed.is_estimated:
        return {"speed": {"source": "estimated"}}
    if not plan.ego_speed.times_s:
        return {}
    (bundle / SPEEDS).write_text(_speeds(plan, start_s, to_s), encoding="utf-8")
    return {"speed_csv": SPEEDS}


def _speeds(plan: TramPlan, start_s: float, to_s: float) -> str:
    rows = ["t_s,speed_mps"]
    count = int((to_s - start_s) / SPEED_STEP_S) + 1
    for number in range(count + 1):
        after_s = number * SPEED_STEP_S
        speed_mps = plan.ego_speed.at(start_s + after_s)
        if speed_mps is not None:
            rows.append(f"{after_s:.2f},{speed_mps:.4f}")
    return "\n".join(rows) + "\n"


def _votes(taken: list[Shot], start_s: float) -> Iterator[dict[str, Any]]:
    for shot in taken:
        fault = shot.result.health.fault
        yield {
            "t_s": round(shot.at_s - start_s, 4),
            "clip_t_s": round(shot.at_s, 4),
            "frame_id": shot.frame.frame_id,
            "view_fault": None if fault is None else fault.value,
            **vote_of(shot.result),
        }


def vote_of(result: Result) -> dict[str, Any]:
    """What was made of one picture, as a line of a bundle's votes."""
    if isinstance(result, ParkingResult):
        return {
            "spots": {
                spot_id: {
                    "status": state.status.value,
                    "reason": state.reason,
                    "occupied_in_picture": _rounded(result.probabilities.get(spot_id)),
                    "occupied_so_far": _rounded(state.occupied_probability),
                }
                for spot_id, state in result.spots.items()
            }
        }
    return {
        "level": result.alert.level.value,
        "reason": result.alert.reason,
        "boxes": [
            {
                "track_id": each.track_id,
                "kind": each.kind.value,
                "xyxy": [round(float(value), 1) for value in each.xyxy],
                "confidence": _rounded(each.confidence),
                "distance_m": _rounded(each.distance_m),
                "lateral_m": _rounded(each.lateral_m),
                "time_to_collision_s": _rounded(each.time_to_collision_s),
                "in_envelope": each.in_envelope,
            }
            for each in result.obstacles
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _write_png(path: Path, image: ImageArray) -> None:
    _, encoded = cv2.imencode(".png", image)
    path.write_bytes(encoded.tobytes())


def _readme(done: ClipRun, differences: Sequence[Difference], start_s: float) -> str:
    configuration = done.run.configuration
    model = f"{configuration.model} {configuration.model_sha256}" if configuration else "unknown"
    sentences = "\n".join(each.sentence for each in differences)
    return f"""\
{Path(done.clip).name}: {differences[0].kind}
{sentences}

Replay it in this folder:

    wayside replay {CLIP} --site {SITE} --truth {TRUTH}

It exits with 1 and names the second as long as the state is wrong, with 0 once it is right.
Its second 0 is second {start_s:.2f} of the whole clip.

{CLIP}           the pictures, without loss
{SITE}          the camera's configuration, with the limit that is not kept
{TRUTH}         what is true in every picture
{VOTES}        per picture: boxes or probabilities, and what became of them
wrong.png          the picture in which it begins; wrong_drawn.png with the result drawn in
{DESCRIPTION}      what is wrong, and the hashes of model, site file and clip

model              {model}
"""
