"""Paths that prepare the rows once and call, for each candidate, the compiled code that its own fit calls.

What a fit of scikit-learn's does around its solver (checks, copies, centring, Gram matrices) is the same for
all candidates of a family. Here it is done once; what is solved is what would have been solved, by the same
code, on arrays of the same values and the same layout in memory, since layout decides the order of sums.

The first candidate is fitted by scikit-learn, which gives all that does not depend on the parameters
(``classes_``, ``feature_names_in_`` ...), raises what is to be raised, and is compared with the same
candidate fitted directly: where this machine's libraries make the two differ by a bit, the path refuses.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_array

from tenfold import _versions
from tenfold._gather.objects import view_of
from tenfold._sharing.paths.check import is_same
from tenfold._sharing.paths.path import Path, Refusal, Values

Array = np.ndarray[Any, Any]
FLOATS = [np.float64, np.float32]


class LeftOut(Exception):
    """One member is not to be read off: it runs alone."""


class DirectPath(Path):
    """The part that all such paths have in common.

    Attributes
    ----------
    probe : dict
        Parameters with which the first fit, that of scikit-learn's, is made short; it is then no reading.
        Empty where it is one.
    same : tuple of str
        Attributes in which that fit and the direct one must agree.
    sparse : bool
        Whether rows may be sparse.
    """

    reads = "shared"
    warns = "each"
    probe: ClassVar[Mapping[str, Any]] = {}
    same: ClassVar[tuple[str, ...]] = ("coef_", "intercept_")
    sparse: ClassVar[bool] = False

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """What all members share; Refusal where it can't be shared."""
        raise NotImplementedError

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """The attributes that the fit of one member sets; LeftOut where it is better fitted alone."""
        raise NotImplementedError

    def solve_all(
        self, prepared: Any, members: Sequence[Any], template: Any
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """:meth:`solve` for each member, with its place; those that are better fitted alone are left out."""
        for place, member in enumerate(members):
            try:
                yield place, self.solve(prepared, member, template)
            except LeftOut:
                continue

    def order(self, values: Sequence[Values]) -> Sequence[int]:
        """In which order members are solved, the first being fitted by scikit-learn too."""
        return range(len(values))

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        """Fit the first member as scikit-learn does, the others directly."""
        refuse_data(X, y, sparse_rows=self.sparse)
        given = {name: value for name, value in fit_params.items() if value is not None}
        order = list(self.order(values))
        template = self._template(estimator, values[order[0]], X, y, given)
        if len(values) > 1 or self.probe:
            prepared = self.prepare(template, X, y, given)
            self._hold_beside(template, prepared)
        if not self.probe:
            yield order.pop(0), template
        if not order:
            return
        members = [
            view_of(template, **{**self._unprobed(estimator), **values[index]}) for index in order
        ]
        for place, set_by_fit in self.solve_all(prepared, members, template):
            vars(members[place]).update(set_by_fit)
            yield order[place], members[place]

    def _template(
        self, estimator: Any, own: Values, X: Any, y: Any, given: Mapping[str, Any]
    ) -> Any:
        first = clone(estimator)
        # Some classes hold more than their parameters: SVC has a nu, Lasso an l1_ratio.
        known = first.get_params(deep=False)
        wanted = {**own, **self.probe}
        first.set_params(**{name: value for name, value in wanted.items() if name in known})
        if not self.probe:
            return first.fit(X, y, **given)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return first.fit(X, y, **given)

    def _hold_beside(self, template: Any, prepared: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                direct = self.solve(prepared, view_of(template), template)
            except LeftOut:
                if self.probe:
                    raise Refusal("the first candidate can't be fitted directly") from None
                return  # nothing to compare, and nothing was found wrong
        for name in self.same:
            if not is_same(direct[name], getattr(template, name)):
                raise Refusal(f"{name} of a direct fit differs with this machine's libraries")

    def _unprobed(self, estimator: Any) -> Values:
        return {name: getattr(estimator, name) for name in self.probe}


def refuse_data(X: Any, y: Any, sparse_rows: bool = False) -> None:
    """Raise Refusal for rows that are not shared."""
    if (sparse.issparse(X) and not sparse_rows) or sparse.issparse(y):
        raise Refusal("sparse data is not shared between direct fits")


def refuse_values(estimator: Any, values: Values) -> None:
    """Raise Refusal for values that scikit-learn would refuse, and for numbers of unusual types.

    Weights of classes may be a dictionary, of which scikit-learn's own function makes numbers.
    """
    for name, value in values.items():
        if name == "class_weight" and isinstance(value, dict):
            continue
        if not _versions.is_valid_parameter(type(estimator), name, value):
            raise Refusal(f"scikit-learn refuses {name}={value!r}")
        if type(value) not in PLAIN:
            raise Refusal(f"{name} is no plain number")


PLAIN: tuple[type, ...] = (int, float, bool, str, type(None), np.float64, np.int64, np.int32)


def refuse_fit_params(fit_params: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise Refusal for fit parameters other than those known."""
    for name in fit_params:
        if name not in known:
            raise Refusal(f"the fit parameter {name} is not shared")


def refuse_other_than_defaults(estimator: Any, names: Sequence[str]) -> None:
    """Raise Refusal where one of these parameters, if the release has it, is given."""
    defaults = _versions.defaults_of(type(estimator))
    for name in names:
        if name in defaults and getattr(estimator, name) != defaults[name]:
            raise Refusal(f"{name} other than its default is not followed")


def refuse_watched(estimator: Any) -> None:
    """Raise Refusal for a fit that prints, or that callbacks watch."""
    if estimator.verbose:
        raise Refusal("verbose prints")
    if _versions.may_hold_callbacks(estimator):
        raise Refusal("callbacks watch the fit")


def plain_column(y: Any) -> Array:
    """Targets as a plain column."""
    column = np.asarray(y)
    if column.ndim != 1:
        raise Refusal("y has two dimensions")
    return column


def plain_weights(fit_params: Mapping[str, Any], n_rows: int) -> Array | None:
    """``sample_weight`` as numbers, one a row; None where it is not given."""
    given = fit_params.get("sample_weight")
    if given is None:
        return None
    weights = np.asarray(given)
    if weights.shape != (n_rows,) or weights.dtype.kind not in "fiu":
        raise Refusal("sample_weight is no plain array")
    return weights


def checked_X(X: Any, order: Any = None, accept_sparse: Any = False) -> Array:
    """X as linear models see it; not to be changed, as it may be the caller's."""
    return check_array(X, dtype=FLOATS, order=order, accept_sparse=accept_sparse)  # type: ignore[no-any-return]


def numeric_y(y: Any) -> Array:
    """Numbers to predict, 1-D or 2-D; Refusal for anything but a plain array of them."""
    values = np.asarray(y)
    if values.dtype.kind not in "fiu" or values.ndim not in (1, 2):
        raise Refusal("y is no plain array of numbers")
    return values


def plain_rows(fitted: Any, X: Any, takes_sparse: bool = False) -> bool:
    """Whether rows to predict need no conversion, nor a warning on names."""
    plain = type(X) is np.ndarray or (
        takes_sparse and sparse.issparse(X) and X.format == "csr" and X.indices.dtype == np.int32
    )
    return (
        plain
        and X.ndim == 2
        and X.dtype in (np.float64, np.float32)
        and X.shape[0] > 0
        and X.shape[1] == fitted.n_features_in_
        and not hasattr(fitted, "feature_names_in_")
    )


def linear_scores(fitted: Any, X: Any) -> Array | None:
    """``X @ coef_.T + intercept_``; None where scikit-learn's checks must have their say.

    A number that is not finite in a row of X makes the row's score not finite, so the scores tell.
    """
    if not plain_rows(fitted, X, takes_sparse=True):
        return None
    coef = fitted.coef_
    scores = (X @ coef if coef.ndim == 1 else X @ coef.T) + fitted.intercept_
    return scores if np.isfinite(scores).all() else None


def linear_classes(fitted: Any, X: Any) -> Array | None:
    """What ``LinearClassifierMixin.predict`` gives; None where its checks must have their say."""
    scores = linear_decision(fitted, X)
    if scores is None:
        return None
    places = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
    return np.take(fitted.classes_, places, axis=0)


def linear_decision(fitted: Any, X: Any) -> Array | None:
    """What ``LinearClassifierMixin.decision_function`` gives, likewise."""
    scores = linear_scores(fitted, X)
    if scores is None:
        return None
    return scores.reshape(-1) if scores.ndim > 1 and scores.shape[1] == 1 else scores


def linear_response(fitted: Any, method: str, X: Any) -> Array | None:
    """Numbers or classes, and what decides on classes; None where scikit-learn is to be asked."""
    if not hasattr(fitted, "classes_"):
        return linear_scores(fitted, X) if method == "predict" else None
    if method == "predict":
        return linear_classes(fitted, X)
    return linear_decision(fitted, X) if method == "decision_function" else None
