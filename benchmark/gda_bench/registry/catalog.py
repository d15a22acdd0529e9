"""The built-in names: where each component lives, in one line each; nothing is imported to read this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["tasks", "generators", "classifiers", "protocols", "filters"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name. target: `module:attribute`. preset: parameters that the name itself fixes."""

    target: str
    summary: str
    preset: Mapping[str, Any] = field(default_factory=dict)


_MEDMNIST = {
    "pathmnist": "colon pathology, 9 classes, RGB",
    "chestmnist": "chest X-ray, any finding or one of 14, binary",
    "dermamnist": "dermatoscope, 7 classes, RGB",
    "octmnist": "retinal OCT, 4 classes",
    "pneumoniamnist": "chest X-ray, binary",
    "retinamnist": "fundus camera, 5 grades, RGB",
    "breastmnist": "breast ultrasound, binary",
    "bloodmnist": "blood cell microscope, 8 classes, RGB",
    "tissuemnist": "kidney cortex microscope, 8 classes",
    "organamnist": "abdominal CT, axial, 11 classes",
    "organcmnist": "abdominal CT, coronal, 11 classes",
    "organsmnist": "abdominal CT, sagittal, 11 classes",
}

BUILTIN: Mapping[Kind, Mapping[str, Entry]] = {
    "tasks": {
        "digits": Entry("gda_tasks.digits:Digits", "handwritten digits, 8 px, 10 classes; ships with scikit-learn"),
        "fashion-mnist": Entry("gda_tasks.fashion_mnist:FashionMNIST", "clothing, 28 px, 10 classes"),
        "mnist": Entry("gda_tasks.mnist:MNIST", "handwritten digits, 28 px, 10 classes"),
        "cifar10": Entry("gda_tasks.cifar:CIFAR10", "photographs, 32 px, 10 classes, RGB"),
        "cifar100": Entry("gda_tasks.cifar:CIFAR100", "photographs, 32 px, 100 classes, RGB"),
        "stl10": Entry("gda_tasks.stl10:STL10", "photographs, 96 px, 10 classes, RGB, 5,000 for training"),
        "imagenet100": Entry("gda_tasks.imagenet100:ImageNet100", "100 classes of your ImageNet: root=FOLDER"),
        "imagefolder": Entry("gda_tasks.imagefolder:ImageFolder", "your pictures, a folder a class: root=FOLDER"),
        "pcam": Entry("gda_tasks.pcam:PCam", "lymph node histology, 96 px, binary, RGB"),
        "mednist": Entry("gda_tasks.mednist:MedNIST", "X-ray, CT and MR, 64 px, 6 classes by modality and body part"),
        **{
            f"medmnist/{flag}": Entry("gda_tasks.medmnist:MedMNIST", f"{what}; size=28|64|128|224", {"flag": flag})
            for flag, what in _MEDMNIST.items()
        },
        "medical-folder": Entry(
            "gda_tasks.medical_folder:MedicalFolder", "your own DICOM, NIfTI, PNG, JPEG, TIFF and labels.csv: root="
        ),
        "lidc": Entry("gda_tasks.lidc:LIDC", "lung nodules drawn from outlines, 28 px, binary; by patient; extra lidc"),
        "mitbih": Entry("gda_tasks.mitbih:MITBIH", "heartbeats (1-D), 4 classes, split by patient; length=252|126|63"),
    },
    "generators": {
        "copy": Entry("gda_generators.copy:Copy", "control: duplicates of the n real images, worth 0"),
        "oracle": Entry("gda_generators.oracle:Oracle", "control: held-out real images, worth 1 each"),
        "gaussian": Entry("gda_generators.gaussian:Gaussian", "one shrunken Gaussian per class in pixel space"),
        "cvae": Entry("gda_generators.cvae:CVAE", "conditional variational autoencoder"),
        "cgan": Entry("gda_generators.cgan:CGAN", "class-conditional GAN with differentiable augmentation"),
        "vit-cgan": Entry("gda_generators.vit_cgan:ViTCGAN", "GAN of two vision transformers that also classifies"),
        "edm": Entry("gda_generators.edm:EDM", "class-conditional diffusion (Karras et al. 2022)"),
        "ddpm": Entry("gda_generators.ddpm:DDPM", "diffusion by DDPM; sampler=ddim|dpm-solver++"),
        "flow": Entry("gda_generators.flow:Flow", "rectified flow (Liu et al. 2023); sampler=heun|euler"),
        "dit": Entry("gda_generators.dit:DiT", "diffusion transformer (Peebles & Xie 2023)"),
        "latent-diffusion": Entry(
            "gda_generators.latent_diffusion:LatentDiffusion", "diffusion on an autoencoder's latents, from 64 px on"
        ),
        "pretrained": Entry("gda_generators.pretrained:Pretrained", "open-set: another, trained on other images first"),
        "sd-lora": Entry("gda_generators.sd_lora:SDLora", "open-set: Stable Diffusion with adapters (DataDream)"),
        "sd-img2img": Entry(
            "gda_generators.sd_img2img:SDImg2Img", "open-set: Stable Diffusion from noised real images"
        ),
        "folder": Entry("gda_generators.folder:Folder", "samples drawn elsewhere: folder:path=FOLDER or FILE.npz"),
    },
    "classifiers": {
        "cnn": Entry("gda_classifiers.cnn:CNN", "small and fast residual network for 8-64 px"),
        "linear": Entry(
            "gda_classifiers.linear:Linear", "linear probe: features=pixels|efficientnet-lite0|a timm model"
        ),
        "timm": Entry("gda_classifiers.timm_model:TimmModel", "any timm model: timm:model=resnet18"),
        "resnet1d": Entry("gda_classifiers.resnet1d:ResNet1d", "residual network for signals, as in mitbih"),
        "torchvision": Entry(
            "gda_classifiers.torchvision_model:TorchvisionModel", "any torchvision classifier: model=NAME"
        ),
        "monai": Entry("gda_classifiers.monai_model:MonaiModel", "MONAI's 2-D classifiers: monai:model=DenseNet121"),
    },
    "protocols": {
        "concat": Entry("gda_bench.protocols.concat:Concat", "real and synthetic shuffled into one set"),
        "weighted": Entry("gda_bench.protocols.weighted:Weighted", "half of each batch; loss 0.8 real, 0.2 synthetic"),
        "ratio": Entry("gda_bench.protocols.ratio:Ratio", "a fixed synthetic share of every batch"),
        "pretrain-finetune": Entry(
            "gda_bench.protocols.pretrain_finetune:PretrainFinetune", "synthetic, then real with a new head"
        ),
        "progressive": Entry(
            "gda_bench.protocols.progressive:Progressive", "synthetic, then growing fractions of the real"
        ),
        "synthetic-only": Entry("gda_bench.protocols.synthetic_only:SyntheticOnly", "the real images are left out"),
        "replace": Entry("gda_bench.protocols.replace:Replace", "synthetic images in the place of real ones, n in all"),
    },
    "filters": {
        "none": Entry("gda_bench.filters.none:KeepAll", "every sample is used"),
        "realism": Entry(
            "gda_bench.filters.realism:Realism", "inside the real images' k-th neighbour spheres (R >= 1)"
        ),
        "class-realism": Entry(
            "gda_bench.filters.class_realism:ClassRealism", "the same among real images of the sample's own class"
        ),
        "confidence": Entry("gda_bench.filters.confidence:Confidence", "a classifier gives the label more than 1/C"),
        "overlap": Entry("gda_bench.filters.overlap:Overlap", "near real images in a low-dimensional embedding"),
    },
}

GROUPS: Mapping[str, tuple[str, ...]] = {"medmnist": tuple(f"medmnist/{flag}" for flag in _MEDMNIST)}
"""Task names that stand for several."""
