"""Turns at the processor: so many parking cameras look at the same time as there are cores."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_S = 2.0  # one camera that hangs in its turn must not stop the others


class Turns:
    """Lets so many threads work at the same time; the others wait.

    Twenty threads on two cores do no more in all than two, but each of them may hold the
    interpreter's lock while another one has the core: then answers wait for all of them. With 20
    cameras and 500 readers of events the slowest answer of a hundred came after a fifth of the
    time (benchmarks/bench_load.py).
    """

    def __init__(self, count: int | None = None) -> None:
        """So many at once; as many as this process may use cores by default."""
        self._free = threading.Semaphore(count or len(os.sched_getaffinity(0)))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Do the block when it is our turn, or after LONGEST_WAIT_S in any case."""
        is_ours = self._free.acquire(timeout=LONGEST_WAIT_S)
        try:
            yield
        finally:
            if is_ours:
                self._free.release()
