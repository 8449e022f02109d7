"""Turns as stories: many cameras, few cores, and one that hangs."""

import threading

import pytest

from service.cameras import turns
from service.cameras.turns import Turns
from tests.streams.cameras import wait_until


class Looker(threading.Thread):
    """One camera's thread: looks until it may stop."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(daemon=True)
        self._turns = turns
        self.is_looking = False
        self.may_stop = threading.Event()

    def run(self) -> None:
        with self._turns.taken():
            self.is_looking = True
            self.may_stop.wait(20)
        self.is_looking = False


@pytest.fixture
def lookers():
    turns = Turns(2)
    lookers = [Looker(turns) for _ in range(5)]
    yield lookers
    for looker in lookers:
        looker.may_stop.set()


def looking(lookers: list[Looker]) -> list[int]:
    return [number for number, looker in enumerate(lookers) if looker.is_looking]


def test_so_many_look_at_once_and_the_next_as_soon_as_one_is_done(lookers):
    for number, looker in enumerate(lookers):
        looker.start()
        assert wait_until(lambda: looking(lookers) == list(range(min(number + 1, 2))))  # noqa: B023
    lookers[0].may_stop.set()
    assert wait_until(lambda: looking(lookers) == [1, 2]), "in the order in which they came"


def test_a_camera_that_hangs_in_its_turn_stops_no_other(lookers, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT_S", 0.05)
    for looker in lookers:
        looker.start()
    assert wait_until(lambda: len(looking(lookers)) == 5)
    for looker in lookers:
        looker.may_stop.set()
    assert wait_until(lambda: not looking(lookers))


def test_a_turn_ends_where_looking_fails():
    turns = Turns(1)
    with pytest.raises(ValueError, match="no picture"), turns.taken():
        raise ValueError("no picture")
    looker = Looker(turns)
    looker.start()
    assert wait_until(lambda: looker.is_looking)
    looker.may_stop.set()
