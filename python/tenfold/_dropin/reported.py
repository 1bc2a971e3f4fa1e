"""What the search classes show of themselves: ``report``, and a compact table in a notebook."""

from __future__ import annotations

import os

_MOST_SHOWN = 5


class Reported:
    """A page about a fitted search, and its best candidates below scikit-learn's diagram."""

    def report(self, path: str | os.PathLike[str], *, metric: str | None = None) -> str:
        """Write a page about the fitted search: one HTML file, which opens offline.

        Best candidates, the effect and importance of each parameter, pairs of parameters, parallel
        coordinates, scores by fold and against time, and what was planned and done.

        Parameters
        ----------
        path : str or path-like
            The HTML file; one that is there is replaced.
        metric : str, optional
            The score that is shown; by default the one that decided.

        Returns
        -------
        path : str
            Absolute.

        Raises
        ------
        ImportError
            Where Plotly is not installed; it comes with the extra ``report``.
        ValueError
            Where the search is not fitted, or has no such metric.
        """
        from tenfold._report.page import write_report

        return write_report(self, path, metric=metric)

    def _repr_html_inner(self) -> str:
        diagram: str = super()._repr_html_inner()  # type: ignore[misc]
        if not hasattr(self, "cv_results_"):
            return diagram
        from tenfold._report.page import best_table
        from tenfold._report.table import table_of

        table = table_of(self)
        shown = min(len(table), _MOST_SHOWN)
        said = f"{shown:,} best of {len(table):,} candidates, by mean test {table.metric}"
        return f"{diagram}<div><p>{said}</p>{best_table(table, _MOST_SHOWN)}</div>"
