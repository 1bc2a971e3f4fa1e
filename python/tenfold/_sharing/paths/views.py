"""What the paths of this folder have in common: refusals in words, and views of a fitted estimator."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from numbers import Integral
from threading import Lock
from typing import Any, ClassVar, Generic, TypeVar

from tenfold._gather.objects import view_of as view_of
from tenfold._refusal import Refusal
from tenfold._sharing.paths.path import Path, Shape, Values
from tenfold._versions import is_valid_parameter

# The lines of scikit-learn that tenfold supports, on which the tests of this folder run.
SKLEARN: Mapping[str, tuple[str, str]] = {"sklearn": ("1.5", "1.9")}


def refuse_invalid(estimator: Any, values: Values) -> None:
    """A value that scikit-learn refuses fails as it fails alone, and takes no other candidate with it."""
    for name, value in values.items():
        if not is_valid_parameter(type(estimator), name, value):
            raise Refusal(f"{name}={value!r} is not valid")


def refuse_count(estimator: Any, values: Values, name: str) -> None:
    """Refuse what is no number of trees, rounds or the like."""
    value = values[name]
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise Refusal(f"{name}={value!r} is not a number of steps")
    refuse_invalid(estimator, {name: value})


def refuse_rounds(value: Any, name: str) -> None:
    """:func:`refuse_count` for estimators that do not say which values they take."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise Refusal(f"{name}={value!r} is not a number of rounds")


def refuse_what_remembers(estimator: Any) -> None:
    """Refuse what a boosting library asks anew at each fit, and what may answer otherwise then."""
    if callable(estimator.objective):
        raise Refusal("an objective of yours may remember what it was asked")
    seed = estimator.random_state
    if seed is not None and not isinstance(seed, Integral):
        raise Refusal("a generator as random_state is drawn from whenever parameters are asked for")


def refuse_fit_params(fit_params: Mapping[str, Any], allowed: Collection[str] = ()) -> None:
    """Refuse fit parameters with which equality was not proven."""
    others = sorted(set(fit_params) - set(allowed))
    if others:
        raise Refusal(f"with the fit parameter {others[0]} it is not proven")


def refuse_jobs(estimator: Any, fitted: str) -> None:
    """Refuse what fits estimators within it where their fits are not seen."""
    if estimator.n_jobs not in (None, 1):
        raise Refusal(f"{fitted} are fitted in processes or threads of their own")


def refuse_growing(estimator: Any) -> None:
    """Refuse what makes a fit depend on the one before, or print as it goes."""
    if getattr(estimator, "warm_start", False):
        raise Refusal("warm_start=True goes on from the fit before")
    if getattr(estimator, "verbose", 0):
        raise Refusal("verbose prints a report a fit")


class Rounds(Path):
    """A path over an estimator that is built step by step: fewer steps are the first ones of more."""

    count: ClassVar[str] = "n_estimators"
    fit_parameters: ClassVar[Collection[str]] = ("sample_weight",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_growing(estimator)
        refuse_fit_params(fit_params, self.fit_parameters)
        refuse_count(estimator, values, self.count)

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return float(values[self.count])

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        counts = [own[self.count] for own in values]
        whole = estimator.set_params(**{self.count: max(counts)}).fit(X, y, **fit_params)
        yield from self.read_all(whole, counts, X)

    def read_all(self, whole: Any, counts: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        """The estimators of so many steps, by place in ``counts``, those of the fewest first."""
        for index in sorted(range(len(counts)), key=counts.__getitem__):
            yield index, self.read(whole, counts[index], X)

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        """The estimator of the first ``count`` steps."""
        raise NotImplementedError


Key = TypeVar("Key")
Shared = TypeVar("Shared")


class Beside(Generic[Shared]):
    """What is known of fitted estimators beside what they hold: it goes when they go, and is not pickled."""

    def __init__(self) -> None:
        self._known: weakref.WeakKeyDictionary[Any, Shared] = weakref.WeakKeyDictionary()
        self._lock = Lock()

    def put(self, fitted: Any, shared: Shared) -> None:
        with self._lock:
            self._known[fitted] = shared

    def get(self, fitted: Any) -> Shared | None:
        with self._lock:
            return self._known.get(fitted)


class LastFew:
    """Results by the identity of an argument: those of the training rows and of the test rows, say."""

    def __init__(self, n_kept: int = 2) -> None:
        self._n_kept = n_kept
        self._kept: list[tuple[Any, Any]] = []

    def get(self, argument: Any, compute: Callable[[], Any]) -> Any:
        for known, result in self._kept:
            if known is argument:
                return result
        result = compute()
        self._kept = [*self._kept[-self._n_kept + 1 :], (argument, result)]
        return result


def fits_quietly(fit: Callable[[], Any]) -> Any:
    """The result of a fit that gives no warning; where it gives one, nothing is read off."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return fit()
        except Warning as warning:
            raise Refusal(f"the fit warns: {warning}") from warning
