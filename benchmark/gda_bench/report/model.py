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


class RepeatsPart(Part):
    """Images of the test split that the training split holds too, or nearly."""

    identical: Count
    """Test images that are in the training split, pixel for pixel."""
    near: Count
    """Of `looked_at` test images: those whose nearest training image is less than a third as far as the median."""
    looked_at: Count


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
    groups: list[int] | None = None
    """Patients, records or writers of the training and of the test split; none has images in both. null: unknown."""
    repeats: RepeatsPart | None = None


class WeightsPart(Part):
    """Weights that somebody trained before, on images beyond the n."""

    name: str
    source: str
    """A model's name at the hub, or the own name of a local file or folder."""
    revision: str | None = None
    digest: str
    """sha256 over the names and bytes of the files that were read."""


class OtherImagesPart(Part):
    """Real images beyond the n that the generator was trained on."""

    source: str
    """`rest`: all other training images of the task; else another task, of which the training split was read."""
    count: Count
    data_digest: str | None = None
    """sha256 of pixels and labels of the other task's training split."""


class GeneratorPart(Component):
    track: Literal["closed", "open", "control"]
    weights: list[WeightsPart] = []
    other_images: OtherImagesPart | None = None


class ProfilePart(Part):
    name: str
    settings: Settings


class Environment(Part):
    """isolation: how the generator was kept from all but its n images: `enforced by ...`, or `not enforced: ...` and
    why; None where no record says."""

    gda_bench: str
    python: str
    torch: str
    device: str
    os: str
    cpus: int
    git_commit: str | None = None
    git_dirty: bool | None = None
    image_digest: str | None = None
    isolation: str | None = None
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
    n_kept: Count | None = None
    """Samples of the n_synth that the filter let through, those that were trained on; null without a filter."""
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


class PowerLaw(Part):
    """error(n) = a n^-b + c, fitted to the measured means beside the monotone curve."""

    a: float
    b: float
    c: float
    rmse: float
    """Root mean squared residual of the means, in metric units."""


class RealCurve(Part):
    metric: str
    points: list[CurvePoint]
    """As measured."""
    fitted: list[CurveValue]
    """The monotone curve through them with its 95 % band, at sizes evenly spaced in log n."""
    power_law: PowerLaw | None = None
    pooled_sd: float
    """Standard deviation of one cell over seeds, pooled over the grid, seed effects common to all arms taken out."""
    degrees_of_freedom: Count
    test_sd: float | None = None
    """Standard deviation of the difference between the headline mix and the base that the finite test set alone
    explains; null where per-example predictions lack."""


class Exponent(Part):
    """Slope of ln(error) against ln(size): an error that falls as size^-0.3 has the slope -0.3."""

    arm: Literal["real", "synthetic"]
    slope: Interval
    sizes: list[Count]


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


class LawPoint(Part):
    n_synth: Count
    real_equivalent: float
    metric: float
    """The metric that the law predicts for n real + n_synth synthetic images."""


class LawCandidate(Part):
    """One family of laws n_eq(n, m), fitted at the metric level."""

    name: str
    formula: str
    cv_rmse: float
    """Leave-one-arm-out root mean squared error of the predicted metric, in metric units."""
    parameters: dict[str, Interval]
    curve: list[LawPoint] = []
    """The law at m evenly spaced in log m, at the base size."""


class Law(Part):
    selected: str
    candidates: list[LawCandidate]
    c2: Interval | None = None
    kappa: Interval | None = None
    reference: dict[str, float] = {}
    """Published values of c2, to look at beside ours."""
    note: str = ""
    """What the grid does not allow to be told, such as kappa from a single base size."""


class Tost(Part):
    """Two one-sided tests: is the mix of n + n_synth within the margin of n_real real images?"""

    margin: float
    n_synth: Count
    n_real: Count
    difference: Interval | None = None
    """Mix minus real in metric units, with its 90 % interval: equivalent where that lies within the margin."""
    p_value: Share
    equivalent: bool


