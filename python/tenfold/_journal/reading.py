"""A journal as tables: what each cell and each candidate of its searches gave."""

from __future__ import annotations

import functools
import json
import math
import os
from typing import Any

import numpy as np

from tenfold._journal.codec import decode
from tenfold._journal.store import connect

_CELLS = """
SELECT asked.search, title, estimator, asked.candidate, split, parameters, outcome, written
FROM asked JOIN searches USING (search) JOIN candidates USING (search, candidate)
LEFT JOIN outcomes USING (cell) ORDER BY asked.search, asked.candidate, split
"""


def read_journal(
    path: str | os.PathLike[str], *, by: str = "cell", search: int | None = None
) -> Any:
    """Read a journal as a table; also while a search in this or another process writes to it.

    Parameters
    ----------
    path : str or path-like
        The file that ``config_context(journal=...)`` named.
    by : {"cell", "candidate"}, default="cell"
        A row a cell, or a row a candidate with means and standard deviations over its splits, and its rank
        (by the mean test score, of its own search).
    search : int, optional
        Of one search alone, by its number in the column ``search``.

    Returns
    -------
    table : pandas.DataFrame
        Columns ``search``, ``title``, ``estimator``, ``candidate``, ``param_...`` and, a row a cell,
        ``split``, ``done``, ``test_...``, ``train_...``, ``fit_time``, ``score_time`` in seconds,
        ``error`` and ``written``; a row a candidate, ``n_done``, ``n_splits``, ``n_failed``,
        ``mean_...``, ``std_...`` and ``rank_...``. Scores of cells that are not done are NaN.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that is no journal, or of a newer version, and for another ``by``.

    Notes
    -----
    Nothing is unpickled: parameters that are neither numbers nor text are there as they are printed.

    Examples
    --------
    >>> import os, tempfile, tenfold
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> path = os.path.join(tempfile.mkdtemp(), "tuning.journal")
    >>> with tenfold.config_context(journal=path):
    ...     search = tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=3).fit(X, y)
    >>> table = tenfold.read_journal(path)
    >>> len(table), bool(table["done"].all())
    (6, True)
    """
    import pandas

    if by not in ("cell", "candidate"):
        raise ValueError(f"by must be 'cell' or 'candidate', got {by!r}.")
    rows = read_rows(path, search)
    table = pandas.DataFrame(
        rows, columns=None if rows else ["search", "candidate", "split", "done"]
    )
    return table if by == "cell" or not rows else _candidates(table)


def read_rows(path: str | os.PathLike[str], search: int | None = None) -> list[dict[str, Any]]:
    """A dictionary a cell, in the order of searches, candidates and splits."""
    connection = connect(path, create=False)
    try:
        found = connection.execute(_CELLS).fetchall()
    finally:
        connection.close()
    return [_row(*row) for row in found if search is None or row[0] == search]


def _row(
    search: int,
    title: str,
    estimator: str,
    candidate: int,
    split: int,
    parameters: str,
    outcome: str | None,
    written: float | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "search": search,
        "title": title,
        "estimator": estimator,
        "candidate": candidate,
        "split": split,
        "done": outcome is not None,
        "written": written,
        **_parameters(parameters),
    }
    result = None if outcome is None else decode(outcome)
    if not isinstance(result, dict):
        return row
    for kind in ("test", "train"):
        scores = result.get(f"{kind}_scores")
        if isinstance(scores, dict):
            row.update({f"{kind}_{name}": float(value) for name, value in scores.items()})
        elif scores is not None:
            row[f"{kind}_score"] = float(scores)
    row["fit_time"] = result.get("fit_time", math.nan)
    row["score_time"] = result.get("score_time", math.nan)
    error = result.get("fit_error")
    row["error"] = None if error is None else error.strip().splitlines()[-1]
    return row


@functools.lru_cache(maxsize=16)
def _parameters(text: str) -> dict[str, Any]:
    """Of a candidate; its cells follow each other."""
    return {f"param_{name}": value for name, value in json.loads(text).items()}


def _candidates(table: Any) -> Any:
    scores = [name for name in table.columns if name.startswith(("test_", "train_"))]
    measured = [*scores, *(name for name in ("fit_time", "score_time") if name in table.columns)]
    keys = ["search", "candidate"]
    groups = table.groupby(keys, sort=True)
    told = [
        name
        for name in table.columns
        if name.startswith("param_") or name in ("title", "estimator")
    ]
    # Of its first cell: cells are in order.
    result = table.loc[~table.duplicated(keys), [*keys, *told]].set_index(keys)
    result["n_done"], result["n_splits"] = groups["done"].sum(), groups.size()
    failed = table["error"].notna() if "error" in table.columns else table["done"] & False
    result["n_failed"] = failed.groupby([table["search"], table["candidate"]]).sum()
    for name in measured:
        means, deviations = _over_splits(table[name].to_numpy(float), result["n_splits"].to_numpy())
        result[f"mean_{name}"], result[f"std_{name}"] = means, deviations
        if name.startswith("test_"):
            of_search = result[f"mean_{name}"].groupby(level="search")
            result[f"rank_{name}"] = of_search.rank(ascending=False, method="min")
    return result.reset_index()


def _over_splits(values: Any, n_splits: Any) -> tuple[Any, Any]:
    """Means and deviations of values that lie candidate by candidate, as ``cv_results_`` has them.

    Over all splits: one that failed or is not done shows.
    """
    means, deviations = np.full(len(n_splits), np.nan), np.full(len(n_splits), np.nan)
    begins = np.cumsum(n_splits) - n_splits
    for n in np.unique(n_splits):
        chosen = np.flatnonzero(n_splits == n)
        own = values[begins[chosen][:, None] + np.arange(n)]
        means[chosen] = own.mean(axis=1)
        deviations[chosen] = np.sqrt(np.mean((own - means[chosen][:, None]) ** 2, axis=1))
    return means, deviations
