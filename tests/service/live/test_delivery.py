"""Readers hear at once after a silence, in rounds when much happens, of alerts always at once."""

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest

from service.live.delivery import AT_ONCE, ROUND_S, Delivery
from service.live.records import EventRecord, EventType
from service.live.subscription import Subscription

T = TypeVar("T")


class SkippingLoop(asyncio.SelectorEventLoop):
    """Waits for nothing: its time jumps to what is due next, however busy the machine is."""

    def __init__(self) -> None:
        self.now_s = 0.0
        super().__init__(SkippingSelector(self))

    def time(self) -> float:
        return self.now_s


class SkippingSelector(selectors.DefaultSelector):
    def __init__(self, loop: SkippingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.now_s += timeout or 0.0
        return super().select(0)


def played(told: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(told)


def change(number: int, kind: EventType = "spot.changed") -> EventRecord:
    return EventRecord(
        id=number,
        type=kind,
        site_id="yard",
        camera_id="north",
        subject="A1",
        frame_id=number,
        timestamp_ns=number,
        data={},
    )


def make_delivery(readers: int) -> Delivery:
    """Over so many readers of the running loop."""
    delivery = Delivery(asyncio.get_running_loop())
    delivery.readers = tuple(Subscription([], has_gap=False, longest=256) for _ in range(readers))
    return delivery


async def rounds_of(reader: Subscription) -> list[tuple[int, float]]:
    """What the reader is handed, as numbers of events and the second of each, until a silence."""
    clock = asyncio.get_running_loop().time
    began_s = clock()
    heard: list[tuple[int, float]] = []
    while news := await reader.next(1.0):
        heard.append((len(news), clock() - began_s))
    return heard


async def tell(delivery: Delivery, kinds: Sequence[EventType], every_s: float) -> None:
    for number, kind in enumerate(kinds):
        delivery.send([change(number, kind)])
        await asyncio.sleep(every_s)


def story(kinds: Sequence[EventType], every_s: float) -> list[tuple[int, float]]:
    """One reader's rounds while these changes happen."""

    async def told() -> list[tuple[int, float]]:
        delivery = make_delivery(1)
        listening = asyncio.create_task(rounds_of(delivery.readers[0]))
        await asyncio.sleep(0)
        await tell(delivery, kinds, every_s)
        return await listening

    return played(told())


def test_an_event_after_a_silence_is_handed_on_at_once():
    [(count, after_s)] = story(["spot.changed"], 0)
    assert (count, after_s) == (1, 0)


def test_many_events_come_in_few_rounds_and_none_is_lost():
    heard = story(["spot.changed"] * 40, ROUND_S / 20)
    counts = [count for count, _ in heard]
    assert sum(counts) == 40
    assert counts == [1, 19, 20], "the first one waits for nothing, the others for their round"


def test_an_alert_does_not_wait_for_the_round():
    first, second = story(["spot.changed", "alert.changed"], 0.01)
    assert (first[0], second[0]) == (1, 1)
    assert second[1] - first[1] == pytest.approx(0.01)


def test_all_readers_hear_and_others_get_their_turn_in_between():
    async def told() -> tuple[list[int], int]:
        delivery = make_delivery(4 * AT_ONCE)
        listening = [asyncio.create_task(each.next(1.0)) for each in delivery.readers]
        await asyncio.sleep(0)
        delivery.send([change(1)])
        turns = 0
        while not all(each.done() for each in listening):
            turns += 1  # something else that the loop has to do
            await asyncio.sleep(0)
        return [len(each.result()) for each in listening], turns

    heard, turns = played(told())
    assert heard == [1] * (4 * AT_ONCE)
    assert turns >= 4


@pytest.mark.parametrize("kind", ["spot.changed", "alert.changed"])
def test_a_loop_that_has_ended_is_passed_over(kind: EventType):
    async def made() -> Delivery:
        return make_delivery(1)

    played(made()).send([change(1, kind)])
