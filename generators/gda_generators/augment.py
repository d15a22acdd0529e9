"""Non-leaky augmentation after Karras et al. 2022 (EDM, appendix F.2): geometric transforms whose parameters are told
to the network, zeros where nothing was done. Sampling at zeros gives images as they are, not augmented ones.

A signal, an image of height 1, is shifted and stretched in time and scaled in amplitude; it is never mirrored.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

AUGMENTATIONS = 9
"""Numbers that tell a transform: two flips, ln2 of the scale, rotation (cos - 1, sin), ln2 of the stretch along an axis
(its cos, its sin), translation (x, y) as a share of the side. All are 0 where the image is as it was. For a signal,
three may be others: ln2 of the amplitude in place of the scale, the stretch along x, the translation along x."""
AMPLITUDE, STRETCH, SHIFT = 2, 5, 7
"""Where these stand."""


def augment(x: Tensor, p: float) -> tuple[Tensor, Tensor]:
    """x: images (N, C, H, W). p: each of the transforms is made with this probability, 0 to 1.

    Returns images of the same shape and what was done to each, (N, AUGMENTATIONS). Untouched images are bit-exact.
    """
    is_signal = x.shape[2] == 1
    a = (_drawn_for_signals if is_signal else _drawn)(len(x), p, x.device)
    if p == 0:
        return x, a
    if is_signal:
        return _signals(x, a), a
    grid = F.affine_grid(_inverse_maps(a, x.shape[2] / x.shape[3]), list(x.shape), align_corners=False)
    moved = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return torch.where(a.ne(0).any(1)[:, None, None, None], moved, x), a


def _drawn(n: int, p: float, device: torch.device) -> Tensor:
    """Parameters of n random transforms, with the spreads of EDM's table 6."""
    made = torch.rand(6, n, device=device) < p
    flip_x, flip_y = torch.rand(2, n, device=device) < 0.5
    scale, stretch = 0.2 * torch.randn(2, n, device=device)
    angle, axis = (2 * torch.rand(2, n, device=device) - 1) * math.pi
    shift_x, shift_y = 0.125 * torch.randn(2, n, device=device)
    told = [
        made[0] * flip_x,
        made[1] * flip_y,
        made[2] * scale,
        made[3] * (angle.cos() - 1),
        made[3] * angle.sin(),
        made[4] * stretch * axis.cos(),
        made[4] * stretch * axis.sin(),
        made[5] * shift_x,
        made[5] * shift_y,
    ]
    return torch.stack([t.float() for t in told], 1)


def _drawn_for_signals(n: int, p: float, device: torch.device) -> Tensor:
    """The same for signals. The spreads are ours: a beat that is cut around its peak stays nearly centred."""
    made = torch.rand(3, n, device=device) < p
    a = torch.zeros(n, AUGMENTATIONS, device=device)
    for place, spread, is_made in zip((AMPLITUDE, STRETCH, SHIFT), (0.2, 0.1, 0.03), made, strict=True):
        a[:, place] = is_made * spread * torch.randn(n, device=device)
    return a


def _signals(x: Tensor, a: Tensor) -> Tensor:
    """Signals (N, C, 1, L), the middle grey their zero, as the parameters say; the ends are repeated."""
    along = torch.exp2(-a[:, STRETCH])
    still, one = torch.zeros_like(along), torch.ones_like(along)
    maps = torch.stack([along, still, -2 * a[:, SHIFT] * along, still, one, still], 1).view(-1, 2, 3)
    grid = F.affine_grid(maps, list(x.shape), align_corners=False)
    moved = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    moved = moved * torch.exp2(a[:, AMPLITUDE]).view(-1, 1, 1, 1)
    return torch.where(a.ne(0).any(1)[:, None, None, None], moved, x)


def _inverse_maps(a: Tensor, aspect: float) -> Tensor:
    """Where each pixel of the transformed image is read: maps (N, 2, 3) in units of half a side; aspect: H / W."""
    flip_x, flip_y, scale, cos_1, sin, stretch_cos, stretch_sin, shift_x, shift_y = a.unbind(1)
    cos = cos_1 + 1
    zoom = torch.exp2(-scale)
    flip_and_scale = _matrix(zoom * (1 - 2 * flip_x), 0 * zoom, 0 * zoom, zoom * (1 - 2 * flip_y))
    rotate = _matrix(cos, sin, -sin, cos)
    amount = (stretch_cos**2 + stretch_sin**2).sqrt()
    c, s = stretch_cos / amount.clamp(min=1e-8), stretch_sin / amount.clamp(min=1e-8)
    c = torch.where(amount > 0, c, torch.ones_like(c))
    longer, shorter = torch.exp2(-amount), torch.exp2(amount)
    along = _matrix(longer * c**2 + shorter * s**2, (longer - shorter) * c * s,
                    (longer - shorter) * c * s, longer * s**2 + shorter * c**2)  # fmt: skip
    linear = flip_and_scale @ along @ rotate
    # angles are right in pixels: from half sides to half widths, and back
    one = torch.ones_like(zoom)
    linear = linear * _matrix(one, aspect * one, (1 / aspect) * one, one)
    shift = -2 * torch.stack([shift_x, shift_y], 1)[:, :, None]
    return torch.cat([linear, linear @ shift], 2)


def _matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return torch.stack([torch.stack([a, b], 1), torch.stack([c, d], 1)], 1)
