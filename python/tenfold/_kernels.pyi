"""Kernels and support vector machines with libsvm's arithmetic, descents in step, boosted trees, networks.

``src/python/kernels/``.
"""

from collections.abc import Callable
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
def quotient_sums(values: Array, divisors: Array, out: Array) -> None: ...
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

class SgdSettings:
    def __init__(
        self,
        *,
        loss: str,
        loss_parameter: float,
        scales: bool,
        truncates: bool,
        alpha: float,
        l1_ratio: float,
        learning_rate: str,
        eta0: float,
        power_t: float,
        tol: float,
        max_iter: int,
        n_iter_no_change: int,
        fit_intercept: bool,
        positive_weight: float,
        negative_weight: float,
    ) -> None: ...

def has_lanes() -> bool: ...
def multinomial_loss(
    scores: Array,
    intercepts: Array,
    classes: Array,
    weights: Array,
    total: float,
    losses: Array,
    intercept_gradients: Array,
) -> None: ...
def descend_sgd(
    values: Array,
    columns: Array,
    starts: Array,
    n_columns: int,
    targets: Array,
    weights: Array,
    candidates: list[SgdSettings],
    shuffle: bool,
    seed: int,
    intercept_decay: float,
) -> list[tuple[Array, float, int, bool]]: ...
def descend_sag(
    values: Array,
    n_columns: int,
    targets: Array,
    weights: Array,
    loss: str,
    n_classes: int,
    saga: bool,
    fit_intercept: bool,
    seed: int,
    step_size: Array,
    alpha: Array,
    beta: Array,
    tol: Array,
    max_iter: Array,
) -> list[tuple[Array, Array, int, bool]]: ...

class HistogramGrower:
    def __init__(
        self,
        codes: Array,
        n_bins: int,
        n_bins_non_missing: Array,
        has_missing: Array,
        monotonic: Array,
    ) -> None: ...
    def grow(
        self,
        gradients: Array,
        hessians: Array,
        max_leaf_nodes: int | None,
        max_depth: int | None,
        min_samples_leaf: int,
        min_gain: float,
        min_hessian: float,
        l2_regularization: float,
        shrinkage: float,
        draw: Callable[[], None] | None,
        mask: Array | None,
    ) -> None: ...
    @property
    def n_nodes(self) -> int: ...
    def partition(self) -> Array: ...
    def leaves(self) -> tuple[Array, Array, Array]: ...
    def set_leaf_values(self, values: Array) -> None: ...
    def add_to(self, raw: Array) -> None: ...
    def write(self, thresholds: Array, offsets: Array, records: Array) -> None: ...

class Network:
    def __init__(self, units: list[int], n_rows: int, activation: str, output: str) -> None: ...
    def memory(self) -> dict[str, Any]: ...
    def take_rows(self, X: Array, rows: Array) -> None: ...
    def take_targets(self, y: Array, rows: Array) -> None: ...
    def add_intercepts(self, layer: int, n_rows: int) -> None: ...
    def finish_outputs(self, n_rows: int) -> None: ...
    def sum_by_class(self, n_rows: int, sums: Array) -> None: ...
    def differentiate(self, layer: int, n_rows: int) -> None: ...
    def finish_gradients(self, alpha: float, n_rows: int) -> None: ...
    def step_adam(
        self,
        alpha: float,
        n_rows: int,
        rate: float,
        beta_1: float,
        beta_2: float,
        epsilon: float,
    ) -> None: ...
    def step_momentum(
        self, alpha: float, n_rows: int, rate: float, momentum: float, nesterov: bool
    ) -> None: ...
    def is_finite(self) -> bool: ...
