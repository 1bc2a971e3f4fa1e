"""Discriminant analysis: covariances are those of the rows; shrinking them comes after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from scipy import linalg
from sklearn.covariance import empirical_covariance
from sklearn.utils import check_array, column_or_1d

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    fits_quietly,
    refuse_fit_params,
    refuse_invalid,
    view_of,
)


class LinearShrinkage(Path):
    """``shrinkage`` of ``LinearDiscriminantAnalysis``, as a number."""

    name = "shrinkage of linear discriminant analysis"
    why = "the classes' covariances are computed once, and each shrinkage mixes them with a multiple of 1"
    estimators = ("sklearn.discriminant_analysis.LinearDiscriminantAnalysis",)
    parameters = ("shrinkage",)
    proven = SKLEARN
    reads = "shared"

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_invalid(estimator, values)
        if estimator.solver not in ("lsqr", "eigen"):
            raise Refusal(f"solver={estimator.solver!r} knows no shrinkage")
        if estimator.covariance_estimator is not None:
            raise Refusal("a covariance estimator of yours is left to scikit-learn")
        shrinkage = values["shrinkage"]
        if not isinstance(shrinkage, Real) or isinstance(shrinkage, bool):
            raise Refusal(f"shrinkage={shrinkage!r} estimates more than the covariance")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        whole = estimator.set_params(**values[0]).fit(X, y)
        yield 0, view_of(whole)
        if len(values) == 1:
            return
        rows = check_array(X, dtype=[np.float64, np.float32])
        covariances = Covariances(rows, column_or_1d(y))
        solve = _solve_lstsq if whole.solver == "lsqr" else _solve_eigen
        for index, own in enumerate(values[1:], start=1):
            view = view_of(whole, **own)
            try:
                solve(view, covariances, own["shrinkage"])
            except linalg.LinAlgError:
                continue
            if len(view.classes_) == 2:  # as at the end of LinearDiscriminantAnalysis.fit
                coef = np.asarray(view.coef_[1, :] - view.coef_[0, :], dtype=rows.dtype)
                view.coef_ = np.reshape(coef, (1, -1))
                intercept = np.asarray(view.intercept_[1] - view.intercept_[0], dtype=rows.dtype)
                view.intercept_ = np.reshape(intercept, (1,))
            yield index, view


class Covariances:
    """Empirical covariances of a family's rows, class by class, in the order in which they are asked for."""

    def __init__(self, rows: Any, labels: Any) -> None:
        self.rows, self.labels = rows, labels
        self.known: list[Any] = []

    def number(self, place: int, rows: Any) -> Any:
        """The covariance that is asked for at this place of each solution: that of these rows."""
        if place == len(self.known):
            self.known.append(empirical_covariance(rows))
            if not np.all(np.isfinite(self.known[-1])):
                raise Refusal("a covariance is not finite")  # scikit-learn's own code says it
        return self.known[place]


def _solve_lstsq(view: Any, covariances: Covariances, shrinkage: Any) -> None:
    """``LinearDiscriminantAnalysis._solve_lstsq``, whose means are those of every candidate."""
    rows, labels = covariances.rows, covariances.labels
    within = np.zeros(shape=(rows.shape[1], rows.shape[1]))
    for place, group in enumerate(view.classes_):
        known = covariances.known
        whole = (
            known[place] if place < len(known) else covariances.number(place, rows[labels == group])
        )
        within += view.priors_[place] * np.atleast_2d(_shrunk(whole, shrinkage))
    view.means_ = view.means_.copy()
    view.covariance_ = within
    view.coef_ = linalg.lstsq(within, view.means_.T)[0].T
    products = np.diag(np.dot(view.means_, view.coef_.T))
    view.intercept_ = -0.5 * products + np.log(view.priors_)


def _solve_eigen(view: Any, covariances: Covariances, shrinkage: Any) -> None:
    view._solve_eigen(covariances.rows, covariances.labels, None, _Shrunk(covariances, shrinkage))


def _shrunk(covariance: Any, shrinkage: Any) -> Any:
    """What ``shrunk_covariance`` computes of a covariance that was checked."""
    n_columns = len(covariance)
    shrunk = (1.0 - shrinkage) * covariance
    shrunk += shrinkage * (np.trace(covariance) / n_columns) * np.eye(n_columns)
    return shrunk


class _Shrunk:
    """A covariance estimator, as ``LinearDiscriminantAnalysis`` takes one."""

    def __init__(self, shared: Covariances, shrinkage: Any) -> None:
        self._shared, self._shrinkage, self._n_asked = shared, shrinkage, 0

    def fit(self, X: Any) -> None:
        known = self._shared.number(self._n_asked, X)
        self._n_asked += 1
        self.covariance_ = _shrunk(known, self._shrinkage)


class QuadraticRegularization(Path):
    """``reg_param`` of ``QuadraticDiscriminantAnalysis`` with its solver by singular values."""

    name = "regularization of quadratic discriminant analysis"
    why = "each class is decomposed once, and each reg_param mixes its singular values with 1"
    estimators = ("sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",)
    parameters = ("reg_param",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_invalid(estimator, values)
        if getattr(estimator, "solver", "svd") != "svd":
            raise Refusal(f"solver={estimator.solver!r} does not use reg_param")
        if estimator.store_covariance:
            raise Refusal("store_covariance=True computes the covariances for each value")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        # Columns that depend on each other are told by a warning or an error, as the version has it; for the
        # common fit they are as good as others, and each candidate is held against its own tol.
        tol = estimator.tol
        try:
            whole = fits_quietly(lambda: estimator.set_params(reg_param=0.0, tol=0.0).fit(X, y))
        except linalg.LinAlgError as error:
            raise Refusal(f"without regularization the fit fails: {error}") from error
        for index, own in enumerate(values):
            share = own["reg_param"]
            scalings = [((1 - share) * one) + share for one in whole.scalings_]
            if any(np.any(one <= tol) for one in scalings):
                continue
            yield index, view_of(whole, reg_param=share, tol=tol, scalings_=scalings)


PATHS = (LinearShrinkage, QuadraticRegularization)
