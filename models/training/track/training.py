"""The training of the track network: from a pretrained backbone."""

from functools import partial
from pathlib import Path

import cv2
import torch
from torch import Tensor

from models.training.run import Run
from models.training.track.batches import Pool, make_batch, to_tensor
from models.training.track.loss import intersection_over_union, mask_loss, reduced
from models.training.track.network import TrackNetwork, load_exported, new_network
from models.training.track.pictures import Picture
from models.training.track.sample import EVERY, OWN
from models.training.track.settings import Settings

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Trainer:
    """A run of the track network, from the pretrained backbone or from an exported file."""

    def __init__(
        self, settings: Settings, shared: Path, folder: Path, begun_with: Path | None = None
    ) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        network = new_network(settings.detector_in(shared)).to(DEVICE)
        if begun_with is not None:
            load_exported(network, begun_with)
        network.to(memory_format=torch.channels_last)
        network.backbone.freeze_first()
        optimiser = torch.optim.AdamW(parameter_groups(network, settings))
        self.run = Run(network, optimiser, settings, folder)

    def train(self, pool: Pool, held: dict[str, list[Picture]]) -> None:
        """Run from where it stands to the last step."""
        self.run.train(
            partial(make_batch, pool, self.settings),
            self.losses,
            lambda: held_figures(self.run.average, held, self.settings),
        )

    def losses(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """What a batch costs, in parts and in all."""
        images, masks = batch
        logits = self.run.network(images.to(DEVICE, memory_format=torch.channels_last))
        wanted = reduced(masks.to(DEVICE))
        entropy, overlap = mask_loss(logits, wanted, self.settings.other_weight)
        loss = entropy + self.settings.overlap_weight * overlap
        return {"entropy": entropy, "overlap": overlap, "loss": loss}


def parameter_groups(network: TrackNetwork, settings: Settings) -> list[dict[str, object]]:
    """The backbone learns more slowly; kernels decay, biases do not."""
    groups: list[dict[str, object]] = []
    for is_backbone in (True, False):
        rate = settings.learning_rate * (settings.backbone_rate if is_backbone else 1.0)
        for is_kernel in (True, False):
            members = [
                p
                for name, p in network.named_parameters()
                if p.requires_grad
                and name.startswith("backbone") is is_backbone
                and (p.ndim > 1) is is_kernel
            ]
            decay = settings.weight_decay if is_kernel else 0.0
            groups.append({"params": members, "lr": rate, "weight_decay": decay})
    return groups


@torch.no_grad()
def held_figures(
    network: TrackNetwork, held: dict[str, list[Picture]], settings: Settings
) -> dict[str, float]:
    """Mean overlap of own and all track on each part of what was held out."""
    figures = {}
    for name, pictures in held.items():
        rows = []
        for picture in pictures:
            sample = picture.read()
            image = cv2.resize(sample.image, settings.size, interpolation=cv2.INTER_AREA)
            masks = cv2.resize(sample.masks(), settings.size, interpolation=cv2.INTER_NEAREST_EXACT)
            logits = network(to_tensor([image]).to(DEVICE)).cpu()
            rows.append(intersection_over_union(logits, reduced(torch.from_numpy(masks)[None])))
        if rows:
            mean = torch.cat(rows).nanmean(0)
            figures[f"{name}_own"] = float(mean[OWN])
            figures[f"{name}_every"] = float(mean[EVERY])
    return figures
