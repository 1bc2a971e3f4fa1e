"""Kernels between rows with libsvm's arithmetic (``src/python/kernels/module.cpp``)."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

def training_products(X: Array, squared_distance: bool, dot: int, out: Array) -> None: ...
def prediction_products(
    X: Array, Y: Array, squared_distance: bool, columns: Array, dot: int, out: Array
) -> None: ...
def apply_symmetric(
    kind: str, gamma: float, coef0: float, degree: int, products: Array, out: Array
) -> None: ...
def apply_columns(
    kind: str,
    gamma: float,
    coef0: float,
    degree: int,
    products: Array,
    columns: Array,
    out: Array,
) -> None: ...