class Control(Part):
    """A generator with a known answer, measured like any other."""

    n_synth: Count
    expected: float | None
    """The known answer under the study's protocol; null where the protocol leaves none."""
    exchange_rate: Interval
    real_equivalent: RealEquivalent
    passed: bool | None = Field(alias="pass")
    """Null where there is no interval to judge by (a single seed, a flat curve), or no known answer."""

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


class Similarity(Part):
    """How a set of images compares with the real reference, in the features of a classifier trained on the n."""

    memorised_fraction: Share | None = None
    """d(NN1) / d(NN2) < 1/3 to the n training images, pixel L2."""
    memorised_features: Share | None = None
    """The same in features."""
    authenticity: Share | None = None
    """AuthPct (Alaa et al. 2022): samples farther from their nearest training image than that is from its own."""
    test_leak_fraction: Share | None = None
    """The memorised share against the test split."""
    discriminator_auc: Share | None = None
    """Cross-validated: 0.5 cannot be told from real images, 1 always can."""
    precision: Share | None = None
    recall: Share | None = None
    density: Annotated[float, Field(ge=0)] | None = None
    coverage: Share | None = None
    frechet_distance: float | None = None
    kernel_distance: float | None = None
    label_consistency: Share | None = None
    """Share to which a classifier trained on the n real images gives the label that was asked for."""


class Gap(Part):
    """Why m synthetic images alone do worse than the n real ones: the gap, and what may lie behind it.

    Each part is the synthetic images' shortfall against held-out real ones, 0 for none, 1 for complete; parts are
    symptoms measured side by side and do not add up to the gap.
    """

    n_synth: Count
    metric_gap: Interval
    """Real arm at n minus synthetic-only arm, in metric units."""
    content: float | None = None
    """Of coverage: kinds of images that the generator never draws."""
    fidelity: float | None = None
    """Of precision: images unlike any real one."""
    label_consistency: float | None = None
    """Of label consistency: images that look like another class."""


class MapPoint(Part):
    """One image in the 2-D embedding of features."""

    x: float
    y: float
    label: Count
    real: bool


class FilterKept(Part):
    """What the filter let through of the pool, mean over seeds. uses: the real information that it looked at."""

    kept_fraction: Share
    kept_per_seed: list[Share]
    uses: str


class Audit(Similarity):
    """Of the generator's pool, mean over seeds; null where not measured."""

    memorised_per_seed: list[Share] = []
    memorised_baseline: Share | None = None
    """memorised_fraction of held-out real images: what the rule says of images that cannot be copies."""
    baseline: Similarity | None = None
    """Everything above for held-out real images: what a perfect generator would score."""
    test_leak: bool | None = None
    """Whether the leak exceeds what held-out real images show by more than chance allows."""
    copying: bool | None = None
    """The same of the memorised share."""
    filter_kept: FilterKept | None = None
    gap: Gap | None = None
    embedding: list[MapPoint] = []
    """t-SNE of features, real and synthetic images of the first seed."""
    gallery: list[GalleryPair] = []
    """The first samples of each class."""
    closest: list[GalleryPair] = []
    """The samples nearest to a training image."""


class StageCost(Part):
    stage: Literal["fit", "pool", "embed", "audit", "train"]
    component: str
    cells: Count
    wall_s: float
    cpu_s: float
    peak_memory_mb: float | None = None
    device: str


class Analysis(Part):
    """What the estimators say of a table of results, ours or not: the estimated parts of a report."""

    metric: str
    cells: list[CellRow]
    arms: list[ArmRow]
    real_curve: RealCurve | None
    equivalence: Equivalence | None
    law: Law | None = None
    scaling: list[Exponent] | None = None
    tost: list[Tost] | None = None
    controls: Controls
    warnings: list[str]


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
    scaling: list[Exponent] | None = None
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
