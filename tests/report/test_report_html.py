"""report.html: one file that asks for nothing, reads well to a machine, and lets no string become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise

import pytest
from rendered import html, page, report
from report_variants import HOSTILE, VARIANTS

from gda_bench.report import palette
from gda_bench.report.html import to_html

LOADS = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest", "xlink:href"}


@pytest.mark.parametrize("name", VARIANTS)
def test_asks_for_nothing_and_runs_nothing(name: str) -> None:
    for tag, attributes in page(name).elements:
        assert tag not in {"script", "iframe", "object", "embed", "base", "form", "foreignobject", "use"}
        assert not [a for a in attributes if a.startswith("on") or a == "style"]
        for attribute in LOADS & attributes.keys():
            assert attributes[attribute].startswith("data:image/png;base64,")
        if "href" in attributes:
            assert attributes["href"].startswith("https://" if tag == "a" else "data:")
        assert not [v for v in attributes.values() if "url(" in v]
    assert "url(" not in html(name).split("<style>")[1].split("</style>")[0]
    assert "@import" not in html(name)


def test_the_policy_lets_through_our_style_and_nothing_else() -> None:
    policy = next(m["content"] for m in page("established").of("meta") if "http-equiv" in m)
    style = html("established").split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy
    assert html("established").index("Content-Security-Policy") < html("established").index("<style>")


@pytest.mark.parametrize("name", VARIANTS)
def test_reads_in_order(name: str) -> None:
    shown = page(name)
    assert shown.of("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in shown.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    tables = [tag for tag, _ in shown.elements if tag in ("table", "caption")]
    assert tables == ["table", "caption"] * (len(tables) // 2)
    assert all(cell.get("scope") in ("col", "row") for cell in shown.of("th"))
    assert all(image["alt"] for image in shown.of("img"))
    assert all(drawn["role"] == "img" and drawn["aria-label"] for drawn in shown.of("svg"))
    regions = [a for _, a in shown.elements if a.get("role") == "region"]
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)
    identities = [a["id"] for _, a in shown.elements if "id" in a]
    assert len(identities) == len(set(identities))


def test_says_the_verdict_first() -> None:
    text = page("established").text
    found = report("established").equivalence
    assert found
    order = [
        "What is one synthetic image worth? digits, edm, cnn",
        "✓ established",
        found.sentence,
        "370 real",
        "Worth in real images",
        "What to do next",
        "What not to believe",
        "Controls",
        "How the worth grows with m",
        "Equal to how many real images?",
        "How the error falls with size",
        "Memorised share",
        "Where the images lie",
        "The samples nearest to a training image",
        "How real and synthetic images met",
        "Every arm",
        "published, not ours",
        "Cost per stage",
        "Provenance",
        report("established").reproduce,
        "exchange rate",
    ]
    places = [text.index(part) for part in order[:-1]]
    assert places == sorted(places)
    assert text.rindex("exchange rate") > places[-1]


def test_every_arm_is_there_once_with_its_numbers() -> None:
    rows = [row for row in html("established").split("<tr") if '<th scope="row" class="l">mix</th>' in row]
    assert len(rows) == 5
    assert 'class="strong"' in rows[-1]
    assert ">1,600<" in rows[-1]


def test_a_failed_control_is_an_alarm_before_the_verdict() -> None:
    text = page("failed-control").text
    assert "✓ established" not in text
    assert text.index("Do not believe this report.") < text.index("✗ control failed")
    assert "✗ FAIL" in text
    assert "gda-bench advise" not in text


def test_failed_cells_are_listed_with_their_errors() -> None:
    text = page("failed-cells").text
    assert "RuntimeError: loss is nan at step 212" in text
    assert "3 of 75 cells without a result" in text
    assert "Run the same command again" in text


def test_what_was_not_measured_says_so() -> None:
    text = page("bare").text
    assert "No verdict: the real curve was not measured." in text
    assert "Memorised share of the pool: not measured." in text
    assert "not run" in text
    assert page("bare").of("svg") == []
    assert "None" not in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", VARIANTS)
def test_numbers_have_a_true_minus(name: str) -> None:
    words = page(name).text.split()
    assert not [word for word in words if re.fullmatch(r"\[?-\d.*", word)]
    assert not [word for word in words if re.fullmatch(r"[-−]0(\.0+)?", word.strip("[],"))]


def test_hostile_strings_stay_text() -> None:
    shown = page("hostile")
    assert "<script>alert(1)</script>" in shown.text
    assert [link for link in shown.of("a") if "javascript" in link["href"]] == []
    assert "\x1b" not in html("hostile")
    assert "\u202e" not in html("hostile")
    assert {"no picture"} <= {text for _, text in shown.texts}
    assert HOSTILE not in html("hostile")


def test_figures_follow_the_page() -> None:
    text = html("established")
    for colour in (palette.REAL, palette.MIX, palette.INK, palette.PAPER):
        assert f'"var(--c-{colour.role}, {colour.light})"' in text
        assert f"--c-{colour.role}:{colour.dark};" in text
        assert f'="{colour.light}"' not in text


@pytest.mark.parametrize("name", VARIANTS)
def test_a_card_names_each_of_its_values(name: str) -> None:
    elements = page(name).elements
    tables = [attributes for tag, attributes in elements if tag == "table"]
    assert all(table.get("role") == "table" for table in tables if table.get("class") == "cards")
    cells = [attributes for tag, attributes in elements if tag == "td" and "data-label" in attributes]
    assert all(cell["role"] == "cell" and cell["data-label"] for cell in cells)
    assert cells or name == "bare"


def test_a_page_with_a_map_of_six_hundred_images_can_be_mailed() -> None:
    assert len(report("established").audit.embedding) == 600
    assert len(html("established").encode()) < 300_000


def test_equal_reports_give_equal_bytes() -> None:
    assert to_html(VARIANTS["failed-cells"]()) == html("failed-cells")
