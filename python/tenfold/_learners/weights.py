"""What training rows weigh: ``class_weight`` and ``sample_weight``, as scikit-learn 1.9 combines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from tenfold._refusal import Refusal

SUBSAMPLE = "balanced_subsample"


@dataclass(frozen=True, slots=True)
class ClassWeight:
    """A ``class_weight`` that can be compared: a name, or labels with their weights."""

    name: str | None
    items: tuple[tuple[Any, type, Any], ...] = ()

    @classmethod
    def of(cls, class_weight: Any) -> ClassWeight | None:
        """A class weight as the user gave it; raises Refusal for what has no native form."""
        if class_weight is None:
            return None
        if isinstance(class_weight, str):
            return cls(class_weight)
        if type(class_weight) is not dict:
            raise Refusal("class_weight is a list, of several outputs")
        items = []
        for label, weight in class_weight.items():
            if not isinstance(weight, int | float | np.integer | np.floating) or isinstance(
                weight, bool
            ):
                raise Refusal("class_weight has weights that are no numbers")
            if not 0 <= weight < np.inf:
                raise Refusal("class_weight has a negative or infinite weight")
            items.append((label, type(label), weight))
        return cls(None, tuple(items))

    @property
    def value(self) -> Any:
        """As scikit-learn takes it."""
        return self.name if self.name is not None else {label: w for label, _, w in self.items}


@dataclass(frozen=True, eq=False)
class SampleWeight:
    """``sample_weight`` of all rows of a data set; one object a search, known by its identity."""

    values: NDArray[Any]
    given: Any = field(repr=False)  # kept alive: it is known by its identity

    @classmethod
    def of(cls, given: Any) -> SampleWeight:
        """Weights as the user gave them; raises Refusal where scikit-learn must look at them itself."""
        if isinstance(given, np.ma.MaskedArray | np.matrix | str):
            raise Refusal(f"sample_weight is a {type(given).__name__}")
        try:
            values = np.asarray(given)
        except (ValueError, TypeError) as error:
            raise Refusal("sample_weight cannot be read as numbers") from error
        if values.ndim != 1 or values.dtype not in (np.float64, np.float32):
            if values.ndim != 1 or values.dtype.kind not in "iub":
                raise Refusal("sample_weight is not a row of numbers")
            values = values.astype(np.float64)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise Refusal("sample_weight has negative, missing or infinite values")
        return cls(values, given)


@dataclass(frozen=True, slots=True)
class RowWeights:
    """How the training rows of a split come by their weights, and what a forest does with these.

    Attributes
    ----------
    how : str
        "grow": trees are grown with them; "draw": bootstraps are drawn with them as probabilities;
        "subsample": trees weigh classes by their share of the bootstrap, drawn by weights if there are any.
    is_forest : bool
        A forest's "balanced" weighs classes by ``sample_weight``, a single tree's counts their rows.
    """

    how: str
    is_forest: bool
    class_weight: ClassWeight | None
    sample_weight: SampleWeight | None

    @property
    def are_any(self) -> bool:
        """Whether rows have weights before a tree's bootstrap is drawn."""
        return self.sample_weight is not None or (
            self.class_weight is not None and self.how != "subsample"
        )

    def of_rows(self, labels: Any, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Weights of training rows (of their labels, if classes are learnt)."""
        own = None if self.sample_weight is None else self.sample_weight.values[rows]
        if self.class_weight is None or self.how == "subsample":
            assert own is not None
            weights = own
        else:
            by_class = self._of_classes(labels, own)
            weights = by_class if own is None else own * by_class
        if not weights.sum() > 0.0:
            raise Refusal("no training row of a split has weight")
        return weights

    def _of_classes(self, labels: Any, own: Any) -> NDArray[np.float64]:
        assert self.class_weight is not None
        value: str | Mapping[Any, float] = self.class_weight.value
        try:
            if isinstance(value, str) and self.is_forest:
                classes = np.unique(labels)
                by_class = compute_class_weight(
                    "balanced", classes=classes, y=labels, sample_weight=own
                )
                value = dict(zip(classes, by_class, strict=True))
            elif isinstance(value, str):
                value = "balanced"
            weights: NDArray[np.float64] = compute_sample_weight(value, labels)
        except (ValueError, TypeError) as error:
            raise Refusal("scikit-learn refuses the class_weight for a split") from error
        if not np.isfinite(weights).all():
            raise Refusal("classes of a split weigh infinitely much")
        return weights

    def for_engine(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        """Weights as the engine takes them: as they are, or added up to draw by."""
        return weights.astype(np.float64) if self.how == "grow" else cumulative(weights)


def of_splits(run: Any) -> list[list[NDArray[np.float64]]]:
    """Weights of a native run's training rows as the engine takes them, by kind and split."""
    return [
        [weights.for_engine(run.weights_or_ones(kind, split)) for split in range(len(run.splits))]
        for kind, weights in enumerate(run.weights)
    ]


def cumulative(weights: NDArray[Any]) -> NDArray[np.float64]:
    """What ``RandomState.choice`` looks its numbers up in, where rows are drawn by these weights."""
    added = np.asarray(weights / np.sum(weights), dtype=np.float64).cumsum()
    return np.asarray(added / added[-1], dtype=np.float64)
