"""Thresholds that decide for doubles as scikit-learn's do for float32."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as hs

from tenfold.spark._models.nodes import spark_thresholds

WIDE = hs.floats(-3e38, 3e38, allow_nan=False)


def agree(x, threshold):
    moved = spark_thresholds(np.array([threshold]))[0]
    return (np.float32(x).astype(np.float64) <= threshold) == (x <= moved)


@given(WIDE, WIDE)
@example(0.1, 0.1)
@example(16777217.0, 16777216.0)
@example(16777219.0, 16777219.0)
@example(0.0, -0.0)
@example(1e-46, 0.0)
def test_any_double_goes_the_same_way(x, threshold):
    assert agree(x, threshold)


@given(WIDE, hs.integers(-3, 3), hs.sampled_from([-1.0, 0.0, 1.0]))
def test_doubles_next_to_a_rounding_boundary_go_the_same_way(threshold, steps, side):
    low = np.float32(threshold)
    high = np.nextafter(low, np.float32(np.inf))
    x = low.astype(np.float64) + (high.astype(np.float64) - low) * (0.5 + 0.5 * side)
    for _ in range(abs(steps)):
        x = np.nextafter(x, np.inf if steps > 0 else -np.inf)
    assert agree(x, threshold)
    assert agree(x, low.astype(np.float64))
