"""Kernels and support vector machines with libsvm's arithmetic (``src/python/kernels/module.cpp``)."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

class TrainingKernel:
    def __init__(self, X: Array, dot: int, holds_products: bool) -> None: ...
    def set(self, kind: str, gamma: float, coef0: float, degree: int) -> None: ...

def prediction_products(
    X: Array, Y: Array, squared_distance: bool, columns: Array, dot: int, out: Array
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
def train(
    machine: str,
    kernel: TrainingKernel,
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
