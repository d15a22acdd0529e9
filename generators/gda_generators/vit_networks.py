"""The two networks of `vit-cgan`: transformer encoders (Dosovitskiy et al. 2021) and no convolution."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from gda_generators.adversarial import GeneratorNetwork, Judgement
from gda_generators.folding import fold_to

Shape = tuple[int, int, int]


def patch_of(shape: Shape, patch: int | None = None) -> int:
    """Pixels a side of a patch: if not given, the power of two, 2 at least, that makes 8 x 8 of them or fewer."""
    return patch or fold_to(8, max(shape[:2]), least=2)


class _Encoder(nn.Module):
    """Pre-norm transformer layers on tokens (N, T, width)."""

    def __init__(self, width: int, depth: int, heads: int) -> None:
        super().__init__()
        layers = (
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(depth)
        )
        self.layers = nn.Sequential(*layers, nn.LayerNorm(width))

    def forward(self, x: Tensor) -> Tensor:
        # the fused kernels are several times slower for so few tokens on a CPU, and not repeatable on a GPU
        with sdpa_kernel(SDPBackend.MATH):
            out: Tensor = self.layers(x)
        return out


class ViTGenerator(GeneratorNetwork):
    """z and the class, mapped to a token for each patch; encoded; each token to the pixels of its patch."""

    def __init__(
        self, shape: Shape, n_classes: int, *, latent: int, width: int, depth: int, heads: int, patch: int
    ) -> None:
        super().__init__()
        self.size, self.latent, self.patch = shape[:2], latent, patch
        self.grid = (-(-shape[0] // patch), -(-shape[1] // patch))
        tokens = math.prod(self.grid)
        self.embed = nn.Embedding(n_classes, latent)
        self.start = nn.Sequential(
            nn.Linear(2 * latent, width), nn.GELU(), nn.Linear(width, tokens * width), nn.Unflatten(1, (tokens, width))
        )
        self.position = nn.Parameter(0.02 * torch.randn(tokens, width))
        self.encoder = _Encoder(width, depth, heads)
        self.end = nn.Linear(width, patch**2 * shape[2])

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Images (N, C, H, W) in [-1, 1]."""
        tokens = self.encoder(self.start(torch.cat([z, self.embed(y)], 1)) + self.position)
        pixels = self.end(tokens).mT.unflatten(2, self.grid)
        return F.pixel_shuffle(pixels, self.patch)[:, :, : self.size[0], : self.size[1]].tanh()


class ViTDiscriminator(nn.Module):
    """A class token's features phi, with two heads: the class, and real against drawn by class projection,
    psi(phi) + <embed(y), phi> (Miyato & Koyama 2018)."""

    def __init__(self, shape: Shape, n_classes: int, *, width: int, depth: int, heads: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.grid = (-(-shape[0] // patch), -(-shape[1] // patch))
        self.padding = (0, self.grid[1] * patch - shape[1], 0, self.grid[0] * patch - shape[0])
        self.start = nn.Linear(patch**2 * shape[2], width)
        self.token = nn.Parameter(0.02 * torch.randn(1, width))
        self.position = nn.Parameter(0.02 * torch.randn(math.prod(self.grid) + 1, width))
        self.encoder = _Encoder(width, depth, heads)
        self.psi = nn.Linear(width, 1)
        self.embed = nn.Embedding(n_classes, width)
        self.classify = nn.Linear(width, n_classes)
        nn.init.normal_(self.embed.weight, std=width**-0.5)

    def forward(self, x: Tensor, y: Tensor) -> Judgement:
        """Images (N, C, H, W) in [-1, 1], labels (N,)."""
        patches = F.pixel_unshuffle(F.pad(x, self.padding), self.patch).flatten(2).mT
        tokens = torch.cat([self.token.expand(len(x), 1, -1), self.start(patches)], 1)
        phi = self.encoder(tokens + self.position)[:, 0]
        return Judgement(self.psi(phi).squeeze(1) + (self.embed(y) * phi).sum(1), self.classify(phi))
