"""The tables of how it was measured: cost, failures and provenance."""

from __future__ import annotations

from collections.abc import Iterator

from gda_bench.report import reading, words
from gda_bench.report.blocks import Table, filled
from gda_bench.report.model import Component, Report, TaskPart

SHOWN_FAILURES = 50
STAGES = {
    "fit": "fit the generator",
    "pool": "sample the pool",
    "embed": "look at the pool through the classifier of the real images",
    "audit": "audit the pool",
    "train": "train and score",
}


def cost(report: Report) -> Table | None:
    if not report.cost:
        return None
    total = sum(stage.wall_s for stage in report.cost)
    rows = [
        (
            STAGES[stage.stage],
            words.plain(stage.component),
            words.number(stage.cells),
            words.seconds(stage.wall_s),
            words.seconds(stage.cpu_s),
            words.megabytes(stage.peak_memory_mb),
            words.plain(stage.device),
        )
        for stage in report.cost
    ]
    rows.append(("all stages", "", "", words.seconds(total), words.seconds(sum(s.cpu_s for s in report.cost)), "", ""))
    return Table(
        caption="Cost per stage, over all cells",
        align="llrrrrl",
        head=("stage", "component", "runs", "wall time", "processor time", "peak memory", "device"),
        rows=tuple(rows),
        strong=frozenset({len(rows) - 1}),
    )


def failures(report: Report) -> Table | None:
    lost = reading.failed_cells(report)
    if not lost:
        return None
    hidden = len(lost) - SHOWN_FAILURES
    return Table(
        caption=f"{len(lost)} of {words.plural(len(report.cells), 'cell')} without a result",
        align="lrlll",
        head=("training set", "seed", "status", "error", "in the store"),
        rows=tuple(
            (
                f"{cell.arm}: {words.trained_on(cell.arm, cell.n_real, cell.n_synth)}",
                str(cell.seed),
                cell.status,
                words.plain(cell.error or "no error on record"),
                words.plain(cell.key)[:12],
            )
            for cell in lost[:SHOWN_FAILURES]
        ),
        note=f"{words.plural(hidden, 'more')} in report.json." if hidden > 0 else "",
    )


def task(report: Report) -> Table:
    found = report.task
    shape = " × ".join(str(side) for side in found.shape)
    rows = [
        ("task", f"{words.plain(found.name)}, version {found.version}"),
        ("images", f"{words.plain(found.modality)}, {shape}, {found.kind}"),
        ("classes", ", ".join(words.plain(name) for name in found.classes)),
        ("training images", _counts(found.train_counts)),
        ("test images", _counts(found.test_counts)),
        *_shared(found),
        ("metric", words.metric_name(found.metric)),
        ("licence", words.plain(found.licence) or "not stated"),
        ("source", words.plain(found.source) or "not stated"),
        ("citation", words.plain(found.citation) or "not stated"),
        ("data digest", words.plain(found.data_digest)),
    ]
    rows += [("caveat", words.plain(caveat)) for caveat in found.caveats]
    return Table("Task", "ll", ("item", "value"), tuple(rows))


def _shared(found: TaskPart) -> Iterator[tuple[str, str]]:
    """What the two splits have in common: no patient, and how many images."""
    if found.groups:
        train, test = (words.number(n) for n in found.groups)
        yield "patients or records", f"{train} in training, {test} in test, none in both; no subset divides one"
    if found.repeats:
        yield (
            "test images in training too",
            f"{words.number(found.repeats.identical)} identical; {words.number(found.repeats.near)} near-duplicates "
            f"among {words.number(found.repeats.looked_at)}",
        )


def _counts(counts: list[int]) -> str:
    each = ", ".join(words.number(c) for c in counts)
    return f"{words.number(sum(counts))} (by class: {each})" if counts else "none"


def files(report: Report) -> Table | None:
    if not report.task.files:
        return None
    return filled(
        caption="Data files, against the publisher's digests",
        align="llll",
        head=("file", "state", "digest", "note"),
        rows=tuple(
            (words.plain(f.path), f.state, words.plain(f.digest or ""), words.plain(f.note)) for f in report.task.files
        ),
        strong=frozenset(i for i, f in enumerate(report.task.files) if f.state in ("modified", "missing")),
    )


def components(report: Report) -> Table:
    parts: list[tuple[str, Component]] = [
        ("task", report.task),
        (f"generator ({report.generator.track})", report.generator),
        ("classifier", report.classifier),
        ("protocol", report.protocol),
        ("filter", report.filter),
    ]
    return filled(
        caption="Components, every parameter bound",
        align="llrll",
        head=("part", "name", "version", "parameters", "file digest"),
        rows=tuple(
            (
                role,
                words.plain(part.name),
                str(part.version),
                ", ".join(f"{words.plain(k)}={words.setting(v)}" for k, v in part.params.items()) or "none",
                words.plain(part.file_digest or ""),
            )
            for role, part in parts
        ),
    )


def given(report: Report) -> Table | None:
    """What an open-set generator was trained on beyond the n images."""
    found = report.generator
    rows = [
        (
            f"weights {words.plain(w.name)}",
            words.plain(w.source),
            words.plain(w.revision or ""),
            "",
            words.plain(w.digest),
        )
        for w in found.weights
    ]
    if images := found.other_images:
        rest = images.source == "rest"
        where = "the rest of the training split" if rest else f"training split of {words.plain(images.source)}"
        rows.append(("other images", where, "", words.number(images.count), words.plain(images.data_digest or "")))
    if not rows:
        return None
    return filled(
        caption="Trained on more than the n images: open-set",
        align="lllrl",
        head=("given", "source", "revision", "images", "digest"),
        rows=tuple(rows),
    )


def profile(report: Report) -> Table:
    rows = tuple((words.plain(k), words.setting(v)) for k, v in report.profile.settings.items())
    return Table(f"Profile {words.plain(report.profile.name)}", "ll", ("setting", "value"), rows)


def environment(report: Report) -> Table:
    found = report.environment
    dirty = {True: ", with uncommitted changes", False: ", clean", None: ""}[found.git_dirty]
    commit = words.plain(found.git_commit) + dirty if found.git_commit else "not a git checkout"
    rows = [
        ("gda-bench", words.plain(found.gda_bench)),
        ("Python", words.plain(found.python)),
        ("PyTorch", words.plain(found.torch)),
        ("device", words.plain(found.device)),
        ("system", f"{words.plain(found.os)}, {words.plural(found.cpus, 'processor')}"),
        ("git commit", commit),
        ("container image", words.plain(found.image_digest or "none")),
        ("generator kept to its n images", words.plain(found.isolation or "not recorded")),
        ("study", words.plain(report.study)),
        ("assembled", words.plain(report.created)),
    ]
    if found.packages:
        packages = ", ".join(f"{words.plain(k)} {words.plain(v)}" for k, v in sorted(found.packages.items()))
        rows.append(("packages", packages))
    return Table("Environment", "ll", ("item", "value"), tuple(rows))
