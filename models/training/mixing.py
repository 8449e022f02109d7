"""Weights between those that a training began with and those that it ended with."""

import copy
from typing import TypeVar

import torch
from torch import nn

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)


def mixed(start: nn.Module, trained: AnyNetwork, share: float) -> AnyNetwork:
    """A network whose weights lie between the start (0) and the trained one (1), of one form.

    Weights between keep more of what the start knew than the trained ones do.
    """
    between = copy.deepcopy(trained)
    first, last = start.state_dict(), trained.state_dict()
    between.load_state_dict({k: torch.lerp(first[k], last[k], share) for k in first})
    return between.eval()
