"""The drop-in search classes: scikit-learn's own, with their cells answered by the tenfold backend."""

from __future__ import annotations

import functools
import warnings
from contextlib import ExitStack
from typing import Any

import joblib
import numpy as np
from sklearn import model_selection
from sklearn.utils.metaestimators import available_if

from tenfold import _versions
from tenfold._config import get_config
from tenfold._dropin.clone import cheap_clones
from tenfold._dropin.docs import amended
from tenfold._dropin.explain import Explained
from tenfold._dropin.partial import partial_results
from tenfold._dropin.reported import Reported
from tenfold._learners import native_fits
from tenfold._plan.record import current_record, recording
from tenfold._run.where import refuse_spark_data
from tenfold._threads import resolve_jobs, thread_budget


def _for_data_of_pythons(name: str) -> Any:
    """scikit-learn's own method of a fitted search, which says how Spark's data come to Python."""
    original = getattr(model_selection.GridSearchCV, name)

    def is_there(search: Any) -> bool:
        try:
            getattr(super(_TenfoldSearch, search), name)
        except AttributeError as error:
            raise error.__cause__ or error from None  # which scikit-learn's decorator explains
        return True

    @available_if(is_there)  # type: ignore[untyped-decorator]
    @functools.wraps(original)
    def method(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_spark_data(X, *args, *kwargs.values())
        return getattr(super(_TenfoldSearch, self), name)(X, *args, **kwargs)

    return method


class _TenfoldSearch(Reported, Explained):
    """scikit-learn's ``fit``, run under the tenfold backend."""

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        self._record = None
        vars(self).pop("partial_results_", None)
        refuse_spark_data(X, y)
        with ExitStack() as stack:
            record = stack.enter_context(recording())
            stack.enter_context(joblib.parallel_config(backend="tenfold"))
            stack.enter_context(native_fits())
            n_jobs: int | None = getattr(self, "n_jobs", None)
            if isinstance(n_jobs, int) and n_jobs != 0:
                # The refit of the winner keeps to the same number of cores.
                stack.enter_context(thread_budget(resolve_jobs(n_jobs)))
            stack.enter_context(cheap_clones(self))
            refit = getattr(self, "refit", False)
            record.refits = bool(refit)
            record.metric = refit if isinstance(refit, str) else None
            if get_config()["time_budget"] is not None or get_config()["keep_on_interrupt"]:
                # The one warning of unfinished candidates says it.
                stack.enter_context(warnings.catch_warnings())
                warnings.filterwarnings("ignore", "One or more of the .* scores are non-finite")
            try:
                super().fit(X, y, **params)  # type: ignore[misc]
            except KeyboardInterrupt:
                self.partial_results_ = partial_results(self, record)
                raise
            finally:
                record.outcomes = []
        self._record = record
        return self

    fit.__doc__ = model_selection.GridSearchCV.fit.__doc__

    predict = _for_data_of_pythons("predict")
    predict_proba = _for_data_of_pythons("predict_proba")
    predict_log_proba = _for_data_of_pythons("predict_log_proba")
    decision_function = _for_data_of_pythons("decision_function")
    transform = _for_data_of_pythons("transform")
    inverse_transform = _for_data_of_pythons("inverse_transform")
    score = _for_data_of_pythons("score")
    score_samples = _for_data_of_pythons("score_samples")


class GridSearchCV(_TenfoldSearch, model_selection.GridSearchCV):  # type: ignore[misc]
    __doc__ = amended(model_selection.GridSearchCV.__doc__, "GridSearchCV")


class RandomizedSearchCV(_TenfoldSearch, model_selection.RandomizedSearchCV):  # type: ignore[misc]
    __doc__ = amended(model_selection.RandomizedSearchCV.__doc__, "RandomizedSearchCV")


class _TenfoldHalving(_TenfoldSearch):
    """Successive halving, of which the last iterations may have been cut short."""

    @staticmethod
    def _select_best_index(refit: Any, refit_metric: str, results: dict[str, Any]) -> Any:
        choose = _versions.HalvingGridSearchCV._select_best_index
        record = current_record()
        if record is None or not record.stopped:
            return choose(refit, refit_metric, results)
        # The last iteration that has a whole candidate decides; scikit-learn would take any of the last one.
        scores = np.asarray(results[f"mean_test_{refit_metric}"])
        known = np.asarray(results["iter"])[np.isfinite(scores)]
        last = known.max() if len(known) else 0
        places = np.flatnonzero(np.asarray(results["iter"]) <= last)
        so_far = {name: np.asarray(values)[places] for name, values in results.items()}
        return places[choose(refit, refit_metric, so_far)]


class HalvingGridSearchCV(_TenfoldHalving, _versions.HalvingGridSearchCV):  # type: ignore[misc]
    __doc__ = amended(_versions.HalvingGridSearchCV.__doc__, "HalvingGridSearchCV")


class HalvingRandomSearchCV(_TenfoldHalving, _versions.HalvingRandomSearchCV):  # type: ignore[misc]
    __doc__ = amended(_versions.HalvingRandomSearchCV.__doc__, "HalvingRandomSearchCV")


for _class in (GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV):
    # Known, and pickled, by the name that users import.
    _class.__module__ = "tenfold"
