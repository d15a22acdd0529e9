"""The site as files: who is ranked and who is not, what can be downloaded, and that a build is only its inputs."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "report"))

from board_entries import SUITE, put, suited, write_texts
from rendered import Page
from report_variants import HOSTILE, hostile
from sample_report import sample_report
from typer.testing import CliRunner

from gda_bench.errors import UserError
from gda_bench.report import Report, reading
from gda_bench.report.model import Component
from gda_leaderboard.cli import app
from gda_leaderboard.site.build import build
from gda_leaderboard.site.command import built

KINDS = (
    *("index.html", "task/digits.html", "task/medmnist--breastmnist.html", "generator/edm.html", "compare.html"),
    *("method.html", "submit.html", "changelog.html", "guide.html", "faq.html"),
)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(site: Path) -> dict[tuple[str, str, str, str], dict[str, str]]:
    with (site / "data/results.csv").open(encoding="utf-8", newline="") as file:
        return {(r["task"], r["classifier"], r["track"], r["generator"]): r for r in csv.DictReader(file)}


def test_equal_inputs_give_equal_bytes(ground: Path, tmp_path: Path) -> None:
    build(ground / "results", tmp_path / "again", keep=ground / "keep", workers=1, written=ground / "texts")
    assert digests(tmp_path / "again") == digests(ground / "site")


def test_the_index_of_twelve_entries_is_light(site: Path) -> None:
    assert len(rows(site)) == 12
    assert (site / "index.html").stat().st_size <= 150_000


def test_every_page_is_there_and_every_link_leads_somewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert {str(page.relative_to(site)) for page in pages} >= set(KINDS)
    assert len(list((site / "run").glob("*.html"))) == 12
    check_links(site)


def check_links(site: Path) -> None:
    for page in sorted(site.rglob("*.html")):
        for link in Page(page.read_text(encoding="utf-8")).of("a"):
            target, _, anchor = link["href"].partition("#")
            if target.startswith("https://"):
                continue
            file = (page.parent / target).resolve() if target else page
            assert file.is_file(), (page, link)
            if anchor:
                assert f'id="{anchor}"' in file.read_text(encoding="utf-8"), (page, link)


def test_the_best_stands_first_and_what_is_not_checked_has_no_rank(site: Path) -> None:
    found = rows(site)
    ranked = sorted((r for r in found.values() if r["task"] == "digits" and r["rank"]), key=lambda r: int(r["rank"]))
    closed = [r["generator"] for r in ranked if r["track"] == "closed" and r["classifier"] == "cnn"]
    assert closed == ["ddpm", "edm", "flow", "gaussian", "cvae"]
    why = {r["generator"]: r["why_unranked"] for r in found.values() if not r["rank"]}
    assert why == {
        "dit": "3 cells of 75 without a result",
        "cgan": "its control failed: copy",
        "vit-cgan": "checked up to complete only: its numbers were not derived again from predictions",
    }
    assert found["digits", "cnn", "open", "sd-lora"]["rank"] == "1"


def test_controls_are_in_every_track_and_have_no_rank(site: Path) -> None:
    page = (site / "task/digits.html").read_text(encoding="utf-8")
    for track in ("closed", "open"):
        section = page.split(f'data-track="{track}"')[1].split('<section class="track"')[0]
        table = section.split('<table role="table" class="rows" data-classifier="cnn">')[1].split("</table>")[0]
        aside = table.split("Controls, not ranked")[1]
        assert [name in aside for name in ("copy", "oracle")] == [True, True]
        assert "copy" not in table.split("Controls, not ranked")[0].split("<tbody")[1]


def test_both_downloads_say_the_same_and_hold_the_reports_own_numbers(site: Path, ground: Path) -> None:
    document = json.loads((site / "data/results.json").read_text(encoding="utf-8"))
    assert document["suite"] == "v1"
    by_entry = {r["entry"]: r for r in rows(site).values()}
    assert set(by_entry) == {entry["entry"] for entry in document["entries"]}
    for entry in document["entries"]:
        report = json.loads((ground / "results/v1" / entry["entry"] / "report.json").read_text(encoding="utf-8"))
        assert entry["exchange_rate"] == report["equivalence"]["exchange_rate"]["estimate"]
        assert by_entry[entry["entry"]]["exchange_rate"] == str(entry["exchange_rate"])
        assert (site / entry["page"]).is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_asks_for_its_own_style_and_script_alone(site: Path, kind: str) -> None:
    page = Page((site / kind).read_text(encoding="utf-8"))
    policy = next(meta["content"] for meta in page.of("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag, attributes in page.elements:
        assert tag not in {"iframe", "object", "embed", "base", "style", "foreignobject", "use"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if "src" in attributes:
            assert re.match(r"data:image/png;base64,|(\.\./)*assets/site\.[0-9a-f]{8}\.js$", attributes["src"])
    identities = [a["id"] for _, a in page.elements if "id" in a]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_have_a_true_minus_and_no_negative_zero(site: Path, kind: str) -> None:
    words = Page((site / kind).read_text(encoding="utf-8")).text.split()
    assert not [word for word in words if re.fullmatch(r"\[?-\d.*", word)]
    assert not [word for word in words if re.fullmatch(r"[-−]0(\.0+)?", word.strip("[],"))]


def test_the_headline_is_in_words(site: Path) -> None:
    text = Page((site / "index.html").read_text(encoding="utf-8")).text
    assert "On 2 of 2 tasks a closed-set generator was shown to help the classifier cnn." in text
    assert "1 entry did harm." in text


def test_hostile_strings_stay_text(tmp_path: Path) -> None:
    results = tmp_path / "results"
    report = hostile()
    light = report.audit.model_copy(update={"embedding": []})
    put(results, report.model_copy(update={"audit": light, "law": None}), name="hostile")
    suite_like = suited(sample_report(), HOSTILE, params={HOSTILE: HOSTILE})
    put(results, suite_like, name="plausible")
    put(results, suited(sample_report(), HOSTILE, params={HOSTILE: "=1+1"}), name="twin")
    build(results, tmp_path / "site", keep=tmp_path / "keep", workers=1, written=write_texts(tmp_path / "texts"))
    for page in sorted((tmp_path / "site").rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        shown = Page(text)
        assert "\x1b" not in text
        assert "\u202e" not in text
        scripts = [attributes for tag, attributes in shown.elements if tag == "script"]
        assert all(re.fullmatch(r"(\.\./)*assets/site\.\w+\.js", script["src"]) for script in scripts)
        assert len(scripts) == (page.parent.name != "run")
        assert not [a for _, a in shown.elements for name in a if name.startswith("on") or name == "style"]
        assert not [a for a in shown.of("a") if ":" in a["href"] and not a["href"].startswith("https://")]
    index = Page((tmp_path / "site/index.html").read_text(encoding="utf-8")).text
    assert "<script>alert(1)</script>" in index
    with (tmp_path / "site/data/results.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3


def test_an_entry_that_was_measured_otherwise_is_shown_with_the_reason(tmp_path: Path) -> None:
    results = tmp_path / "results"
    report = suited(sample_report(), "edm")
    wide = report.classifier.model_copy(update={"params": {**report.classifier.params, "width": 99}})
    settings, few = ({**report.profile.settings, **change} for change in ({"batch_size": 128}, {"seeds": 3}))
    others = {
        "classifier": report.model_copy(update={"classifier": wide}),
        "profile": report.model_copy(update={"profile": report.profile.model_copy(update={"settings": settings})}),
        "protocol": report.model_copy(update={"protocol": Component(name="weighted", version=1)}),
        "seeds": report.model_copy(update={"profile": report.profile.model_copy(update={"settings": few})}),
        "data": report.model_copy(update={"task": report.task.model_copy(update={"data_digest": "0" * 64})}),
    }
    for name, other in others.items():
        put(results, other, name=name)
    build(results, tmp_path / "site", keep=tmp_path / "keep", workers=1, written=write_texts(tmp_path / "texts"))
    with (tmp_path / "site/data/results.csv").open(encoding="utf-8", newline="") as file:
        why = {row["entry"]: row["why_unranked"] for row in csv.DictReader(file)}
    data = why.pop("data")
    assert data.startswith("the task's data digest is 000")
    assert f"in suite v1 it is {SUITE.tasks['digits'].data_digest[:8]}" in data
    assert why == {
        "classifier": "the classifier cnn has width=99, suite v1 has 16",
        "profile": f"the profile has batch_size=128, suite v1 has {SUITE.settings['batch_size']}",
        "protocol": "the protocol is weighted, in suite v1 it is concat",
        "seeds": "seeds is '3', suite v1 asks for 5 or more",
    }


def test_versions_of_a_generator_are_told_apart(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for version, steps in ((1, 400), (2, 400), (2, 500)):
        report = bare_of_charts(sample_report(rho=0.1 * version))
        put(results, suited(report, "edm", version=version, params={"steps": steps}))
    put(results, suited(bare_of_charts(sample_report()), "edm", task="medmnist/breastmnist"))
    build(results, tmp_path / "site", keep=tmp_path / "keep", workers=1, written=write_texts(tmp_path / "texts"))
    task = Page((tmp_path / "site/task/digits.html").read_text(encoding="utf-8")).text
    for variant in ("version 1", "version 2, #1, steps=", "version 2, #2, steps="):
        assert variant in task
    other = Page((tmp_path / "site/task/medmnist--breastmnist.html").read_text(encoding="utf-8")).text
    assert "version 1" not in other, "there is no other"
    generator = Page((tmp_path / "site/generator/edm.html").read_text(encoding="utf-8")).text
    assert "Version 2: steps = " in generator, "the newest is the one whose settings are told"
    assert "medmnist/breastmnist, version 1" in generator, "which that entry is not of"


def test_a_board_without_entries_says_so(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    texts = write_texts(tmp_path / "texts")
    assert build(tmp_path / "results", tmp_path / "site", keep=tmp_path / "keep", written=texts) == 0
    text = Page((tmp_path / "site/index.html").read_text(encoding="utf-8")).text
    assert "No entry is ranked yet: yours can be the first." in text
    assert (tmp_path / "site/data/results.csv").read_text(encoding="utf-8").startswith("task,")


def test_an_older_suite_keeps_its_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = SUITE.model_copy(update={"name": "v0", "opened": "2025-01-01"})
    monkeypatch.setattr("gda_leaderboard.site.build.suites", lambda: {"v0": old, "v1": SUITE})
    results, site = tmp_path / "results", tmp_path / "site"
    put(results, suited(bare_of_charts(sample_report(rho=0.3)), "edm"))
    put(results, suited(bare_of_charts(sample_report(rho=0.2)), "flow"), suite="v0")
    build(results, site, keep=tmp_path / "keep", workers=1, written=write_texts(tmp_path / "texts"))
    assert [r["generator"] for r in rows(site).values()] == ["edm"]
    assert [r["generator"] for r in rows(site / "suites/v0").values()] == ["flow"]
    front, older = (Page((site / at / "index.html").read_text(encoding="utf-8")) for at in ("", "suites/v0"))
    assert "suites/v0/index.html" in {link["href"] for link in front.of("a")}
    assert "The newest is v1" in older.text
    check_links(site)


def bare_of_charts(report: Report) -> Report:
    """Nothing of it is drawn; it is still ranked."""
    arms = [row.model_copy(update={"gain": None}) for row in report.arms]
    return report.model_copy(update={"arms": arms})


def test_bad_input_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    results = tmp_path / "results"
    texts = write_texts(tmp_path / "texts")
    with pytest.raises(UserError, match="no such folder of results; give one as --results"):
        built(results, tmp_path / "site")
    (results / "v0/entry").mkdir(parents=True)
    (results / "v0/entry/report.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="there is no suite 'v0'; known: v1"):
        build(results, tmp_path / "site", keep=tmp_path / "keep", written=texts)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is not a site that was built before"):
        build(results, tmp_path / "mine", keep=tmp_path / "keep", written=texts)
    (texts / "faq.md").unlink()
    with pytest.raises(UserError, match=r"the site has no faq\.md"):
        build(tmp_path, tmp_path / "site", keep=tmp_path / "keep", written=texts)
    with pytest.raises(UserError, match="give an https address"):
        built(texts, tmp_path / "site", base_url="javascript:alert(1)")


def test_the_commands_say_what_they_take() -> None:
    for command in ("build", "serve"):
        help_text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "120"}).output
        assert "--results" in help_text
        assert "Example: gda-bench leaderboard" in help_text


def test_an_interval_that_its_report_doubts_is_no_help_shown(tmp_path: Path) -> None:
    results = tmp_path / "results"
    sure = bare_of_charts(sample_report(rho=0.3))
    doubted = sure.model_copy(update={"warnings": [*sure.warnings, f"{reading.DISTRUST}near the ceiling."]})
    put(results, suited(doubted, "edm"))
    put(results, suited(sure, "flow", task="medmnist/breastmnist"))
    build(results, tmp_path / "site", keep=tmp_path / "keep", workers=1, written=write_texts(tmp_path / "texts"))
    text = Page((tmp_path / "site/index.html").read_text(encoding="utf-8")).text
    assert "On 1 of 2 tasks a closed-set generator was shown to help the classifier cnn." in text
    assert "On digits reports warn of their own intervals, which count as neither help nor harm." in text
    assert text.count("established †") >= 2, "in the card and in the table"
