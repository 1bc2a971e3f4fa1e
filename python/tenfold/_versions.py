"""What differs between the scikit-learn and joblib versions that tenfold supports.

Private names of scikit-learn are imported here and nowhere else, so a release that moves one is mended here.
Those of its trees and forests are imported by the functions that need them: a first search over another
estimator is not to wait for them.
"""

from __future__ import annotations

import copy
import functools
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import metadata
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import sklearn
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.metrics import _classification, _scorer
from sklearn.model_selection import _validation
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._search_successive_halving import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
)
from sklearn.utils import _safe_indexing, _set_output, check_array, check_random_state
from sklearn.utils import metaestimators as _metaestimators
from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints
from sklearn.utils.validation import _check_method_params, _num_samples

from tenfold._refusal import Refusal

__all__ = [
    "SKLEARN_VERSION",
    "BaseSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "bootstrap_size",
    "float32_table",
    "has_callbacks",
    "is_plain_scorer",
    "is_tested",
    "is_valid_parameter",
    "may_hold_callbacks",
    "scorers_of",
]

SKLEARN_VERSION: str = sklearn.__version__
OLDEST_TESTED = (1, 5)
NEWEST_TESTED = (1, 9)

fit_and_score: Callable[..., Any] = _validation._fit_and_score
fit_and_predict: Callable[..., Any] = _validation._fit_and_predict
num_samples: Callable[..., int] = _num_samples
params_of_rows: Callable[..., dict[str, Any]] = _check_method_params
safe_split: Callable[..., Any] = _metaestimators._safe_split
# Where it has this, log_loss multiplies by NumPy's logarithm; SciPy's xlogy differs in last bits.
log_loss_takes_numpy: bool = hasattr(_classification, "_xlogy")
# Calls of a search or a cross-validation that always run as scikit-learn's own code.
other_search_functions: tuple[Callable[..., Any], ...] = tuple(
    getattr(_validation, name)
    for name in ("_permutation_test_score", "_incremental_fit_estimator")
    if hasattr(_validation, name)
)
MultimetricScorer: type = _scorer._MultimetricScorer
safe_indexing: Callable[..., Any] = _safe_indexing
PassthroughScorer: type = _scorer._PassthroughScorer
Scorer: type = _scorer._Scorer

_FINITE = (
    "ensure_all_finite"
    if "ensure_all_finite" in inspect.signature(check_array).parameters
    else "force_all_finite"
)


def is_build_tree(function: Any) -> bool:
    """Whether a function is the one by which a forest builds a tree."""
    forest = sys.modules.get("sklearn.ensemble._forest")
    return forest is not None and function is forest._parallel_build_trees


def is_part_of_fit(function: Any) -> bool:
    """Whether a ``fit`` hands joblib this function, a call a member: one that a learner may answer."""
    return is_build_tree(function) or is_build_bag(function)


# By module, what meta-estimators hand joblib in their ``fit``, a call a member of the ensemble, a class, an
# output or a fold.
_OF_MEMBERS = {
    "sklearn.ensemble._forest": ("_parallel_build_trees",),
    "sklearn.ensemble._bagging": ("_parallel_build_estimators",),
    "sklearn.ensemble._base": ("_fit_single_estimator",),
    "sklearn.multiclass": ("_fit_binary", "_fit_ovo_binary"),
    "sklearn.multioutput": ("_fit_estimator",),
    "sklearn.feature_selection._rfe": ("_rfe_single_fit",),
}


def fits_a_member(function: Any) -> bool:
    """Whether a ``fit`` hands joblib this function, and each of its calls fits estimators of its own."""
    module = getattr(function, "__module__", None)
    return any(
        function is getattr(sys.modules.get(str(module)), name, None)
        for name in _OF_MEMBERS.get(str(module), ())
    )


def gradient_boosting() -> Any:
    """The base class of scikit-learn's gradient boosting; None where nobody has imported it."""
    return getattr(sys.modules.get("sklearn.ensemble._gb"), "BaseGradientBoosting", None)


def base_tree() -> Any:
    """The base class of scikit-learn's trees; None where nobody has imported it."""
    return getattr(sys.modules.get("sklearn.tree._classes"), "BaseDecisionTree", None)


