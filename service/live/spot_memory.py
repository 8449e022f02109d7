"""What stays of a spot over a restart of its camera, a change of the site, or of the service."""

from dataclasses import replace

import numpy as np

from service.live.recording import fresh_spot_state
from vision.parking.layout import Spot
from vision.parking.spot_state import SpotState


def remembering(state: SpotState, before: SpotState | None) -> SpotState:
    """A spot not seen yet since a restart keeps the time at which it was last seen."""
    if before is None or state.observed_at_ns is not None:
        return state
    return replace(
        state, observed_at_ns=before.observed_at_ns, valid_until_ns=before.valid_until_ns
    )


def lasting(state: SpotState, before: SpotState | None, now_ns: int) -> SpotState:
    """The state since when it is told so, whether or not its camera started anew meanwhile."""
    if before is None or before.changed_at_ns == state.changed_at_ns:
        return state
    told = fresh_spot_state(before, now_ns)
    if (told.status, told.reason) != (state.status, state.reason):
        return state
    return replace(state, changed_at_ns=told.changed_at_ns)


def is_same_place(before: Spot | None, after: Spot) -> bool:
    """Whether what was known of a spot still holds."""
    return (
        before is not None
        and before.is_closed == after.is_closed
        and np.array_equal(before.polygon, after.polygon)
    )
