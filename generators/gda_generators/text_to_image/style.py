"""One learned word for the style of a whole data set (bridged transfer, arXiv 2403.19866), by textual inversion
(Gal et al. 2022): of the pipeline nothing is changed but the embedding of a word that it did not know."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

WORD = "<gda-style>"
FIRST = "style"
"""The word whose embedding the new one starts from."""
PHRASE = f", in the style of {WORD}"


class StyleWord(nn.Module):
    """A table of word embeddings with one word more. vector: (D,), the word's embedding."""

    def __init__(self, table: Any, word: int, vector: Tensor) -> None:
        super().__init__()
        self.table, self.word = table, word
        self.vector = nn.Parameter(vector.clone())

    def forward(self, ids: Tensor) -> Tensor:
        """Token ids (N, L) to embeddings (N, L, D)."""
        known = self.table(ids.clamp(max=self.table.num_embeddings - 1))
        return torch.where((ids == self.word)[..., None], self.vector.to(known.dtype), known)


def add_style_word(pipe: Any, vector: Tensor | None = None) -> StyleWord:
    """Teach the pipeline's tokenizer and text encoder the word. vector: as learnt; None: that of FIRST."""
    table = pipe.text_encoder.get_input_embeddings()
    if vector is None:
        first = pipe.tokenizer(FIRST, add_special_tokens=False, return_tensors="pt").input_ids[0]
        vector = table.weight.detach()[first.to(table.weight.device)].mean(0)
    pipe.tokenizer.add_tokens(WORD)
    word = StyleWord(table, pipe.tokenizer.convert_tokens_to_ids(WORD), vector.to(table.weight.device))
    pipe.text_encoder.set_input_embeddings(word)
    return word
