"""Many readers hear of a change a few at a time, each of all changes, and in their order."""

import asyncio
from itertools import pairwise

from service.live.audience import AT_ONCE, Audience
from service.live.records import EventRecord
from service.live.subscription import Subscription

READERS = 4 * AT_ONCE


def change(number: int) -> EventRecord:
    return EventRecord(
        id=number,
        type="spot.changed",
        site_id="yard",
        camera_id="north",
        subject="A1",
        frame_id=number,
        timestamp_ns=number,
        data={},
    )


def make_audience(readers: int) -> Audience:
    """Over so many readers of the running loop."""
    audience = Audience(asyncio.get_running_loop())
    audience.readers = tuple(Subscription([], has_gap=False, longest=256) for _ in range(readers))
    return audience


async def heard_by(reader: Subscription, last_id: int) -> list[list[int]]:
    """What the reader is handed, as ids by write, up to the last one."""
    heard: list[list[int]] = []
    while not heard or heard[-1][-1] < last_id:
        news = await reader.next(10.0)
        assert news, "nothing came for long"
        heard.append([event.id for event in news])
    return heard


async def told(changes: int) -> tuple[list[list[list[int]]], list[int]]:
    """What each reader hears of changes that come one a turn, and how many are through by turn."""
    audience = make_audience(READERS)
    listening = [asyncio.create_task(heard_by(each, changes)) for each in audience.readers]
    await asyncio.sleep(0)
    through: list[int] = []
    for turn in range(1_000):
        if turn < changes:
            audience.send([change(turn + 1)])
        await asyncio.sleep(0)  # something else that the loop has to do
        through.append(sum(each.done() for each in listening))
    return [each.result() for each in listening], through


def test_all_hear_of_a_change_and_others_get_their_turn_in_between():
    heard, through = asyncio.run(told(1))
    assert heard == [[[1]]] * READERS
    assert max(after - before for before, after in pairwise([0, *through])) == AT_ONCE


def test_the_first_readers_hear_at_once():
    async def turns() -> int:
        audience = make_audience(READERS)
        first = asyncio.create_task(audience.readers[0].next(10.0))
        await asyncio.sleep(0)
        audience.send([change(1)])
        count = 0
        while not first.done():
            count += 1
            await asyncio.sleep(0)
        return count

    assert asyncio.run(turns()) <= 3


def test_in_a_busy_time_every_reader_hears_all_in_order_in_fewer_writes():
    heard, _ = asyncio.run(told(40))
    for writes in heard:
        assert [number for write in writes for number in write] == list(range(1, 41))
        assert len(writes) <= 40 * AT_ONCE / READERS + 2


def test_a_loop_that_has_ended_is_passed_over():
    async def made() -> Audience:
        return make_audience(1)

    asyncio.run(made()).send([change(1)])
