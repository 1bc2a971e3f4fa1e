"""A plan as text for terminals and as HTML for notebooks."""

from __future__ import annotations

from html import escape

from tenfold._plan.facts import Facts
from tenfold._plan.families import JOURNAL, Group
from tenfold._plan.words import aligned, count, html_table, ratio, seconds, size

_LONGEST_LABEL = 34
_HEADINGS = ("candidates", "engine", "families", "fits", "done", "seconds", "took", "shares")


def text(plan: Facts) -> str:
    """The whole plan, for a terminal of 80 columns or so."""
    lines = [plan.title, *(f"  {name:<8} {said}" for name, said in _summary(plan)), ""]
    lines.extend(aligned(_rows(plan)))
    for heading, said in _footnotes(plan):
        lines.extend(["", heading, *(f"  {line}" for line in said)])
    return "\n".join(lines)


def html(plan: Facts) -> str:
    """The whole plan, for a notebook."""
    summary = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(said)}</td></tr>"
        for name, said in _summary(plan)
    )
    notes = "".join(
        f"<p><b>{escape(heading)}</b><br>" + "<br>".join(escape(line) for line in said) + "</p>"
        for heading, said in _footnotes(plan)
    )
    return (
        f"<div><p><b>{escape(plan.title)}</b></p><table>{summary}</table>"
        f"{html_table(_rows(plan))}{notes}</div>"
    )


def _summary(plan: Facts) -> list[tuple[str, str]]:
    n_candidates = len(plan.candidates)
    cells = f"{n_candidates:,} candidates x {plan.n_splits} splits"
    if plan.n_iterations > 1:
        cells = f"{n_candidates:,} candidates in {plan.n_iterations} iterations"
    work = (
        f"{cells} = {plan.n_fits_asked:,} fits asked, {plan.n_fits_done:,} done "
        f"({ratio(plan.n_fits_asked, plan.n_fits_done)})"
    )
    lines = [("work", work)]
    if plan.n_prefixes_done:
        asked, done = plan.n_prefixes_asked, plan.n_prefixes_done
        said = f"{asked:,} fits of the steps before the last asked, {done:,} done"
        lines.append(("fronts", f"{said} ({ratio(asked, done)})"))
    if plan.n_trees_asked:
        grown = ratio(plan.n_trees_asked, plan.n_trees_grown)
        lines.append(
            ("trees", f"{plan.n_trees_asked:,} asked, {plan.n_trees_grown:,} grown ({grown})")
        )
    lines.append(("time", _times(plan)))
    if plan.memory.total:
        memory = plan.memory
        lines.append(
            (
                "memory",
                f"{size(memory.total)}: column store {size(memory.store)}, "
                f"votes {size(memory.votes)}, rows at work {size(memory.working)}"
                + (f", waiting to be scored {size(memory.waiting)}" if memory.waiting else "")
                + (f", being scored {size(memory.scoring)}" if memory.scoring else "")
                + f", cells {size(memory.cells)}",
            )
        )
    lines.append(("runs on", f"{plan.backend}, {count(plan.n_threads, 'core')}"))
    lines.extend(("note", note) for note in plan.notes)
    return lines


def _times(plan: Facts) -> str:
    if plan.predicted_seconds is None:
        said = "not predicted: nothing is native"
    else:
        said = f"{seconds(plan.predicted_seconds)} s predicted on one core"
        if plan.reasons:
            said += " for what is native"
    if plan.actual_seconds is not None:
        said += f"; {seconds(plan.actual_seconds)} s spent, all cores together"
    return said


def _rows(plan: Facts) -> list[tuple[str, ...]]:
    ran = plan.actual_seconds is not None
    rows = [_HEADINGS, *(_row(group) for group in plan.groups)]
    if plan.n_iterations > 1:
        iterations = ["iteration", *(str(group.first.iteration) for group in plan.groups)]
        rows = [(number, *row) for number, row in zip(iterations, rows, strict=True)]
    if not ran:
        took = rows[0].index("took")
        rows = [row[:took] + row[took + 1 :] for row in rows]
    return rows


def _row(group: Group) -> tuple[str, ...]:
    label = group.label
    if len(label) > _LONGEST_LABEL:
        label = label[: _LONGEST_LABEL - 1] + "…"
    return (
        label,
        group.first.engine,
        f"{len(group.families):,}",
        f"{group.n_cells:,}",
        f"{group.total('n_fits'):,}",
        seconds(group.total("predicted_seconds")),
        seconds(group.total("actual_seconds")),
        ", ".join(group.first.rules) or "-",
    )


def _footnotes(plan: Facts) -> list[tuple[str, list[str]]]:
    notes: list[tuple[str, list[str]]] = []
    if plan.rules:
        width = max(map(len, plan.rules))
        notes.append(
            ("shared because", [f"{rule:<{width}}  {why}" for rule, why in plan.rules.items()])
        )
    if plan.vouched:
        said = [f"{name}: {why}" for name, why in plan.vouched.items()]
        notes.append(("transformers that are not scikit-learn's are shared because", said))
    if plan.unshared:
        said = [f"{why} ({count(number, 'fit')})" for why, number in plan.unshared.items()]
        notes.append(("transformers are not shared because", said))
    if plan.reasons:
        reasons = [f"{reason} ({count(number, 'fit')})" for reason, number in plan.reasons.items()]
        notes.append(("left to scikit-learn because", reasons))
    contracts: dict[str, int] = {}
    for family in plan.families:
        if family.reason is None and family.engine != JOURNAL:
            contracts[family.contract] = contracts.get(family.contract, 0) + len(family.cells)
    if contracts:
        said = [f"{contract} ({count(n, 'fit')})" for contract, n in contracts.items()]
        notes.append(("scores are scikit-learn's:", said))
    return notes
