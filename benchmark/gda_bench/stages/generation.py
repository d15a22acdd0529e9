"""Fit and sample in a child process: what a generator is handed, and what of its answer is believed.

The lower half runs in the child. Images cross as npz and npy, never as pickles.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gda_bench.api import I64, U8, Generator, Images, RunContext, TaskInfo
from gda_bench.isolation import Answer, IsolationError
from gda_bench.isolation.host import regular_files
from gda_bench.isolation.paths import all_but_code, weight_files
from gda_bench.registry import ComponentSpec, code_of, is_foreign, libraries_of
from gda_bench.registry.load import load_target
from gda_bench.weights import LocalWeights

if TYPE_CHECKING:
    from gda_bench.stages.cell import Workbench

GENERATOR = "generator"
MOST_MB = 2.0**30
HEADER = 4096
"""Bytes of an npy file beside its array, at most."""
ALONE = "a generator is given its n images and nothing else: no other path, no network, no other process"
"""Said where the lock refused something."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What a generator is handed besides the n images. weights: by the generator's names for them."""

    held_out: Images | None = None
    others: Images | None = None
    weights: Mapping[str, LocalWeights] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Apart:
    """One generator in a child of its own. scratch: an existing, empty folder for this call alone."""

    bench: Workbench
    spec: ComponentSpec
    seed: int
    lent: Lent
    scratch: Path

    def fit(self, train: Images, place: Path) -> None:
        """Fit on the n images; leave what the generator saved in `place`."""
        images = {"train": train, "held_out": self.lent.held_out, "others": self.lent.others}
        (self.scratch / "in").mkdir()
        for name, some in images.items():
            if some is not None:
                arrays: dict[str, Any] = {"x": some.x, "y": some.y}
                if some.group is not None:
                    arrays["group"] = some.group
                np.savez(self.scratch / "in" / f"{name}.npz", **arrays)
        self._call("fit_in_child")
        saved = self.scratch / "out" / GENERATOR
        if not saved.is_dir():
            raise ValueError("the fit left nothing that could be sampled from")
        regular_files(saved, self.bench.isolation.limits.disk)
        shutil.move(saved, place)

    def sample(self, fitted: Path, labels: I64) -> U8:
        """The samples of a fitted generator, one a label: uint8 (M, H, W, C), judged."""
        (self.scratch / "in").mkdir()
        np.save(self.scratch / "in" / "labels.npy", labels)
        self._call("sample_in_child", fitted)
        self.bench.phase = "check samples"
        return _samples(self.scratch / "out" / "samples.npy", (len(labels), *self.bench.data.info.shape))

    def _call(self, function: str, *fitted: Path) -> None:
        bench, spec, lent = self.bench, self.spec, self.lent.weights.values()
        foreign = is_foreign("generators", spec.target)
        arguments = {
            "images": str(self.scratch / "in"), "fitted": [str(path) for path in fitted], "target": spec.target,
            "params": dict(spec.params), "task": bench.data.info.as_dict(), "seed": self.seed, "device": bench.device,
            "weights": {name: str(found.root) for name, found in self.lent.weights.items()},
        }  # fmt: skip
        try:
            answer = bench.isolation.call(
                f"{__name__}:{function}",
                arguments,
                self.scratch,
                given=[*fitted, *(p for w in lent for p in w.files), *(code_of(spec.target) if foreign else [])],
                shown=[folder for w in lent for folder in w.folders],
                hidden=self._hidden(),
                preload=[__name__, *libraries_of(spec.target)],
                trains=function == "fit_in_child",
                device=bench.device,
                progress=bench.progress,
            )
        except IsolationError as error:
            bench.phase = error.phase or bench.phase
            if error.kind == "refused" and bench.isolation.enforcement(bench.device).startswith("enforced"):
                raise IsolationError("refused", f"{error} ({ALONE})", error.details, error.phase) from None
            raise
        self._account(answer)

    def _hidden(self) -> list[Path]:
        """The task's own files, should a library ship them; and, of the closed track, whatever was learnt elsewhere."""
        task_files = [Path(f.path) for f in self.bench.data.files]
        if self.spec.facts["track"] != "closed":
            return task_files
        foreign = is_foreign("generators", self.spec.target)
        return [*task_files, *weight_files(), *(all_but_code(code_of(self.spec.target)) if foreign else ())]

    def _account(self, answer: Answer) -> None:
        told = answer.value if isinstance(answer.value, dict) else {}
        notes, peak = told.get("notes"), told.get("device_peak_mb")
        if isinstance(notes, dict):
            numbers = {str(k)[:100]: v for k, v in list(notes.items())[:100] if isinstance(v, int | float)}
            self.bench.notes.update({name: float(v) for name, v in numbers.items() if np.isfinite(v)})
        # on a GPU only the child can tell; on the CPU the kernel does
        if self.bench.device == "cpu" or not isinstance(peak, int | float) or not 0 <= peak < MOST_MB:
            peak = answer.peak_memory_mb
        self.bench.spent(answer.cpu_s, float(peak))


