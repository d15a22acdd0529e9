"""The synthetic images: judged in words, held against real images, and shown."""

from __future__ import annotations

import base64

import numpy as np
from rendered import page, report, said
from sample_parts import png

from gda_bench.report import gallery, pool, pool_tables, use
from gda_bench.report.figures.draw import all_figures
from gda_bench.report.html import to_html
from gda_bench.report.model import Audit, GalleryPair, Report, Similarity


def audited(**changes: object) -> Report:
    shown = report("established")
    return shown.model_copy(update={"audit": shown.audit.model_copy(update=changes)})


def test_judgements_are_words_with_a_mark() -> None:
    clean, copied = (pool_tables.judgements(report(name)) for name in ("established", "copying"))
    assert clean
    assert copied
    assert [row[1] for row in clean.rows] == ["✓ not beyond chance", "", "✓ not beyond chance"]
    assert [row[1] for row in copied.rows] == ["✗ YES, beyond chance", "", "✗ YES, beyond chance"]
    assert copied.strong == {0, 2}
    assert clean.head[-2:] == ("share of the pool", "of held-out real")


def test_a_share_that_nobody_judged_is_not_called_clean() -> None:
    found = pool_tables.judgements(audited(copying=None, test_leak=None))
    assert found
    assert [row[1] for row in found.rows] == ["? not judged", "", "? not judged"]


def test_every_measure_stands_beside_held_out_real_images_and_says_which_way_is_better() -> None:
    found = pool_tables.similarity(report("established"))
    assert found
    assert found.head == ("measure", "the pool", "held-out real", "better", "what it is")
    rows = {row[0]: row for row in found.rows}
    assert rows["separability"][1:4] == ("0.740", "0.510", "near 0.5")
    assert rows["kernel distance"][1:4] == ("0.0213", "0.0004", "lower")
    assert len(rows) == len(pool_tables.MEASURES)


def test_without_a_baseline_there_is_no_column_for_it() -> None:
    found = pool_tables.similarity(audited(baseline=None))
    assert found
    assert "held-out real" not in found.head
    assert "is not known" in found.note
    partly = pool_tables.similarity(audited(baseline=Similarity(recall=0.9)))
    assert partly
    assert [row[2] for row in partly.rows if row[2]] == ["0.900"]


def test_nothing_measured_is_no_table() -> None:
    nothing = report("established").model_copy(update={"audit": Audit()})
    assert pool_tables.similarity(nothing) is None
    assert pool_tables.judgements(nothing) is None
    assert [block.kind for block in pool.section(nothing).blocks] == ["text"]


def test_a_gap_names_its_largest_shortfall_unless_it_may_be_none() -> None:
    assert "The largest shortfall beside it is content (0.14)." in said(pool.section(report("established")))
    assert "not established, its interval includes 0" in said(pool.section(report("optimum")))
    gap = report("established").audit.gap
    assert gap
    better = gap.model_copy(update={"metric_gap": gap.metric_gap.model_copy(update={"low": -0.03, "high": -0.01})})
    assert "below 0, they do better" in said(pool.section(audited(gap=better)))


def test_the_closest_pairs_come_first_and_carry_their_class() -> None:
    block = next(b for b in pool.section(report("established")).blocks if b.kind == "gallery" and not b.groups[0][0])
    ratios = [float(tile.ratio) for _, tiles in block.groups for tile in tiles]
    assert ratios == sorted(ratios)
    assert all(tile.name in report("established").task.classes for _, tiles in block.groups for tile in tiles)
    assert "3: 0.21 memorised" in page("established").text


def test_protocol_and_filter_are_named_with_every_parameter() -> None:
    text = page("filtered").text
    assert "weighted (real = 0.8): every batch is half real" in text
    assert "realism (k = 3, minimum = 1.0)" in text
    assert "features of a classifier trained on the n real images" in text
    assert "802 of 1,600, mean over seeds" in text
    assert "rejected ones included" in said(use.section(report("filtered")))


def test_arms_show_what_a_filter_kept_only_where_there_is_one() -> None:
    assert "kept" in {text for tag, text in page("filtered").texts if tag == "th"}
    assert "kept" not in {text for tag, text in page("established").texts if tag == "th"}


def test_a_control_without_a_known_answer_is_a_ceiling() -> None:
    text = page("filtered").text
    assert "△ a ceiling, not judged" in text
    assert "△ moved by the protocol" in text
    assert "none known" in text


def test_signals_are_drawn_as_lines_on_one_scale() -> None:
    quiet, loud = (np.array([[128, 128 + a, 128 - a, 128]], np.uint8) for a in (20, 100))
    pairs = [GalleryPair(label=0, synthetic=png(quiet), nearest=png(loud), ratio=ratio) for ratio in (0.2, 0.8)]
    shown = audited(gallery=pairs, closest=pairs)
    ((_, tiles),) = gallery.by_class(shown)
    assert tiles[0].lines == ("M3.0,28.0L38.3,23.0L73.7,33.0L109.0,28.0", "M3.0,28.0L38.3,3.0L73.7,53.0L109.0,28.0")
    assert tiles[0].copied
    html, drawn = to_html(shown), all_figures(shown)
    for path in tiles[0].lines:
        assert html.count(f'<path d="{path}"/>') == 4
        assert drawn["samples"].count(f'd="{path}"') == 2
    assert "data:image/png" not in drawn["closest"]


def test_a_signal_that_cannot_be_read_is_not_shown() -> None:
    broken = base64.b64encode(base64.b64decode(png(np.zeros((1, 9), np.uint8)))[:40]).decode()
    shown = audited(gallery=[GalleryPair(label=0, synthetic=broken, nearest=broken, ratio=0.8)], closest=[])
    ((_, (tile,)),) = gallery.by_class(shown)
    assert tile.lines is None
    assert to_html(shown)
