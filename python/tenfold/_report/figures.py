"""Plotly figures of a search, small enough for one page however many candidates there are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._report.display import _over
from tenfold._report.study import importances
from tenfold._report.table import SearchTable, text

# Points that a figure draws at most; of more, the best and some of the others, evenly.
_MOST_POINTS = 1500
_MOST_PARAMETERS = 8
_MOST_VALUES = 60
_COLORS = "Viridis"
_COLOR = "#4263eb"


def figures_of(table: SearchTable) -> list[tuple[str, str, Any]]:
    """Headings, sentences that say what is seen, and a figure or several of one kind.

    Those that would show nothing are left out.
    """
    # Later iterations have other resources, and those candidates alone that were good.
    halves = table.iterations.any()
    alike = "; of the first iteration, in which all have the same resources" if halves else ""
    drawn = [
        ("Importance", "How much each parameter tells the best quarter from the others (PED-ANOVA), and how "
         f"much of the score's variance it explains alone (fANOVA){alike}.", importance(table)),
        ("Effects", f"Mean score for each value of a parameter, and its spread over all others{alike}.",
         effects(table)),
        ("Pairs", f"Mean score for each pair of values, over all other parameters{alike}.",
         pairs(table)),
        ("Parallel coordinates", "Each line is a candidate; drag along an axis to choose among them.",
         parallel(table)),
        ("Folds", "Scores of the best candidates, a point a fold.", folds(table)),
        ("Score against time", "Each point is a candidate; the line joins those that no faster one beats.",
         pareto(table)),
        ("Along the search", "Scores in the order of candidates, and the best up to each.", course(table)),
        ("Time line", "What each thread or process did, and when.", time_line(table)),
        ("Work", "Seconds that each group of candidates was predicted to take, and took.", work(table)),
    ]  # fmt: skip
    return [(heading, said, figure) for heading, said, figure in drawn if figure is not None]


def importance(table: SearchTable) -> Any:
    """Bars, the most important parameter on top."""
    import plotly.graph_objects as go

    found = importances(table)
    if len(found) < 2:
        return None
    names = list(found)[::-1]
    bars = [
        go.Bar(x=[values[n] for n in names], y=names, orientation="h", name=said)
        for said, values in (("PED-ANOVA", found), ("fANOVA", importances(table, "fanova")))
        if values
    ]
    figure = _laid_out(go.Figure(bars), 140 + 40 * len(names))
    figure.update_yaxes(ticksuffix="  ")
    return figure


def effects(table: SearchTable) -> list[Any] | None:
    """A figure a parameter: mean score by value, with its spread; all on one scale."""
    import plotly.graph_objects as go

    names = _shown(table)
    over = {name: _over(table, [name]) for name in names}
    ends = [end for m, s, *_ in over.values() for end in (m - s, m + s)]
    known = np.concatenate(ends) if ends else np.zeros(0)
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    room = 0.05 * (np.ptp(known) or abs(known[0]) or 1.0)
    figures = []
    for name, (means, spreads, _, values) in over.items():
        trace = go.Scatter(
            x=values[0],
            y=_short(means),
            error_y={"array": _short(spreads), "thickness": 1},
            mode="lines+markers",
            line={"color": _COLOR},
            name=name,
        )
        figure = _laid_out(go.Figure(trace), 250)
        figure.update_layout(title={"text": name, "font": {"size": 13}, "x": 0.5}, showlegend=False)
        figure.update_xaxes(type="category")
        figure.update_yaxes(range=[float(known.min() - room), float(known.max() + room)])
        figures.append(figure)
    return figures


def pairs(table: SearchTable) -> Any:
    """Heat maps of pairs of parameters, chosen by a menu."""
    import plotly.graph_objects as go

    both = list(combinations(_shown(table)[:5], 2))
    if not both:
        return None
    figure = go.Figure()
    buttons = []
    for place, names in enumerate(both):
        means, _, _, values = _over(table, list(names))
        figure.add_trace(
            go.Heatmap(
                z=_short(means.T),
                x=values[0],
                y=values[1],
                colorscale=_COLORS,
                visible=place == 0,
                colorbar={"title": table.metric},
                hoverongaps=False,
            )
        )
        shown = [other == place for other in range(len(both))]
        axes = {"xaxis.title.text": names[0], "yaxis.title.text": names[1]}
        buttons.append(
            {"label": " x ".join(names), "method": "update", "args": [{"visible": shown}, axes]}
        )
    figure.update_layout(
        updatemenus=[{"buttons": buttons, "x": 0, "xanchor": "left", "y": 1.18}],
        xaxis={"type": "category", "title": both[0][0]},
        yaxis={"type": "category", "title": both[0][1]},
    )
    return _laid_out(figure, 420)


def parallel(table: SearchTable) -> Any:
    """Parallel coordinates of the varied parameters and the score."""
    import plotly.graph_objects as go

    names = _shown(table)
    chosen = _sample(table)
    if not names or len(chosen) < 2:
        return None
    dimensions = []
    for name in names:
        values, places, _ = table.axes[name]
        dimensions.append(
            {
                "label": name,
                "values": places[chosen].tolist(),
                "tickvals": list(range(len(values)))[:_MOST_VALUES],
                "ticktext": values[:_MOST_VALUES],
            }
        )
    scores = _short(table.means[chosen])
    dimensions.append({"label": table.metric, "values": scores})
    line = {"color": scores, "colorscale": _COLORS, "showscale": False}
    figure = _laid_out(
        go.Figure(go.Parcoords(dimensions=dimensions, line=line, labelangle=-12)), 440
    )
    longest = max(
        map(len, table.columns[names[0]].values)
    )  # names of the first axis stand left of it
    figure.update_layout(margin={"l": max(80, 7 * longest), "r": 80, "t": 90, "b": 40})
    return figure


def folds(table: SearchTable) -> Any:
    """Fold scores of the twenty best candidates."""
    import plotly.graph_objects as go

    scores = table.scores[table.metric]
    best = [i for i in table.order[:20] if np.isfinite(scores[i]).any()]
    if not best or scores.shape[1] < 2:
        return None
    figure = go.Figure()
    for rank, number in enumerate(best):
        figure.add_trace(
            go.Box(
                y=_short(scores[number]),
                name=f"#{rank + 1}",
                boxpoints="all",
                pointpos=0,
                showlegend=False,
                line={"color": _COLOR, "width": 1.5},
                marker={"size": 5},
                hovertext=described(table, int(number)),
            )
        )
    figure.update_yaxes(title=table.metric)
    return _laid_out(figure, 360)


def pareto(table: SearchTable) -> Any:
    """Mean score against mean fit time, with the front of those that nothing faster beats."""
    import plotly.graph_objects as go

    chosen = _sample(table)
    times = table.fit_times
    chosen = chosen[np.isfinite(times[chosen]) & (times[chosen] > 0)]
    if len(chosen) < 2:
        return None
    known = np.flatnonzero(np.isfinite(table.means) & np.isfinite(times) & (times > 0))
    by_time = known[np.lexsort((-table.means[known], times[known]))]
    best = np.maximum.accumulate(table.means[by_time])
    front = by_time[np.concatenate([[True], best[1:] > best[:-1]])]
    figure = go.Figure(
        [
            go.Scatter(
                x=_short(times[chosen]), y=_short(table.means[chosen]), mode="markers",
                marker={"size": 5, "opacity": 0.5}, name="candidates",
                hovertext=[described(table, int(i)) for i in chosen] if len(chosen) <= 500 else None,
            ),
            go.Scatter(
                x=_short(times[front]), y=_short(table.means[front]), mode="lines+markers",
                line={"shape": "hv"}, name="front", hovertext=[described(table, int(i)) for i in front],
            ),
        ]
    )  # fmt: skip
    figure.update_xaxes(type="log", title="mean time to fit", **_ticks_of_time(times[chosen]))
    figure.update_yaxes(title=table.metric)
    return _laid_out(figure, 400)


def _ticks_of_time(seconds: NDArray[np.float64]) -> dict[str, Any]:
    """Ones, twos and fives, or powers of ten alone where these are many."""
    low, high = np.floor(np.log10(seconds.min())), np.ceil(np.log10(seconds.max()))
    steps = (1.0, 2.0, 5.0) if high - low <= 3 else (1.0,)
    ticks = [step * 10.0**power for power in np.arange(low, high + 1) for step in steps]
    said = [
        f"{t:g} s" if t >= 1 else f"{1e3 * t:g} ms" if t >= 1e-3 else f"{1e6 * t:g} µs"
        for t in ticks
    ]
    return {"tickvals": ticks, "ticktext": said}


def course(table: SearchTable) -> Any:
    """Scores in the candidates' order, and the best so far."""
    import plotly.graph_objects as go

    chosen = np.sort(_sample(table))
    if len(chosen) < 2:
        return None
    means = np.nan_to_num(table.means, nan=-np.inf)
    best = np.maximum.accumulate(means)[chosen]
    figure = go.Figure(
        [
            go.Scatter(x=chosen.tolist(), y=_short(table.means[chosen]), mode="markers",
                       marker={"size": 4, "opacity": 0.5}, name="candidates"),
            go.Scatter(x=chosen.tolist(), y=_short(best), mode="lines", line={"shape": "hv"},
                       name="best so far"),
        ]
    )  # fmt: skip
    figure.update_xaxes(title="candidate")
    figure.update_yaxes(title=table.metric)
    return _laid_out(figure, 360)


