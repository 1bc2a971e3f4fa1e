"""A search as one HTML file that opens offline, on a desktop or a phone."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import tenfold
from tenfold._report.figures import figures_of
from tenfold._report.table import SearchTable, table_of, text

_MOST_AT_ONCE = 10
_MOST_CANDIDATES = 50
_MOST_FAILURES = 20
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 1rem; color: #222; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; }
.scroll { overflow-x: auto; } .said { color: #555; margin: 0 0 .5rem; }
table { border-collapse: collapse; font-size: 13px; }
td, th { padding: .25rem .6rem; text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid #888; } tr:nth-child(even) td { background: #f4f6f8; }
td.word, th.word { text-align: left; } pre { font-size: 12px; background: #f4f6f8; padding: .8rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: #555; }
.wide { min-width: 620px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); }
.grid > div { min-width: 0; }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; }
.card { background: #f4f6f8; border-radius: 6px; padding: .6rem 1rem; }
.card b { display: block; font-size: 1.2rem; }
"""


def write_report(search: Any, path: str | os.PathLike[str], *, metric: str | None = None) -> str:
    """Write a page about a fitted search, or about the last one of a journal; returns the path of the page.

    Arguments and errors are those of the search classes' ``report``.
    """
    page = html(table_of(search, metric))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(page, encoding="utf-8")
    return os.path.abspath(os.fspath(path))


def html(table: SearchTable) -> str:
    """The whole page."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ImportError(
            "a report is drawn by Plotly and Optuna: install tenfold[report]."
        ) from error
    sections = [
        _section(heading, said, _figures(figure, place))
        for place, (heading, said, figure) in enumerate(figures_of(table))
    ]
    body = [
        f"<h1>{escape(table.title)}</h1>",
        _cards(table),
        _section("Best candidates", _counted(table), _best(table)),
        *sections,
        *_footers(table),
    ]
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(table.title)}</title><link rel='icon' href='data:,'>"
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body>{''.join(body)}</body></html>"
    )


def _figures(figure: Any, place: int) -> str:
    """A figure, or several of one kind side by side where there is room."""
    if not isinstance(figure, list):
        return f"<div{_wide(figure)}>{_drawn(figure, f'figure-{place}')}</div>"
    drawn = (_drawn(one, f"figure-{place}-{number}") for number, one in enumerate(figure))
    return f"<div class='grid'>{''.join(f'<div>{one}</div>' for one in drawn)}</div>"


def _wide(figure: Any) -> str:
    """Parallel axes need room for their names: on a phone they are pushed aside."""
    return " class='wide'" if any(trace.type == "parcoords" for trace in figure.data) else ""


def _drawn(figure: Any, name: str) -> str:
    drawn: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=name,
        # Its buttons would lie over titles, and on a phone they are always there.
        config={"responsive": True, "displayModeBar": False},
    )
    return drawn


def _section(heading: str, said: str, body: str) -> str:
    return (
        f"<section><h2>{escape(heading)}</h2><p class='said'>{escape(said)}</p>"
        f"<div class='scroll'>{body}</div></section>"
    )


def _cards(table: SearchTable) -> str:
    means = table.means
    known = np.isfinite(means)
    best = f"{means[table.order[0]]:.6g}" if known.any() else "-"
    cards = [
        (best, f"best mean test {table.metric}"),
        (f"{len(table):,}", "candidates"),
        (f"{table.scores[table.metric].shape[1]}", "splits"),
        (f"{int((~known).sum()):,}", "without a score"),
    ]
    if table.plan is not None:
        cards.append((f"{table.plan.sharing:.3g}x", "fits asked, a fit done"))
    said = "".join(f"<div class='card'><b>{escape(a)}</b>{escape(b)}</div>" for a, b in cards)
    return f"<div class='cards'>{said}</div>"


def _counted(table: SearchTable) -> str:
    shown = min(len(table), _MOST_AT_ONCE)
    return f"The first {shown:,} of {len(table):,}, by mean test {table.metric}."


def _best(table: SearchTable) -> str:
    """The first few, and more of them for those who ask."""
    few = best_table(table, _MOST_AT_ONCE)
    if len(table) <= _MOST_AT_ONCE:
        return few
    more = best_table(table, _MOST_CANDIDATES)
    shown = min(len(table), _MOST_CANDIDATES)
    return f"{few}<details><summary>The first {shown:,}</summary>{more}</details>"


def best_table(table: SearchTable, most: int) -> str:
    """The best candidates: rank, parameters, each metric's mean and spread, seconds."""
    names = table.varied
    halves = bool(table.iterations.any())
    iteration = ["iteration"] if halves else []
    heads = [
        "#",
        *iteration,
        *names,
        *(f"{m} (± over folds)" for m in table.scores),
        "seconds to fit",
    ]
    rows = []
    for rank, number in enumerate(table.order[:most]):
        own = table.candidates[number]
        scores = [f"{s[number].mean():.6g} ± {s[number].std():.2g}" for s in table.scores.values()]
        rows.append(
            [
                str(rank + 1),
                *([str(table.iterations[number])] if halves else ()),
                *(text(own[name]) if name in own else "" for name in names),
                *("-" if score.startswith("nan") else score for score in scores),
                f"{table.fit_times[number]:.3g}",
            ]
        )
    head = "".join(f"<th class='word'>{escape(said)}</th>" for said in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(said)}</td>" for said in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _footers(table: SearchTable) -> list[str]:
    footers = []
    if table.plan is not None:
        plan = f"<pre>{escape(str(table.plan))}</pre>"
        footers.append(_section("Plan", "What was shared, what ran, and why.", plan))
    if table.failures:
        most = sorted(table.failures.items(), key=lambda item: -item[1])[:_MOST_FAILURES]
        said = "".join(f"<li>{escape(line)} <i>({n:,} cells)</i></li>" for line, n in most)
        n_cells = sum(table.failures.values())
        told = f"Errors of {n_cells:,} cells, each once, the most frequent first."
        footers.append(_section("Failures", told, f"<ul>{said}</ul>"))
    footers.append(f"<p class='said'>tenfold {escape(tenfold.__version__)}</p>")
    return footers
