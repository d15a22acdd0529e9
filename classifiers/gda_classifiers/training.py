"""What the torch classifiers share: uint8 images on the device, augmentation in batches, one step for each batch."""

# no postponed annotations: a subclass's constructor shows the types of these fields to whoever binds it
import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn

from gda_bench.api import F32, U8, Batches, Classifier, Demand, Phase, RunContext, TaskInfo
from gda_bench.api.replayed import Replayed, Tensors, give_gradients, take_gradients
from gda_bench.api.torch_tools import autocast, seeded
from gda_classifiers.augment import Augment, Drawn, Plain, as_tensors, augmentation, targets_from
from gda_classifiers.calibration import fit_temperature, hold_back
from gda_classifiers.feed import Feed, Rows, channels_first, scaled
from gda_classifiers.loss import ClassWeight, cross_entropy
from gda_classifiers.reader import Reader

TELL_EVERY = 20
"""Steps, of the progress."""
PREDICT_BATCH = 512
PREDICT_PIXELS = 512 * 64 * 64
"""Images at once when predicting, and pixels, so that large images need no more memory than 512 of 64 px."""


@dataclass(kw_only=True, eq=False)
class TorchClassifier(Classifier):
    """A network trained by AdamW under a one-cycle schedule, with random shifts of the images.

    lr: peak learning rate. weight_decay, label_smoothing: the usual. class_weight: `balanced` weighs the loss so that
    all classes of the arm's training set count the same, whatever images they have.
    augment: `none`; `standard`, random shifts; `randaugment` or `mixup` on top of these.
    shift: largest shift in pixels, edge pixels repeated; None for a sixteenth of the shorter side, so none at 8 px,
    where a pixel is much.
    flip: mirror left and right at random; off, since it changes the meaning of digits, letters and of organs that
    have a side.
    calibrate: divide the logits by a temperature, fitted on a tenth of the training images through a second network
    that never saw them: twice the time, the same decisions, probabilities that can be read as such.
    """

    heeds: ClassVar[frozenset[Demand]] = frozenset({"weights", "phases"})
    keeps: ClassVar[bool] = True
    later: ClassVar[frozenset[str]] = frozenset({"class_weight", "augment", "calibrate"})
    replicas_on_a_gpu: ClassVar[int] = 1
    """Of a network so small that one training leaves most of a GPU idle, and without dropout, whose chance replicas
    would share."""

    lr: float = 2e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.0
    class_weight: ClassWeight = "none"
    augment: Augment = "standard"
    shift: int | None = None
    flip: bool = False
    calibrate: bool = False

    def __post_init__(self) -> None:
        self.augmentation(side=1)

    def supports(self, task: TaskInfo) -> str | None:
        if task.is_signal:
            return "its networks look at pictures, and a signal is one pixel high: use resnet1d"
        return None

    @abstractmethod
    def build(self, task: TaskInfo) -> nn.Module:
        """The untrained network: (N, C, H, W) in [-1, 1] to logits (N, K)."""

    def augmentation(self, side: int) -> Plain:
        """What happens to a batch of images whose shorter side has so many pixels."""
        return augmentation(self.augment, side, self.shift, self.flip)

    def fit(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        self.device = ctx.device
        self.temperature = 1.0
        with seeded(ctx.seed, ctx.device):
            self.learn(batches, task, ctx)
        if self.calibrate:
            self._calibrate(batches, task, ctx)

    def learn(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        """Build `network` and train it; all chance comes from torch's global generators, which are seeded."""
        self.prepare(task, ctx.device)
        self.network.train()
        self.train(self.network, self.reader([batches], task, ctx.device), batches, ctx)

    def prepare(self, task: TaskInfo, device: str) -> None:
        """Build `network`."""
        self.network = self.build(task).to(device).to(memory_format=torch.channels_last)

    def reader(self, sets: Sequence[Batches], task: TaskInfo, device: str) -> Reader:
        """What reads batches of these trainings, augmented."""
        augment = self.augmentation(min(task.shape[:2]))
        feed = Feed([batches.x for batches in sets], device)

        def images(rows: Rows, drawn: Drawn) -> Tensor:
            return scaled(augment.pixels(channels_first(feed(rows)), drawn))

        return Reader(images, augment, sets, self.class_weight, device)

    def train(self, network: nn.Module, read: Reader, batches: Batches, ctx: RunContext) -> None:
        """One step for each batch."""
        parameters = [p for p in network.parameters() if p.requires_grad]

        def gradients(x: Tensor, *labels: Tensor | None) -> Tensors:
            with autocast(ctx.device):
                logits = network(x)
            loss = cross_entropy(logits.float(), targets_from(labels), self.label_smoothing)
            return take_gradients(parameters, loss)

        step_gradients = Replayed(gradients, ctx.device)
        for step, batch in enumerate(batches):
            if batch.phase:
                if batch.phase.new_head:
                    self.reset_head()
                optimizer, schedule = self.begin(parameters, batch.phase)
            x, targets = read([batch], [read.augment.draw(len(batch.index))])
            give_gradients(parameters, step_gradients(x, *as_tensors(targets)))
            optimizer.step()
            schedule.step()
            if step % TELL_EVERY == 0:
                ctx.progress(step / len(batches))

    def begin(
        self, parameters: Sequence[Tensor], phase: Phase
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        """The optimiser and the learning rates of a phase."""
        lr = self.lr * phase.lr
        optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=self.weight_decay, fused=True)
        # in 5 steps a warm-up of a fifth would end before it began, and torch divides by its length
        warm_up = 0.4 if phase.steps == 5 else 0.2
        return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, phase.steps, pct_start=warm_up)

    def replicas(self, task: TaskInfo, device: str) -> int:
        return self.replicas_on_a_gpu if device.startswith("cuda") and not self.calibrate else 1

    @classmethod
    def fit_together(
        cls, classifiers: Sequence[Self], batches: Sequence[Batches], task: TaskInfo, contexts: Sequence[RunContext]
    ) -> None:
        if any(
            classifier.calibrate or "phases" in own.demands
            for classifier, own in zip(classifiers, batches, strict=True)
        ):
            super().fit_together(classifiers, batches, task, contexts)
            return
        from gda_classifiers.replicas import train_together

        train_together(classifiers, batches, task, contexts)

    def _calibrate(self, batches: Batches, task: TaskInfo, ctx: RunContext) -> None:
        held = hold_back(batches, ctx.seed)
        if held is None:
            return
        twin = replace(self, calibrate=False)
        twin.fit(held.batches, task, replace(ctx, notes={}))
        logits = torch.cat([part.float().cpu() for part in twin.logits(held.images.x)])
        self.temperature, nll = fit_temperature(logits, torch.from_numpy(held.images.y))
        ctx.note("temperature", self.temperature)
        ctx.note("held_back_nll", nll(1.0))
        ctx.note("held_back_nll_calibrated", nll(self.temperature))

    def predict_proba(self, x: U8) -> F32:
        return np.concatenate(
            [(logits.double() / self.temperature).softmax(1).float().cpu().numpy() for logits in self.logits(x)]
        )

    def features(self, x: U8) -> F32:
        """What the head's last layer reads, float32 (N, D); the mean over places where it reads a map."""
        seen: list[Tensor] = []
        last = [module for module in self.head.modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
        hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(_flat(inputs[0].float().cpu())))
        try:
            for _ in self.logits(x):
                pass
        finally:
            hook.remove()
        return torch.cat(seen).numpy()

    def save(self, path: Path) -> None:
        save_model(self.network, str(path / "network.safetensors"))
        (path / "calibration.json").write_text(json.dumps({"temperature": self.temperature}))

    def load(self, path: Path, task: TaskInfo, device: str) -> None:
        self.device = device
        self.temperature = json.loads((path / "calibration.json").read_text())["temperature"]
        with seeded(0, device):  # the caller's chance is not touched
            self.prepare(task, device)
        load_model(self.network, str(path / "network.safetensors"), device=device)

    @property
    def head(self) -> nn.Module:
        """What turns features into logits: the network's last linear layer, unless a subclass knows better."""
        return [module for module in self.network.modules() if isinstance(module, nn.Linear)][-1]

    def reset_head(self) -> None:
        """Initialise the head anew, from torch's global generator."""
        for module in self.head.modules():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def predict_batch(self, height: int, width: int) -> int:
        """Images of this size that are asked about at once."""
        return max(1, min(PREDICT_BATCH, PREDICT_PIXELS // (height * width)))

    def logits(self, x: U8) -> Iterator[Tensor]:
        """Of images uint8 (N, H, W, C), in parts (n, K) on the device, before any temperature."""
        self.network.eval()
        size = self.predict_batch(*x.shape[1:3])
        for start in range(0, len(x), size):
            part = channels_first(torch.from_numpy(np.ascontiguousarray(x[start : start + size])).to(self.device))
            with torch.inference_mode(), autocast(self.device):
                logits: Tensor = self.network(scaled(part))
            yield logits


def _flat(x: Tensor) -> Tensor:
    """(N, D) from (N, D) or from a map (N, D, H, W)."""
    return x.flatten(2).mean(2) if x.ndim > 2 else x
