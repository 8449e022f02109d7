"""Writes the README's table of measurements from the files in results/."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.stamped_result import RESULTS_DIR, ROOT

BEGIN, END = "<!-- measured: begin (make readme) -->", "<!-- measured: end -->"
README = ROOT / "README.md"


def main() -> int:
    """Rewrite the block between the marks."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def with_tables(text: str, results_dir: Path = RESULTS_DIR) -> str:
    """The README's text with the tables made anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    blocks = [
        make(json.loads(path.read_text(encoding="utf-8")))
        for name, make in TABLES.items()
        if (path := results_dir / f"{name}.json").exists()
    ]
    return f"{before}{BEGIN}\n\n" + "\n\n".join(blocks) + f"\n\n{END}{after}"


def _table(title: str, header: list[str], rows: list[list[str]], result: dict[str, Any]) -> str:
    lines = [f"**{title}**", "", " | ".join(["", *header, ""]).strip()]
    lines.append("|" + "---|" * len(header))
    lines += [" | ".join(["", *row, ""]).strip() for row in rows]
    machine = result["machine"]
    lines += [
        "",
        f"<sub>{result['measured_at'][:10]}, {machine['processor']}, {machine['cores']} cores, "
        f"onnxruntime {result['libraries']['onnxruntime']}, commit {result['commit']}</sub>",
    ]
    return "\n".join(lines)


def _tenths(measured: dict[str, float]) -> str:
    return " / ".join(f"{measured[p]:.1f}" for p in ("p50", "p95", "p99"))


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


def _frame_latency(result: dict[str, Any]) -> str:
    rows = []
    for mission, measured in result["missions"].items():
        frame, bare = measured["frame_ms"], measured["bare_run_ms"]
        rows.append(
            [
                mission,
                measured["model"],
                _tenths(frame),
                f"{bare['p50']:.1f}",
                f"{measured['ratio']:.2f} (budget {measured['budget_ratio']:.2f})",
            ]
        )
    header = ["mission", "network", "whole frame, ms p50 / p95 / p99", "bare network", "ratio"]
    return _table("One picture, without decoding", header, rows, result)


def _obstacle_network(result: dict[str, Any]) -> str:
    rows = [
        [
            result["model"],
            name,
            _tenths(measured["ms"]),
            f"{measured['ratio']:.2f}",
            f"{measured['processor_ratio']:.2f}",
        ]
        for name, measured in result["forms"].items()
    ]
    rows.append([result["peer"], "onnxruntime, floats", _tenths(result["peer_ms"]), "1", "1"])
    header = [
        "network",
        "runs in",
        "ms p50 / p95 / p99",
        f"time ÷ {result['peer']} (budget {result['budget_ratio']:.2f})",
        "processor time ÷",
    ]
    width_px, height_px = result["input_size"]
    title = (
        f"The obstacle network at {width_px}×{height_px} beside a nano detector, "
        f"{result['threads']} threads, run by run in turn"
    )
    return _table(title, header, rows, result)


def _publish_latency(result: dict[str, Any]) -> str:
    rows = [
        [
            mission,
            " / ".join(f"{measured['latency_ms'][p]:.0f}" for p in ("p50", "p95", "p99")),
            str(measured["results"]),
            str(measured["dropped"]),
        ]
        for mission, measured in result["missions"].items()
    ]
    header = ["mission", "capture → client, ms p50 / p95 / p99", "results", "pictures dropped"]
    return _table("Through the running service", header, rows, result)


def _tram_load(result: dict[str, Any]) -> str:
    rows = [
        [
            name,
            _percentiles(measured["capture_to_display_ms"]),
            _percentiles(measured["capture_to_alert_ms"]),
            f"{measured['pictures_per_s']:.1f} of {result['rate_hz']}",
            f"{_percent(measured['unavailable_share'])} %",
        ]
        for name, measured in result["runs"].items()
    ]
    header = [
        "tram at 25 pictures a second",
        "capture → display, ms p50 / p95 / p99",
        "capture → alert, ms",
        "pictures looked at, per s",
        "unavailable",
    ]
    return _table("A cabin display on all cores and on half of them", header, rows, result)


def _percentiles(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "–"
    return " / ".join(f"{measured[p]:.0f}" for p in ("p50", "p95", "p99"))


def _parking(result: dict[str, Any]) -> str:
    rows = [
        [model, *(_percent(sets[name]["balanced_accuracy"]) for name in result["sets"])]
        for model, sets in result["models"].items()
    ]
    header = ["spot by spot, balanced accuracy in %", *result["sets"]]
    return _table("Free spots on lots never seen, one picture at a time", header, rows, result)


def _parking_clips(result: dict[str, Any]) -> str:
    together = {"all": result["all"] | {"conditions": []}}
    shares = ("balanced_accuracy", "missed_cars", "false_cars")
    rows = [
        [
            name.removeprefix("lot_").replace("_", " "),
            ", ".join(score["conditions"]),
            *(_percent(score[share]) for share in shares),
            str(score["n"]),
        ]
        for name, score in (result["clips"] | together).items()
    ]
    header = ["clip", "conditions", "balanced accuracy in %", "missed cars", "false cars", "spots"]
    return _table("Free spots in the bundled clips, each picture on its own", header, rows, result)


def _detectors(result: dict[str, Any]) -> str:
    rows = [
        [
            name,
            row["licence"],
            _percent(row["ap"]),
            *(_percent(row[group]["ap50"]) for group in ("person", "vehicle", "two_wheeler")),
        ]
        for name, row in result["detectors"].items()
    ]
    header = [
        "detector",
        "licence",
        "AP over its classes",
        "AP50 person",
        "AP50 vehicle",
        "AP50 two-wheeler",
    ]
    return _table(f"Detectors on general pictures ({result['set']})", header, rows, result)


def _load(result: dict[str, Any]) -> str:
    cases = {
        "an empty FastAPI route, alone": "empty_route",
        "the same, beside the load": "empty_route_beside_the_load",
        f"availability, {result['cameras']} cameras playing": "cameras_only",
        f"availability, and {result['readers']} readers of events": "with_readers",
        "the moment in which all of them come": "while_readers_open",
    }
    rows = []
    for title, name in cases.items():
        if name not in result:
            continue
        measured = result[name]
        dropped = measured.get("dropped_share")
        share = "–" if dropped is None else f"{_percent(dropped)} %"
        rows.append([title, _percentiles(measured["ms"]), share])
    header = [
        f"at {result['requests_per_s']:.0f} requests a second",
        "answer, ms p50 / p95 / p99",
        "pictures dropped",
    ]
    return _table("Many cameras and many readers", header, rows, result)


def _forecast(result: dict[str, Any]) -> str:
    rows = [
        [
            hours,
            *(
                f"{row[f'{rule}_error_percent']:.1f}"
                for rule in ("ours", "same_as_now", "same_as_last_week")
            ),
            f"{_percent(row['interval_held'])} %",
        ]
        for hours, row in result["by_hours_ahead"].items()
    ]
    header = [
        "hours ahead",
        "forecast",
        "same as now",
        "same as last week",
        f"{100 * result['interval_wanted']:.0f} % interval held",
    ]
    title = "Free spots foretold, mean error in % of the spots (simulated car parks, 26 weeks)"
    return _table(title, header, rows, result)


TABLES = {
    "parking": _parking,
    "parking_clips": _parking_clips,
    "detectors": _detectors,
    "obstacle_network": _obstacle_network,
    "frame_latency": _frame_latency,
    "publish_latency": _publish_latency,
    "tram_load": _tram_load,
    "load": _load,
    "forecast": _forecast,
}

if __name__ == "__main__":
    sys.exit(main())
