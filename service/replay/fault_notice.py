"""How soon it was told that a camera's picture could not be trusted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.replay.figure import Figure
from service.replay.timeline import Stretch, Timeline
from service.replay.truth import HEALTHY

DECIMALS = 2


@dataclass(frozen=True, slots=True)
class FaultNotice:
    """One time of a bad picture."""

    state: str
    from_s: float
    noticed_after_s: float | None
    """None when nothing was said before it was over."""


def fault_notices(
    health: Timeline, told: Iterable[Timeline], is_blind: Callable[[Stretch], bool]
) -> tuple[FaultNotice, ...]:
    """For every time that is not healthy, when the first of `told` said so."""
    said = [each for timeline in told for each in timeline if is_blind(each)]
    return tuple(_notice(fault, said) for fault in health if fault.state != HEALTHY)


def _notice(fault: Stretch, said: Iterable[Stretch]) -> FaultNotice:
    moments = [
        max(each.from_s, fault.from_s)
        for each in said
        if each.to_s > fault.from_s and each.from_s < fault.to_s
    ]
    delay_s = round(min(moments) - fault.from_s, DECIMALS) if moments else None
    return FaultNotice(fault.state, fault.from_s, delay_s)


def notice_figures(notices: Iterable[FaultNotice]) -> list[Figure]:
    """How many faults passed unnoticed, and the slowest notice of the others."""
    notices = list(notices)
    unnoticed = [each for each in notices if each.noticed_after_s is None]
    slow = [(each.noticed_after_s, each) for each in notices if each.noticed_after_s is not None]
    slowest = max(slow, key=lambda pair: pair[0], default=None)
    return [
        Figure(
            "unnoticed_faults",
            len(unnoticed),
            _sentence(unnoticed[0], "nothing said it") if unnoticed else "",
        ),
        Figure(
            "notice_s",
            slowest[0] if slowest else None,
            _sentence(slowest[1], f"said {slowest[0]:.2f} s later") if slowest else "",
        ),
    ]


def _sentence(notice: FaultNotice, what: str) -> str:
    return f"picture {notice.state} from {notice.from_s:.2f} s, {what}"
