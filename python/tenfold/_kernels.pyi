"""Kernels and support vector machines with libsvm's arithmetic (``src/python/kernels/module.cpp``)."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

def training_products(X: Array, squared_distance: bool, dot: int, out: Array) -> None: ...
def prediction_products(
    X: Array, Y: Array, squared_distance: bool, columns: Array, dot: int, out: Array
) -> None: ...
def apply_symmetric(
    kind: str,
    gamma: float,
    coef0: float,
    degree: int,
    products: Array,
    out: Array,
    diagonal: Array,
) -> bool: ...
def apply_columns(
    kind: str,
    gamma: float,
    coef0: float,
    degree: int,
    products: Array,
    columns: Array,
    out: Array,
) -> None: ...
def train(
    machine: str,
    kernel: Array,
    diagonal: Array,
    targets: Array,
    weights: Array,
    class_weights: Array,
    C: float,
    nu: float,
    epsilon: float,
    tol: float,
    shrinking: bool,
    max_iter: int,
) -> tuple[Array, Array, Array, Array, Array, bool]: ...
def decide(
    kernel: Array, support: Array, n_support: Array, dual: Array, intercept: Array
) -> Array: ...
def vote(decisions: Array, n_classes: int) -> Array: ...
