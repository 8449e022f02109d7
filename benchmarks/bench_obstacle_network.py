"""How long does the obstacle network take beside YOLOX-Nano, on whatever can run it here?"""

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.recording_network import RecordingNetwork
from benchmarks.stamped_result import ROOT, percentiles, stamp, write_result
from models.catalogue import Catalogue, ModelFile
from models.errors import UnknownModel
from models.precision import Form, this_machine
from models.session import Array, Provider, available_threads, open_network
from streams.source import open_source
from vision.detector import Detector

PEER = "yolox-nano-416"
PEER_FORM = "onnxruntime, floats"
CLIP = ROOT / "sample_videos" / "tram_crossing.mp4"
WARM_UP_ROUNDS = 5
MOST_DIFFERENCE, MOST_IN_BRAIN_FLOATS, MOST_IN_8_BITS = 1e-3, 0.1, 0.3
"""Of a confidence from what onnxruntime's floats say."""

Run = Callable[[], list[Array]]


def main() -> int:
    """Measure every form here; 1 when the fastest one misses the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="times every network is run")
    parser.add_argument("--threads", type=int, default=available_threads(), help="per network")
    options = parser.parse_args()
    most = tomllib.loads((ROOT / "benchmarks/budget.toml").read_text())["obstacle_network"]["ratio"]
    catalogue = Catalogue.load()
    own = catalogue.find(None)
    try:
        peer = catalogue.find(PEER)
    except UnknownModel as missing:
        print(f"nothing to compare with: {missing}", file=sys.stderr)
        print(json.dumps({"not_measured": str(missing)}))
        return 0
    forms = forms_here(own, catalogue)
    runs = {name: prepared(form, options.threads) for name, form in forms.items()}
    differences = {
        name: checked_difference(runs[name], runs[PEER_FORM], form, own)
        for name, form in forms.items()
    }
    peers = {PEER: prepared(Form(peer, Provider.CPU), options.threads)}
    measured = interleaved(peers | runs, options.rounds)
    best = min(forms, key=lambda name: measured[name]["ratio"])
    ratio = measured[best]["ratio"]
    content: dict[str, Any] = {
        "model": own.spec.name,
        "input_size": own.spec.input_size,
        "peer": PEER,
        "openvino": version("openvino") if this_machine().has_openvino else None,
        "threads": options.threads,
        "rounds": options.rounds,
        "peer_ms": measured[PEER]["ms"],
        "forms": {name: measured[name] | {"difference": differences[name]} for name in forms},
        "best": best,
        "ratio": ratio,
        "budget_ratio": most,
        "is_within_budget": ratio <= most,
    }
    written = write_result("obstacle_network", stamp([own.path, peer.path]) | content)
    print(json.dumps({"result": str(written), **content}))
    return 0 if content["is_within_budget"] else 1


def forms_here(own: ModelFile, catalogue: Catalogue) -> dict[str, Form]:
    """All that can run the network on this machine."""
    forms = {PEER_FORM: Form(own, Provider.CPU)}
    if this_machine().has_openvino:
        forms["OpenVINO, floats"] = Form(own, Provider.OPENVINO)
        forms["OpenVINO, brain floats"] = Form(own, Provider.OPENVINO, in_bfloat16=True)
        eight_bits = catalogue.find(own.spec.int8, own.spec.task)
        forms["OpenVINO, 8 bits"] = Form(eight_bits, Provider.OPENVINO)
    return forms


def prepared(form: Form, threads: int) -> Run:
    """The bare network at its default size, on the first picture of the clip."""
    spec = form.file.spec
    network = open_network(
        form.file.path,
        provider=form.provider,
        threads=threads,
        input_size=spec.input_size,
        in_bfloat16=form.in_bfloat16,
    )
    recording = RecordingNetwork(network)
    with open_source(CLIP) as source:
        Detector(recording, spec)(next(iter(source)).image)
    return lambda: network.run(recording.fed[0])


def checked_difference(run: Run, like: Run, form: Form, own: ModelFile) -> float:
    """The largest of all confidences; raises AssertionError where it is too large."""
    classes = len(own.spec.class_names or ())
    difference = float(np.abs(run()[0][..., :classes] - like()[0][..., :classes]).max())
    most = MOST_IN_BRAIN_FLOATS if form.in_bfloat16 else MOST_DIFFERENCE
    if form.file != own:
        most = MOST_IN_8_BITS
    assert difference <= most, f"a confidence differs by {difference:.2g}"
    return round(difference, 6)


def interleaved(runs: Mapping[str, Run], rounds: int) -> dict[str, dict[str, Any]]:
    """Every network in turn, round by round: what else the machine does meets all alike."""
    wall_ms: dict[str, list[float]] = {name: [] for name in runs}
    processor_ms: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(WARM_UP_ROUNDS + rounds):
        for name, run in runs.items():
            start_ns, start_processor_ns = time.perf_counter_ns(), time.process_time_ns()
            run()
            if number >= WARM_UP_ROUNDS:
                wall_ms[name].append((time.perf_counter_ns() - start_ns) / 1e6)
                processor_ms[name].append((time.process_time_ns() - start_processor_ns) / 1e6)
    return {
        name: {
            "ratio": _ratio(wall_ms[name], wall_ms[PEER]),
            "processor_ratio": _ratio(processor_ms[name], processor_ms[PEER]),
            "ms": percentiles(wall_ms[name]),
        }
        for name in runs
    }


def _ratio(own: Sequence[float], peer: Sequence[float]) -> float:
    """Median over the rounds of own ÷ peer."""
    return round(float(np.median(np.array(own) / np.array(peer))), 3)


if __name__ == "__main__":
    sys.exit(main())
