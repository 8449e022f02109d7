"""The two pretrained backbones that networks here begin with."""

from pathlib import Path

from models.training import efficientnet, hgnet

Backbone = hgnet.HGNet | efficientnet.EfficientNetLite


def pretrained_backbone(detector: Path | None, *, with_mask: bool = False) -> Backbone:
    """The backbone of a detector's ONNX file, or EfficientNet-Lite0 where none is given."""
    if detector is None:
        features = efficientnet.EfficientNetLite(with_mask=with_mask)
        efficientnet.load_published(features)
        return features
    backbone = hgnet.HGNet(with_mask=with_mask)
    hgnet.load_pretrained(backbone, detector)
    return backbone
