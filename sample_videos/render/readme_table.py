"""The README's list of clips, from the scene files and the truth."""

import json
from pathlib import Path

from sample_videos.render.clips import CLIPS
from sample_videos.render.scene import SCENES, load_scene

BEGIN, END = "<!-- clips: begin -->", "<!-- clips: end -->"


def write_clip_table(readme: Path = CLIPS / "README.md") -> None:
    """Write one row per clip: length, what happens, what is intended."""
    rows = ["| clip | length | what happens | what should be told |", "|---|---|---|---|"]
    for clip in sorted(CLIPS.glob("*.mp4")):
        truth = json.loads(clip.with_suffix(".truth.json").read_text())
        story = (SCENES / f"{clip.stem}.yaml").read_text().splitlines()[0].lstrip("# ")
        length = f"{load_scene(clip.stem).duration_s:g} s, {truth['fps']:g}/s"
        rows.append(f"| `{clip.stem}` | {length} | {story} | {_told(truth)} |")
    before, rest = readme.read_text().split(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n{END}{rest.split(END)[1]}")


def _told(truth: dict) -> str:
    parts = [
        f"{h['state']} from {h['from_s']:g} s" for h in truth["camera_health"] if h["state"] != "ok"
    ]
    if truth["mission"] == "parking":
        parts += [f"{c['spot_id']} {c['state']} at {c['t_s']:g} s" for c in truth["intended"]]
        parts += [
            f"{v['kind'].replace('_', ' ')} {v['subject']} at {v['from_s']:g} s"
            for v in truth.get("violations", [])
        ]
    else:
        parts += [f"{a['state']} {a['from_s']:g}–{a['to_s']:g} s" for a in truth["intended"]]
    return ", ".join(parts) or "nothing changes"
