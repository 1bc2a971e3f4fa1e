"""A search as a matplotlib figure, in the manner of scikit-learn's displays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._report.table import SearchTable, table_of


class SearchDisplay:
    """Mean test scores over one or two parameters of a search.

    Make one with :meth:`from_search`; ``plot`` draws it again, elsewhere or otherwise.

    Parameters
    ----------
    scores : ndarray of shape (n_values,) or (n_values, n_others)
        Mean test score for each value (or pair of values), over all candidates that have it.
    spreads : ndarray, same shape
        Standard deviation over those candidates.
    params : sequence of str
        One or two names.
    values : list of list of str
        The values of each parameter, in the order of the scores' axes; of numbers that are many, ranges.
    metric : str

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> import tenfold
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5]}
    >>> search = tenfold.GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=3).fit(X, y)
    >>> display = tenfold.SearchDisplay.from_search(search, params=["max_depth", "min_samples_leaf"])
    >>> display.scores.shape
    (3, 2)
    """

    def __init__(
        self,
        scores: NDArray[np.float64],
        spreads: NDArray[np.float64],
        params: Sequence[str],
        values: list[list[str]],
        metric: str,
    ) -> None:
        self.scores = scores
        self.spreads = spreads
        self.params = list(params)
        self.values = values
        self.metric = metric

    @classmethod
    def from_search(
        cls,
        search: Any,
        params: Sequence[str] | str | None = None,
        *,
        metric: str | None = None,
        ax: Any = None,
    ) -> SearchDisplay:
        """Draw a fitted search, or a journal.

        Parameters
        ----------
        search : fitted search, str or path-like
            Or the path of a journal.
        params : str or sequence of one or two str, optional
            What is on the axes; the two that were varied first by default.
        metric : str, optional
            The one that decided, by default.
        ax : matplotlib Axes, optional

        Returns
        -------
        display : SearchDisplay

        Raises
        ------
        ValueError
            For a parameter that no candidate sets, and for more than two.
        """
        table = table_of(search, metric)
        names = [params] if isinstance(params, str) else list(params or table.varied[:2])
        known = list(table.columns)
        if not 1 <= len(names) <= 2 or any(name not in known for name in names):
            raise ValueError(f"params must be one or two of {known}, got {params!r}.")
        display = cls(*_over(table, names), table.metric)
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> SearchDisplay:
        """Draw: a line with its spread over one parameter, a heat map over two.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure's.

        Returns
        -------
        SearchDisplay
            Itself, with ``ax_`` and ``figure_``.
        """
        import matplotlib.pyplot as plt

        self.ax_ = plt.subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        if len(self.params) == 1:
            places = np.arange(len(self.values[0]))
            self.ax_.errorbar(places, self.scores, yerr=self.spreads, marker="o", capsize=3)
            self.ax_.set_xticks(places, self.values[0])
            self.ax_.set_ylabel(f"mean test {self.metric}")
        else:
            image = self.ax_.imshow(self.scores.T, origin="lower", aspect="auto", cmap="viridis")
            self.ax_.set_xticks(range(len(self.values[0])), self.values[0])
            self.ax_.set_yticks(range(len(self.values[1])), self.values[1])
            self.ax_.set_ylabel(self.params[1])
            self.figure_.colorbar(image, ax=self.ax_, label=f"mean test {self.metric}")
        self.ax_.set_xlabel(self.params[0])
        return self


def _over(
    table: SearchTable, names: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str], list[list[str]]]:
    columns = [table.axes[name] for name in names]
    shape = tuple(len(column.values) for column in columns)
    # Of a halving search all candidates are compared by the same resources in its first iteration alone.
    known = np.isfinite(table.means) & (table.iterations == table.iterations.min())
    for column in columns:
        known &= column.places >= 0
    at = np.ravel_multi_index([column.places[known] for column in columns], shape)
    n_places, chosen = int(np.prod(shape)), table.means[known]
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = np.bincount(at, minlength=n_places)
        means = np.bincount(at, chosen, n_places) / counts
        spreads = np.sqrt(np.bincount(at, (chosen - means[at]) ** 2, n_places) / counts)
    return means.reshape(shape), spreads.reshape(shape), names, [c.values for c in columns]
