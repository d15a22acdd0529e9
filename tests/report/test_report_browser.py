"""The page in a real browser: nothing is asked for, nothing overflows, nothing is blocked by its own policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rendered import html


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
