"""The metrics of classification, after ``sklearn/metrics/_classification.py`` and ``_ranking.py``.

Those of predicted labels are read off counts, which are whole numbers and so exact in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.special import xlogy
from sklearn import metrics

from tenfold import _versions
from tenfold._versions import log_loss_takes_numpy

Array = np.ndarray[Any, Any]
Prepared = Callable[[Any], "float | None"]
Options = Mapping[str, Any]

# Older scorers refuse a pos_label, also the default, that is no class, even where it has no meaning.
_CHECKS_POS_LABEL = _versions.version_tuple(_versions.SKLEARN_VERSION) < (1, 9)

_RANKING = ("decision_function", "predict_proba")


@dataclass(frozen=True)
class Labels:
    """One fold's true labels.

    Attributes
    ----------
    y : ndarray of shape (n_samples,)
        As they are.
    values : ndarray of shape (n_labels,)
        The classifier's classes and the true labels, sorted.
    codes : ndarray of shape (n_samples,) of intp
        The place of each in ``values``.
    classes : ndarray of shape (n_classes,)
        Those of the classifier.
    """

    y: Array
    values: Array
    codes: Array
    classes: Array

    def counts(self, response: Any) -> Array | None:
        """How often each true label (row) was given each label (column); None for unknown labels."""
        if not self.are_labels(response):
            return None
        n_labels = len(self.values)
        places = np.searchsorted(self.values, response)
        if places.size and places.max() >= n_labels:
            return None
        if not np.array_equal(self.values[places], response):
            return None
        pairs = np.bincount(self.codes * n_labels + places, minlength=n_labels * n_labels)
        return pairs.reshape(n_labels, n_labels)

    def are_labels(self, response: Any) -> bool:
        """Whether a response may be compared with the true labels as it is."""
        return (
            type(response) is np.ndarray
            and response.shape == self.y.shape
            and response.dtype.kind == self.y.dtype.kind
        )


@dataclass(frozen=True)
class LabelMetric:
    """A metric of classification.

    Attributes
    ----------
    begin : callable
        From a fold's labels and the keyword arguments to the prepared metric.
    options : frozenset of str
        The keyword arguments that are followed.
    methods : tuple of tuple of str
        The response methods that are followed.
    """

    begin: Callable[[Labels, Options], Prepared | None]
    options: frozenset[str] = frozenset()
    methods: tuple[tuple[str, ...], ...] = (("predict",),)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def covers(self, options: Options, methods: tuple[str, ...]) -> bool:
        """Whether these keyword arguments and this response are followed."""
        return methods in self.methods and not set(options) - self.options

    def prepare(self, y: Any, classes: Any, options: Options) -> Prepared | None:
        """The metric of these true labels."""
        labels = _labels(y, classes)
        return None if labels is None else self.begin(labels, {**self.fixed, **options})


def plain_array(y: Any) -> Array | None:
    """An array, or a pandas Series or DataFrame as one; None for anything else."""
    if type(y) is np.ndarray:
        return y
    module = type(y).__module__.partition(".")[0]
    if module == "pandas" and type(y).__name__ in ("Series", "DataFrame"):
        kinds = [y.dtype] if y.ndim == 1 else list(y.dtypes)
        if all(isinstance(kind, np.dtype) for kind in kinds) or (
            y.ndim == 1 and type(kinds[0]).__name__ == "StringDtype"
        ):
            return np.asarray(y)
    return None


def _labels(y: Any, classes: Any) -> Labels | None:
    values = plain_array(y)
    if values is None or values.ndim != 1 or not len(values):
        return None
    if type(classes) is not np.ndarray or classes.ndim != 1 or len(classes) < 2:
        return None
    if classes.dtype.kind != values.dtype.kind or not all(map(_is_discrete, (values, classes))):
        return None
    present = np.unique(values)
    # scikit-learn warns of so many classes that the target looks like a number.
    if len(values) > 20 and 2 * max(len(present), len(classes)) > len(values):
        return None
    known = np.unique(np.concatenate([classes, present]))
    return Labels(values, known, np.searchsorted(known, values), classes)


def _is_discrete(values: Array) -> bool:
    if values.dtype.kind in "biuU":
        return True
    if values.dtype.kind == "f":
        return bool((np.abs(values) < 2.0**31).all() and (values == np.trunc(values)).all())
    return values.dtype.kind == "O" and all(type(value) is str for value in values)


def _accuracy(labels: Labels, options: Options) -> Prepared:
    y, n_samples = labels.y, len(labels.y)

    def score(response: Any) -> float | None:
        if not labels.are_labels(response):
            return None
        if y.dtype.kind in "fO" and not _is_discrete(response):
            return None
        return int(np.count_nonzero(y == response)) / n_samples

    return score


def _balanced_accuracy(labels: Labels, options: Options) -> Prepared:
    adjusted = options.get("adjusted", False)

    def score(response: Any) -> float | None:
        counts = labels.counts(response)
        if counts is None:
            return None
        true_sum = counts.sum(axis=1)
        present = (true_sum + counts.sum(axis=0)) > 0
        if present.sum() < 2 or (true_sum[present] == 0).any():
            return None  # warns
        value = np.mean(np.diagonal(counts)[present] / true_sum[present])
        if adjusted:
            chance = 1 / int(present.sum())
            value -= chance
            value /= 1 - chance
        return float(value)

    return score


def _precision_recall_f(labels: Labels, options: Options) -> Prepared | None:
    average = options.get("average", "binary")
    beta, of = options.get("beta", 1.0), options["of"]
    positive = options.get("pos_label", 1)
    if average not in ("binary", "micro", "macro", "weighted") or type(beta) not in (int, float):
        return None
    if not 0 < beta < np.inf or (average != "binary" and positive not in (None, 1)):
        return None
    must_be_a_class = len(labels.classes) == 2 or average == "binary" or _CHECKS_POS_LABEL
    if must_be_a_class and positive is not None and positive not in labels.classes.tolist():
        return None
    if average == "binary" and positive is None:
        return None
    beta2 = beta**2

    def score(response: Any) -> float | None:
        counts = labels.counts(response)
        if counts is None:
            return None
        true_sum, pred_sum = counts.sum(axis=1), counts.sum(axis=0)
        hits = np.diagonal(counts)
        chosen = (true_sum + pred_sum) > 0
        if average == "binary":
            if chosen.sum() > 2:
                return None
            chosen &= labels.values == positive
            if not chosen.any():
                return None
        hits, true_sum, pred_sum = hits[chosen], true_sum[chosen], pred_sum[chosen]
        if average == "micro":
            hits, true_sum, pred_sum = hits.sum(), true_sum.sum(), pred_sum.sum()
            hits, true_sum, pred_sum = (np.reshape(x, (1,)) for x in (hits, true_sum, pred_sum))
        if of == "precision":
            numerator, denominator = hits, pred_sum
        elif of == "recall":
            numerator, denominator = hits, true_sum
        else:
            numerator, denominator = (1 + beta2) * hits, beta2 * true_sum + pred_sum
        if (denominator == 0).any():
            return None  # what zero_division is for, and mostly a warning
        each = numerator / denominator
        return float(np.average(each, weights=true_sum if average == "weighted" else None))

    return score


def _log_loss(labels: Labels, options: Options) -> Prepared | None:
    if not np.array_equal(labels.values, labels.classes):
        return None
    if len(np.unique(labels.codes)) != len(labels.classes):
        return None
    n_classes, n_samples = len(labels.classes), len(labels.y)
    eps = np.finfo(np.float64).eps
    rows, ones = np.arange(n_samples), np.ones(n_samples)

    def score(response: Any) -> float | None:
        if type(response) is not np.ndarray or response.dtype != np.float64:
            return None
        if response.shape != (n_samples, n_classes):
            return None
        if n_classes == 2:
            response = response[:, 1]
            proba = np.where(labels.codes == 1, response, 1 - response)
        else:
            proba = response[rows, labels.codes]
            if not np.isclose(response.sum(axis=1), 1.0, rtol=np.sqrt(eps), atol=0.0).all():
                return None
        if not (response.max() <= 1 and response.min() >= 0):
            return None
        # A row's loss is a sum of zeros and this one term.
        proba = np.clip(proba, eps, 1 - eps)
        return float(np.average(-(np.log(proba) if log_loss_takes_numpy else xlogy(ones, proba))))

    return score


def _roc_auc(labels: Labels, options: Options) -> Prepared | None:
    if len(labels.classes) != 2 or not np.array_equal(labels.values, labels.classes):
        return None
    if len(np.unique(labels.codes)) != 2:
        return None  # warns
    n_samples = len(labels.y)
    truth = labels.codes.astype(np.float64)

    def score(response: Any) -> float | None:
        if type(response) is not np.ndarray or response.dtype != np.float64:
            return None
        if response.shape == (n_samples, 2):
            response = response[:, 1]
        if response.shape != (n_samples,) or not np.isfinite(response).all():
            return None
        return _area(truth, response)

    return score


def _area(truth: Array, response: Array) -> float:
    """The area under the curve; the order within ties does not matter, as only their ends are looked at."""
    order = np.argsort(response)[::-1]
    ranked = response[order]
    ends = np.append(np.nonzero(np.diff(ranked))[0], len(truth) - 1)
    hits = np.cumsum(truth[order])[ends]
    misses = 1 + ends.astype(np.float64) - hits
    if len(misses) > 2:  # points in between change no area, but the order of its sum
        corners = np.logical_or(np.diff(misses, 2), np.diff(hits, 2))
        kept = np.concatenate([[True], corners, [True]])
        hits, misses = hits[kept], misses[kept]
    hits, misses = np.append(0.0, hits), np.append(0.0, misses)
    x, y = misses / misses[-1], hits / hits[-1]
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2.0).sum())


_AVERAGED = frozenset({"average", "pos_label"})
_of = partial(LabelMetric, _precision_recall_f, _AVERAGED)

METRICS: dict[Any, LabelMetric] = {
    metrics.accuracy_score: LabelMetric(_accuracy),
    metrics.balanced_accuracy_score: LabelMetric(_balanced_accuracy, frozenset({"adjusted"})),
    metrics.precision_score: _of(fixed={"of": "precision"}),
    metrics.recall_score: _of(fixed={"of": "recall"}),
    metrics.f1_score: _of(fixed={"of": "f"}),
    metrics.fbeta_score: LabelMetric(_precision_recall_f, _AVERAGED | {"beta"}, fixed={"of": "f"}),
    metrics.log_loss: LabelMetric(_log_loss, methods=(("predict_proba",),)),
    metrics.roc_auc_score: LabelMetric(_roc_auc, methods=(_RANKING, ("predict_proba",))),
}
