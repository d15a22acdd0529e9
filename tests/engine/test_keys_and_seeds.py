"""Keys and seeds are pinned: a change that re-keys everyone's work must be seen here first."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gda_bench.keys import canonical_json, content_key
from gda_bench.registry import resolve
from gda_bench.seeds import derive_seed
from gda_bench.stages import AuditCell, EmbedCell, FitCell, PoolCell, TrainCell

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_golden_keys_of_every_stage() -> None:
    task, generator = resolve("tasks", "digits"), resolve("generators", "gaussian")
    fit = FitCell(task, "d" * 64, 3, generator, 200)
    pool = PoolCell.of(fit, 1600)
    classifier = resolve("classifiers", "cnn")
    real = TrainCell(task, "d" * 64, 3, classifier, resolve("protocols", "concat"), 200, 500, 64)
    embed = EmbedCell.of(real, pool)
    arm = (task, "d" * 64, 3, classifier, resolve("protocols", "concat"), 200, 500, 64, pool, 800)
    train = TrainCell(*arm, resolve("filters", "none"))
    cells = (fit, pool, embed, AuditCell.of(embed), train)
    assert {cell.stage: cell.key for cell in cells} == GOLDEN_KEYS
    assert TrainCell(*arm, resolve("filters", "realism"), embed).key == GOLDEN_FILTERED
    assert replace(real, kept=True).key == real.key


def test_golden_seeds() -> None:
    assert derive_seed(0, "subset", "digest") == GOLDEN_SEEDS[0]
    assert derive_seed(1, "fit", {"target": "x"}, 200) == GOLDEN_SEEDS[1]


def test_seeds_differ_by_purpose_identity_and_replicate() -> None:
    seeds = {derive_seed(s, p, i) for s in range(3) for p in ("fit", "sample") for i in ("a", "b")}
    assert len(seeds) == 12


@given(JSON)
def test_canonical_json_has_one_spelling(value: object) -> None:
    import json

    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(st.dictionaries(st.text(min_size=1), st.integers(), min_size=2))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert content_key(value) == content_key(dict(reversed(value.items())))


def test_nan_has_no_key() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        content_key({"x": math.nan})


GOLDEN_KEYS = {
    "fit": "9d390caca57fe573e055cf2d58488dd20ceff3068e39be8d530aa5b4a348b70a",
    "pool": "abdb12860af2691421a585f6cf9175160080a57c95660029f54218b553dd98ae",
    "embed": "e3643bc4e3fa65045f99818fdad0d3f790d0e38f4bcb0c2c7c1381f208cbe19a",
    "audit": "19f29ab61c0f51a590732b354202d446eb02816a62feff650c328d0ca6ace943",
    "train": "1276747a72d62fc31eeab5bd3dd7eda75c2cac4d827820286d2792f5aa020160",
}
GOLDEN_FILTERED = "3fb0971f4ffbc16421a0520300cc7c8a897bf576fc2ecc59f4d73114ba9b7b2e"
GOLDEN_SEEDS = (2784734257439528552, 1613791263646475335)