def work(table: SearchTable) -> Any:
    """Predicted and actual seconds of the plan's groups."""
    import plotly.graph_objects as go

    if table.plan is None:
        return None
    groups = [group for group in table.plan.groups if group.total("actual_seconds")]
    if not groups:
        return None
    labels = [f"{text(group.label)} ({group.first.engine})" for group in groups]
    traces = [
        go.Bar(y=labels, x=[group.total(name) for group in groups], name=said, orientation="h")
        for name, said in (("predicted_seconds", "predicted"), ("actual_seconds", "took"))
    ]
    return _laid_out(go.Figure(traces), 120 + 40 * len(groups))


def time_line(table: SearchTable) -> Any:
    """A bar a stretch of work, a lane a thread or process."""
    import plotly.graph_objects as go

    if not table.spans:
        return None
    lanes = sorted({span[0] for span in table.spans}, key=_in_numbers, reverse=True)
    figure = go.Figure()
    for what in dict.fromkeys(span[1] for span in table.spans):
        own = [span for span in table.spans if span[1] == what]
        figure.add_trace(
            go.Bar(
                base=[float(f"{begin:.5g}") for _, _, begin, _ in own],
                x=[float(f"{end - begin:.4g}") for _, _, begin, end in own],
                y=[lane for lane, *_ in own],
                orientation="h",
                name=what,
                marker={"line": {"width": 0.5, "color": "white"}},
                hovertemplate="%{y}: %{base:.3g} s, for %{x:.3g} s<extra>" + what + "</extra>",
            )
        )
    figure.update_layout(barmode="overlay", bargap=0.3)
    figure.update_yaxes(categoryorder="array", categoryarray=lanes)
    figure.update_xaxes(title="seconds since the search began")
    return _laid_out(figure, 140 + 34 * min(len(lanes), 40))


