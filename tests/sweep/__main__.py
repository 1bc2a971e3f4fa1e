"""Random searches, each by tenfold and by scikit-learn; what differs is printed, and ends the run with 1.

``python -m tests.sweep --count 2000 --seed 0``; a single one again with ``--only NUMBER``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
import warnings
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from threadpoolctl import threadpool_limits

import tenfold

from .draws import Case, draw

_TIMES = ("fit_time", "score_time")


def outcome_of(module: Any, case: Case) -> Any:
    """What a search gives, as plain values: results by name, or the error."""
    np.random.seed(0)
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            results = _RUNNERS.get(case.function, _search)(module, case)
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            return {"error": (type(error).__name__, lines[0], lines[-1])}
    return {**results, "warned": sorted({one.category.__name__ for one in caught})}


def _search(module: Any, case: Case) -> Any:
    cls = getattr(module, case.function)
    options = {"cv": case.cv(), "scoring": case.scoring, **case.options}
    several = isinstance(case.scoring, list)
    options["refit"] = case.scoring[0] if several else True
    grid: Any = case.grid
    if case.function == "RandomizedSearchCV":
        options.update(n_iter=3, random_state=0)
    if case.function == "HalvingGridSearchCV":
        options.update(random_state=0, min_resources=20)
    search = cls(clone(case.estimator), grid, **options).fit(case.X, case.y, **case.params)
    results = {
        name: np.ma.filled(values, -9.0)
        for name, values in search.cv_results_.items()
        if not name.endswith(_TIMES) and ("test_" in name or "train_" in name)
    }
    plan = getattr(search, "plan_", None)
    if plan is not None:
        _engines[bool(plan.n_trees_asked)] += 1
    return {
        **results,
        "best": str(search.best_params_),
        "predicted": search.predict(case.X),
    }


def _validate(module: Any, case: Case) -> Any:
    options = {"cv": case.cv(), "scoring": case.scoring, **case.params}
    results = module.cross_validate(clone(case.estimator), case.X, case.y, **options)
    return {name: values for name, values in results.items() if not name.endswith("_time")}


def _predict(module: Any, case: Case) -> Any:
    method = "predict_proba" if hasattr(case.estimator, "predict_proba") else "predict"
    predicted = module.cross_val_predict(
        clone(case.estimator), case.X, case.y, cv=case.cv(), method=method, **case.params
    )
    return {"predicted": predicted}


def _curve(module: Any, case: Case) -> Any:
    name, values = next(iter(case.grid[0].items()))
    curves = module.validation_curve(
        clone(case.estimator), case.X, case.y, cv=case.cv(), scoring=case.scoring,
        param_name=name, param_range=values, **case.params,
    )  # fmt: skip
    return dict(enumerate(curves))


def _learning(module: Any, case: Case) -> Any:
    curves = module.learning_curve(
        clone(case.estimator), case.X, case.y, cv=case.cv(), scoring=case.scoring,
        train_sizes=[0.5, 1.0], shuffle=True, random_state=0, **case.params,
    )  # fmt: skip
    return dict(enumerate(curves))


_RUNNERS = {
    "cross_validate": _validate,
    "cross_val_predict": _predict,
    "validation_curve": _curve,
    "learning_curve": _learning,
}
# Searches with trees of the engine's, and without.
_engines = {True: 0, False: 0}


def differences(ours: Any, theirs: Any) -> list[str]:
    """Names of what differs, to the last bit."""
    if ours.keys() != theirs.keys():
        return [
            f"keys {sorted(map(str, ours))} and {sorted(map(str, theirs))}: {ours} {theirs}"[:900]
        ]
    return [
        f"{name}: {_short(ours[name])} and {_short(theirs[name])}"
        for name in theirs
        if not _same(ours[name], theirs[name])
    ]


def _same(ours: Any, theirs: Any) -> bool:
    a, b = np.asarray(ours), np.asarray(theirs)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


def _short(values: Any) -> str:
    return " ".join(str(np.asarray(values).ravel()[:5].tolist()).split())[:300]


def main() -> int:
    """Run as the command line says; the number of searches that differ decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--scale", type=int, default=1, help="how many times the rows")
    asked = parser.parse_args()
    os.environ["PYTHONWARNINGS"] = "ignore"  # of workers, which print them
    tenfold.set_config(progress=False)
    # Workers have one BLAS thread, scikit-learn's and ours; in this process it has several, and other bits.
    threadpool_limits(1, user_api="blas")
    numbers = range(asked.first, asked.first + asked.count) if asked.only is None else [asked.only]
    different = errors = 0
    started = time.monotonic()
    for number in numbers:
        case = draw(asked.seed, number, asked.scale)
        theirs, ours = outcome_of(model_selection, case), outcome_of(tenfold, case)
        errors += "error" in theirs
        found = differences(ours, theirs)
        if found:
            different += 1
            asked_for = f"--seed {asked.seed} --scale {asked.scale} --only {number}"
            print(f"DIFFERENT {asked_for}: {case.said}", flush=True)
            print("\n".join(f"    {one}" for one in found[:4]), flush=True)
    print(
        f"{len(numbers)} searches, {different} different; scikit-learn raised in {errors}; "
        f"the engine grew trees in {_engines[True]} of {sum(_engines.values())} searches; "
        f"{time.monotonic() - started:.0f} s"
    )
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
