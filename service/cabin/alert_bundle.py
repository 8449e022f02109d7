"""The last seconds around an alert in one folder, which replays by one command."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from service.cabin.jpeg_clip import write_jpeg_clip
from service.errors import ClipError
from service.replay.evidence import (
    CLIP,
    DESCRIPTION,
    LIMITS,
    README,
    SITE,
    SPEED_KEYS,
    SPEEDS,
    TRUTH,
    VOTES,
)
from service.replay.truth import TrueFrame, Truth, write_truth
from service.site.site import Camera, Site
from service.timestamps import NS_PER_S, ns_to_iso

KEPT, FALSE = "kept", "false_alarms"
PART = ".part"
USUAL_RATE_HZ = 25.0
UNUSABLE = (OSError, ValueError, LookupError, TypeError, yaml.YAMLError)
"""What a full disk raises, or a file that somebody edits at this moment."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """One masked picture and what was made of it."""

    timestamp_ns: int
    frame_id: int
    size_px: tuple[int, int]
    jpeg: bytes
    speed_mps: float | None
    vote: dict[str, Any]
    """Level, reason and boxes, as in the bundles of a replay."""


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """The alert that a bundle is about."""

    alert_id: int
    level: str
    at_ns: int

    @property
    def name(self) -> str:
        """Of its folder; names sort by time."""
        moment = ns_to_iso(self.at_ns).replace(":", "").replace("-", "")
        return f"{moment}-{self.level}-{self.alert_id}"


def write_bundle(
    folder: Path,
    site: Site,
    camera: Camera,
    alert: KeptAlert,
    pictures: Sequence[KeptPicture],
    *,
    is_false: bool,
) -> Path:
    """Write the bundle below `folder` of the camera; appears whole or not at all.

    Raises ClipError.
    """
    size_px = pictures[-1].size_px
    taken = [each for each in pictures if each.size_px == size_px]
    target = folder / (FALSE if is_false else KEPT) / alert.name
    part = folder / f"{alert.name}{PART}"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write_jpeg_clip(part / CLIP, [(each.timestamp_ns, each.jpeg) for each in taken], size_px)
        has_speeds = _write_speeds(part / SPEEDS, taken)
        _write_site(part / SITE, site, camera, has_speeds)
        votes = "".join(f"{json.dumps(_row(each, taken[0]))}\n" for each in taken)
        (part / VOTES).write_text(votes, encoding="utf-8")
        description = {
            "site_id": site.site_id,
            "camera_id": camera.camera_id,
            "alert_id": alert.alert_id,
            "level": alert.level,
            "alert_at": ns_to_iso(alert.at_ns),
            "bundle_starts_at": ns_to_iso(taken[0].timestamp_ns),
            "pictures": len(taken),
            "is_false_alarm": is_false,
            "pictures_are": "masked, JPEG",
        }
        (part / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
        (part / README).write_text(_readme(alert), encoding="utf-8")
        if is_false:
            _add_truth(part, _frames(taken))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    except (ClipError, *UNUSABLE) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise ClipError(f"cannot write {target}: {error}") from error
    return target


def put_aside(bundle: Path) -> Path:
    """Mark a bundle as a false alarm: its truth is that nothing was there. Raises ClipError."""
    target = bundle.parent.parent / FALSE / bundle.name
    try:
        rows = [json.loads(line) for line in (bundle / VOTES).read_text("utf-8").splitlines()]
        frames = tuple(
            TrueFrame(t_s=row["t_s"], ego_speed_mps=row["speed_mps"], intended="clear")
            for row in rows
        )
        _add_truth(bundle, frames)
        target.parent.mkdir(parents=True, exist_ok=True)
        bundle.rename(target)
    except UNUSABLE as error:
        raise ClipError(f"cannot put {bundle} aside: {error}") from error
    return target


def drop_oldest(folder: Path, most_bytes: int) -> list[Path]:
    """Delete the oldest bundles until the rest fits; false alarms go last. Returns the gone."""
    bundles = [*sorted((folder / KEPT).glob("*")), *sorted((folder / FALSE).glob("*"))]
    sizes = {each: sum(file.stat().st_size for file in each.glob("*")) for each in bundles}
    total, gone = sum(sizes.values()), []
    for bundle in bundles:
        if total <= most_bytes:
            break
        shutil.rmtree(bundle, ignore_errors=True)
        total -= sizes[bundle]
        gone.append(bundle)
    return gone


def _add_truth(bundle: Path, frames: tuple[TrueFrame, ...]) -> None:
    """The driver saw nothing: the truth, and the limit that the site file sets by it."""
    length_s = frames[-1].t_s - frames[0].t_s
    rate_hz = (len(frames) - 1) / length_s if length_s > 0 else USUAL_RATE_HZ
    truth = Truth(schema="wayside-truth/1", clip=CLIP, mission="tram", fps=rate_hz, frames=frames)
    write_truth(bundle / TRUTH, truth)
    whole = yaml.safe_load((bundle / SITE).read_text("utf-8"))
    whole["expect"] = LIMITS["false alarm"]
    _write_yaml(bundle / SITE, whole)


def _frames(taken: Sequence[KeptPicture]) -> tuple[TrueFrame, ...]:
    return tuple(
        TrueFrame(t_s=_seconds(each, taken[0]), ego_speed_mps=each.speed_mps, intended="clear")
        for each in taken
    )


def _write_site(path: Path, site: Site, camera: Camera, has_speeds: bool) -> None:
    """The site file with this camera alone, its clip and its speeds.

    Without the line's limits: a replay would take its first picture for the line's beginning.
    """
    whole = yaml.safe_load(site.path.read_text(encoding="utf-8"))
    (block,) = (each for each in whole["cameras"] if str(each["id"]) == camera.camera_id)
    block["source"] = CLIP
    block.pop("frames", None)
    block.pop("loop", None)
    tram = block["tram"]
    for name in (*SPEED_KEYS, "limits", "ring", "silent"):
        tram.pop(name, None)
    if has_speeds:
        tram["speed_csv"] = SPEEDS
    document = {"site": whole["site"], "name": whole.get("name", ""), "cameras": [block]}
    _write_yaml(path, document)


def _write_yaml(path: Path, document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None)
    path.write_text(text, encoding="utf-8")


def _write_speeds(path: Path, taken: Sequence[KeptPicture]) -> bool:
    """Whether any speed was known; CSV wants rising times."""
    rows = ["t_s,speed_mps"]
    last_s = -1.0
    for each in taken:
        at_s = _seconds(each, taken[0])
        if each.speed_mps is not None and at_s > last_s:
            rows.append(f"{at_s:.3f},{each.speed_mps:.4f}")
            last_s = at_s
    if len(rows) == 1:
        return False
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return True


def _row(picture: KeptPicture, first: KeptPicture) -> dict[str, Any]:
    return {
        "t_s": _seconds(picture, first),
        "frame_id": picture.frame_id,
        "speed_mps": picture.speed_mps,
        **picture.vote,
    }


def _seconds(picture: KeptPicture, first: KeptPicture) -> float:
    return round((picture.timestamp_ns - first.timestamp_ns) / NS_PER_S, 3)


def _readme(alert: KeptAlert) -> str:
    return f"""\
{alert.level} {alert.alert_id} at {ns_to_iso(alert.at_ns)}

Replay it in this folder:

    wayside replay {CLIP} --site {SITE}

Where the driver called it a false alarm there is {TRUTH}: say --truth {TRUTH} as well, and the
replay exits with 1 as long as the alert comes, with 0 once it does not.

{CLIP}        the pictures, heads made unrecognisable; of a blind camera all of it
{SITE}       the camera's configuration
{VOTES}     per picture: speed, level and boxes as they were told
{DESCRIPTION}   which alert it is about
"""
