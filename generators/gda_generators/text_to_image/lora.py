"""Low-rank adapters (Hu et al. 2021) in the attention layers of a pipeline's U-Net and text encoder, by peft."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

TARGETS: Mapping[str, tuple[str, ...]] = {
    "unet": ("to_q", "to_k", "to_v", "to_out.0"),
    "text_encoder": ("q_proj", "k_proj", "v_proj", "out_proj"),
}
MARK = ".lora_"


def add_adapters(pipe: Any, names: Iterable[str], rank: int, parts: Iterable[str]) -> None:
    """One adapter a name in each of the parts; fresh ones change nothing (their second matrix is zero)."""
    from peft import LoraConfig, inject_adapter_in_model

    for name in names:
        for part in parts:
            config = LoraConfig(
                r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=list(TARGETS[part])
            )
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Already found a `peft_config`")  # several are meant
                inject_adapter_in_model(config, getattr(pipe, part), name)


def choose_adapter(pipe: Any, name: str) -> list[nn.Parameter]:
    """Let the adapter of this name work alone; its parameters, which alone are trained."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for part in TARGETS:
        for module in getattr(pipe, part).modules():
            if isinstance(module, BaseTunerLayer):
                module.set_adapter(name)
    return [p for part in TARGETS for p in getattr(pipe, part).parameters() if p.requires_grad]


def adapter_state(pipe: Any) -> dict[str, Tensor]:
    """Every adapter's matrices, by part and name."""
    return {
        f"{part}.{name}": value.detach().cpu().contiguous()
        for part in TARGETS
        for name, value in getattr(pipe, part).named_parameters()
        if MARK in name
    }


def load_adapter_state(pipe: Any, state: Mapping[str, Tensor]) -> None:
    """Put them back into a pipeline to which the same adapters were added."""
    for part in TARGETS:
        own = {key.removeprefix(f"{part}."): value for key, value in state.items() if key.startswith(f"{part}.")}
        found = getattr(pipe, part).load_state_dict(own, strict=False)
        lacking = [key for key in found.missing_keys if MARK in key]
        if found.unexpected_keys or lacking:
            raise ValueError(f"the adapters do not fit the model: {[*found.unexpected_keys, *lacking][:3]}")
