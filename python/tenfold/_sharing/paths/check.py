"""The conformance test of a path: what is read off, beside the same candidate fitted alone."""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values

_RESPONSES = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "score_samples",
)
# What Path.response is asked for.
_SCORED = frozenset({"predict", "predict_proba", "decision_function", "transform"})


@dataclass(frozen=True)
class Conformance:
    """What :func:`check_path` compared.

    Attributes
    ----------
    n_read, n_refused, n_alone : int
        Members that were read off, that the path refused before the fit, and that it left out in it.
    n_compared : int
        Responses and fitted attributes that were compared, all of them equal.
    """

    n_read: int
    n_refused: int
    n_alone: int
    n_compared: int


def check_path(
    path: Path,
    estimator: Any,
    values: Sequence[Values],
    X: Any,
    y: Any,
    X_test: Any = None,
    ignore: Sequence[str] = (),
    **fit_params: Any,
) -> Conformance:
    """Hold what a path reads off against the same candidates fitted alone, to the last bit.

    Every member's responses (``predict``, ``predict_proba``, ``decision_function``, ``transform`` ...) and
    all its fitted attributes whose names end in an underscore are compared, once when it is read off and
    once more after all of them have been, since a user may keep it. Of a path over a transformer what
    ``fit_transform`` gives is compared too.

    Parameters
    ----------
    path : Path
    estimator : estimator
        Unfitted, with the common parameters.
    values : sequence of mapping
        Each member's values of the path's parameters.
    X, y : array-like of shape (n_samples, n_features), (n_samples,)
        Training rows.
    X_test : array-like, optional
        Rows to predict; the training rows unless given.
    ignore : sequence of str
        Fitted attributes that are not compared, because they tell how a fit went and not what it gave.
    **fit_params
        As for ``fit``.

    Returns
    -------
    Conformance
        How much was compared. Look at ``n_read``: a path that refuses everything conforms.

    Raises
    ------
    AssertionError
        Naming the member, and the response or attribute that differs.
    """
    assert path.covers(estimator), f"{path.name} does not cover {type(estimator).__name__}"
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    shape = Shape(n_rows, np.shape(X)[1] if np.ndim(X) == 2 else -1)
    rows = X if X_test is None else X_test
    given = {name: value for name, value in fit_params.items() if value is not None}
    families: dict[Any, list[int]] = {}
    for number, own in enumerate(values):
        candidate = clone(estimator).set_params(**own)
        try:
            path.refuse(candidate, own, shape, given)
        except Refusal:
            continue
        families.setdefault(path.group(candidate, own, shape), []).append(number)
    n_planned = sum(map(len, families.values()))
    kept: list[tuple[int, Any, Any]] = []
    n_compared = 0
    for members in families.values():
        own_values = [values[m] for m in members]
        try:
            if path.transforms:
                n_compared += _compare_transformed(path, estimator, own_values, X, y, fit_params)
            for position, fitted in path.fit(clone(estimator), own_values, X, y, **fit_params):
                number = members[position]
                alone = clone(estimator).set_params(**values[number]).fit(X, y, **fit_params)
                n_compared += _compare(path, fitted, alone, rows, values[number], ignore)
                kept.append((number, fitted, alone))
        except Refusal:
            continue
    for number, fitted, alone in kept:
        n_compared += _compare(path, fitted, alone, rows, values[number], ignore)
    numbers = [number for number, _, _ in kept]
    assert len(set(numbers)) == len(numbers), "a member was read off twice"
    return Conformance(len(kept), len(values) - n_planned, n_planned - len(kept), n_compared)


def _compare_transformed(
    path: Path,
    estimator: Any,
    values: Sequence[Values],
    X: Any,
    y: Any,
    fit_params: Mapping[str, Any],
) -> int:
    readings = list(path.fit_transform(clone(estimator), values, X, y, **fit_params))
    for position, fitted, transformed in readings:
        own = values[position]
        alone = clone(estimator).set_params(**own)
        where = f"{type(alone).__name__} with {dict(own)}"
        expected = alone.fit_transform(X, y, **fit_params)
        assert is_same(transformed, expected), f"{where}: fit_transform differs"
        assert is_same(fitted.transform(X), alone.transform(X)), f"{where}: transform differs"
    return 2 * len(readings)