def _samples(path: Path, wanted: tuple[int, ...]) -> U8:
    regular_files(path.parent, int(np.prod(wanted)) + 2**30)
    if not path.is_file() or path.stat().st_size > np.prod(wanted) + HEADER:
        raise ValueError(f"the samples that came back are not those that were asked for, uint8 {wanted}")
    x = np.load(path, allow_pickle=False)
    if x.dtype != np.uint8 or x.shape != wanted:
        raise ValueError(f"sample returned {x.dtype} {x.shape}, wanted uint8 {wanted}")
    if len(x) > 1 and (x == x[0]).all():
        raise ValueError(f"all {len(x)} samples are the same image")
    return np.ascontiguousarray(x)


def fit_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """Fit, and save into `out`."""
    folder = Path(arguments["images"])
    images = {name: _images(folder / f"{name}.npz") for name in ("train", "held_out", "others")}
    generator, ctx = _ready(arguments, progress, images["held_out"], images["others"])
    with _phase("fit"):
        generator.fit(images["train"], TaskInfo.from_dict(arguments["task"]), ctx)  # type: ignore[arg-type]
    with _phase("save"):
        (out / GENERATOR).mkdir()
        generator.save(out / GENERATOR)
    return _told(ctx)


def sample_in_child(arguments: dict[str, Any], out: Path, progress: Callable[[float], None]) -> dict[str, Any]:
    """Load what a fit saved, and draw one image a label into `out`."""
    generator, ctx = _ready(arguments, progress)
    with _phase("load"):
        generator.load(Path(arguments["fitted"][0]))
    labels = np.load(Path(arguments["images"]) / "labels.npy", allow_pickle=False)
    with _phase("sample"):
        x = generator.sample(labels, ctx)
    with _phase("check samples"):
        if not isinstance(x, np.ndarray):
            raise TypeError(f"sample returned {type(x).__name__}, wanted a uint8 array")
        if x.dtype != np.uint8:
            nan = ", with NaN," if x.dtype.kind == "f" and np.isnan(x).any() else ""
            raise ValueError(f"sample returned {x.dtype} {x.shape}{nan} wanted uint8")
    np.save(out / "samples.npy", x)
    return _told(ctx)


def _ready(
    arguments: dict[str, Any],
    progress: Callable[[float], None],
    held_out: Images | None = None,
    others: Images | None = None,
) -> tuple[Generator, RunContext]:
    with _phase("import"):
        generator: Generator = load_target(arguments["target"])(**arguments["params"])
    weights = {name: Path(path) for name, path in arguments["weights"].items()}
    return generator, RunContext(arguments["seed"], arguments["device"], held_out, others, weights, progress)


def _told(ctx: RunContext) -> dict[str, Any]:
    peak = None
    if ctx.device.startswith("cuda"):
        import torch

        peak = torch.cuda.max_memory_allocated(ctx.device) / 2**20
    return {"notes": ctx.notes, "device_peak_mb": peak}


def _images(path: Path) -> Images | None:
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as f:
        return Images(f["x"], f["y"], f.get("group"))


@contextmanager
def _phase(name: str) -> Iterator[None]:
    """Within, an error says what the generator was at."""
    try:
        yield
    except BaseException as error:
        error.gda_phase = name  # type: ignore[attr-defined]
        raise
