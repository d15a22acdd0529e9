"""The report: a versioned document that holds every number of one study, and nothing that is not one.

`report.json` is this model. Unknown keys, NaN, infinity and numbers written as strings are refused.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SCHEMA_VERSION: Final = 1

Arm = Literal["real", "mix", "synthetic", "copy", "oracle"]
Censored = Literal["above", "below", "flat"]
Verdict = Literal["established", "not-established", "harmful", "censored"]


def _finite(value: Any) -> Any:
    """Refuse NaN and infinity anywhere inside free-form settings, where no type would."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(inner)
    return value


def _whole(value: Any) -> Any:
    """True and 1.0 equal 1 to Python, and are no version."""
    if type(value) is not int:
        raise ValueError("a version is a whole number")
    return value


Settings = Annotated[dict[str, Any], AfterValidator(_finite)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """Every piece of the report: closed to unknown keys, strict about types, finite numbers only."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Component(Part):
    """A task, generator, classifier, protocol or filter as it ran: all parameters bound, defaults included."""

    name: str
    version: int
    params: Settings = {}
    file_digest: str | None = None
    """sha256 of the file, for a plugin given as file.py:Class."""


class DataSource(Part):
    """One file of the data, with the state of its digest against the publisher's."""

    path: str
    state: Literal["official", "modified", "unpublished", "missing"]
    digest: str | None = None
    note: str = ""


class TaskPart(Component):
    kind: Literal["binary", "multiclass", "ordinal"]
    shape: list[int]
    """Height, width, channels."""
    classes: list[str]
    train_counts: list[int]
    """Images of each class in the whole training split."""
    test_counts: list[int]
    metric: str
    """The primary metric, by which arms are compared."""
    modality: str
    licence: str
    source: str
    citation: str
    caveats: list[str] = []
    reference: Settings = {}
    """Published full-data figures, to look at beside ours."""
    data_digest: str
    """sha256 of pixels and labels of both splits."""
    files: list[DataSource] = []


class GeneratorPart(Component):
    track: Literal["closed", "open", "control"]


class ProfilePart(Part):
    name: str
    settings: Settings


class Environment(Part):
    gda_bench: str
    python: str
    torch: str
    device: str
    os: str
    cpus: int
    git_commit: str | None = None
    git_dirty: bool | None = None
    image_digest: str | None = None
    packages: dict[str, str] = {}


class CellRow(Part):
    """One classifier training, scored on the test split."""

    arm: Arm
    n_real: Count
    n_synth: Count
    seed: Count
    status: Literal["ok", "failed", "missing"]
    metrics: dict[str, Share] | None = None
    n_test: Count | None = None
    wall_s: float | None = None
    key: str
    """The cell's folder in the store."""
    error: str | None = None

    @model_validator(mode="after")
    def _metrics_come_with_success(self) -> CellRow:
        if (self.status == "ok") != (self.metrics is not None):
            raise ValueError("a cell has metrics if, and only if, its status is ok")
        return self


class Interval(Part):
    """A 95 % interval; an end that lies beyond what was measured is null."""

    estimate: float
    low: float | None
    high: float | None


class RealEquivalent(Interval):
    censored: Censored | None = None
    """`above`: at least the estimate; `below`: at most it; `flat`: the curve does not rise, nothing can be read."""


class ArmRow(Part):
    """All seeds of one arm."""

    arm: Arm
    n_real: Count
    n_synth: Count
    n: Count
    """Seeds that ended well."""
    failed: Count
    mean: Share | None
    sd: float | None
    """Standard deviation over seeds; null for a single seed."""
    gain: Interval | None = None
    """Mean paired difference to the real arm at the base size, in metric units."""
    real_equivalent: RealEquivalent | None = None
    exchange_rate: Interval | None = None


class CurvePoint(Part):
    n: Count
    mean: Share
    sd: float | None
    seeds: Count


class CurveValue(Part):
    n: float
    value: float
    low: float
    high: float


class RealCurve(Part):
    metric: str
    points: list[CurvePoint]
    """As measured."""
    fitted: list[CurveValue]
    """The monotone curve through them with its 95 % band, at sizes evenly spaced in log n."""
    pooled_sd: float
    """Standard deviation of one cell over seeds, pooled over the grid, seed effects common to all arms taken out."""
    degrees_of_freedom: Count


class Equivalence(Part):
    """The headline, at the ratio that the profile fixed before any result was seen."""

    n_real: Count
    n_synth: Count
    metric: str
    real_equivalent: RealEquivalent
    exchange_rate: Interval
    synthetic_per_real: Interval | None
    """1 / exchange rate; only where the lower bound of the rate is above 0."""
    verdict: Verdict
    sentence: str
    """The verdict in words."""


class LawCandidate(Part):
    name: str
    cv_rmse: float
    parameters: dict[str, float]


class Law(Part):
    selected: str
    candidates: list[LawCandidate]
    c2: Interval | None = None
    kappa: Interval | None = None


class Tost(Part):
    margin: float
    n_synth: Count
    n_real: Count
    p_value: Share
    equivalent: bool


class Control(Part):
    """A generator with a known answer, measured like any other."""

    n_synth: Count
    expected: float
    exchange_rate: Interval
    real_equivalent: RealEquivalent
    passed: bool | None = Field(alias="pass")
    """Null where there is no interval to judge by: a single seed, or a flat curve."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class Controls(Part):
    copy_: Control | None = Field(default=None, alias="copy")
    oracle: Control | None = None

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class GalleryPair(Part):
    """A synthetic image beside the nearest of the n training images, both as PNG in base64."""

    label: Count
    synthetic: str
    nearest: str
    ratio: float
    """d(nearest) / d(second nearest) in pixel L2; under 1/3 counts as memorised."""


class Audit(Part):
    """Null where not measured."""

    memorised_fraction: Share | None = None
    """Share of the pool with d(NN1) / d(NN2) < 1/3 to the n training images, pixel L2, mean over seeds."""
    memorised_per_seed: list[Share] = []
    memorised_baseline: Share | None = None
    """The same share for held-out real images: what the rule says of images that cannot be copies."""
    authenticity: Share | None = None
    test_leak_fraction: Share | None = None
    discriminator_auc: Share | None = None
    precision: Share | None = None
    recall: Share | None = None
    density: float | None = None
    coverage: Share | None = None
    frechet_distance: float | None = None
    gallery: list[GalleryPair] = []


class StageCost(Part):
    stage: Literal["fit", "pool", "audit", "train"]
    component: str
    cells: Count
    wall_s: float
    cpu_s: float
    peak_memory_mb: float | None = None
    device: str


class Report(Part):
    schema_version: Annotated[Literal[1], BeforeValidator(_whole)] = SCHEMA_VERSION
    created: str
    """When the report was assembled, ISO 8601, UTC."""
    study: str
    """sha256 of everything that defines the study; its first eight digits name the folder."""
    task: TaskPart
    generator: GeneratorPart
    classifier: Component
    profile: ProfilePart
    protocol: Component
    filter: Component
    environment: Environment
    cells: list[CellRow]
    arms: list[ArmRow]
    real_curve: RealCurve | None
    equivalence: Equivalence | None
    law: Law | None = None
    tost: list[Tost] | None = None
    controls: Controls
    audit: Audit
    cost: list[StageCost]
    warnings: list[str]
    reproduce: str
    """The command that makes this report again."""

    @staticmethod
    def load(path: str | Path) -> Report:
        """Read and judge a report.json; raises UserError, which names the place that is wrong."""
        from gda_bench.report.document import load

        return load(path)
