"""Data sets that the tests search over: real ones, and generated ones with the traps that trees know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import datasets

Data = tuple[Any, Any]


def digits(n_rows: int = 400) -> Data:
    """Small integers, many constant columns."""
    X, y = datasets.load_digits(return_X_y=True)
    return X[:n_rows], y[:n_rows]


def iris() -> Data:
    """Ties in every column."""
    return datasets.load_iris(return_X_y=True)


def wine() -> Data:
    """Columns on very different scales."""
    return datasets.load_wine(return_X_y=True)


def breast_cancer() -> Data:
    """Two classes, continuous columns."""
    return datasets.load_breast_cancer(return_X_y=True)


def continuous(n_rows: int = 300) -> Data:
    """All values distinct."""
    return datasets.make_classification(
        n_rows, 8, n_informative=5, n_classes=3, flip_y=0.1, random_state=0
    )


def tied() -> Data:
    """Three distinct values a column, a constant column and one that is nearly constant."""
    generator = np.random.RandomState(0)
    X = generator.randint(0, 3, (240, 6)).astype(np.float64)
    X[:, 2] = 7.0
    X[:, 4] = 1.0 + 1e-8 * generator.rand(240)
    return X, generator.randint(0, 3, 240)


def duplicated() -> Data:
    """Every row four times, some with different labels."""
    generator = np.random.RandomState(1)
    X = np.repeat(generator.rand(60, 4), 4, axis=0)
    return X, generator.randint(0, 2, 240)


def near_values() -> Data:
    """Neighbouring values closer than the tolerance within which trees take two values for one."""
    generator = np.random.RandomState(2)
    X = 1.0 + generator.randint(0, 40, (200, 3)) * 4e-8
    X[:, 1] = generator.randint(0, 5, 200) * 1e-7
    return X, generator.randint(0, 2, 200)


def huge_and_tiny() -> Data:
    """Values near the ends of float32, denormal ones among them."""
    generator = np.random.RandomState(3)
    X = np.empty((200, 4))
    X[:, 0] = generator.choice([-3e38, -1e38, 1e38, 3e38], 200)
    X[:, 1] = generator.choice([0.0, 1e-45, 3e-42, 1e-38], 200)
    X[:, 2] = 10.0 ** generator.uniform(-30, 30, 200)
    X[:, 3] = generator.choice([-0.0, 0.0, 5.0], 200)
    return X, generator.randint(0, 3, 200)


def rare_class() -> Data:
    """A class that some training parts lack, in folds that are not stratified."""
    X, y = datasets.load_iris(return_X_y=True)
    return X, np.where(np.arange(150) < 3, "rare", np.where(y == 0, "a", "b"))


ALL: dict[str, Callable[[], Data]] = {
    function.__name__: function
    for function in (
        digits, iris, wine, breast_cancer, continuous, tied, duplicated, near_values, huge_and_tiny
    )
}  # fmt: skip
