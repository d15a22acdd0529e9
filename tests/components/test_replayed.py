"""Steps that are recorded on a GPU: the rules of when, on any machine; what they learn, where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gda_bench.api import Batches, Images, RunContext, TaskInfo, replayed
from gda_bench.api.replayed import WARM_UP, Replayed, give_gradients, take_gradients
from gda_bench.registry import resolve
from gda_classifiers.cnn import CNN
from gda_classifiers.training import TorchClassifier

TASK = TaskInfo("noise", "multiclass", (28, 28, 1), tuple("0123456789"))
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")


class Pretended:
    """A recording that computes on the inputs it was made with, as a graph does."""

    def __init__(self, function: Callable[..., Sequence[Tensor | None]], inputs: Sequence[Tensor | None]) -> None:
        self.function, self.inputs = function, [None if x is None else x.clone() for x in inputs]
        function(*self.inputs)

    def replay(self, inputs: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        for own, x in zip(self.inputs, inputs, strict=True):
            if own is not None and x is not None:
                own.copy_(x)
        return self.function(*self.inputs)


@pytest.fixture
def no_gpu_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replayed, "_Recording", Pretended)
    monkeypatch.setattr(replayed, "_recover", lambda ordinary: None)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: None)
    monkeypatch.setattr(Replayed, "_beside", lambda self, inputs: self.function(*inputs))


@pytest.mark.usefixtures("no_gpu_needed")
def test_each_form_of_inputs_is_recorded_once_and_gives_what_the_function_gives() -> None:
    calls: list[tuple[int, bool]] = []

    def twice(x: Tensor, weight: Tensor | None) -> list[Tensor]:
        calls.append((len(x), weight is None))
        return [2 * x if weight is None else x * weight]

    step = Replayed(twice, "cuda")
    for k in range(2 * WARM_UP):
        for x, weight in ((torch.full((3,), float(k)), None), (torch.full((2,), float(k)), torch.tensor([4.0, 5.0]))):
            expected = 2 * x if weight is None else x * weight
            assert torch.equal(step(x, weight)[0], expected)  # type: ignore[arg-type]
    assert len(calls) == 2 * (2 * WARM_UP + 1), "one call more than there were: the recording"


@pytest.mark.usefixtures("no_gpu_needed")
def test_what_cannot_be_recorded_is_called_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(replayed, "_Recording", refuse)
    step = Replayed(lambda x: [x + 1], "cuda")
    found = [step(torch.tensor(float(k)))[0] for k in range(2 * WARM_UP)]
    assert found == [k + 1.0 for k in range(2 * WARM_UP)]
    assert not step.recordable


@pytest.mark.usefixtures("no_gpu_needed")
def test_the_optimiser_gets_the_gradients_of_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph writes where it wrote when it was recorded, and knows nothing of what `grad` holds by now."""

    class Still(Pretended):
        def __init__(self, function: Callable[..., Sequence[Tensor | None]], inputs: Sequence[Tensor | None]) -> None:
            super().__init__(function, inputs)
            self.outputs = [g.clone() for g in function(*self.inputs) if g is not None]

        def replay(self, inputs: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
            before = [p.grad for p in network.parameters()]
            for own, new in zip(self.outputs, super().replay(inputs), strict=True):
                assert new is not None
                own.copy_(new)
            for p, grad in zip(network.parameters(), before, strict=True):
                p.grad = grad
            return self.outputs

    monkeypatch.setattr(replayed, "_Recording", Still)
    draw = torch.Generator().manual_seed(0)
    batches = [torch.randn(3 + step % 2, 2, generator=draw) for step in range(6 * WARM_UP)]  # of two forms
    learnt = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        network = nn.Linear(2, 1)
        parameters, optimizer = list(network.parameters()), torch.optim.Adam(network.parameters(), lr=0.1)

        def gradients(x: Tensor) -> Sequence[Tensor | None]:
            return take_gradients(parameters, network(x).square().mean())  # noqa: B023

        step_gradients = Replayed(gradients, device)
        for x in batches:
            give_gradients(parameters, step_gradients(x))
            optimizer.step()
        learnt.append(network.weight.detach().clone())
    assert torch.equal(*learnt)


def test_on_a_cpu_nothing_is_recorded() -> None:
    step = Replayed(lambda x: [x + 1], "cpu")
    assert [int(step(torch.tensor(k))[0]) for k in range(9)] == list(range(1, 10))  # type: ignore[arg-type]


def noise(n: int = 256) -> Images:
    rng = np.random.default_rng(0)
    return Images(rng.integers(0, 256, (n, *TASK.shape), np.uint8), np.arange(n) % 10)


def trained(classifier: TorchClassifier, steps: int) -> np.ndarray:
    images = noise()
    classifier.fit(Batches.plain(images, steps, 64, seed=0), TASK, RunContext(0, "cuda"))
    return classifier.predict_proba(images.x)


@gpu
def test_a_classifier_learns_what_it_learns_without(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = trained(CNN(augment="mixup"), 60)
    monkeypatch.setattr(replayed, "WARM_UP", 10**6)
    plain = trained(CNN(augment="mixup"), 60)
    assert np.abs(recorded - plain).mean() < 0.02
    assert (recorded.argmax(1) == plain.argmax(1)).mean() > 0.9


class Waits(nn.Module):
    """A layer that asks for a value, which no recording can do."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if float(x.sum()) > 0 else x


class Stubborn(CNN):
    def build(self, task: TaskInfo) -> nn.Module:
        return nn.Sequential(nn.Dropout(0.1), super().build(task), Waits())


@gpu
def test_a_network_that_waits_for_the_gpu_is_trained_all_the_same() -> None:
    first, again = trained(Stubborn(), 20), trained(Stubborn(), 20)
    assert np.isfinite(first).all()
    assert np.abs(first - again).mean() < 0.02
    assert np.isfinite(trained(CNN(), 20)).all(), "the GPU and its random numbers are as they were"


@gpu
@pytest.mark.parametrize("name", ["edm", "ddpm", "flow", "dit", "cvae"])
def test_a_generators_steps_are_recorded(name: str, caplog: pytest.LogCaptureFixture) -> None:
    made = resolve("generators", f"{name}:steps=20,batch_size=32,check_every=10").create()
    with caplog.at_level("INFO", replayed.__name__):
        made.fit(noise(), TASK, RunContext(0, "cuda"))
    assert not caplog.records
    assert made.sample(np.arange(10), RunContext(1, "cuda")).shape == (10, *TASK.shape)


@gpu
def test_replicas_learn_what_each_learns_alone() -> None:
    images = noise()
    alone, together = ([CNN() for _ in range(3)] for _ in range(2))
    batches = [Batches.plain(images, 40, 64, seed) for seed in range(3)]
    contexts = [RunContext(seed, "cuda") for seed in range(3)]
    for classifier, own, ctx in zip(alone, batches, contexts, strict=True):
        classifier.fit(own, TASK, ctx)
    CNN.fit_together(together, batches, TASK, contexts)
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one.predict_proba(images.x) - other.predict_proba(images.x)).mean() < 0.03
