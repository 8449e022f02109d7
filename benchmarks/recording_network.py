"""A network that remembers what it was fed, so that the bare run can be timed beside."""

import time
from collections.abc import Mapping, Sequence

from models.session import Array, Network


class RecordingNetwork:
    """Passes everything on to the real network and keeps the feeds."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.inputs, self.outputs = network.inputs, network.outputs
        self.metadata, self.provider = network.metadata, network.provider
        self.fed: list[Mapping[str, Array]] = []

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """All outputs of the real network."""
        self.fed.append(feeds)
        return self._network.run(feeds)

    def bare_ms(self, fed: Sequence[Mapping[str, Array]]) -> float:
        """How long the bare network takes for these feeds."""
        start_ns = time.perf_counter_ns()
        for feeds in fed:
            self._network.run(feeds)
        return (time.perf_counter_ns() - start_ns) / 1e6
