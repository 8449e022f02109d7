"""When each stage of one picture began and how long it took."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from service.timestamps import NS_PER_MS


@dataclass(frozen=True, slots=True)
class StageSpan:
    """One stage's work; times are those of the timer's clock."""

    stage: str
    begin_ns: int
    end_ns: int


class StageTimer:
    """A `Stages` for the core: `with timer("detect"): …` adds to that stage's time."""

    def __init__(self, clock_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        self.clock_ns = clock_ns
        self._spans: list[StageSpan] = []

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Measure the block as `stage`; blocks of the same name add up."""
        begin_ns = self.clock_ns()
        try:
            yield
        finally:
            self._spans.append(StageSpan(stage, begin_ns, self.clock_ns()))

    def take(self) -> Sequence[StageSpan]:
        """The blocks measured since the last call, in order of their ends; starts anew."""
        spans, self._spans = self._spans, []
        return spans


def stage_ms(spans: Sequence[StageSpan]) -> dict[str, float]:
    """Milliseconds per stage."""
    spent_ns: dict[str, int] = {}
    for span in spans:
        spent_ns[span.stage] = spent_ns.get(span.stage, 0) + span.end_ns - span.begin_ns
    return {stage: value / NS_PER_MS for stage, value in spent_ns.items()}
