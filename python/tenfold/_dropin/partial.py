"""What a search that was interrupted has to show: the form of ``cv_results_``, NaN where nothing is known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tenfold import _versions
from tenfold._plan.record import Record
from tenfold._run.stopping import nothing_for


def partial_results(search: Any, record: Record) -> dict[str, Any]:
    """Results of the last iteration that was begun.

    Returns
    -------
    results : dict
        As ``cv_results_``, and ``complete``: of each candidate, whether all its splits were done. Empty where
        nothing was begun.
    """
    if not record.outcomes:
        return {}
    outcomes = record.outcomes[-1]
    example = next((result for _, result in outcomes.values() if result is not None), None)
    places = sorted(outcomes)
    rows = [
        nothing_for(call, example) if result is None else result
        for call, result in (outcomes[place] for place in places)
    ]
    candidates = {place[0]: outcomes[place][0].kwargs["parameters"] for place in places}
    n_splits = len(places) // len(candidates)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scores that are not finite: they are not there yet
        results: dict[str, Any] = _versions.results_table(
            search, list(candidates.values()), n_splits, rows
        )
    done = np.array([outcomes[place][1] is not None for place in places])
    results["complete"] = done.reshape(len(candidates), n_splits).all(axis=1)
    return results
