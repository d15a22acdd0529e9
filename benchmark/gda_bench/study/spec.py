"""A study as data: one task x generator x classifier, with everything that decides what is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gda_bench.given import Given
from gda_bench.keys import content_key
from gda_bench.registry import ComponentSpec
from gda_bench.study.layout import Sizes
from gda_bench.study.profile import Profile


@dataclass(frozen=True)
class Study:
    """controls: generators with a known answer that run beside the one under study, by arm name.

    data_digest, train_counts: the identity of the loaded data and the images of each class in its training split.
    spare: images of each class outside the n, in the replicate that has fewest.
    given: what the generator reads beyond the n images.
    """

    task: ComponentSpec
    generator: ComponentSpec
    classifier: ComponentSpec
    protocol: ComponentSpec
    filter: ComponentSpec
    profile: Profile
    controls: dict[str, ComponentSpec]
    data_digest: str
    train_counts: tuple[int, ...]
    spare: tuple[int, ...]
    given: Given = field(default_factory=Given)

    @cached_property
    def key(self) -> str:
        """Identity of the study: names its report's folder."""
        parts = ("task", "classifier", "protocol", "filter")
        aside = {"summary", "generators", "classifiers", "limits"}
        settings = {name: value for name, value in self.profile.settings().items() if name not in aside}
        identity: dict[str, Any] = {part: getattr(self, part).identity() for part in parts}
        identity = {**identity, "generator": self.given.by_content(self.generator), **self.given.identity()}
        controls = {arm: control.identity() for arm, control in self.controls.items()}
        return content_key({**identity, "controls": controls, "profile": settings, "data": self.data_digest})

    @property
    def folder_name(self) -> str:
        """<task>--<generator>--<classifier>--<key8>"""
        names = (self.task.name, self.generator.name, self.classifier.name)
        return "--".join([*(name.replace("/", "-") for name in names), self.key[:8]])

    @property
    def n_real(self) -> int:
        """The base size n."""
        return self.sizes.n

    @property
    def sizes(self) -> Sizes:
        """What decides the arms."""
        by_arm = {"mix": self.generator, **self.controls}
        held_out = {arm: bool(generator.facts["needs_held_out"]) for arm, generator in by_arm.items()}
        return Sizes(self.profile, self.train_counts, self.spare, held_out)
