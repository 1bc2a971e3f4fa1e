"""Columns and targets that the order of samples is hard on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def _denormal(generator: np.random.RandomState, n: int) -> Array:
    return np.array([0.0, -0.0, 1e-40, 2e-40, -1e-40, 1e-38])[generator.randint(0, 6, n)]


def _close(generator: np.random.RandomState, n: int) -> Array:
    return 1.0 + generator.randint(0, 40, n) * 5e-8


COLUMNS: dict[str, Callable[[np.random.RandomState, int], Array]] = {
    "continuous": lambda generator, n: generator.normal(size=n),
    "few values": lambda generator, n: generator.randint(0, 4, n),
    "many values": lambda generator, n: generator.randint(0, max(2, n // 3), n),
    "rounded": lambda generator, n: np.round(generator.normal(size=n), 1),
    "one tie": lambda generator, n: np.r_[np.arange(n - 1), n // 2][generator.permutation(n)],
    "closer than 1e-7": _close,
    "nearly constant": lambda generator, n: 1.0 + generator.randint(0, 2, n) * 6e-8,
    "constant": lambda generator, n: np.full(n, 3.0),
    "ascending": lambda generator, n: np.arange(n) / 7.0,
    "descending": lambda generator, n: -np.arange(n) / 7.0,
    "organ pipe": lambda generator, n: np.minimum(np.arange(n), n - np.arange(n)),
    "denormal": _denormal,
    "large": lambda generator, n: generator.normal(size=n) * 1e30,
}

TARGETS: dict[str, Callable[[np.random.RandomState, int], Array]] = {
    "noise": lambda generator, n: generator.normal(size=n),
    "constant": lambda generator, n: np.full(n, 3.3),
    "integers": lambda generator, n: generator.randint(0, 5, n).astype(float),
    "large": lambda generator, n: generator.normal(size=n) * 1e6 + 1e6,
    "outliers": lambda generator, n: generator.normal(size=n) * 10.0 ** generator.randint(-3, 9, n),
    "small": lambda generator, n: generator.normal(size=n) * 1e-160,
}

WEIGHTS: dict[str, Callable[[np.random.RandomState, int], Array | None]] = {
    "none": lambda generator, n: None,
    "counts": lambda generator, n: np.bincount(generator.randint(0, n, n), minlength=n) * 1.0,
    "fractions": lambda generator, n: generator.uniform(size=n),
    "by class": lambda generator, n: np.array([1.0, 0.3, 0.7])[generator.randint(0, 3, n)],
}


def make(columns: list[str], duplicate: bool, missing: float, n: int, seed: int) -> Array:
    """X of these columns as scikit-learn's trees see it; ``duplicate``: the first column twice."""
    generator = np.random.RandomState(seed)
    made = [COLUMNS[name](generator, n) for name in columns]
    if duplicate:
        made.append(made[0])
    X = np.asfortranarray(np.column_stack(made), dtype=np.float32)
    if missing:
        with_missing = generator.uniform(size=X.shape[1]) < 0.6
        X[(generator.uniform(size=X.shape) < missing) & with_missing] = np.nan
    return X
