"""The page in a real browser: nothing is asked for, nothing overflows, nothing is blocked by its own policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rendered import html, report
from report_variants import VARIANTS

from gda_bench.report.figures.chart import NARROW, WIDE
from gda_bench.report.figures.draw import charts
from gda_bench.report.model import ArmRow, Report


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["established", "hostile"])
def test_a_page_asks_for_nothing_and_fits(browser: Any, tmp_path: Path, name: str, width: int, scheme: str) -> None:
    (tmp_path / "report.html").write_text(html(name), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto((tmp_path / "report.html").as_uri())
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert messages == [], "the page's own policy blocks nothing of it"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width)")
    assert any(size > 200 for size in sizes), "a chart is drawn"
    page.close()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_words_in_charts_neither_meet_nor_leave_the_picture(
    browser: Any, width: int, misplaced: Callable[[Any], list[str]]
) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    found = {}
    for name in VARIANTS:
        for figure, svg in drawn(report(name), width).items():
            page.set_content(svg)
            found[name, figure] = misplaced(page)
    page.close()
    assert found
    assert {where: words for where, words in found.items() if words} == {}


def drawn(shown: Report, width: int) -> dict[str, str]:
    large = {f"{figure}, crowded": svg for figure, svg in charts(crowded(shown), width=width).items()}
    return charts(shown, width=width) | large


def crowded(shown: Report) -> Report:
    """More images, whose numbers take more room, and arms that do harm: the dashed lines of gain lie at the legend."""
    found = shown.equivalence
    more = found and found.model_copy(update={"n_real": 100 * found.n_real})
    return shown.model_copy(update={"arms": [*map(harmful, shown.arms)], "equivalence": more})


def harmful(arm: ArmRow) -> ArmRow:
    gain = arm.gain and arm.gain.model_copy(update={"estimate": -0.1, "low": -0.2, "high": 0.05})
    return arm.model_copy(update={"n_real": 100 * arm.n_real, "n_synth": 100 * arm.n_synth, "gain": gain})
