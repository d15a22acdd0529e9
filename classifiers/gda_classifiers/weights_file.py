"""Weights in a file of this machine: safetensors alone, since to open a pickle may be to run it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from gda_bench.api import UserError


def check_weights(path: str) -> None:
    """Raises UserError where the file is not there, or of a kind that is not read."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"weights={path}: there is no such file")
    if file.suffix != ".safetensors":
        raise UserError(
            f"weights={path}: only .safetensors is read, since a pickle can run code; convert it once where you trust "
            "it: safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW)"
        )


def read_weights(path: str) -> dict[str, Tensor]:
    """The tensors of the file, by name."""
    check_weights(path)
    try:
        state: dict[str, Tensor] = load_file(Path(path).expanduser())
    except SafetensorError as error:
        raise UserError(f"weights={path}: no readable safetensors file ({error})") from None
    return state


def load_into(network: nn.Module, state: dict[str, Tensor], heads: Iterable[nn.Module], source: str) -> None:
    """Everything but the heads' tensors, which stay as they are. Raises UserError where any other does not match."""
    own = network.state_dict()
    # by place in memory: a module may be reached by several names
    left = {parameter.data_ptr() for head in heads for parameter in head.parameters()}
    body = {key: value for key, value in own.items() if value.data_ptr() not in left}
    wrong = [key for key, value in body.items() if key not in state or state[key].shape != value.shape]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        found = {key: tuple(state[key].shape) if key in state else "none" for key in wrong[:3]}
        wanted = ", ".join(f"{key} {tuple(body[key].shape)}, found {found[key]}" for key in wrong[:3])
        raise UserError(f"{source} holds the weights of another network: wanted {wanted}{more}")
    with torch.no_grad():
        for key, value in body.items():
            value.copy_(state[key])
