"""A site file of one parking camera as text, for a person to go on with."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

NOT_IN_IDS = re.compile(r"[^a-z0-9._-]+")


def site_text(
    name: str,
    source: str,
    spots: Sequence[dict[str, Any]],
    lot_id: str,
    drawn_px: tuple[int, int] | None = None,
) -> str:
    """YAML that `wayside site check` accepts; one line per spot.

    `drawn_px` is the size of the picture on which the spots were drawn, where that is known.
    """
    site_id = NOT_IN_IDS.sub("-", name.lower()).strip("-._") or "site"
    head = yaml.safe_dump(
        {"site": site_id, "lots": [{"id": lot_id}]}, sort_keys=False, default_flow_style=None
    )
    lines = [
        head.rstrip(),
        "cameras:",
        "  - id: north",
        "    mission: parking",
        f"    source: {_scalar(source)}",
    ]
    if drawn_px is not None:
        lines += [f"    width_px: {drawn_px[0]}", f"    height_px: {drawn_px[1]}"]
    lines.append("    spots:")
    lines += [f"      - {_flow(spot)}" for spot in spots]
    return "\n".join(lines) + "\n"


def _flow(spot: dict[str, Any]) -> str:
    text = yaml.safe_dump(spot, default_flow_style=True, sort_keys=False, width=10_000)
    return text.rstrip().removesuffix("\n...")


def _scalar(text: str) -> str:
    return yaml.safe_dump(text, width=10_000).removesuffix("\n...\n").rstrip()
