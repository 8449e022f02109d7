"""The two pretrained backbones that networks here begin with."""

from pathlib import Path

from models.training import efficientnet, hgnet

Backbone = hgnet.HGNet | efficientnet.EfficientNetLite


def pretrained_backbone(
    detector: Path | None, *, lite: int = 0, with_mask: bool = False
) -> Backbone:
    """The backbone of a detector's ONNX file, or that EfficientNet-Lite where none is given.

    Raises:
        ValueError: there is no such EfficientNet-Lite here.
    """
    if detector is None:
        if lite not in efficientnet.VARIANTS:
            known = ", ".join(map(str, efficientnet.VARIANTS))
            raise ValueError(f"efficientnet_lite is one of {known}, got {lite}")
        features = efficientnet.EfficientNetLite(efficientnet.VARIANTS[lite], with_mask=with_mask)
        efficientnet.load_published(features)
        return features
    backbone = hgnet.HGNet(with_mask=with_mask)
    hgnet.load_pretrained(backbone, detector)
    return backbone
