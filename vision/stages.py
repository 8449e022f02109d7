"""Where the time of one frame goes, without the core reading a clock."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Stages = Callable[[str], AbstractContextManager[None]]
"""`with stages("detect"): …` wraps one stage; the service passes a timer."""


@contextmanager
def _untimed(_stage: str) -> Iterator[None]:
    yield


UNTIMED: Stages = _untimed
"""Measures nothing."""
