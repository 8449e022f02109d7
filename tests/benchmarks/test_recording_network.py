import numpy as np

from benchmarks.recording_network import RecordingNetwork
from tests.networks import ScriptedNetwork


def test_what_was_fed_is_timed_again_without_being_fed() -> None:
    scripted = ScriptedNetwork({"out": np.zeros(1)})
    network = RecordingNetwork(scripted)
    network.run({"in": np.ones(2)})
    (fed,) = network.fed
    assert network.bare_ms([fed, fed]) > 0
    assert len(scripted.fed) == 3
    assert network.fed == [fed]
