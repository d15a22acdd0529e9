"""The site in a real browser: what a reader does with it, by pointer, by keyboard, on a phone and without a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_report import sample_report

from gda_bench.report.figures.chart import NARROW, WIDE
from gda_bench.report.model import RealEquivalent
from gda_leaderboard.site.charts import ROOM
from gda_leaderboard.site.figures import compute, worth
from gda_leaderboard.site.serve import serve

KINDS = ("index.html", "task/digits.html", "generator/edm.html", "compare.html", "method.html", "run")
RANKED = "section[data-track=closed] section[data-task=digits] table[data-classifier=cnn] tbody.ranked tr"

Open = Callable[..., Any]


@pytest.fixture
def show(browser: Any, site: Path) -> Iterator[Open]:
    """Opens a page of the site from its file; fails where it asked for anything else or its policy stopped anything."""
    opened: list[Any] = []
    strangers: list[str] = []
    messages: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            strangers.append(request.url)

    def open_page(address: str = "index.html", *, width: int = 1280, **context: Any) -> Any:
        found = browser.new_context(viewport={"width": width, "height": 900}, **context)
        opened.append(found)
        page = found.new_page()
        page.on("request", asked)
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        file, mark, query = address.partition("?")
        page.goto(page_file(site, file).as_uri() + mark + query)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert strangers == []
    assert messages == []


def page_file(site: Path, kind: str) -> Path:
    return sorted((site / "run").glob("*.html"))[0] if kind == "run" else site / kind


def names(page: Any, rows: str = RANKED) -> list[str]:
    """Generators in the order in which they are shown."""
    found: list[str] = page.evaluate(
        "rows => [...document.querySelectorAll(rows)].filter(r => r.offsetParent)"
        ".map(r => r.querySelector('.who').firstChild.textContent)",
        rows,
    )
    return found


def test_opens_on_the_closed_track_with_the_best_first(show: Open) -> None:
    page = show()
    assert names(page) == ["ddpm", "edm", "flow", "gaussian", "cvae"]
    assert page.locator("section[data-track=open]").is_hidden()
    assert page.locator("#controls .count").text_content() == "11 entries"
    page.get_by_text("Open-set", exact=True).click()
    assert page.locator("section[data-track=closed]").is_hidden()
    assert names(page, "section[data-track=open] tbody.ranked tr") == ["sd-lora"]


def test_sorts_by_pointer_and_by_keyboard(show: Open) -> None:
    page = show()
    head = page.locator("table[data-classifier=cnn] th[data-key=gain]").first
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    falling = names(page)
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page) == falling[::-1]
    generator = page.locator("table[data-classifier=cnn] th[data-key=who] button").first
    generator.focus()
    page.keyboard.press("Space")
    assert names(page) == ["cvae", "ddpm", "edm", "flow", "gaussian"]
    assert page.locator("table[data-classifier=cnn] th[aria-sort]").first.get_attribute("data-key") == "who"


def test_what_has_no_number_sorts_last_both_ways(show: Open) -> None:
    page = show()
    page.evaluate("rows => { delete document.querySelectorAll(rows)[1].cells[4].dataset.v; }", RANKED)
    button = page.locator("table[data-classifier=cnn] th[data-key=gain] button").first
    for _ in range(2):
        button.click()
        assert names(page)[-1] == "edm"


def test_filters_by_task_classifier_and_text(show: Open) -> None:
    page = show()
    page.select_option("[name=task]", "medmnist/breastmnist")
    everywhere = "section[data-track=closed] tbody.ranked tr"
    assert names(page, everywhere) == ["edm", "gaussian"]
    page.fill("[name=q]", "gauss")
    assert names(page, everywhere) == ["gaussian"]
    assert page.locator("#controls .count").text_content() == "1 of 11 entries"
    page.fill("[name=q]", "")
    page.select_option("[name=task]", "")
    page.select_option("[name=classifier]", index=2)
    assert names(page, everywhere) == ["edm"]


def test_a_permalink_brings_everything_back(show: Open) -> None:
    page = show()
    page.select_option("[name=task]", "digits")
    page.select_option("[name=classifier]", "cnn")
    page.fill("[name=q]", "a")
    page.locator("table[data-classifier=cnn] th[data-key=who] button").first.click()
    before, address = names(page), page.url
    assert before == ["cvae", "gaussian"]
    again = show(f"index.html?{address.partition('?')[2]}")
    assert names(again) == before
    assert again.locator("[name=q]").input_value() == "a"
    other = show("index.html?track=open&task=nothing&sort=nonsense&theme=purple")
    assert names(other, "section[data-track=open] tbody.ranked tr") == ["sd-lora"]


def test_two_entries_are_compared_and_the_address_keeps_which(show: Open) -> None:
    page = show("compare.html")
    rows = "section.pairs .differences tbody tr"
    page.locator("[name=b]").select_option(label="flow")
    page.locator("[name=a]").select_option(label="edm")
    assert names(page, rows) == ["edm"]
    shown = page.locator(f"{rows}:not([hidden])").locator("visible=true")
    assert "flow" in shown.inner_text()
    assert names(page, "section.pairs .both tbody tr") == ["edm", "flow"]
    again = show(f"compare.html?{page.url.partition('?')[2]}")
    assert again.locator(f"{rows}:not([hidden])").locator("visible=true").inner_text() == shown.inner_text()


def test_the_theme_is_the_systems_until_it_is_chosen(show: Open) -> None:
    def paper(page: Any) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light, dark = "rgb(255, 255, 255)", "rgb(22, 24, 28)"
    assert paper(show(color_scheme="dark")) == dark
    page = show(color_scheme="light")
    assert paper(page) == light
    for name, seen in (("light", light), ("dark", dark), ("system", light)):
        page.locator("#_theme").click()
        assert page.locator("#_theme").text_content() == f"Theme: {name}"
        assert paper(page) == seen
    page.locator("#_theme").click()
    page.locator("#_theme").click()
    page.reload()
    assert paper(page) == dark
    page.emulate_media(media="print")
    assert paper(page) == light
    assert paper(show("index.html?theme=dark")) == dark


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_has_no_sideways_scroll(show: Open, kind: str) -> None:
    for width in (320, 390, 640, 881, 1000):
        page = show(kind, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_rows_are_cards_that_a_list_sorts(show: Open) -> None:
    page = show(width=390)
    first = page.locator(RANKED).first
    assert first.evaluate("row => getComputedStyle(row).display") == "block"
    assert page.locator("table.rows thead").first.bounding_box()["width"] <= 1
    page.select_option("[name=sort]", "-memo")
    page.select_option("[name=sort]", "gain")
    assert names(page)[-1] == "ddpm"


@pytest.mark.parametrize("width", [390, 1280])
def test_everything_is_there_without_a_script(show: Open, width: int) -> None:
    page = show(width=width, java_script_enabled=False)
    assert page.locator("section.track").locator("visible=true").count() == 2
    assert page.locator("tr[data-run]").locator("visible=true").count() == 12
    assert page.locator("#controls, #_theme").locator("visible=true").count() == 0
    compare = show("compare.html", width=width, java_script_enabled=False)
    assert compare.locator(".differences tbody tr").locator("visible=true").count() == 11


def test_downloads_parse_in_the_browsers_own_reader(show: Open, site: Path) -> None:
    page = show()
    with page.expect_download() as download:
        page.evaluate("document.querySelector('#downloads a').setAttribute('download', '')")
        page.locator("#downloads a").first.click()
    assert Path(download.value.path()).read_bytes() == (site / "data/results.csv").read_bytes()
    assert len(json.loads((site / "data/results.json").read_text(encoding="utf-8"))["entries"]) == 12


def test_is_served_with_the_policy_of_each_page_as_a_header(browser: Any, site: Path) -> None:
    server = serve(site, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    home = f"http://localhost:{server.server_address[1]}/"
    page = browser.new_page()
    asked: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    try:
        for kind in KINDS:
            response = page.goto(home + str(page_file(site, kind).relative_to(site)))
            policy = response.headers["content-security-policy"]
            assert policy == page.locator("meta[http-equiv]").get_attribute("content")
            assert "unsafe" not in policy
        assert page.goto(f"{home}data/").status == 404
        page.goto(f"{home}index.html?task=digits&sort=-gain")
        assert names(page)[0] == "ddpm"
    finally:
        page.close()
        server.shutdown()
    assert [url for url in asked if not url.startswith((home, "data:"))] == []
    assert [message for message in messages if "404" not in message] == []


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(show: Open, kind: str, look: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe
    width, scheme = (390, "light") if look == "phone" else (1280, look)
    # axe itself is put into the page, which the page's policy would refuse; style sheets it may not read from a file
    page = show(kind, width=width, color_scheme=scheme, bypass_csp=True)
    found = axe().run(page, options={"preload": False}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", ["index.html", "task/digits.html", "run"])
def test_words_in_charts_neither_meet_nor_leave_the_picture(
    show: Open, kind: str, width: int, misplaced: Callable[[Any], list[str]]
) -> None:
    page = show(kind, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.locator("svg text:visible").count() > 10, "charts are looked at"
    assert misplaced(page) == []


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_long_names_and_large_numbers_fit_their_chart(
    browser: Any, width: int, misplaced: Callable[[Any], list[str]]
) -> None:
    curve, name = sample_report(rho=0.3).real_curve, "diffusion, version 2"[-ROOM:]
    assert curve
    points = [point.model_copy(update={"n": 50 * point.n}) for point in curve.points]
    fitted = [point.model_copy(update={"n": 50 * point.n}) for point in curve.fitted]
    curve, largest = curve.model_copy(update={"points": points, "fitted": fitted}), points[-1].n
    rate = RealEquivalent(estimate=30_000, low=25_000, high=35_000)
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    for svg in (
        worth.draw(curve, largest, [worth.Line(name, rate, "mix", is_open=False)], "", width=width),
        compute.draw([compute.Spent(name, ((60.0, False),), "0.3 for a minute")], "is worth", "", width=width),
    ):
        page.set_content(svg)
        assert misplaced(page) == []
    page.close()