def checked_for_trees(tree: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """X and y as a tree's ``fit`` has them checked (1.9); the tree notes number and names of columns."""
    from sklearn.utils.validation import validate_data

    of_x = {"dtype": np.float32, "accept_sparse": "csc", _FINITE: False}
    checked: tuple[Any, Any] = validate_data(
        tree, X, y, validate_separately=(of_x, {"ensure_2d": False, "dtype": None})
    )
    return checked


def generator_of(random_state: Any) -> Any:
    """What a ``random_state`` stands for."""
    return check_random_state(random_state)


def ada_boost(name: str) -> Any:
    """A class of scikit-learn's AdaBoost; None where nobody has imported it."""
    return getattr(sys.modules.get("sklearn.ensemble._weight_boosting"), name, None)


def is_build_bag(function: Any) -> bool:
    """Whether a function is the one by which bagging fits some of its members."""
    bagging = sys.modules.get("sklearn.ensemble._bagging")
    return bagging is not None and function is bagging._parallel_build_estimators


def bagged_indices(*args: Any) -> Any:
    """The columns and rows that a member of a bagging ensemble is given, as scikit-learn draws them."""
    from sklearn.ensemble._bagging import _generate_bagging_indices

    return _generate_bagging_indices(*args)


def bag_sizes(ensemble: Any) -> tuple[int, int]:
    """How many columns and rows each member of a bagging ensemble is given, while it is fitted."""
    return int(ensemble._max_features), int(ensemble._max_samples)


def routes_metadata() -> bool:
    """Whether metadata routing is on."""
    return bool(sklearn.get_config().get("enable_metadata_routing", False))


def new_tree(n_features: int, n_classes: Any, n_outputs: int) -> Any:
    """An empty tree of scikit-learn's."""
    from sklearn.tree._tree import Tree

    return Tree(n_features, n_classes, n_outputs)


@functools.cache
def tree_node() -> np.dtype[Any]:
    """The layout of a node of scikit-learn's trees."""
    from sklearn.tree._tree import NODE_DTYPE

    layout: np.dtype[Any] = np.dtype(NODE_DTYPE)
    return layout


@functools.cache
def version_tuple(version: str) -> tuple[int, int]:
    """First two numbers of a version: ``"1.9.1"`` and ``"1.9.dev0"`` are both ``(1, 9)``."""
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)


def is_tested() -> bool:
    """Whether this scikit-learn is one that the native engine was checked against."""
    return OLDEST_TESTED <= version_tuple(sklearn.__version__) <= NEWEST_TESTED


@functools.cache
def installed_line(package: str) -> tuple[int, int]:
    """The release line of a package that is there."""
    return version_tuple(metadata.version({"sklearn": "scikit-learn"}.get(package, package)))


def unproven(proven: Mapping[str, tuple[str, str]]) -> str | None:
    """What something was proven for, in words, where an installed package is not of such a line."""
    for package, (oldest, newest) in proven.items():
        if not version_tuple(oldest) <= installed_line(package) <= version_tuple(newest):
            return f"proven for {package} {oldest} to {newest}, not for this version"
    return None


