import threading

from streams.mailbox import Mailbox
from tests.streams.clips import numbered_picture
from vision.frame import Frame


def make_frame(number: int) -> Frame:
    return Frame("cam", number, number, numbered_picture(number))


def test_reader_gets_the_newest_frame_and_the_others_are_counted() -> None:
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put(make_frame(number))
    frame = mailbox.get(0)
    assert frame is not None
    assert frame.frame_id == 2
    assert mailbox.dropped == 2
    assert mailbox.get(0) is None, "taken once, it is gone"


def test_a_frame_that_comes_later_wakes_the_waiting() -> None:
    mailbox = Mailbox()
    taken: list[Frame | None] = []
    waiting = threading.Thread(target=lambda: taken.append(mailbox.get(10)))
    waiting.start()
    mailbox.put(make_frame(7))
    waiting.join(10)
    assert [frame and frame.frame_id for frame in taken] == [7]
    assert mailbox.dropped == 0


def test_who_waited_for_his_turn_takes_what_came_meanwhile() -> None:
    mailbox = Mailbox()
    mailbox.put(make_frame(1))
    taken = mailbox.get(0)
    assert taken is not None
    assert mailbox.newest(taken) is taken, "nothing newer came"
    mailbox.put(make_frame(2))
    mailbox.put(make_frame(3))
    assert mailbox.newest(taken).frame_id == 3
    assert mailbox.dropped == 2, "the second and the one that was taken in vain"


def test_closing_wakes_everybody_and_leaves_the_last_frame() -> None:
    mailbox = Mailbox()
    taken: list[Frame | None] = []
    waiting = [threading.Thread(target=lambda: taken.append(mailbox.get())) for _ in range(3)]
    for thread in waiting:
        thread.start()
    mailbox.put(make_frame(1))
    mailbox.close()
    for thread in waiting:
        thread.join(10)
    assert sorted(frame.frame_id if frame else -1 for frame in taken) == [-1, -1, 1]
    mailbox.put(make_frame(2))
    assert mailbox.is_closed
    assert mailbox.get(0) is None
