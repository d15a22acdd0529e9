"""`timm:model=NAME`: any image classifier of the timm library, trained from scratch or from weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import timm
from torch import nn

from gda_bench.api import UserError, Weights, nearest
from gda_classifiers.inlet import Scale
from gda_classifiers.library import LibraryModel, Started
from gda_classifiers.training import TorchClassifier
from gda_classifiers.weights_file import check_weights, load_into, read_weights


@dataclass(kw_only=True, eq=False)
class TimmModel(LibraryModel):
    """model: a name that timm knows. pretrained: start from timm's weights, from the hub or its cache. weights: start
    from a .safetensors file of this machine in timm's names, whatever its head. size: resize the images to this side
    first, for models that need larger ones. For the rest see TorchClassifier.
    """

    quick: ClassVar[Mapping[str, Any]] = {"model": "test_resnet"}
    later: ClassVar[frozenset[str]] = TorchClassifier.later | {"weights"}

    model: str = "resnet18"
    pretrained: bool = False
    weights: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not timm.is_model(self.model):
            raise UserError(f"timm has no model {self.model!r}: {nearest(self.model, timm.list_models())}")
        if self.weights:
            check_weights(self.weights)
            if self.pretrained:
                raise UserError("timm: weights= and pretrained=true are two sources: give one")

    @property
    def label(self) -> str:
        return f"timm's {self.model}"

    def starts_from(self) -> Weights | None:
        if self.weights:
            return Weights(self.weights)
        return Weights(f"timm/{self.model}") if self.pretrained else None

    def create(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        network: nn.Module = timm.create_model(self.model, num_classes=classes, in_chans=shape[2])
        return network

    def start(self, classes: int) -> Started:
        if self.weights:
            network, depth = self._from_file(self.weights, classes)
        else:
            network, depth = self._from_hub(classes), 3
        known = network.pretrained_cfg
        return Started(network, depth, Scale(known["mean"], known["std"]), known["input_size"][-1])

    def _from_hub(self, classes: int) -> Any:
        try:
            return timm.create_model(self.model, num_classes=classes, pretrained=True)
        except Exception as error:  # the hub's client raises errors without a base of their own
            raise UserError(self.unreachable(error)) from error

    def _from_file(self, path: str, classes: int) -> tuple[Any, int]:
        state = read_weights(path)
        stem = state.get(f"{timm.models.get_pretrained_cfg_value(self.model, 'first_conv')}.weight")
        depth = 1 if stem is not None and stem.shape[1] == 1 else 3
        network = timm.create_model(self.model, num_classes=classes, in_chans=depth)
        found = network.get_classifier()
        load_into(network, state, found if isinstance(found, Sequence) else [found], path)
        return network, depth

    @property
    def head(self) -> nn.Module:
        """timm's own answer: a linear layer, a 1x1 convolution, or the first of several."""
        found = self._timm.get_classifier()
        first: nn.Module = found[0] if isinstance(found, Sequence | nn.ModuleList) else found
        return first

    def reset_head(self) -> None:
        # timm knows of every part: some networks have a second head for distillation or for tokens
        self._timm.reset_classifier(self._timm.num_classes)
        self.network.to(self.device)

    @property
    def _timm(self) -> Any:
        return self.core
