"""Estimators inside of others that fit them to parts or to other forms of the target.

One against the rest, one against one, an output each, a transformed target, a calibration: which rows and
which target an estimator inside gets does not depend on its parameters. So candidates that differ in these
are fitted together, by the path that would read them off were they searched themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import clone

from tenfold._answer.answering import answering
from tenfold._config import get_config
from tenfold._lazy import is_class
from tenfold._sharing.paths.calibration import refuse_other_calibrations
from tenfold._sharing.paths.inner_clones import Clones
from tenfold._sharing.paths.offers import Offer, Offers
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.registry import predicting_paths_for
from tenfold._sharing.paths.told import told_readings
from tenfold._sharing.paths.views import SKLEARN, Beside, refuse_fit_params, refuse_jobs, view_of
from tenfold._warning import Warned, warn_again


class InnerEstimators(Path):
    """``estimator__*`` of estimators that fit it to one target after the other."""

    name = "estimators inside"
    why = (
        "what an estimator inside is fitted to does not depend on its parameters, so those of all candidates "
        "are fitted together, as if they were searched themselves"
    )
    estimators: ClassVar[tuple[str, ...]] = (
        "sklearn.multiclass.OneVsRestClassifier",
        "sklearn.multiclass.OneVsOneClassifier",
        "sklearn.multioutput.MultiOutputClassifier",
        "sklearn.multioutput.MultiOutputRegressor",
    )
    parameters = ("estimator",)
    reads = "shared"
    warns = "each"
    proven: ClassVar[Mapping[str, tuple[str, str]]] = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        if hasattr(estimator, "n_jobs"):
            refuse_jobs(estimator, "estimators inside")
        if getattr(estimator, "verbose", 0):
            raise Refusal("each fit is printed")
        _offered(self._inner(estimator), shape)

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        path, offer = _offered(self._inner(estimator), shape)
        return path.name, offer.common

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return _offered(self._inner(estimator), shape)[1].work

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        (name,) = self.parameters
        together = _Together([own[name] for own in values])
        for index, own in enumerate(values):
            fitted = clone(estimator).set_params(**{name: clone(own[name])})
            together.candidate = index
            if together.fit_outer(fitted, self._inner(fitted), X, y):
                yield index, fitted

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """As the estimator's, over those inside, which answer as their own path has it."""
        return getattr(self._asking(fitted, lambda inner: _asked(inner, X)), method)(X)

    def _asking(self, fitted: Any, asked: Callable[[Any], Any]) -> Any:
        """A view of it that asks others in place of those inside."""
        return view_of(fitted, estimators_=[asked(inner) for inner in fitted.estimators_])

    def _inner(self, estimator: Any) -> Any:
        inner = getattr(estimator, self.parameters[0])
        if inner is None:
            raise Refusal("scikit-learn's own choice of an estimator is made anew in each fit")
        if is_class(type(inner), "sklearn.frozen.FrozenEstimator"):
            raise Refusal("an estimator that was fitted before leaves nothing to share")
        return inner


class TransformedTargets(InnerEstimators):
    """``regressor__*`` of ``TransformedTargetRegressor``."""

    name = "regressors of a transformed target"
    why = (
        "what becomes of the target does not depend on the regressor, so those of all candidates are fitted "
        "together, as if they were searched themselves"
    )
    estimators = ("sklearn.compose.TransformedTargetRegressor",)
    parameters = ("regressor",)

    def _asking(self, fitted: Any, asked: Callable[[Any], Any]) -> Any:
        return view_of(fitted, regressor_=asked(fitted.regressor_))


