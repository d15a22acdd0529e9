"""What is particular to the diffusion generators: the recipe that they share, and their samplers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gda_bench.api import Images, RunContext, TaskInfo, UserError
from gda_bench.api.torch_tools import to_unit
from gda_bench.registry import bind, resolve
from gda_generators.augment import AUGMENTATIONS, augment
from gda_generators.ddpm import DDPM
from gda_generators.diffusion import Diffusion
from gda_generators.edm import EDM, SIGMA_DATA
from gda_generators.flow import Flow
from gda_generators.holdout import split_holdout
from gda_generators.unet_network import ConditionalUNet

SMALL = "steps=2,batch_size=4,check_every=2,sampler_steps=2"
UNET = f"{SMALL},channels=8,layers=1"
METHODS = {
    "edm": f"edm:{UNET}",
    "ddpm": f"ddpm:{UNET}",
    "flow": f"flow:{UNET}",
    "dit": f"dit:{SMALL},width=16,layers=1,heads=2",
    "latent-diffusion": f"latent-diffusion:{UNET},autoencoder_steps=2,autoencoder_channels=8,autoencoder_batch_size=4",
}
PIXELS = [name for name in METHODS if name != "latent-diffusion"]


def task(shape: tuple[int, int, int], classes: int = 2) -> TaskInfo:
    return TaskInfo("toy", "multiclass", shape, tuple(f"class {c}" for c in range(classes)))


def images(shape: tuple[int, int, int], n: int = 6, classes: int = 2) -> Images:
    rng = np.random.default_rng(0)
    return Images(rng.integers(0, 256, (n, *shape)).astype(np.uint8), np.arange(n, dtype=np.int64) % classes)


def shape_for(name: str) -> tuple[int, int, int]:
    return (64, 64, 1) if name == "latent-diffusion" else (8, 8, 1)


def fitted(name: str, steps: int | None = None) -> Diffusion:
    text = METHODS[name] if steps is None else METHODS[name].replace("steps=2", f"steps={steps}", 1)
    generator: Diffusion = resolve("generators", text).create()
    generator.fit(images(shape_for(name)), task(shape_for(name)), RunContext(0))
    return generator


# augmentation


def test_an_image_that_is_not_augmented_is_told_as_zeros_and_is_as_it_was() -> None:
    torch.manual_seed(0)
    x = torch.rand(500, 1, 13, 10)
    y, a = augment(x, 0.1)
    untouched = (a == 0).all(1)
    assert 0.3 < untouched.float().mean() < 0.9
    assert (y[untouched] == x[untouched]).all()
    assert (y[~untouched] != x[~untouched]).flatten(1).any(1).float().mean() > 0.95
    assert a.shape == (500, AUGMENTATIONS)
    assert augment(x, 0)[0] is x


def test_a_flip_a_rotation_and_a_shift_do_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(3, 2, 8, 12)
    told = torch.zeros(3, AUGMENTATIONS)
    told[0, 0] = 1  # mirrored
    told[1, 3] = -2  # half a turn: cos = -1
    told[2, 7] = 0.25  # to the right by three of twelve pixels
    monkeypatch.setattr("gda_generators.augment._drawn", lambda n, p, device: told)
    y, _ = augment(x, 1.0)
    assert torch.allclose(y[0], x[0].flip(-1), atol=1e-5)
    assert torch.allclose(y[1], x[1].flip(-1, -2), atol=1e-5)
    assert torch.allclose(y[2, :, :, 3:], x[2, :, :, :-3], atol=1e-5)


def test_a_quarter_turn_keeps_shapes_in_images_that_are_not_square(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.zeros(1, 1, 9, 15)
    x[..., 4, 5:10] = 1  # a bar, five pixels long
    told = torch.zeros(1, AUGMENTATIONS)
    told[0, 3:5] = torch.tensor([-1, 1])
    monkeypatch.setattr("gda_generators.augment._drawn", lambda n, p, device: told)
    y, _ = augment(x, 1.0)
    expected = torch.zeros_like(x)
    expected[..., 2:7, 7] = 1
    assert torch.allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize("name", PIXELS)
def test_training_tells_the_network_of_every_augmentation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network were not told of, it would learn to draw."""
    heard: list[Tensor | None] = []
    evaluate = Diffusion.evaluate

    def listen(self: Diffusion, x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        if self.network is not None and self.network.training:
            heard.append(augmentation)
        return evaluate(self, x, t, labels, augmentation)

    monkeypatch.setattr(Diffusion, "evaluate", listen)
    generator: Diffusion = resolve("generators", f"{METHODS[name]},augment=0.3").create()
    generator.fit(images((8, 8, 1)), task((8, 8, 1)), RunContext(0))
    assert heard
    assert all(a is not None for a in heard)
    assert any((a != 0).any() for a in heard if a is not None)
    network = generator.network
    assert network is not None
    torch.manual_seed(0)
    for parameter in network.parameters():  # some begin at 0, and would let nothing through yet
        torch.nn.init.normal_(parameter, std=0.3)
    x, t, labels = torch.randn(2, 1, 8, 8), torch.full((2,), 0.5), torch.tensor([0, 1])
    one = network.eval()(x, t, labels, torch.ones(2, AUGMENTATIONS))
    assert not torch.allclose(one, network(x, t, labels, None), rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("shape", [(8, 8, 1), (30, 27, 3), (1, 50, 1)])
def test_what_comes_in_goes_past_the_network_by_a_gain_that_the_noise_level_says(shape: tuple[int, int, int]) -> None:
    network = ConditionalUNet(shape, 2, 8, 1, 0.0, grid=8).eval()
    torch.nn.init.zeros_(network.unet.conv_out.weight)
    torch.nn.init.zeros_(network.unet.conv_out.bias)
    x, labels = torch.randn(2, shape[2], *shape[:2]), torch.tensor([0, 1])
    levels = torch.tensor([0.1, 700.0])
    assert not network(x, levels, labels).any(), "none before training"
    torch.nn.init.normal_(network.gain.weight)
    past = network(x, levels, labels)
    gains = past.flatten(1).sum(1) / x.flatten(1).sum(1)
    assert torch.allclose(past, gains.view(2, 1, 1, 1) * x, atol=1e-4), "every value by the same, each in its place"
    assert abs(gains[0] - gains[1]) > 1e-2


@pytest.mark.parametrize("name", ["edm", "ddpm", "flow"])
def test_training_learns_that_gain(name: str) -> None:
    generator: Diffusion = resolve("generators", METHODS[name]).create()
    generator.fit(images((8, 8, 1)), task((8, 8, 1)), RunContext(0))
    assert isinstance(generator.network, ConditionalUNet)
    assert generator.network.gain.weight.any()


@pytest.mark.parametrize("augment", [-0.1, 0.31, 1.0])
def test_so_much_augmentation_that_it_would_leak_is_refused(augment: float) -> None:
    with pytest.raises(ValueError, match=r"must be between 0 and 0\.3"):
        resolve("generators", "edm").create().__class__(augment=augment)


@pytest.mark.parametrize("name", [*PIXELS, "cvae", "cgan", "vit-cgan"])
def test_what_is_held_back_changes_no_weight(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one look at its end a training cannot be steered by what it looks at."""
    import importlib

    def fit(grey: int) -> dict[str, Tensor]:
        spec = resolve("generators", name)
        quick = {**spec.facts["quick"], "steps": 2, "check_every": 2}
        generator = bind("generators", name, spec.target, quick).create()
        module = importlib.import_module(split_users[name])

        def split(train: Images, rng: np.random.Generator) -> tuple[Images, Images]:
            kept, held = split_holdout(train, rng)
            return kept, Images(np.full_like(held.x, grey), held.y)

        monkeypatch.setattr(module, "split_holdout", split)
        generator.fit(images((8, 8, 1), 24), task((8, 8, 1)), RunContext(0))
        networks = [generator.generator, generator.discriminator] if "cgan" in name else [generator.network]
        return {f"{i}.{k}": v for i, network in enumerate(networks) for k, v in network.state_dict().items()}

    gans = dict.fromkeys(["cgan", "vit-cgan"], "gda_generators.gan")
    split_users = {"cvae": "gda_generators.cvae"} | dict.fromkeys(PIXELS, "gda_generators.diffusion") | gans
    dark, bright = fit(0), fit(255)
    assert all(torch.equal(dark[key], bright[key]) for key in dark)


def test_a_held_back_part_is_of_every_class_and_apart() -> None:
    train = images((8, 8, 1), 41, classes=2)
    lone = Images(np.concatenate([train.x, train.x[:1] ^ 1]), np.append(train.y, 2))
    kept, held = split_holdout(lone, np.random.default_rng(0))
    both = [x.tobytes() for x in (*kept.x, *held.x)]
    assert sorted(both) == sorted(x.tobytes() for x in lone.x)
    assert set(held.y.tolist()) == {0, 1}, "the only image of a class is learnt from"


@pytest.mark.parametrize("name", ["edm", "cvae"])
def test_a_training_that_diverged_is_an_error(name: str) -> None:
    """The weights before the first step are no generator."""
    text = {"edm": METHODS["edm"], "cvae": "cvae:steps=6,batch_size=4,channels=8,check_every=2"}[name]
    generator = resolve("generators", f"{text},lr=1e30").create()
    with pytest.raises(ValueError, match="training diverged: the held-back loss was never a number; lower lr"):
        generator.fit(images((8, 8, 1), 24), task((8, 8, 1)), RunContext(0))


@pytest.mark.parametrize("name", PIXELS)
def test_sampling_tells_the_network_of_no_augmentation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Augmentation does not leak: None and zeros are the same to the network, and sampling tells nothing else."""
    generator = fitted(name)
    network = generator.network
    assert network is not None
    heard: list[Tensor | None] = []
    forward = network.forward

    def listen(x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        heard.append(augmentation)
        out = forward(x, t, labels, augmentation)
        zeros = forward(x, t, labels, torch.zeros(len(x), AUGMENTATIONS))
        assert torch.allclose(out.float(), zeros.float(), atol=1e-6)
        return out

    monkeypatch.setattr(network, "forward", listen)
    generator.sample(np.array([0, 1]), RunContext(1))
    assert heard
    assert all(a is None for a in heard)


# warm start


@pytest.mark.parametrize("name", METHODS)
def test_a_second_fit_goes_on_from_the_weights_of_the_first(name: str, tmp_path: Path) -> None:
    generator = fitted(name)
    generator.save(tmp_path)
    again: Diffusion = resolve("generators", METHODS[name] + ",lr=0").create()
    again.load(tmp_path)
    again.fit(images(shape_for(name)), task(shape_for(name)), RunContext(7))
    assert generator.network is not None
    assert again.network is not None
    old, new = generator.network.state_dict(), again.network.state_dict()
    assert old.keys() == new.keys()
    moved = [key for key in old if not torch.allclose(old[key], new[key])]
    assert all(key in ("mean", "std") for key in moved), "with a learning rate of 0 all weights are those of before"


@pytest.mark.slow
@pytest.mark.parametrize("name", PIXELS)
def test_more_classes_need_a_new_table_and_keep_the_rest(name: str) -> None:
    generator = fitted(name)
    assert generator.network is not None
    old = {key: value.clone() for key, value in generator.network.state_dict().items()}
    generator.lr = 0.0
    generator.fit(images((8, 8, 1), 9, 3), task((8, 8, 1), 3), RunContext(1))
    new = generator.network.state_dict()
    changed = [key for key in old if old[key].shape != new[key].shape or not torch.allclose(old[key], new[key])]
    assert changed == ["condition.classes.weight"]
    assert generator.sample(np.array([2]), RunContext(0)).shape == (1, 8, 8, 1)


@pytest.mark.parametrize("name", ["edm", "dit"])
def test_other_shapes_are_refused(name: str) -> None:
    generator = fitted(name)
    with pytest.raises(ValueError, match="has learnt images of 8 x 8 px and 1 channel and cannot go on"):
        generator.fit(images((9, 8, 1)), task((9, 8, 1)), RunContext(0))


# samplers


class Unconditional(nn.Module):
    """A conditional U-Net as the pipelines of diffusers want it: told nothing but the time."""

    def __init__(self, generator: DDPM, labels: Tensor) -> None:
        super().__init__()
        self.generator, self.labels = generator, labels
        assert generator.network is not None
        self.config = generator.network.unet.config
        self.dtype, self.device = torch.float32, torch.device("cpu")

    def forward(self, x: Tensor, t: Tensor) -> object:
        from diffusers.models.unets.unet_2d import UNet2DOutput

        return UNet2DOutput(self.generator.evaluate(x, t.expand(len(x)), self.labels))


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
@pytest.mark.parametrize("sampler", ["ddim", "dpm-solver++"])
def test_the_samplers_of_ddpm_agree_with_the_pipelines_of_diffusers(sampler: str, prediction: str) -> None:
    """The same network, noise and steps give the same images."""
    from diffusers import DDIMPipeline, DDPMPipeline

    generator: DDPM = resolve("generators", f"ddpm:{UNET},prediction={prediction},sampler={sampler}").create()
    generator.sampler_steps = 7
    generator.fit(images((8, 8, 1)), task((8, 8, 1)), RunContext(0))
    assert generator.network is not None
    generator.network.eval()
    labels = torch.tensor([0, 1, 1])
    noise = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        ours = generator.draw(noise, labels)
    pipeline = (DDIMPipeline if sampler == "ddim" else DDPMPipeline)(
        Unconditional(generator, labels), generator.scheduler()
    )
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        batch_size=3, num_inference_steps=7, output_type="pt", generator=torch.Generator().manual_seed(3)
    ).images
    assert torch.allclose((ours / 2 + 0.5).clamp(0, 1), theirs, atol=1e-5)


@pytest.mark.parametrize(("sampler", "order"), [("euler", 1), ("heun", 2)])
def test_flow_integrates_its_velocity_at_the_order_of_its_sampler(
    sampler: str, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dX/dt = X has the solution e X(0); halving the step divides the error by 2 to the order."""
    monkeypatch.setattr(Flow, "velocity", lambda self, x, t, labels, augmentation=None: x)

    def error(steps: int) -> float:
        flow = Flow(sampler=sampler, sampler_steps=steps)  # type: ignore[arg-type]
        return abs(float(flow.draw(torch.ones(1, 1, 1, 1), torch.zeros(1).long())) - float(np.e))

    # heun takes an Euler step at the end, as EDM does, whose error is of the order of its square
    assert error(20) / error(40) == pytest.approx(2**order, rel=0.15)


@pytest.mark.parametrize("sampler", ["ddim", "dpm-solver++"])
@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_a_network_that_errs_a_little_draws_what_errs_a_little(
    sampler: str, prediction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pixels of mean 0 and standard deviation 0.5: the best answer is known, and a slight error must stay slight."""
    generator = DDPM(sampler=sampler, prediction=prediction, sampler_steps=50)  # type: ignore[arg-type]

    def nearly(x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        alpha_bar = generator.scheduler().alphas_cumprod[t].view(-1, 1, 1, 1)
        epsilon = (1 - alpha_bar).sqrt() * x / (0.25 * alpha_bar + 1 - alpha_bar)
        image = 0.25 * alpha_bar.sqrt() * x / (0.25 * alpha_bar + 1 - alpha_bar)
        answer = epsilon if prediction == "epsilon" else alpha_bar.sqrt() * epsilon - (1 - alpha_bar).sqrt() * image
        return answer + 0.01 * torch.randn_like(x)

    monkeypatch.setattr(generator, "evaluate", nearly)
    torch.manual_seed(0)
    drawn = generator.draw(torch.randn(64, 1, 8, 8), torch.zeros(64).long())
    assert float(drawn.std()) == pytest.approx(0.5, rel=0.1)


def test_epsilon_is_refused_where_nothing_bounds_it() -> None:
    with pytest.raises(UserError, match="prediction=epsilon needs sampler=dpm-solver"):
        resolve("generators", "latent-diffusion:prediction=epsilon,sampler=ddim")


def test_edm_draws_a_gaussian_by_its_exact_denoiser_at_second_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pixels of standard deviation s, D(x; sigma) = s^2 x / (s^2 + sigma^2): the ODE's solution is known."""
    s = 0.5

    def error(steps: int) -> float:
        edm = EDM(sampler_steps=steps, sigma_min=0.02)

        def evaluate(x: Tensor, c_noise: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
            sigma = (4 * c_noise).exp().view(-1, 1, 1, 1)
            noisy = x * (sigma**2 + SIGMA_DATA**2).sqrt()  # c_in undone
            c_skip = SIGMA_DATA**2 / (sigma**2 + SIGMA_DATA**2)
            c_out = sigma * SIGMA_DATA / (sigma**2 + SIGMA_DATA**2).sqrt()
            return (s**2 * noisy / (s**2 + sigma**2) - c_skip * noisy) / c_out

        monkeypatch.setattr(edm, "evaluate", evaluate)
        noise = torch.ones(1, 1, 1, 1)
        start = edm.sigma_max
        exact = start * s / (s**2 + start**2) ** 0.5
        return abs(float(edm.draw(noise, torch.zeros(1).long())) - exact)

    assert error(40) < 5e-3
    assert error(20) / error(40) > 3, (
        "Heun's error falls with the square of the step, as long as the last step is short"
    )


def test_the_loss_of_edm_is_weighted_as_in_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that answers 0 leaves (c_skip (x + sigma n) - x)^2, weighted by lambda."""
    edm = EDM()
    monkeypatch.setattr(edm, "evaluate", lambda x, t, labels, augmentation=None: torch.zeros_like(x))
    x, noise = torch.full((1, 1, 1, 1), 0.3), torch.full((1, 1, 1, 1), -1.2)
    u = torch.tensor([0.5])  # the median: ln sigma = P_mean
    sigma = float(np.exp(edm.P_mean))
    c_skip = 0.25 / (sigma**2 + 0.25)
    weight = (sigma**2 + 0.25) / (sigma * 0.5) ** 2
    expected = weight * (c_skip * (0.3 - 1.2 * sigma) - 0.3) ** 2
    assert float(edm.loss(x, torch.zeros(1).long(), None, u, noise)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("method", ["flow", "ddpm"])
def test_a_perfect_network_leads_back_to_its_one_image(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every image is the same, the best answer is known; the loss there is 0 and samples are that image."""
    image = torch.linspace(-0.9, 0.9, 64).view(1, 1, 8, 8)
    generator: Flow | DDPM = Flow(sampler_steps=5) if method == "flow" else DDPM(sampler_steps=5)

    def best(x: Tensor, t: Tensor, labels: Tensor, augmentation: Tensor | None = None) -> Tensor:
        if isinstance(generator, Flow):
            noise_share = (t / 1000).view(-1, 1, 1, 1).clamp(min=1e-3)
            return image - (x - (1 - noise_share) * image) / noise_share
        alpha_bar = generator.scheduler().alphas_cumprod[t].view(-1, 1, 1, 1)
        noise = (x - alpha_bar.sqrt() * image) / (1 - alpha_bar).sqrt()
        return alpha_bar.sqrt() * noise - (1 - alpha_bar).sqrt() * image

    monkeypatch.setattr(generator, "evaluate", best)
    noise, labels, u = torch.randn(4, 1, 8, 8), torch.zeros(4).long(), torch.tensor([0.1, 0.4, 0.6, 0.9])
    assert float(generator.loss(image.expand(4, -1, -1, -1), labels, None, u, noise)) < 1e-6
    assert torch.allclose(generator.draw(noise, labels), image.expand(4, -1, -1, -1), atol=1e-3)


def test_latent_diffusion_says_which_images_are_too_small() -> None:
    generator = resolve("generators", "latent-diffusion").create()
    assert "it needs 64 px a side" in generator.supports(task((28, 28, 1)))
    assert generator.supports(task((64, 64, 3))) is None


def test_the_second_stage_of_latent_diffusion_leaves_the_autoencoder_as_the_first_left_it() -> None:
    generator = fitted("latent-diffusion", steps=20)
    assert generator.network is not None
    kept, _ = split_holdout(images(shape_for("latent-diffusion")), RunContext(0).rng())
    latents = generator.network.encode(to_unit(kept.x, "cpu"))  # type: ignore[operator]
    assert torch.allclose(latents.mean((0, 2, 3)), torch.zeros(latents.shape[1]), atol=1e-3)
    assert torch.allclose(latents.std((0, 2, 3)), torch.ones(latents.shape[1]), atol=1e-3)