def _in_numbers(lane: str) -> tuple[str, int]:
    words, _, number = lane.rpartition(" ")
    return (words, int(number)) if number.isdigit() else (lane, 0)


def described(table: SearchTable, number: int) -> str:
    """A candidate's varied parameters on one line."""
    own = table.candidates[number]
    return ", ".join(f"{name}={text(own[name])}" for name in table.varied if name in own)


def _shown(table: SearchTable, most: int = _MOST_VALUES) -> list[str]:
    """Varied parameters with few enough values for an axis of their own."""
    few = [name for name in table.varied if 1 < len(table.axes[name].values) <= most]
    return few[:_MOST_PARAMETERS]


def _sample(table: SearchTable) -> NDArray[np.intp]:
    known = table.order[np.isfinite(table.means[table.order])]
    if len(known) <= _MOST_POINTS:
        return known
    best, others = known[: _MOST_POINTS // 3], known[_MOST_POINTS // 3 :]
    places = np.linspace(0, len(others) - 1, _MOST_POINTS - len(best)).astype(int)
    return np.concatenate([best, others[places]])


def _short(values: NDArray[np.float64]) -> Any:
    """As a list, to six digits: a page is looked at."""
    if values.ndim > 1:
        return [_short(row) for row in values]
    return [None if not np.isfinite(value) else float(f"{value:.6g}") for value in values]


def _laid_out(figure: Any, height: int) -> Any:
    figure.update_layout(
        height=height,
        margin={"l": 60, "r": 20, "t": 40, "b": 50},
        template="plotly_white",
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
    )
    return figure
