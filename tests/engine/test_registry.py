"""Three doors, one resolver."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gda_bench.api import UserError
from gda_bench.registry import KINDS, expand_group, listed, resolve, split_spec

PLUGIN = Path(__file__).parents[1] / "plugins" / "fast.py"


@pytest.mark.parametrize("kind", KINDS)
def test_every_built_in_name_resolves_with_all_parameters_bound(kind: str) -> None:
    names = [row.name for row in listed(kind) if "group" not in row.summary]  # type: ignore[arg-type]
    assert names
    for name in names:
        spec = resolve(kind, name)  # type: ignore[arg-type]
        assert spec.name == name
        assert spec.create() is not None


def test_parameters_bind_to_their_types() -> None:
    spec = resolve("generators", "edm:steps=7,lr=1e-4")
    assert spec.params["steps"] == 7
    assert spec.params["lr"] == pytest.approx(1e-4)
    assert spec.params["sampler_steps"] == resolve("generators", "edm").params["sampler_steps"]


def test_a_profile_sets_defaults_and_the_text_goes_before_it() -> None:
    profile = {"edm": {"steps": 5, "channels": 16}}
    spec = resolve("generators", "edm:steps=7", profile)
    assert (spec.params["steps"], spec.params["channels"]) == (7, 16)


def test_a_local_file_counts_by_its_content_not_its_path(tmp_path: Path) -> None:
    copy = tmp_path / "moved.py"
    copy.write_bytes(PLUGIN.read_bytes())
    here, there = resolve("generators", f"{PLUGIN}:Jitter:sigma=3"), resolve("generators", f"{copy}:Jitter:sigma=3")
    assert here.identity() == there.identity()
    copy.write_text(copy.read_text() + "\n# changed\n")
    assert resolve("generators", f"{copy}:Jitter:sigma=3").identity() != here.identity()


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("generators", "emd", "unknown generator 'emd': did you mean edm?"),
        ("tasks", "digit", "did you mean digits"),
        ("tasks", "medmnist/brestmnist", "did you mean medmnist/breastmnist"),
        ("generators", "edm:step=3", "no parameter 'step': did you mean steps"),
        ("generators", "edm:steps", "'steps' is not key=value"),
        ("generators", "edm:steps=many", "steps=many: Input should be a valid integer"),
        ("generators", "edm:channels=7", "channels=7 must be a multiple of 8"),
        ("generators", "edm:steps=1,steps=2", "steps is given twice"),
        ("generators", "edm:lr=.nan", "lr=nan: Input should be a finite number"),
        ("generators", ":steps=1", "a name must come first"),
        ("tasks", "medmnist/breastmnist:flag=x", "flag is fixed by the name"),
        ("tasks", "medmnist/breastmnist:size=29", "size"),
        ("classifiers", "timm:model=resnet81", "timm has no model 'resnet81'"),
        ("generators", "./nowhere.py:X", "is not a file"),
        ("generators", f"{PLUGIN}:Jittr", "has no 'Jittr': did you mean Jitter"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_nearest_name(kind: str, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(kind, text)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_groups_and_comma_lists_expand_and_keep_their_parameters() -> None:
    assert len(expand_group("medmnist")) == 12
    assert expand_group("medmnist:size=64")[0].endswith(":size=64")
    assert expand_group("digits, medmnist/breastmnist:size=64,finding=any") == [
        "digits",
        "medmnist/breastmnist:size=64,finding=any",
    ]


def test_values_are_yaml() -> None:
    assert split_spec("x:a=1,b=0.5,c=true,d=null,e=[1, 2],f=word,g=") == (
        "x",
        {"a": 1, "b": 0.5, "c": True, "d": None, "e": [1, 2], "f": "word", "g": ""},
    )


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution that registers generators, as an installer would leave it."""
    info = tmp_path / "site" / "other_gen-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-gen\nVersion: 1.0\n")
    (info.parent / "other_gen.py").write_text(PLUGIN.read_text())
    (info / "entry_points.txt").write_text("[gda_bench.generators]\njitter = other_gen:Jitter\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.delitem(sys.modules, "other_gen", raising=False)
    return info / "entry_points.txt"


def test_an_entry_point_is_found_and_listed_with_its_door(installed: Path) -> None:
    assert resolve("generators", "jitter:sigma=2").params == {"sigma": 2.0}
    assert [row.door for row in listed("generators") if row.name == "jitter"] == ["other-gen"]


def test_a_broken_plugin_is_listed_as_broken_and_harms_no_other(installed: Path) -> None:
    installed.write_text("[gda_bench.generators]\njitter = other_gen:Jitter\nbad = no_such_module:X\n")
    broken = [row for row in listed("generators") if row.error]
    assert [row.name for row in broken] == ["bad"]
    assert "No module named 'no_such_module'" in str(broken[0].error)
    assert resolve("generators", "jitter").name == "jitter"


def test_a_name_clash_names_both(installed: Path) -> None:
    installed.write_text("[gda_bench.generators]\nedm = other_gen:Jitter\n")
    with pytest.raises(UserError, match=r"'edm' is registered twice, by other-gen and by gda-bench itself"):
        resolve("generators", "edm")


def test_a_filter_comes_by_entry_point_too(installed: Path) -> None:
    (installed.parent.parent / "other_filters.py").write_text((PLUGIN.parent / "filters.py").read_text())
    installed.write_text("[gda_bench.filters]\nspy = other_filters:Spy\n")
    assert resolve("filters", "spy:n=7").create().needs_view
