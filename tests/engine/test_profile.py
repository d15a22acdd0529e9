from __future__ import annotations

import pytest

from gda_bench.api import UserError
from gda_bench.study.profile import Budget, load_profile, parse_settings, profile_names


def test_the_shipped_profiles_are_valid() -> None:
    assert profile_names() == ["paper", "quick", "standard"]
    for name in profile_names():
        profile = load_profile(name)
        assert profile.budget.unit == "steps", "matched steps are the default everywhere"
        assert profile.headline_ratio in profile.mix_ratios


def test_settings_change_it_also_inside() -> None:
    changes = parse_settings(["n_real=50", "budget.amount=7", "mix_ratios=[1, 2]", "headline_ratio=2"])
    profile = load_profile("quick", changes)
    assert (profile.n_real, profile.budget.amount, profile.mix_ratios) == (50, 7, (1, 2))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["n_reel=5"], "no setting 'n_reel': did you mean n_real?"),
        (["adaptive.widht=0.15"], "no setting 'adaptive.widht': did you mean width?"),
        (["n_real=many"], "n_real: Input should be a valid integer"),
        (["n_real=1"], "n_real: Input should be greater than or equal to 2, not 1"),
        (["headline_ratio=3"], "headline_ratio 3 must be one of mix_ratios"),
        (["budget.unit=hours"], "budget.unit"),
        (["n_real.x=1"], "n_real holds no settings of its own"),
        (["n_real"], "is not key=value"),
        (["mix_ratios=[1"], "is not readable"),
        (["real_multiples=[2]"], "must hold 1"),
    ],
)
def test_anything_else_is_refused_in_one_line(settings: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_profile("quick", parse_settings(settings))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_profile_offers_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean quick"):
        load_profile("quik")


def test_steps_do_not_depend_on_the_size_of_the_arm_and_epochs_do() -> None:
    assert Budget(unit="steps", amount=100).steps(10, 5) == Budget(unit="steps", amount=100).steps(1000, 5) == 100
    assert Budget(unit="epochs", amount=2).steps(10, 5) == 4
    assert Budget(unit="epochs", amount=2).steps(1000, 5) == 400
