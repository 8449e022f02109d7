"""How long to wait before a camera is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after every failure, up to a limit, and never in step with other cameras."""

    first_s: float = 0.5
    limit_s: float = 30.0

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """Return the wait after so many failures in a row: between half of it and all of it.

        The random half keeps a hundred cameras behind one switch from all coming back at once.
        """
        doublings = min(max(failures - 1, 0), 32)
        full_s = min(self.first_s * 2.0**doublings, self.limit_s)
        return full_s * rng.uniform(0.5, 1.0)