class CalibratedEstimators(InnerEstimators):
    """``estimator__*`` of ``CalibratedClassifierCV``."""

    name = "classifiers that are calibrated"
    why = (
        "rows are parted without a look at the classifier, so those of all candidates are fitted together to "
        "each part, as if they were searched themselves"
    )
    estimators = ("sklearn.calibration.CalibratedClassifierCV",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_other_calibrations(estimator)
        super().refuse(estimator, values, shape, fit_params)

    def _asking(self, fitted: Any, asked: Callable[[Any], Any]) -> Any:
        told = [
            view_of(one, estimator=asked(one.estimator)) for one in fitted.calibrated_classifiers_
        ]
        return view_of(fitted, calibrated_classifiers_=told)


def _offered(inner: Any, shape: Shape) -> tuple[Path, Offer]:
    """The path that reads an estimator off, and what that says; raises Refusal where there is none."""
    offers = Offers(inner, get_config()["disabled_rules"])
    reasons = []
    for path in predicting_paths_for(inner):
        try:
            return path, offers.offer(path, shape, {})
        except Refusal as refusal:
            reasons.append(f"{path.name}: {refusal}")
    known = "; ".join(reasons) or "nothing is known of it"
    raise Refusal(f"of {type(inner).__name__} inside nothing is read off ({known})")


class _Outcome(NamedTuple):
    """What an estimator inside has become, by which path, and what that is to warn of."""

    path: Path
    fitted: Any
    warned: Warned


# Of estimators that were read off, how.
_read_off: Beside[_Outcome] = Beside()


def _asked(inner: Any, X: Any) -> Any:
    """A view of an estimator inside that answers to X by its path."""
    outcome = _read_off.get(inner)
    if outcome is None:
        return inner

    def respond(method: str) -> Any:
        given = outcome.path.response(outcome.fitted, method, X)
        return given.copy(order="K") if isinstance(given, np.ndarray) else given

    return answering(inner, X, respond)


class _Part:
    """Fits of all candidates to one target."""

    def __init__(self, rows: Any, target: Any, outcomes: dict[int, _Outcome]) -> None:
        self._shape, self._target = np.shape(rows), np.asarray(target)
        self._outcomes = outcomes

    def taken(self, index: int, rows: Any, target: Any) -> _Outcome | None:
        """A candidate's, who takes it with him; None if there is none for these rows."""
        target = np.asarray(target)
        if (
            np.shape(rows) != self._shape
            or target.dtype != self._target.dtype
            or not np.array_equal(target, self._target)
        ):
            return None
        return self._outcomes.pop(index, None)


class _Family(NamedTuple):
    """Estimators that are fitted together: by their values' keys the candidates that have them."""

    path: Path
    estimator: Any
    candidates: dict[Hashable, list[int]]
    values: list[Values]


class _Together(Clones):
    """Fits several estimators to the targets that another one asks for, target by target.

    Attributes
    ----------
    candidate : int
        The one that asks.
    """

    def __init__(self, estimators: Sequence[Any]) -> None:
        self._estimators = estimators
        self._parts: list[_Part] = []
        self._families: dict[Shape, list[_Family]] = {}
        self.candidate = 0

    def fit(self, made: Any, place: int, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Have a clone be what was fitted together with those of the other candidates."""
        outcome = None
        if not fit_params:
            if place == len(self._parts):
                self._parts.append(_Part(X, y, self._fit_all(X, y)))
            outcome = self._parts[place].taken(self.candidate, X, y)
        if outcome is None:
            made.fit(X, y, **fit_params)
            return
        vars(made).update(vars(outcome.fitted))
        _read_off.put(made, outcome)
        for warned in outcome.warned:
            warn_again(*warned)

    def _fit_all(self, X: Any, y: Any) -> dict[int, _Outcome]:
        """By candidate; those that are not read off with others are left out."""
        dimensions = np.shape(X)
        shape = Shape(dimensions[0], dimensions[1] if len(dimensions) == 2 else -1)
        if shape not in self._families:
            self._families[shape] = self._families_on(shape)
        outcomes: dict[int, _Outcome] = {}
        for family in self._families[shape]:
            self._read(family, X, y, outcomes)
        return outcomes

    def _families_on(self, shape: Shape) -> list[_Family]:
        families: dict[Hashable, _Family] = {}
        for index, estimator in enumerate(self._estimators):
            try:
                path, offer = _offered(estimator, shape)
            except Refusal:
                continue
            key = path.name, offer.common
            family = families.setdefault(key, _Family(path, estimator, {}, []))
            if offer.values_key not in family.candidates:
                family.candidates[offer.values_key] = []
                family.values.append(offer.values)
            family.candidates[offer.values_key].append(index)
        return [family for family in families.values() if len(family.values) > 1]

    def _read(self, family: _Family, X: Any, y: Any, outcomes: dict[int, _Outcome]) -> None:
        path, candidates = family.path, list(family.candidates.values())
        unfitted = clone(family.estimator)
        with warnings.catch_warnings(record=True) as log:
            try:
                readings = told_readings(path, unfitted, family.values, X, y, {}, log)
                for position, fitted, given in readings:
                    for index in candidates[position]:
                        outcomes[index] = _Outcome(path, fitted, given)
            except Exception:  # the rest are fitted alone, and fail then if they do
                return


PATHS: list[type[Path]] = [InnerEstimators, TransformedTargets, CalibratedEstimators]
