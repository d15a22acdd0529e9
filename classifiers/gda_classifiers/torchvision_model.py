"""`torchvision:model=NAME`: any image classifier of torchvision, trained from scratch or from its published weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torchvision
from torch import nn
from torchvision.models import get_model, get_model_builder, get_model_weights, list_models

from gda_bench.api import UserError, Weights, nearest
from gda_classifiers.inlet import Scale
from gda_classifiers.library import LibraryModel, Started


@dataclass(kw_only=True, eq=False)
class TorchvisionModel(LibraryModel):
    """model: a name of torchvision.models. pretrained: start from its best ImageNet weights, fetched by torchvision or
    from its cache. size: resize the images to this side first, for models that need larger ones. For the rest see
    TorchClassifier.
    """

    quick: ClassVar[Mapping[str, Any]] = {"model": "shufflenet_v2_x0_5", "lr": 4e-3}

    model: str = "resnet18"
    pretrained: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        known = list_models(module=torchvision.models)
        if self.model not in known:
            raise UserError(f"torchvision has no classifier {self.model!r}: {nearest(self.model, known)}")

    @property
    def label(self) -> str:
        return f"torchvision's {self.model}"

    def starts_from(self) -> Weights | None:
        return Weights(f"torchvision/{self.model}") if self.pretrained else None

    def depth(self, images: int) -> int:
        return 3  # all of them read colour; grey is repeated

    def create(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        options: dict[str, Any] = {"num_classes": classes}
        accepted = inspect.signature(get_model_builder(self.model)).parameters
        if self.model in ("googlenet", "inception_v3"):
            # their side heads answer in training as well, which nothing here would use
            options |= {"aux_logits": False, "init_weights": True}
        if self.model.startswith("vit_"):
            options["image_size"] = min(shape[:2])
        if "input_size" in accepted:
            options["input_size"] = shape[:2]
        network: nn.Module = get_model(self.model, weights=None, **options)
        return network

    def start(self, classes: int) -> Started:
        published = get_model_weights(self.model).DEFAULT
        network = get_model(self.model, weights=None)
        try:
            network.load_state_dict(published.get_state_dict(progress=False, check_hash=True, weights_only=True))
        except (OSError, RuntimeError) as error:
            raise UserError(self.unreachable(error)) from error
        _renew_head(network, classes)
        preset = published.transforms()
        return Started(network, 3, Scale(preset.mean, preset.std), preset.crop_size[0])

    @property
    def head(self) -> nn.Module:
        return _head(self.network)[1]


def _head(network: nn.Module) -> tuple[str, nn.Module]:
    """The name of the last layer that can be one, and the layer: squeezenet ends in a convolution."""
    ends = [(name, m) for name, m in network.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    linear = [end for end in ends if isinstance(end[1], nn.Linear)]
    return (linear or ends)[-1]


def _renew_head(network: nn.Module, classes: int) -> None:
    name, old = _head(network)
    where, _, last = name.rpartition(".")
    if isinstance(old, nn.Linear):
        new: nn.Module = nn.Linear(old.in_features, classes)
    else:
        assert isinstance(old, nn.Conv2d)
        new = nn.Conv2d(old.in_channels, classes, old.kernel_size[0])
    setattr(network.get_submodule(where), last, new)
