"""A network that remembers what it was last fed, so that the bare run can be timed beside."""

import time
from collections.abc import Mapping

from models.session import Array, Network


class RecordingNetwork:
    """Passes everything on to the real network and keeps the last feeds."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.inputs, self.outputs = network.inputs, network.outputs
        self.metadata, self.provider = network.metadata, network.provider
        self.fed: list[Mapping[str, Array]] = []

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """All outputs of the real network."""
        self.fed.append(feeds)
        return self._network.run(feeds)

    def rerun_ms(self) -> float | None:
        """How long the runs since the last call take again, bare; None if there were none."""
        fed, self.fed = self.fed, []
        if not fed:
            return None
        start_ns = time.perf_counter_ns()
        for feeds in fed:
            self._network.run(feeds)
        return (time.perf_counter_ns() - start_ns) / 1e6
