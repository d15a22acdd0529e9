"""What the networks of timm, torchvision and MONAI share: one model parameter, and images made to fit."""

# no postponed annotations, as in training.py
from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import nn

from gda_bench.api import TaskInfo
from gda_bench.api.torch_tools import seeded
from gda_classifiers.inlet import Inlet, Scale
from gda_classifiers.stems import SMALL, keep_resolution
from gda_classifiers.training import TorchClassifier


@dataclass(frozen=True, slots=True)
class Started:
    """A network that starts from weights, with a new head. depth, scale: of the images that it reads. side: of those
    that it was trained on, in pixels."""

    network: nn.Module
    depth: int
    scale: Scale
    side: int


@dataclass(kw_only=True, eq=False)
class LibraryModel(TorchClassifier):
    """size: resize the images to this side first, for models that need larger ones; None to leave them as they are."""

    size: int | None = None
    lr: float = 1e-3

    @property
    @abstractmethod
    def label(self) -> str:
        """The library and its model, for messages."""

    @abstractmethod
    def create(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        """The network from scratch, for images of this (H, W, C)."""

    def start(self, classes: int) -> Started:
        """The network from the weights that `starts_from` names. Raises UserError where they cannot be had."""
        raise NotImplementedError

    def depth(self, images: int) -> int:
        """Channels that the network from scratch reads, of images with so many."""
        return images

    def build(self, task: TaskInfo) -> nn.Module:
        if self.starts_from() is None:
            return self._scratch(task)
        started = self.start(task.n_classes)
        return nn.Sequential(Inlet((*self._sides(task), started.depth), started.scale), started.network)

    def supports(self, task: TaskInfo) -> str | None:
        if refused := super().supports(task):
            return refused
        # a library's models say in no other way what images they can take
        height, width = self._sides(task)
        try:
            with seeded(0, "cpu"), torch.inference_mode():
                self._scratch(task).eval()(torch.zeros(1, task.shape[2], *task.shape[:2]))
        except (RuntimeError, ValueError, AssertionError) as error:
            why = next(iter(str(error).splitlines()), "")
            return f"{self.label} cannot take images of {height} x {width} px ({why:.120}): size=224 makes them larger"
        return None

    def predict_batch(self, height: int, width: int) -> int:
        return super().predict_batch(self.size or height, self.size or width)

    @property
    def core(self) -> nn.Module:
        """The library's network, without what stands before it."""
        if isinstance(self.network, nn.Sequential) and isinstance(self.network[0], Inlet):
            return self.network[1]
        return self.network

    def unreachable(self, error: Exception) -> str:
        """One line on weights that are neither here nor to be had."""
        why = next(iter(str(error).splitlines()), type(error).__name__)
        return f"the weights of {self.label} are not on this machine and cannot be fetched ({why:.160})"

    def _scratch(self, task: TaskInfo) -> nn.Module:
        shape = (*self._sides(task), self.depth(task.shape[2]))
        network = self.create(shape, task.n_classes)
        if min(shape[:2]) <= SMALL:
            keep_resolution(network)
        return network if shape == task.shape else nn.Sequential(Inlet(shape), network)

    def _sides(self, task: TaskInfo) -> tuple[int, int]:
        return (self.size, self.size) if self.size else task.shape[:2]
