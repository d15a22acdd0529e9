"""Training steps of small networks on a GPU: recorded once as a CUDA graph, then replayed.

A small network's step is hundreds of short kernels, and the GPU waits for Python to start each of them. A graph starts
all of them at once (NVIDIA, "Accelerating PyTorch with CUDA Graphs").
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UP = 3
"""Ordinary calls before the recording: libraries choose their kernels in them."""
MOST_FORMS = 4
"""Recordings of one function, each of which holds memory."""

Tensors = Sequence[Tensor | None]


class Replayed:
    """function(*inputs) -> tensors; on a GPU as a CUDA graph from the fourth call with inputs of one form on.

    function: reads its inputs and tensors that stay where they are (weights, data), and does the same with them in
    every call: what Python decides or computes is fixed when it is recorded. Chance comes from torch's own generators.
    What a replay returns is overwritten by the next one. A function that cannot be recorded (it waits for the GPU, or
    copies from the host) is called as it is, always.
    """

    def __init__(self, function: Callable[..., Tensors], device: str) -> None:
        self.function = function
        self.recordable = torch.device(device).type == "cuda"
        self._calls: Counter[object] = Counter()
        self._recordings: dict[object, _Recording] = {}

    def __call__(self, *inputs: Tensor | None) -> Tensors:
        if not self.recordable:
            return self.function(*inputs)
        form = tuple(None if x is None else (x.shape, x.stride(), x.dtype) for x in inputs)
        if form not in self._recordings:
            if self._calls[form] < WARM_UP or len(self._recordings) == MOST_FORMS:
                self._calls[form] += 1
                return self._beside(inputs)
            ordinary = torch.cuda.current_stream()
            try:
                self._recordings[form] = _Recording(self.function, inputs)
            except RuntimeError as error:
                logging.getLogger(__name__).info("not recorded: %s", error)
                self.recordable = False
                _recover(ordinary)
                return self.function(*inputs)
        return self._recordings[form].replay(inputs)

    def _beside(self, inputs: Tensors) -> Tensors:
        """On a stream of its own, as the recording will be."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            outputs = self.function(*inputs)
        torch.cuda.current_stream().wait_stream(stream)
        return outputs


class _Recording:
    def __init__(self, function: Callable[..., Tensors], inputs: Tensors) -> None:
        self.inputs = [None if x is None else x.clone() for x in inputs]
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.outputs = function(*self.inputs)

    def replay(self, inputs: Tensors) -> Tensors:
        for own, x in zip(self.inputs, inputs, strict=True):
            if own is not None and x is not None:
                own.copy_(x, non_blocking=True)
        self.graph.replay()
        return self.outputs


def _recover(ordinary: torch.cuda.Stream) -> None:
    """After a recording that failed torch stays on its stream, and its random numbers in the recording: a recording
    that succeeds ends both."""
    torch.cuda.set_stream(ordinary)
    torch.cuda.synchronize()
    with torch.cuda.graph(torch.cuda.CUDAGraph()):
        torch.zeros(1, device="cuda")


def take_gradients(parameters: Sequence[Tensor], loss: Tensor) -> Tensors:
    """Of the loss by the parameters, left in their `grad` too, whatever that held; None for one without influence."""
    for parameter in parameters:
        parameter.grad = None
    loss.backward()
    return [parameter.grad for parameter in parameters]


def give_gradients(parameters: Sequence[Tensor], gradients: Tensors) -> None:
    """To the parameters, for their optimiser: a replay writes to tensors that an ordinary call has let go of."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
