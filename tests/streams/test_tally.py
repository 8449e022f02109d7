from streams.tally import SourceStats, Tally


def test_every_picture_comes_out() -> None:
    tally = Tally()
    numbers = []
    for pts in range(5):
        index = tally.send(pts, is_key=pts == 0, is_wanted=True)
        numbers.append(tally.come_out(index, pts))
        tally.count_frame(640, 480)
    tally.finish()
    assert numbers == [0, 1, 2, 3, 4]
    assert tally.stats == SourceStats(frames=5)


def test_a_swallowed_picture_is_counted_when_the_next_one_is_out() -> None:
    tally = Tally()
    tally.send(0, is_key=True, is_wanted=True)
    second = tally.send(1, is_key=False, is_wanted=True)
    assert tally.come_out(second, 1) == 1
    assert tally.stats.damaged == 1


def test_a_refused_picture_is_counted_at_once() -> None:
    tally = Tally()
    tally.fail(tally.send(0, is_key=True, is_wanted=True))
    assert tally.stats.damaged == 1
    tally.finish()
    assert tally.stats.damaged == 1


def test_pictures_that_are_shown_later_are_not_missed() -> None:
    tally = Tally()
    sent = {pts: tally.send(pts, is_key=pts == 0, is_wanted=True) for pts in (0, 3, 1, 2)}
    numbers = [tally.come_out(sent[pts], pts) for pts in (0, 1, 2, 3)]
    assert numbers == [0, 1, 2, 3]
    assert tally.stats.damaged == 0


def test_pictures_without_times_are_missed_after_a_while() -> None:
    tally = Tally()
    tally.send(None, is_key=True, is_wanted=True)
    for _ in range(40):
        index = tally.send(None, is_key=False, is_wanted=True)
        tally.come_out(index, None)
    assert tally.stats.damaged == 1


def test_a_decoder_that_gives_nothing_does_not_fill_the_memory() -> None:
    tally = Tally()
    for pts in range(10_000):
        tally.send(pts, is_key=pts == 0, is_wanted=True)
    assert 9_900 < tally.stats.damaged < 10_000
    tally.finish()
    assert tally.stats.damaged == 10_000


def test_unwanted_pictures_are_skipped_not_damaged() -> None:
    tally = Tally()
    for pts in range(10):
        tally.send(pts, is_key=pts == 0, is_wanted=pts == 0)
    tally.come_out(0, 0)
    tally.count_frame(640, 480)
    tally.finish()
    assert tally.stats == SourceStats(frames=1, skipped=9)


def test_the_size_changes_twice() -> None:
    tally = Tally()
    for width_px in (640, 640, 320, 640):
        tally.count_frame(width_px, 480)
    assert tally.stats.resolution_changes == 2


def test_counts_of_two_connections_add_up() -> None:
    first = SourceStats(frames=3, skipped=1, damaged=2, resolution_changes=1, truncated="cut")
    second = SourceStats(frames=4)
    assert first + second == SourceStats(frames=7, skipped=1, damaged=2, resolution_changes=1)
