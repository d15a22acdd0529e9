"""A profile: how large a study is, as data. Read from YAML, judged strictly, changed by `--set key=value`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gda_bench.errors import UserError, first_problem, nearest
from gda_bench.isolation import Limits
from gda_bench.isolation.limits import GIB

Ratio = Annotated[float, Field(gt=0)]


class Budget(BaseModel):
    """How long each arm trains. `steps`: equal optimiser steps in every arm, the fair comparison. `epochs`: passes
    over the arm's own set; larger sets then also buy more training, which the report says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Literal["steps", "epochs"]
    amount: Annotated[int, Field(ge=1)]

    def steps(self, size: int, batch_size: int) -> int:
        """Optimiser steps for a training set of this size."""
        return self.amount if self.unit == "steps" else max(1, -(-self.amount * size // batch_size))


class LimitsOfAFit(BaseModel):
    """What one `fit` or `sample` may use before it is ended: hours of time, GB of memory, GB on disk. They change no
    result, and no key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: Annotated[float, Field(gt=0)] = 24
    memory_gb: Annotated[float, Field(gt=0)] = 16
    disk_gb: Annotated[float, Field(gt=0)] = 20

    def imposed(self) -> Limits:
        """In seconds and bytes."""
        return Limits(3600 * self.hours, int(self.memory_gb * GIB), int(self.disk_gb * GIB))


class Adaptive(BaseModel):
    """Seeds are added until the answer is sharp enough. width: of the 95 % interval of the headline's exchange rate.
    most_seeds: where to stop in any case. first_seeds: what it began with; None for the profile's `seeds`, which grow.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: Annotated[float, Field(gt=0)]
    most_seeds: Annotated[int, Field(ge=1, le=1000)] = 10
    first_seeds: Annotated[int, Field(ge=1, le=1000)] | None = None


class Profile(BaseModel):
    """All sizes of a study.

    seeds: replicates, each with real images of its own; with `adaptive`, as many as there are so far.
    n_real: the base size n, at most `max_share` of the training split, so that the real curve has room above it.
    real_multiples: sizes of the real curve as multiples of n; whole_split adds the whole training split.
    mix_ratios, synthetic_ratios: m / n of these arms.
    headline_ratio: the m / n at which the verdict is given and the controls run, fixed before any result is seen.
    limits: of a generator's process.
    generators, classifiers: parameters by component name; the command line goes before them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    summary: str = ""
    seeds: Annotated[int, Field(ge=1, le=1000)]
    n_real: Annotated[int, Field(ge=2)]
    max_share: Annotated[float, Field(gt=0, le=1)]
    real_multiples: Annotated[tuple[Ratio, ...], Field(min_length=1)]
    whole_split: bool
    mix_ratios: Annotated[tuple[Ratio, ...], Field(min_length=1)]
    synthetic_ratios: tuple[Ratio, ...]
    headline_ratio: Ratio
    budget: Budget
    batch_size: Annotated[int, Field(ge=1)]
    generators: dict[str, dict[str, Any]]
    classifiers: dict[str, dict[str, Any]]
    limits: LimitsOfAFit = LimitsOfAFit()
    adaptive: Adaptive | None = None

    @property
    def most_seeds(self) -> int:
        """Replicates that the study may come to have."""
        return max(self.seeds, self.adaptive.most_seeds) if self.adaptive else self.seeds

    def grown(self, seeds: int) -> Profile:
        """With more seeds, as an adaptive study comes to have."""
        assert self.adaptive, "only an adaptive study grows"
        adaptive = self.adaptive.model_copy(update={"first_seeds": self.adaptive.first_seeds or self.seeds})
        return self.model_copy(update={"seeds": seeds, "adaptive": adaptive})

    def settings(self) -> dict[str, Any]:
        """As a report holds them; what is not asked for is not there."""
        return self.model_dump(mode="json", exclude={"name", *(() if self.adaptive else ("adaptive",))})

    @model_validator(mode="after")
    def _headline_is_measured(self) -> Profile:
        if self.headline_ratio not in self.mix_ratios:
            raise ValueError(f"headline_ratio {self.headline_ratio:g} must be one of mix_ratios")
        if 1 not in self.real_multiples:
            raise ValueError("real_multiples must hold 1, the base size itself")
        return self


def profile_names() -> list[str]:
    """The profiles that ship with the package."""
    return sorted(
        f.name.removesuffix(".yaml") for f in files("gda_bench.profiles").iterdir() if f.name.endswith(".yaml")
    )


def load_profile(name: str, changes: Mapping[str, Any] | None = None) -> Profile:
    """The named profile with some settings changed; a dotted key reaches inward, as in budget.amount."""
    if name not in profile_names():
        raise UserError(f"unknown profile {name!r}: {nearest(name, profile_names())}")
    data = yaml.safe_load((files("gda_bench.profiles") / f"{name}.yaml").read_text(encoding="utf-8"))
    for key, value in (changes or {}).items():
        place, parts = data, key.split(".")
        for part in parts[:-1]:
            place = place.setdefault(part, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise UserError(f"--set {key}: {parts[-2]} holds no settings of its own")
        place[parts[-1]] = value
    try:
        return Profile(name=name, **data)
    except ValidationError as error:
        first = first_problem(error)
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            inner: dict[str, type[BaseModel]] = {"budget": Budget, "limits": LimitsOfAFit, "adaptive": Adaptive}
            known = inner.get(where.split(".")[0], Profile).model_fields
            hint = nearest(str(first["loc"][-1]), set(known) - {"name"})
            raise UserError(f"profile {name} has no setting {where!r}: {hint}") from None
        problem = first["msg"].removeprefix("Value error, ")
        got = f", not {first['input']!r}" if where and first["type"] != "missing" else ""
        raise UserError(f"profile {name}: {where + ': ' if where else ''}{problem}{got}") from None


def parse_settings(items: Sequence[str]) -> dict[str, Any]:
    """`key=value` texts to a mapping; values are YAML."""
    settings: dict[str, Any] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise UserError(f"--set {item!r} is not key=value; for example --set n_real=100")
        try:
            settings[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise UserError(f"--set {key}: the value {value!r} is not readable") from None
    return settings
