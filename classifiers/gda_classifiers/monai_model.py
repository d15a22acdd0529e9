"""`monai:model=NAME`: the image classifiers of MONAI, in two dimensions, trained from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from monai.networks import nets
from torch import nn

from gda_bench.api import UserError, nearest
from gda_classifiers.library import LibraryModel

DENSENETS = Literal["DenseNet121", "DenseNet169", "DenseNet201", "DenseNet264"]
SENETS = Literal["SENet154", "SEResNet50", "SEResNet101", "SEResNet152", "SEResNext50", "SEResNext101"]
RESNETS = Literal["resnet10", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet200"]
EFFICIENTNETS = tuple(f"efficientnet-b{k}" for k in range(8))
KNOWN = (*get_args(DENSENETS), *get_args(SENETS), *get_args(RESNETS), *EFFICIENTNETS)


@dataclass(kw_only=True, eq=False)
class MonaiModel(LibraryModel):
    """model: DenseNet121 and its kin, SEResNet50 and its kin, resnet10 to resnet200, efficientnet-b0 to -b7. size:
    resize the images to this side first. For the rest see TorchClassifier.
    """

    quick: ClassVar[Mapping[str, Any]] = {"model": "resnet10", "size": 8}

    model: str = "DenseNet121"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model not in KNOWN:
            raise UserError(f"monai has no classifier {self.model!r}: {nearest(self.model, KNOWN)}")

    @property
    def label(self) -> str:
        return f"MONAI's {self.model}"

    def create(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        network: nn.Module
        depth = shape[2]
        if self.model in get_args(DENSENETS):
            network = getattr(nets, self.model)(spatial_dims=2, in_channels=depth, out_channels=classes)
        elif self.model in get_args(SENETS):
            network = getattr(nets, self.model)(spatial_dims=2, in_channels=depth, num_classes=classes)
        elif self.model in get_args(RESNETS):
            # a stride of 2 at the stem, as in the paper; MONAI's own default of 1 is for volumes
            network = getattr(nets, self.model)(
                spatial_dims=2, n_input_channels=depth, num_classes=classes, conv1_t_stride=2
            )
        else:
            network = nets.EfficientNetBN(
                self.model, spatial_dims=2, in_channels=depth, num_classes=classes, pretrained=False
            )
        return network
