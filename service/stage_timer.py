"""How long each stage of one picture took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.timestamps import NS_PER_MS


class StageTimer:
    """A `Stages` for the core: `with timer("detect"): …` adds to that stage's time."""

    def __init__(self, clock_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock_ns = clock_ns
        self._spent_ns: dict[str, int] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Measure the block as `stage`; blocks of the same name add up."""
        start_ns = self._clock_ns()
        try:
            yield
        finally:
            spent_ns = self._clock_ns() - start_ns
            self._spent_ns[stage] = self._spent_ns.get(stage, 0) + spent_ns

    def take_ms(self) -> dict[str, float]:
        """Milliseconds per stage since the last call, in order of first use; starts anew."""
        spent_ns, self._spent_ns = self._spent_ns, {}
        return {stage: value / NS_PER_MS for stage, value in spent_ns.items()}
