"""What linear models do with their intercept: rows are centred before a fit, and the intercept made after it.

As scikit-learn's ``_preprocess_data`` and ``LinearModel._set_intercept``, operation by operation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold._sharing.paths.direct import Array


def centre(
    rows: Array, targets: Array, weights: Array | None, fit_intercept: bool
) -> tuple[Array, Any]:
    """Take weighted means off columns and targets, in place; those means, zeros without intercept."""
    X_offset: Array = np.zeros(rows.shape[1], dtype=rows.dtype)
    y_offset: Any = 0.0
    if fit_intercept:
        X_offset = np.average(rows, axis=0, weights=weights).astype(rows.dtype, copy=False)
        rows -= X_offset
        y_offset = np.average(targets, axis=0, weights=weights)
        targets -= y_offset
    return X_offset, y_offset


def with_intercept(
    coef: Array, X_offset: Array, y_offset: Any, fit_intercept: bool
) -> dict[str, Any]:
    """``coef_`` and ``intercept_`` of coefficients that were found on centred rows."""
    if not fit_intercept:
        return {"coef_": coef, "intercept_": 0.0}
    scale = np.ones(len(X_offset), dtype=X_offset.dtype)
    # Of the time of normalize=True; it gives the array its layout.
    coef = np.divide(coef.astype(scale.dtype, copy=False), scale)
    return {"coef_": coef, "intercept_": y_offset - X_offset @ coef.T}
