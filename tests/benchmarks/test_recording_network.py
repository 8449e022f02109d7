import numpy as np

from benchmarks.recording_network import RecordingNetwork
from tests.networks import ScriptedNetwork


def test_what_was_run_is_run_again_bare() -> None:
    inner = ScriptedNetwork({"out": np.zeros(1, np.float32)})
    network = RecordingNetwork(inner)
    for value in (1, 2):
        network.run({"images": np.full(1, value)})
    spent_ms = network.rerun_ms()
    assert spent_ms is not None
    assert [int(feeds["images"][0]) for feeds in inner.fed] == [1, 2, 1, 2]


def test_a_picture_without_a_run_has_no_bare_time() -> None:
    assert RecordingNetwork(ScriptedNetwork({"out": np.zeros(1)})).rerun_ms() is None