def float32_table(X: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    """X as scikit-learn's trees see it; raises what scikit-learn raises."""
    table: np.ndarray[Any, np.dtype[np.float32]] = float32_rows(X)
    return table


def float32_rows(X: Any, accept_sparse: Any = False) -> Any:
    """:func:`float32_table`, which may be sparse."""
    return check_array(X, dtype=np.float32, accept_sparse=accept_sparse, **{_FINITE: False})


def bootstrap_size(n_samples: int, max_samples: Any, weights: Any = None) -> int | None:
    """Rows that a forest draws for a tree, with weights from 1.9 on alone.

    None where scikit-learn would warn or refuse.
    """
    from sklearn.ensemble._forest import _get_n_samples_bootstrap

    if isinstance(max_samples, bool):  # taken for an int until NumPy is asked to draw so many
        return None
    weighted = "sample_weight" in inspect.signature(_get_n_samples_bootstrap).parameters
    arguments = (n_samples, max_samples, weights) if weighted else (n_samples, max_samples)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return int(_get_n_samples_bootstrap(*arguments))
        except (ValueError, TypeError, Warning):
            return None


def parameters_of(estimator: Any) -> dict[str, Any]:
    """What ``get_params(deep=False)`` gives, without looking at the constructor each time."""
    cls: Any = type(estimator)
    if cls.get_params is not BaseEstimator.get_params:
        return estimator.get_params(deep=False)  # type: ignore[no-any-return]
    return {name: getattr(estimator, name) for name in parameter_names(cls)}


def defaults_of(cls: Any) -> Mapping[str, Any]:
    """The parameters of an estimator that is made without any."""
    return _defaults_of(cls)


@functools.cache
def _defaults_of(cls: Any) -> Mapping[str, Any]:
    return MappingProxyType(cls().get_params(deep=False))


def parameter_names(estimator_class: Any) -> tuple[str, ...]:
    """Names of a class's parameters."""
    return _parameter_names(estimator_class)


@functools.cache
def _parameter_names(estimator_class: Any) -> tuple[str, ...]:
    return tuple(estimator_class._get_param_names())


def results_table(search: Any, candidates: list[Any], n_splits: int, results: list[Any]) -> Any:
    """``cv_results_`` as a search would make them of these results."""
    return search._format_results(candidates, n_splits, results)


def start_of_boosting(estimator: Any, n_features: int) -> float:
    """What a fitted gradient boosting of one output predicts before its first tree."""
    return float(estimator._raw_predict_init(np.zeros((1, n_features), np.float32))[0, 0])


def give_loss(estimator: Any) -> None:
    """Put the loss into a gradient boosting that was made and not fitted."""
    estimator._loss = estimator._get_loss(sample_weight=None)


def is_valid_parameter(estimator_class: type, name: str, value: Any) -> bool:
    """Whether scikit-learn's own check of the estimator's parameters lets this value pass."""
    if type(value) in _PLAIN_VALUES:
        return _is_valid_plain(estimator_class, name, value)
    return _is_valid(estimator_class, name, value)


_PLAIN_VALUES = frozenset((int, float, bool, str, type(None), np.float64, np.int64))


# A search asks for few values again and again.
@functools.lru_cache(maxsize=4096, typed=True)
def _is_valid_plain(estimator_class: type, name: str, value: Any) -> bool:
    return _is_valid(estimator_class, name, value)


def _is_valid(estimator_class: type, name: str, value: Any) -> bool:
    constraints = estimator_class._parameter_constraints  # type: ignore[attr-defined]
    try:
        validate_parameter_constraints(constraints, {name: value}, estimator_class.__name__)
    except InvalidParameterError:
        return False
    return True


def refuse_invalid(estimator: Any, values: Any) -> None:
    """Raise Refusal where scikit-learn's own check of parameters would not let one of these pass."""
    for name, value in values.items():
        if not is_valid_parameter(type(estimator), name, value):
            raise Refusal(f"scikit-learn refuses this {name}")


def in_output_container(data: Any, original: Any, transformer: Any) -> Any:
    """What a transformer's ``transform`` hands out: ``data``, or a data frame of it if that was asked for."""
    return _set_output._wrap_data_with_container("transform", data, original, transformer)


def csr_of(data: Any, indices: Any, indptr: Any, shape: tuple[int, int]) -> Any:
    """A matrix in the container that scikit-learn's vectorisers give counts in."""
    try:
        from sklearn.utils._sparse import _align_api_if_sparse
    except ImportError:  # before scikit-learn 1.9
        return sparse.csr_matrix((data, indices, indptr), shape=shape)
    return _align_api_if_sparse(sparse.csr_array((data, indices, indptr), shape=shape))


def scorers_of(scorer: Any) -> dict[str, Any]:
    """The single scorers that a search's scorer is made of, by name ("" for one alone)."""
    if is_a(scorer, MultimetricScorer):
        return dict(scorer._scorers)
    return {"": scorer}


class ScorerParts(NamedTuple):
    """What a scorer of scikit-learn's is made of."""

    function: Callable[..., Any]
    options: dict[str, Any]
    sign: int
    methods: str | tuple[str, ...] | list[str]


def parts_of_scorer(scorer: Any) -> ScorerParts:
    """The metric of a :data:`Scorer`, its options, its sign, and the estimator's methods that it asks."""
    return ScorerParts(scorer._score_func, scorer._kwargs, scorer._sign, scorer._response_method)


def methods_of_scorer(scorer: Any) -> str | tuple[str, ...] | list[str]:
    """The estimator's methods of which a scorer asks the first that is there; ``predict`` unless it says."""
    methods: str | tuple[str, ...] | list[str] = getattr(scorer, "_response_method", "predict")
    return methods


def asks_for_metadata(scorer: Any) -> bool:
    """Whether somebody has said what a scorer is to be given beside X and y."""
    return hasattr(scorer, "_metadata_request")


# What ``make_scorer`` and ``set_score_request`` put into a scorer.
_SCORER_STATE = frozenset(
    {"_score_func", "_sign", "_kwargs", "_response_method", "_metadata_request"}
)


def is_plain_scorer(scorer: Any) -> bool:
    """Whether a scorer asks the estimator for responses to the X that it is given, and does nothing else.

    So do the scorers that scikit-learn names and those of ``make_scorer``, whatever the metric: it is given
    responses and labels. A scorer of a class derived from theirs, or with methods put into it, may do
    anything.
    """
    if is_a(scorer, PassthroughScorer):
        return True
    return is_a(scorer, Scorer) and vars(scorer).keys() <= _SCORER_STATE


def is_a(value: Any, kind: type) -> bool:
    """Whether a value is exactly of a class: a subclass may do anything."""
    return type(value) is kind


def is_clusterer(estimator: Any) -> bool:
    """Whether the estimator clusters; scikit-learn has such a function from 1.6 on."""
    try:
        from sklearn.base import is_clusterer as of_sklearn
    except ImportError:
        return getattr(estimator, "_estimator_type", None) == "clusterer"
    return bool(of_sklearn(estimator))


def is_non_deterministic(estimator: Any) -> bool:
    """Whether the estimator's tags say that fitting it twice may give two things."""
    try:
        from sklearn.utils import get_tags
    except ImportError:  # scikit-learn 1.5
        from sklearn.utils._tags import _safe_tags

        return bool(_safe_tags(estimator, "non_deterministic"))
    return bool(get_tags(estimator).non_deterministic)


def has_callbacks(context: Any) -> bool:
    """Whether a search's callback context (scikit-learn 1.9) has anybody to call."""
    return context is not None and bool(getattr(context, "_callbacks", True))


def without_other_tasks(context: Any) -> Any:
    """A callback context whose tree has nothing but itself and the tasks above it."""
    alone = copy.copy(context)
    alone._children_map = {}
    if alone.parent is not None:
        alone.parent = without_other_tasks(alone.parent)
    return alone


def may_hold_callbacks(value: Any) -> bool:
    """Whether an estimator, or something among its parameters, may have callbacks of its own."""
    if type(value) in _PLAIN_VALUES:
        return False
    if isinstance(value, list | tuple):
        return len(value) > _MOST_LOOKED_THROUGH or any(map(may_hold_callbacks, value))
    if isinstance(value, dict):
        return may_hold_callbacks(list(value.values()))
    if not hasattr(value, "get_params"):
        return False
    own = getattr(value, "__dict__", {})
    return "_skl_callbacks" in own or any(
        may_hold_callbacks(held) for held in own.values() if type(held) not in _PLAIN_VALUES
    )


# A parameter with more elements than this is taken to hold anything: looking would take too long.
_MOST_LOOKED_THROUGH = 1000


# What scikit-learn 1.9 lends an estimator for the length of a fit.
set_during_fit = frozenset({"_parent_callback_ctx", "_skl_callbacks"})
fit_and_score_parameters = frozenset(inspect.signature(fit_and_score).parameters)


def waiting_workers() -> int:
    """Worker processes of joblib's that are up, whoever started them; 0 where that cannot be told."""
    executor = getattr(
        sys.modules.get("joblib.externals.loky.reusable_executor"), "_executor", None
    )
    flags = getattr(executor, "_flags", None)
    if flags is None or flags.broken is not None or flags.shutdown:
        return 0
    return len(getattr(executor, "_processes", None) or ())
