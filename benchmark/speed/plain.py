"""What one would write by hand for one study: a diffusion model by diffusers, a classifier by timm, a DataLoader.

    python benchmark/speed/plain.py SEEDS > scores.csv

The same arms, networks, steps and batch sizes as `gda-bench run --task digits --generator ddpm --classifier
timm:model=test_resnet --profile quick`, and nothing that gda-bench adds: no augmentation, no held-out stopping, no
audit, no intervals, no store. Images pass through torchvision's transforms one by one, as in every tutorial.
"""

from __future__ import annotations

import sys

import numpy as np
import timm
import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler, UNet2DModel
from diffusers.training_utils import EMAModel
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torchvision import transforms

N, REAL, RATIOS = 200, (50, 100, 200, 400, 800), (1, 2, 4)
STEPS, BATCH = 300, 64
FIT_STEPS, FIT_BATCH, SAMPLER_STEPS = 500, 64, 20
SCHEDULE = {"num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"}


class Pictures(Dataset):  # type: ignore[type-arg]
    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = x, y
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.x[i])), int(self.y[i])


def batches(x: np.ndarray, y: np.ndarray, steps: int, size: int) -> DataLoader:  # type: ignore[type-arg]
    data = Pictures(x, y)
    drawn = RandomSampler(data, replacement=len(data) < size, num_samples=steps * size)
    return DataLoader(data, size, sampler=drawn, num_workers=2, drop_last=True)


def fit(x: np.ndarray, y: np.ndarray) -> UNet2DModel:
    network = UNet2DModel(
        sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=64, norm_num_groups=8, num_class_embeds=10, dropout=0.1,
    )  # fmt: skip
    scheduler = DDPMScheduler(**SCHEDULE)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    ema = EMAModel(network.parameters(), decay=0.99)
    network.train()
    for images, labels in batches(x, y, FIT_STEPS, FIT_BATCH):
        noise, t = torch.randn_like(images), torch.randint(0, 1000, (len(images),))
        out = network(scheduler.add_noise(images, noise, t), t, class_labels=labels).sample
        loss = nn.functional.mse_loss(out, scheduler.get_velocity(images, noise, t))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        ema.step(network.parameters())
    ema.copy_to(network.parameters())
    return network.eval()


@torch.no_grad()
def sample(network: UNet2DModel, labels: np.ndarray) -> np.ndarray:
    scheduler = DPMSolverMultistepScheduler(**SCHEDULE, timestep_spacing="trailing")
    scheduler.set_timesteps(SAMPLER_STEPS)
    x, y = torch.randn(len(labels), 1, 8, 8), torch.from_numpy(labels)
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, t, class_labels=y).sample, t, x).prev_sample
    images: np.ndarray = ((x[:, 0].clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
    return images


def score(x: np.ndarray, y: np.ndarray, test: tuple[np.ndarray, np.ndarray]) -> float:
    network = timm.create_model("test_resnet", num_classes=10, in_chans=1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, STEPS, pct_start=0.2)
    network.train()
    for images, labels in batches(x, y, STEPS, BATCH):
        loss = nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
    right = 0
    with torch.no_grad():
        for images, labels in DataLoader(Pictures(*test), 512, num_workers=2):
            right += int((network(images).argmax(1) == labels).sum())
    return right / len(test[0])


def main(seeds: int) -> None:
    digits = load_digits()
    images = (digits.images * (255 / 16)).round().astype(np.uint8)
    x, test_x, y, test_y = train_test_split(
        images, digits.target, test_size=500, stratify=digits.target, random_state=0
    )
    for seed in range(seeds):
        torch.manual_seed(seed)
        order = np.random.default_rng(seed).permutation(len(x))
        n, rest = order[:N], order[N:]
        m = N * RATIOS[-1]
        labels = np.tile(np.arange(10), m // 10)
        drawn = sample(fit(x[n], y[n]), labels)
        arms = [(f"real {size}", x[order[:size]], y[order[:size]]) for size in (*REAL, len(x))]
        twice = np.tile(n, RATIOS[-1])
        for name, more_x, more_y in (("copy", x[twice], y[twice]), ("oracle", x[rest[:m]], y[rest[:m]])):
            arms.append((name, np.concatenate([x[n], more_x]), np.concatenate([y[n], more_y])))
        for ratio in RATIOS:
            some = slice(N * ratio)
            mixed = np.concatenate([x[n], drawn[some]]), np.concatenate([y[n], labels[some]])
            arms += [(f"mix {N * ratio}", *mixed), (f"synthetic {N * ratio}", drawn[some], labels[some])]
        for name, own_x, own_y in arms:
            print(f"{name},{seed},{score(own_x, own_y, (test_x, test_y)):.4f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
