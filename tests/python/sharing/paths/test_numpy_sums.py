"""Sums of quotients by the kernel, beside NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from tenfold._numerics import numpy_sums
from tenfold._numerics.numpy_sums import quotient_sums
from tenfold._sharing.paths.naive_bayes import GaussianSmoothing

from .drawing import conforms, labels, rows


def _tables(n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(n_columns)
    tables = draw.lognormal(sigma=8.0, size=(3, 11, n_columns))
    return tables, draw.lognormal(sigma=2.0, size=(3, n_columns))


@pytest.mark.parametrize("n_columns", [1, 7, 8, 15, 127, 128, 129, 263, 1000])
def test_sums_are_numpys(n_columns: int) -> None:
    tables, divisors = _tables(n_columns)
    expected = [np.sum(t / d, axis=1) for t, d in zip(tables, divisors, strict=True)]
    np.testing.assert_array_equal(quotient_sums(tables, divisors), expected)


def test_what_numpy_adds_up_otherwise_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, divisors = _tables(20)
    assert quotient_sums(np.asfortranarray(tables), divisors) is None
    assert quotient_sums(tables.astype(np.float32), divisors) is None
    monkeypatch.setattr(numpy_sums, "_kernels", None)
    assert quotient_sums(tables, divisors) is None


def test_what_numpy_warns_of_is_left_to_it() -> None:
    tables, divisors = _tables(20)
    tables[0, 0, 0] = 1e308
    divisors[0, 0] = 1e-10
    assert quotient_sums(tables, divisors) is None
    divisors[0, 0] = 0.0
    assert quotient_sums(tables, divisors) is None


def test_another_order_of_numpys_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Another:
        """Adds up from left to right."""

        @staticmethod
        def quotient_sums(tables: np.ndarray, divisors: np.ndarray, out: np.ndarray) -> None:
            out[:] = np.add.accumulate(tables / divisors[:, np.newaxis], axis=2)[:, :, -1]

    assert numpy_sums.is_numpys_order()
    monkeypatch.setattr(numpy_sums, "_kernels", Another)
    numpy_sums.is_numpys_order.cache_clear()
    try:
        assert not numpy_sums.is_numpys_order()
        assert quotient_sums(*_tables(20)) is None
        # What is read off without the kernel is the same.
        X = rows("continuous", 0)
        smoothings = [{"var_smoothing": 1e-9}, {"var_smoothing": 0.1}]
        conforms(GaussianSmoothing(), GaussianNB(), smoothings, X, labels(X, 0))
    finally:
        numpy_sums.is_numpys_order.cache_clear()