def _compare(
    path: Path, fitted: Any, alone: Any, X: Any, values: Values, ignore: Sequence[str]
) -> int:
    where = f"{type(alone).__name__} with {dict(values)}"
    assert type(fitted) is type(alone), f"{where}: a {type(fitted).__name__} was read off"
    read, own = fitted.get_params(deep=False), alone.get_params(deep=False)
    assert set(read) == set(own), f"{where}: other parameters"
    for name, value in values.items():
        assert is_same(read[name], value), f"{where}: parameter {name} is {read[name]!r}"
    n_compared = 0
    for method in _RESPONSES:
        if not hasattr(alone, method):
            assert not hasattr(fitted, method), f"{where}: has {method}, which it must not"
            continue
        try:
            expected = getattr(alone, method)(X)
        except Exception as error:  # such as a likelihood of sparse rows
            _assert_fails(fitted, method, X, type(error), where)
            continue
        assert is_same(getattr(fitted, method)(X), expected), f"{where}: {method} differs"
        if method in _SCORED:
            shared = path.response(fitted, method, X)
            assert is_same(shared, expected), f"{where}: the path's {method} differs"
        n_compared += 1
    for name in fitted_attributes(alone):
        if name in ignore:
            continue
        expected = getattr(alone, name)
        assert hasattr(fitted, name), f"{where}: has no {name}"
        assert is_same(getattr(fitted, name), expected), f"{where}: {name} differs"
        n_compared += 1
    more = set(fitted_attributes(fitted)) - set(fitted_attributes(alone)) - set(ignore)
    assert not more, f"{where}: has {sorted(more)}, which it has not alone"
    return n_compared


def _assert_fails(fitted: Any, method: str, X: Any, error: type[Exception], where: str) -> None:
    try:
        getattr(fitted, method)(X)
    except error:
        return
    raise AssertionError(f"{where}: {method} must raise {error.__name__}")


def fitted_attributes(estimator: Any) -> list[str]:
    """Names of what a fit leaves for users: in the estimator's ``__dict__``, ending in an underscore."""
    return sorted(name for name in vars(estimator) if name.endswith("_") and name[0] != "_")


_COMPARED_AS_ONE = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def is_same(a: Any, b: Any) -> bool:
    """Equal by value, type and layout of values, to the last bit; NaN equals itself, 0.0 and -0.0 differ."""
    if sparse.issparse(a) or sparse.issparse(b):
        return (
            type(a) is type(b)
            and a.shape == b.shape
            and a.format == b.format
            and all(is_same(x, y) for x, y in zip(_arrays_of(a), _arrays_of(b), strict=True))
        )
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _is_same_array(np.asarray(a), np.asarray(b)) and type(a) is type(b)
    if hasattr(a, "iloc") and type(a) is type(b):  # a data frame or a series of pandas
        return bool(a.equals(b)) and is_same(np.asarray(a), np.asarray(b))
    if isinstance(a, float | np.floating) and isinstance(b, float | np.floating):
        return _is_same_array(np.asarray(a), np.asarray(b))
    if isinstance(a, list | tuple) and type(a) is type(b):
        return len(a) == len(b) and all(is_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(is_same(a[key], b[key]) for key in a)
    if type(a) is not type(b):
        return False
    if isinstance(a, np.random.RandomState):
        return True  # how far the fit as a whole has drawn; nothing is read off it
    if hasattr(a, "__getstate__") and hasattr(a, "node_count"):  # a tree of scikit-learn's
        return is_same(a.__getstate__(), b.__getstate__())
    if isinstance(a, types.FunctionType) and a.__code__ is b.__code__:
        held = ([cell.cell_contents for cell in one.__closure__ or ()] for one in (a, b))
        return is_same(*held)
    plain = not isinstance(a, _COMPARED_AS_ONE)  # callable or not: an interpolation, say
    if hasattr(a, "__dict__") and plain and "__eq__" not in _names_of(type(a)):
        return is_same(dict(sorted(vars(a).items())), dict(sorted(vars(b).items())))
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return copy.copy(a) is a and a is b


def _names_of(cls: type) -> set[str]:
    return {name for base in cls.__mro__[:-1] for name in vars(base)}


def _is_same_array(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind == "O":
        return all(is_same(x, y) for x, y in zip(a.ravel(), b.ravel(), strict=True))
    if a.dtype.kind == "f":
        both = np.array_equal(a, b, equal_nan=True)
        return both and np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))
    if a.dtype.names is not None:  # field by field: what lies between fields is no value
        return all(_is_same_array(a[name], b[name]) for name in a.dtype.names)
    return bool(np.array_equal(a, b))


def _arrays_of(matrix: Any) -> list[Any]:
    if hasattr(matrix, "indptr"):
        return [matrix.indptr, matrix.indices, matrix.data]
    return [matrix.tocsr().indptr, matrix.tocsr().indices, matrix.tocsr().data]
