"""The drop-in validation functions: scikit-learn's own, with their cells answered by the tenfold backend."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import joblib
from sklearn import model_selection

from tenfold._dropin.docs import amended
from tenfold._learners import native_fits
from tenfold._run.where import refuse_spark_data

P = ParamSpec("P")
R = TypeVar("R")


def _with_tenfold(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse_spark_data(*args, *kwargs.values())
        with joblib.parallel_config(backend="tenfold"), native_fits():
            return function(*args, **kwargs)

    wrapper.__module__ = "tenfold"
    wrapper.__doc__ = amended(function.__doc__, function.__name__)
    return wrapper


cross_val_predict = _with_tenfold(model_selection.cross_val_predict)
cross_val_score = _with_tenfold(model_selection.cross_val_score)
cross_validate = _with_tenfold(model_selection.cross_validate)
learning_curve = _with_tenfold(model_selection.learning_curve)
permutation_test_score = _with_tenfold(model_selection.permutation_test_score)
validation_curve = _with_tenfold(model_selection.validation_curve)
