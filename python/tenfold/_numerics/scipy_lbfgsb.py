"""SciPy's L-BFGS-B, ``scipy.optimize._lbfgsb``, without the Python around it.

Proven for SciPy 1.14 (Fortran) and 1.17 (C); the loop is that of ``_minimize_lbfgsb`` without bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, _lbfgsb, _lbfgsb_py

Array = np.ndarray[Any, Any]
Objective = Callable[[Array], tuple[float, Array]]

PROVEN = {"scipy": ("1.14", "1.17")}

_CORRECTIONS = 10  # SciPy's maxcor
# SciPy gives up after so many evaluations, and counts each twice.
_MOST_EVALUATIONS = 7000
_IN_C = hasattr(_lbfgsb_py, "status_messages")


class TooManyEvaluations(Exception):
    """SciPy's own limit of evaluations is near, which is not followed here."""


def minimize(
    objective: Objective, start: Array, max_iter: int, tol: float, ftol: float, max_searches: int
) -> OptimizeResult:
    """What ``scipy.optimize.minimize(method="L-BFGS-B", jac=True)`` finds, to the last bit.

    Parameters
    ----------
    objective : callable
        From x to the function's value and its gradient, in float64 and in memory that the next call may
        overwrite; must not change x.
    start : ndarray of shape (n,)
        Overwritten.
    max_iter, tol, ftol, max_searches :
        SciPy's ``maxiter``, ``gtol``, ``ftol`` and ``maxls``.

    Returns
    -------
    OptimizeResult
        With ``x``, ``fun``, ``nit``, ``status`` and ``message``.
    """
    run = _minimize_in_c if _IN_C else _minimize_in_fortran
    return run(objective, start, max_iter, tol, ftol / np.finfo(float).eps, max_searches)


def _minimize_in_c(
    objective: Objective, x: Array, max_iter: int, tol: float, factr: float, max_searches: int
) -> OptimizeResult:
    m, n = _CORRECTIONS, len(x)
    bound, kind = np.zeros(n), np.zeros(n, dtype=np.int32)
    work = np.zeros(2 * m * n + 5 * n + 11 * m * m + 8 * m)
    integers = np.zeros(3 * n, dtype=np.int32)
    task, line_task = np.zeros(2, dtype=np.int32), np.zeros(2, dtype=np.int32)
    flags, counts, state = np.zeros(4, np.int32), np.zeros(44, np.int32), np.zeros(29)
    f: Any = np.array(0.0)
    g = np.zeros(n)
    n_iter = n_evaluations = 0
    while True:
        _lbfgsb.setulb(
            m, x, bound, bound, kind, f, g, factr, tol, work, integers, task, flags, counts, state,
            max_searches, line_task,
        )  # fmt: skip
        if task[0] == 3:
            n_evaluations += 1
            if n_evaluations > _MOST_EVALUATIONS:
                raise TooManyEvaluations
            f, g = objective(x)
        elif task[0] == 1:
            n_iter += 1
            if n_iter >= max_iter:
                task[0], task[1] = 5, 504
        else:
            break
    status = 0 if task[0] == 4 else 1 if n_iter >= max_iter else 2
    message = _lbfgsb_py.status_messages[task[0]] + ": " + _lbfgsb_py.task_messages[task[1]]
    return OptimizeResult(x=x, fun=f, nit=n_iter, status=status, message=message)


def _minimize_in_fortran(
    objective: Objective, x: Array, max_iter: int, tol: float, factr: float, max_searches: int
) -> OptimizeResult:
    m, n = _CORRECTIONS, len(x)
    whole = _lbfgsb.types.intvar.dtype
    bound, kind = np.zeros(n), np.zeros(n, dtype=whole)
    work = np.zeros(2 * m * n + 5 * n + 11 * m * m + 8 * m)
    integers = np.zeros(3 * n, dtype=whole)
    task, text = np.zeros(1, "S60"), np.zeros(1, "S60")
    flags, counts, state = np.zeros(4, whole), np.zeros(44, whole), np.zeros(29)
    f: Any = np.array(0.0)
    g = np.zeros(n)
    task[:] = "START"
    n_iter = n_evaluations = 0
    while True:
        _lbfgsb.setulb(
            m, x, bound, bound, kind, f, g, factr, tol, work, integers, task, -1, text, flags,
            counts, state, max_searches,
        )  # fmt: skip
        said = task.tobytes()
        if said.startswith(b"FG"):
            n_evaluations += 1
            if n_evaluations > _MOST_EVALUATIONS:
                raise TooManyEvaluations
            f, g = objective(x)
        elif said.startswith(b"NEW_X"):
            n_iter += 1
            if n_iter >= max_iter:
                task[:] = "STOP: TOTAL NO. of ITERATIONS REACHED LIMIT"
        else:
            break
    message = task.tobytes().strip(b"\x00").strip()
    status = 0 if message.startswith(b"CONV") else 1 if n_iter >= max_iter else 2
    return OptimizeResult(x=x, fun=f, nit=n_iter, status=status, message=message.decode())
